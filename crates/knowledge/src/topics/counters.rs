//! The SNMP counters that concern handshakes (/proc/net/snmp, /proc/net/netstat).

use crate::topic::{CounterFacts, Kind, Look, Show, Source, Topic, Which};

/// The topics.
pub(super) static TOPICS: &[Topic] = &[Topic {
    id: "listen-overflows",
    title: "TcpExt.ListenOverflows",
    kind: Kind::Counter(CounterFacts {
        group: "TcpExt",
        name: "ListenOverflows",
        unit: "packets refused: a client that tries three times counts three times",
        gauge: false,
    }),
    names: &["times the listen queue of a socket overflowed"],
    summary: "a full accept queue refused a SYN or a final ACK; counts packets, not clients",
    means: &[
        "An accept queue of this network namespace was full (length > limit) when a SYN, a final ACK, a cookie's ACK \
         or a Fast Open SYN came in, and the packet was refused. The client tries again after a second or more.",
    ],
    means_not: &["Not a number of clients, and not a number of lost connections: most come in at a later try."],
    sources: &[
        Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
        Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock"),
    ],
    look_at: &[Look {
        command: "listenq --watch",
        shows: "which listener it is: its drops grow",
    }],
    shows: &[
        Show::Counter("TcpExt", "ListenOverflows"),
        Show::Listeners(Which::Dropped),
    ],
    proofs: &[
        "accept-queue-full-drops-syns",
        "overflows-count-packets",
        "final-ack-refused",
    ],
    see_also: &["listen-drops", "accept-queue"],
    ..Topic::BLANK
}];
