//! What a full queue counts: ListenOverflows, ListenDrops, TCPReqQFull*.

use super::{CHECK_REQ, CONN_REQUEST, HALF_OPEN, MOVES_NOW, SYN_RECV_SOCK, WHICH_LISTENER, events};
use crate::topic::{Show, Source, Topic, Which};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "listen-overflows",
        title: "TcpExt.ListenOverflows",
        kind: events(
            "TcpExt",
            "ListenOverflows",
            "packets refused: a client that tries three times counts three times",
        ),
        names: &[
            "times the listen queue of a socket overflowed",
            "listen queue of a socket overflowed",
            "accept queue overflows",
            "accept queue overflow",
            "accept queue full",
            "accept queue is full",
            "listen queue overflow",
            "listen queue full",
            "ip.tcp_accept_queue overflows",
            "1m_tcp_accept_queue_overflows",
        ],
        summary: "a full accept queue refused a SYN or a final ACK; counts packets, not clients",
        means: &[
            "An accept queue of this network namespace was full (length > limit) when a packet came that would have led \
             to one more connection in it, and the packet was refused. Four kinds of packet count: a SYN; the final ACK \
             of a handshake, and every later ACK or data of the same client while the queue stays full; the ACK of a SYN \
             cookie; a Fast Open SYN with a valid cookie.",
            "Each also counts in ListenDrops. The listener's own drops grow by 1 for a SYN or a cookie's ACK, and by 2 \
             for a final ACK.",
            "Since 4.10 a full accept queue refuses every SYN, so most of what this counts are SYNs, and the clients try \
             again after 1 s, when their SYN is retransmitted.",
        ],
        means_not: &[
            "Not a number of clients, and not a number of lost connections: one client counts once per packet, and most \
             come in at a later try.",
            "Not a SYN queue: a full SYN queue counts in TCPReqQFullDrop or TCPReqQFullDoCookies.",
            "Not one listener: it counts for all listeners of the network namespace. Which one it was, the drops of the \
             listeners tell.",
            "A unix listener does not count here: its clients wait in connect() or get EAGAIN.",
        ],
        kernels: &[
            "Before 4.10 a full accept queue refused a SYN only if more than one young request was pending.",
            "5.4 and later: also from the helpers of BPF programs that make SYN cookies. 5.19 and later: also from SMC.",
        ],
        sources: &[
            CONN_REQUEST,
            SYN_RECV_SOCK,
            Source::Kernel("net/ipv6/tcp_ipv6.c:tcp_v6_syn_recv_sock"),
            Source::Kernel("net/ipv4/tcp_input.c:tcp_get_syncookie_mss"),
        ],
        look_at: &[WHICH_LISTENER, MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "ListenOverflows"),
            Show::Listeners(Which::Dropped),
        ],
        proofs: &[
            "accept-queue-full-drops-syns",
            "overflows-count-packets",
            "final-ack-refused",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &[
            "listen-drops",
            "tcp-req-q-full-drop",
            "ss-skmem-drops",
            "listen-overflows-counts-clients",
        ],
    },
    Topic {
        id: "listen-drops",
        title: "TcpExt.ListenDrops",
        kind: events(
            "TcpExt",
            "ListenDrops",
            "packets refused by a listener, for whatever reason",
        ),
        names: &[
            "SYNs to LISTEN sockets dropped",
            "SYNs to LISTEN sockets ignored",
            "listen drops",
            "ip.tcp_accept_queue drops",
            "1m_tcp_accept_queue_drops",
        ],
        summary: "a listener refused a SYN or a final ACK; the overflows of the accept queue are among them",
        means: &[
            "A listener refused a packet that would have led to a connection. What counts once each: every packet of \
             ListenOverflows; a SYN that found the SYN queue full while tcp_syncookies is 0; a SYN refused by the 3/4 \
             rule of tcp_max_syn_backlog (tcp_syncookies 0 only); a SYN that a security module refused, for which there \
             was no route back or no memory, or that was sent to a broadcast address; a join for an MPTCP connection that \
             does not exist; a final ACK whose connection could not be made.",
            "ListenDrops minus ListenOverflows minus TCPReqQFullDrop is what no full queue explains.",
        ],
        means_not: &[
            "Not SYNs only, in spite of what netstat prints: refused final ACKs count too.",
            "Not necessarily an overflow: memory, routes, security modules and the 3/4 rule share it.",
            "A duplicate SYN, a RST, or a bare ACK held by TCP_DEFER_ACCEPT adds to the drops of the socket (d in ss -m), \
             but not here.",
            "A request that expires because its client never answers does not count here.",
        ],
        kernels: &["4.4 and earlier, and RHEL 7: also one for every SYN cookie sent."],
        sources: &[
            Source::Kernel("include/net/tcp.h:tcp_listendrop"),
            CONN_REQUEST,
            SYN_RECV_SOCK,
            Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_conn_request"),
        ],
        look_at: &[WHICH_LISTENER, MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "ListenDrops"), Show::Listeners(Which::Dropped)],
        proofs: &[
            "accept-queue-full-drops-syns",
            "final-ack-refused",
            "syn-queue-limit-is-the-backlog",
            "max-syn-backlog-without-cookies",
            "cookies-count-as-listen-drops",
        ],
        see_also: &[
            "listen-overflows",
            "tcp-req-q-full-drop",
            "ss-skmem-drops",
            "tcp-max-syn-backlog",
        ],
    },
    Topic {
        id: "tcp-req-q-full-drop",
        title: "TcpExt.TCPReqQFullDrop",
        kind: events("TcpExt", "TCPReqQFullDrop", "SYNs refused"),
        names: &[
            "SYN queue full",
            "ip.tcp_syn_queue drops",
            "1m_tcp_syn_queue_drops",
            "SYN queue full drop",
            "SYN queue drops",
        ],
        summary: "a SYN was refused because the SYN queue was full and SYN cookies are off",
        means: &[
            "The SYN queue of a listener was full when a SYN came, and tcp_syncookies is 0. The SYN was refused; \
             ListenDrops and the listener's own drops count it too. The client tries again after 1 s.",
            "The limit of the SYN queue is the backlog of the listener, the same number as for its accept queue; with \
             tcp_syncookies 0, the 3/4 rule of tcp_max_syn_backlog often refuses earlier, and that counts in ListenDrops \
             only.",
        ],
        means_not: &[
            "Not possible while tcp_syncookies is 1 or 2: then a full SYN queue counts in TCPReqQFullDoCookies, and \
             nothing is refused.",
            "Not the accept queue, although a full accept queue can be behind it: handshakes whose final ACK it refuses \
             stay in the SYN queue.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action"),
            CONN_REQUEST,
        ],
        look_at: &[HALF_OPEN, MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPReqQFullDrop"),
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &["syn-queue-limit-is-the-backlog"],
        see_also: &[
            "tcp-req-q-full-do-cookies",
            "listen-drops",
            "tcp-syncookies",
            "tcp-max-syn-backlog",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-req-q-full-do-cookies",
        title: "TcpExt.TCPReqQFullDoCookies",
        kind: events(
            "TcpExt",
            "TCPReqQFullDoCookies",
            "SYNs that found the SYN queue full (with tcp_syncookies=2: every SYN)",
        ),
        names: &[
            "SYN queue full",
            "ip.tcp_syn_queue cookies",
            "1m_tcp_syn_queue_cookies",
            "SYN queue full cookies",
        ],
        summary: "a SYN found the SYN queue full and was to be answered with a SYN cookie",
        means: &[
            "The SYN queue of a listener was full when a SYN came, and tcp_syncookies is 1: the kernel goes on without \
             storing anything, and answers with a SYN cookie. Nothing is lost by that.",
            "The SYN may still be refused in the next step, if the accept queue is full too: then ListenOverflows and \
             ListenDrops count it, and no cookie is sent. So TCPReqQFullDoCookies can be larger than SyncookiesSent.",
            "A full accept queue can make this move without any flood: handshakes whose final ACK it refuses stay in the \
             SYN queue and fill it.",
        ],
        means_not: &[
            "With tcp_syncookies=2 it says nothing about a queue: every SYN counts, even if the SYN queue is empty.",
            "Not an attack by itself.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:tcp_syn_flood_action"),
            CONN_REQUEST,
            CHECK_REQ,
        ],
        look_at: &[HALF_OPEN, MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPReqQFullDoCookies"),
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Listeners(Which::HalfOpen),
        ],
        proofs: &[
            "full-syn-queue-sends-cookies",
            "cookies-always",
            "cookies-do-not-help-the-accept-queue",
        ],
        see_also: &[
            "syncookies-sent",
            "tcp-syncookies",
            "possible-syn-flooding",
            "syn-flooding-means-an-attack",
        ],
        ..Topic::BLANK
    },
];
