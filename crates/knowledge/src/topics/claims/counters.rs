//! What is told of the counters.

use super::{CHECK_REQ, CONN_REQUEST, Kind, Look, SYN_RECV_SOCK, Show, Source, Topic, Verdict, Which};

const MOVES_NOW: Look = Look {
    command: "listenq counters --for 10s",
    shows: "what moves now, and what it means",
};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "listen-overflows-counts-clients",
        title: "“ListenOverflows is the number of clients turned away”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "ListenOverflows counts clients",
            "ListenOverflows counts connections lost",
            "ListenOverflows counts lost connections",
            "ListenOverflows is the number of dropped connections",
        ],
        summary: "wrong: it counts packets refused; one client counts once per try, and mostly comes in later",
        means: &[
            "Each SYN that a full accept queue refuses counts, and so does each of its retransmissions: one client that \
             tries three times counts three. Each refused final ACK counts, and each later ACK or data of that client. \
             Most clients get in at a later try, a second or more late.",
        ],
        sources: &[CONN_REQUEST, SYN_RECV_SOCK],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "ListenOverflows")],
        proofs: &["overflows-count-packets", "connect-takes-a-second"],
        see_also: &["listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "listen-overflows-only-at-the-final-ack",
        title: "“ListenOverflows only counts in tcp_v4_syn_recv_sock”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "ListenOverflows only increments in tcp_v4_syn_recv_sock",
            "ListenOverflows happens at the final ACK",
            "ListenOverflows counts at the third handshake packet",
        ],
        summary: "wrong: since 4.10 most of it are SYNs that a full accept queue refused",
        means: &[
            "It counts where a SYN finds the accept queue full (tcp_conn_request), where a final ACK or a cookie's ACK \
             does (tcp_v4_syn_recv_sock, tcp_v6_syn_recv_sock), and in the helpers of BPF cookies and in SMC. As a full \
             accept queue refuses every SYN, few handshakes get as far as the final ACK.",
        ],
        sources: &[
            CONN_REQUEST,
            SYN_RECV_SOCK,
            Source::Kernel("net/ipv4/tcp_input.c:tcp_get_syncookie_mss"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "ListenOverflows")],
        proofs: &["accept-queue-full-drops-syns", "final-ack-refused"],
        see_also: &["listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "listen-drops-are-overflows",
        title: "“ListenDrops means that the accept queue overflowed”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "ListenDrops counts overflows",
            "ListenDrops is the accept queue",
            "ListenDrops means overflow",
        ],
        summary: "mostly wrong: overflows are among them, but memory, routes and the SYN queue count too",
        means: &[
            "Every overflow counts in both. ListenDrops also counts SYNs that a full SYN queue or the 3/4 rule refused \
             (tcp_syncookies 0), and those refused for memory, routes or security. If it moves and ListenOverflows stands \
             still, the accept queue is not to blame.",
        ],
        sources: &[Source::Kernel("include/net/tcp.h:tcp_listendrop"), CONN_REQUEST],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "ListenDrops"),
            Show::Counter("TcpExt", "ListenOverflows"),
        ],
        proofs: &["syn-queue-limit-is-the-backlog", "max-syn-backlog-without-cookies"],
        see_also: &["listen-drops", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "expired-requests-are-attempt-fails",
        title: "“Half-open connections that expire count in AttemptFails”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "expired half-open connections are AttemptFails",
            "AttemptFails counts expired SYN_RECV",
            "SYN flood shows in AttemptFails",
            "expired requests",
        ],
        summary: "wrong: they count in no failure counter at all, only their timers do, in TCPTimeouts",
        means: &[
            "A request whose client never answers is dropped after its last timer. Neither AttemptFails nor ListenDrops \
             nor EmbryonicRsts moves: only TCPTimeouts does, one per timer, and TCPSynRetrans with each SYN-ACK sent \
             again.",
        ],
        sources: &[
            Source::Kernel("net/ipv4/inet_connection_sock.c:reqsk_timer_handler"),
            CHECK_REQ,
        ],
        look_at: &[
            MOVES_NOW,
            Look {
                command: "listenq -o wide",
                shows: "half-open connections of each listener",
            },
        ],
        shows: &[
            Show::Counter("Tcp", "AttemptFails"),
            Show::Counter("TcpExt", "TCPTimeouts"),
        ],
        proofs: &["expired-requests-count-nowhere", "timeouts-count-syn-acks"],
        see_also: &["attempt-fails", "tcp-timeouts"],
        ..Topic::BLANK
    },
    Topic {
        id: "attempt-fails-rule",
        title: "“AttemptFails counts in tcp_done leaving SYN_SENT or SYN_RECV, and in tcp_check_req on RST or SYN”",
        kind: Kind::Claim(Verdict::Right),
        names: &[
            "AttemptFails is increased in tcp_done",
            "AttemptFails tcp_done SYN_SENT SYN_RECV",
        ],
        summary: "right; expired requests, abort_on_overflow and close() of a connecting socket do not count",
        means: &[
            "These are the two places. A Fast Open connection that is reset before accept() passes both and counts twice. \
             What does not pass either is not counted: expired requests, requests reset by tcp_abort_on_overflow, and a \
             connect() that its program gives up by close().",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp.c:tcp_done"), CHECK_REQ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "AttemptFails")],
        proofs: &["attempt-fails", "expired-requests-count-nowhere", "abort-on-overflow"],
        see_also: &["attempt-fails", "expired-requests-are-attempt-fails"],
        ..Topic::BLANK
    },
    Topic {
        id: "estab-resets-rule",
        title: "“EstabResets counts in tcp_set_state when ESTABLISHED or CLOSE_WAIT goes to CLOSE”",
        kind: Kind::Claim(Verdict::Right),
        names: &[
            "EstabResets increments in tcp_set_state",
            "EstabResets ESTABLISHED CLOSE_WAIT CLOSE",
        ],
        summary: "right, in all versions; connections that die in an accept queue are among them",
        means: &[
            "That is the one place. It does not matter who sent the RST. Connections that wait in an accept queue are \
             established, so those that their clients reset, or that are lost when the listener closes, count.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp.c:tcp_set_state")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "EstabResets")],
        proofs: &["estab-resets", "close-resets-the-waiting"],
        see_also: &["estab-resets"],
        ..Topic::BLANK
    },
    Topic {
        id: "passive-opens-counts-completed-handshakes",
        title: "“PassiveOpens counts completed handshakes”",
        kind: Kind::Claim(Verdict::HalfRight),
        names: &[
            "PassiveOpens increments when the three-way handshake completes",
            "PassiveOpens counts accepted connections",
        ],
        summary: "half-right: when the connection is built; with Fast Open at the SYN, with a full queue never",
        means: &[
            "It counts when the socket of the connection is built: normally at the final ACK, before accept(). With Fast \
             Open that is the SYN. If the final ACK finds the accept queue full, the client's handshake is complete, and \
             nothing counts.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_create_openreq_child")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("Tcp", "PassiveOpens")],
        proofs: &[
            "passive-opens",
            "fast-open-child-is-queued-at-the-syn",
            "final-ack-refused",
        ],
        see_also: &["passive-opens"],
        ..Topic::BLANK
    },
    Topic {
        id: "curr-estab-rule",
        title: "“CurrEstab is added to and taken from in tcp_set_state”",
        kind: Kind::Claim(Verdict::Right),
        names: &[
            "CurrEstab is increased in tcp_set_state",
            "CurrEstab counts established connections",
        ],
        summary: "right; which states count changed in 2024, and connections that wait for accept() are included",
        means: &[
            "Entering ESTABLISHED adds, leaving takes away. Newer kernels count CLOSE_WAIT as well. Connections in accept \
             queues are established and count.",
        ],
        means_not: &["Not a number of connections that programs hold."],
        kernels: &["CLOSE_WAIT counts in 5.10.223, 6.1.176, 6.12.107 and 6.14; not in 5.15.24, 6.6.9 and 6.8."],
        sources: &[Source::Kernel("net/ipv4/tcp.c:tcp_set_state")],
        look_at: &[Look {
            command: "listenq -s",
            shows: "how many connections wait in accept queues",
        }],
        shows: &[Show::Counter("Tcp", "CurrEstab"), Show::Listeners(Which::Waiting)],
        proofs: &["curr-estab-counts-the-waiting"],
        see_also: &["curr-estab"],
    },
    Topic {
        id: "tcp-backlog-drop-is-the-listen-queue",
        title: "“TCPBacklogDrop is the listen queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "TCPBacklogDrop means the backlog is full",
            "TCPBacklogDrop is the backlog of listen",
            "TCPBacklogDrop accept queue",
        ],
        summary: "wrong: it is the lock backlog of established sockets, in bytes",
        means: &[
            "Packets that come while a program uses their socket wait in a list of that socket. If the list is full, this \
             counts. Listeners take packets without the lock, so they have no part in it.",
        ],
        kernels: &["4.3 and earlier, and RHEL 7: there a busy listener could count in it."],
        sources: &[Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_add_backlog")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPBacklogDrop")],
        see_also: &["tcp-backlog-drop", "ss-skmem-backlog"],
        ..Topic::BLANK
    },
    Topic {
        id: "unix-overflows-are-counted",
        title: "“A full unix socket shows in ListenOverflows”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "unix listeners drop connections",
            "unix socket overflow counter",
            "unix listen queue drops",
        ],
        summary: "wrong: a full unix listener drops nothing and counts nothing; connect() waits or gets EAGAIN",
        means: &[
            "A client of a full unix listener waits in connect(), or gets EAGAIN at once if its socket is non-blocking. \
             There is no counter of it anywhere; only the length and the limit tell.",
        ],
        sources: &[Source::Kernel("net/unix/af_unix.c:unix_stream_connect")],
        look_at: &[Look {
            command: "listenq --unix",
            shows: "every unix listener, with who waits there",
        }],
        shows: &[Show::Listeners(Which::UnixWaiting)],
        proofs: &["unix-full-blocks-and-counts-nothing"],
        see_also: &["ss-unix-recv-q", "listen-overflows"],
        ..Topic::BLANK
    },
];
