//! Counters on the edge of handshakes: migration, time stamps, and those that are taken for the listen queue but are not.

use super::{CHECK_REQ, MOVES_NOW, events};
use crate::topic::{Show, Source, Topic, Which};

const MIGRATE: Source = Source::Kernel("net/core/sock_reuseport.c:reuseport_migrate_sock");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "tcp-backlog-drop",
        title: "TcpExt.TCPBacklogDrop",
        kind: events("TcpExt", "TCPBacklogDrop", "packets of established connections"),
        names: &["system.net.tcp.backlog_drops", "backlog drops", "tcp backlog drop"],
        summary: "packets of an established connection came while it was in use, too many to hold; not a listen queue",
        means: &[
            "While a program uses a socket (reads, writes), packets that come for it wait in a list of the socket, its \
             lock backlog. That list was full, and a packet was dropped. It is bounded by the socket's buffers, in bytes.",
        ],
        means_not: &[
            "Not the backlog of listen(): listeners take packets without the socket lock, so neither of their queues \
             counts here.",
        ],
        kernels: &[
            "4.3 and earlier, and RHEL 7, took the listener's lock for every SYN and every final ACK: there a busy \
             listener could count here.",
        ],
        sources: &[Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_add_backlog")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPBacklogDrop")],
        see_also: &[
            "listen-overflows",
            "ss-skmem-backlog",
            "tcp-backlog-drop-is-the-listen-queue",
            "netdev-max-backlog",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-migrate-req-success",
        title: "TcpExt.TCPMigrateReqSuccess",
        kind: events("TcpExt", "TCPMigrateReqSuccess", "connections and requests moved"),
        names: &["migrate req success"],
        summary: "a listener of a SO_REUSEPORT group closed, and a connection of its queues moved to another member",
        means: &[
            "A member of a SO_REUSEPORT group stopped listening, and tcp_migrate_req is 1 (or a BPF program of the group \
             chose a target): what waited in its accept queue was moved to another member when it closed, and its \
             half-open requests are moved when their timer fires or their ACK comes.",
        ],
        means_not: &[
            "Moving at close looks only whether the target listens, not whether it has room: the target can be overfull \
             afterwards.",
        ],
        kernels: &["5.15 and later. 5.10.223 has the sysctl, but no code behind it."],
        sources: &[
            MIGRATE,
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_listen_stop"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPMigrateReqSuccess"),
            Show::Setting("net.ipv4.tcp_migrate_req"),
            Show::Listeners(Which::Reuseport),
        ],
        proofs: &["migrate-req"],
        see_also: &["tcp-migrate-req-failure", "tcp-migrate-req"],
    },
    Topic {
        id: "tcp-migrate-req-failure",
        title: "TcpExt.TCPMigrateReqFailure",
        kind: events(
            "TcpExt",
            "TCPMigrateReqFailure",
            "connections and requests that could not be moved",
        ),
        names: &["migrate req failure"],
        summary: "a listener of a SO_REUSEPORT group closed, and a connection of its queues could not be moved",
        means: &[
            "As TCPMigrateReqSuccess, but no member of the group could take it, or there was no memory, or the member it \
             was moved to refused the final ACK.",
        ],
        means_not: &["Connections of a listener that is in no group are not counted: they are reset at close."],
        kernels: &["5.15 and later."],
        sources: &[
            MIGRATE,
            Source::Kernel("net/ipv4/inet_connection_sock.c:inet_csk_listen_stop"),
            CHECK_REQ,
        ],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("TcpExt", "TCPMigrateReqFailure"),
            Show::Setting("net.ipv4.tcp_migrate_req"),
            Show::Listeners(Which::Reuseport),
        ],
        proofs: &["migrate-req", "migrate-req-with-nobody-left"],
        see_also: &["tcp-migrate-req-success", "tcp-migrate-req"],
    },
    Topic {
        id: "paws-passive",
        title: "TcpExt.PAWSPassive",
        kind: events("TcpExt", "PAWSPassive", "SYNs refused"),
        names: &["passive connections rejected because of time stamp", "PAWS passive"],
        summary: "tcp_tw_recycle refused a SYN; no supported kernel has it any more",
        means: &[
            "With tcp_tw_recycle on, a SYN with an older time stamp than the last one from the same address was refused, \
             which broke clients behind one NAT. Both the sysctl and this counter are gone.",
        ],
        means_not: &["Nothing that a kernel of today counts."],
        kernels: &["Present in 4.10, gone in 4.14."],
        sources: &[Source::Measured("absent from /proc/net/netstat of 6.18.44")],
        see_also: &["paws-estab", "tcp-tw-reuse"],
        ..Topic::BLANK
    },
    Topic {
        id: "paws-estab",
        title: "TcpExt.PAWSEstab",
        kind: events("TcpExt", "PAWSEstab", "packets with an old time stamp"),
        names: &[
            "packets rejected in established connections because of timestamp",
            "system.net.tcp.paws_established_drops",
            "PAWS estab",
        ],
        summary: "a packet with an old time stamp was dropped, on a connection or on a half-open request",
        means: &[
            "A packet carried a TCP time stamp older than the last one seen on that connection, as a delayed duplicate \
             would. It is dropped and answered with an ACK. A packet for a half-open request can count too; the request \
             stays.",
        ],
        means_not: &["Not only established connections, in spite of the name."],
        sources: &[
            CHECK_REQ,
            Source::Kernel("net/ipv4/tcp_input.c:tcp_validate_incoming"),
            Source::Standard("RFC 7323"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "PAWSEstab")],
        proofs: &["old-timestamp-on-a-request"],
        see_also: &["tsecr-rejected", "paws-passive"],
        ..Topic::BLANK
    },
    Topic {
        id: "tsecr-rejected",
        title: "TcpExt.TSEcrRejected",
        kind: events(
            "TcpExt",
            "TSEcrRejected",
            "packets with an impossible echoed time stamp",
        ),
        names: &["TSecr rejected"],
        summary: "a final ACK echoed a time stamp that this host never sent; the request stays",
        means: &[
            "A packet for a half-open request echoed a time stamp outside the range of those sent in its SYN-ACKs. It is \
             dropped and answered with an ACK; the request stays in the SYN queue.",
        ],
        means_not: &["Not a full queue."],
        kernels: &["6.18 has it, 6.14 does not."],
        sources: &[CHECK_REQ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TSEcrRejected")],
        proofs: &["tsecr-rejected"],
        see_also: &["paws-estab"],
    },
    Topic {
        id: "tcp-syn-challenge",
        title: "TcpExt.TCPSYNChallenge",
        kind: events("TcpExt", "TCPSYNChallenge", "SYNs on connections that exist"),
        names: &["SYN challenge"],
        summary: "a SYN came on a connection that exists already; it was answered with an ACK, no listener is involved",
        means: &[
            "A SYN came whose addresses and ports are those of an established connection. It is answered with a challenge \
             ACK: a client that has lost its state (a reboot, a crash) answers that with a RST and may then connect.",
        ],
        means_not: &["Not a SYN for a listener: neither queue is involved."],
        sources: &[
            Source::Kernel("net/ipv4/tcp_input.c:tcp_validate_incoming"),
            Source::Standard("RFC 5961"),
        ],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPSYNChallenge")],
        proofs: &["syn-on-a-synchronized-socket"],
        see_also: &["listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-time-wait-overflow",
        title: "TcpExt.TCPTimeWaitOverflow",
        kind: events("TcpExt", "TCPTimeWaitOverflow", "TIME_WAIT states left out"),
        names: &[
            "time wait bucket table overflow",
            "TCP: time wait bucket table overflow",
        ],
        summary: "a closing connection got no TIME_WAIT, as there were tcp_max_tw_buckets; not a listen queue",
        means: &[
            "A connection closed, and no TIME_WAIT was kept for it, because there were already tcp_max_tw_buckets of them. \
             The connection is simply gone.",
        ],
        means_not: &["Nothing to do with listeners: connections in TIME_WAIT are in no accept queue and no SYN queue."],
        sources: &[Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_time_wait")],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("TcpExt", "TCPTimeWaitOverflow")],
        proofs: &["time-wait-overflow-is-no-queue"],
        see_also: &["listen-overflows", "tcp-tw-reuse"],
        ..Topic::BLANK
    },
];
