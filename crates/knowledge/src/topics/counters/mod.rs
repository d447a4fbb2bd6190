//! The SNMP counters that concern handshakes (/proc/net/snmp, /proc/net/netstat), each branch of the kernel that moves
//! them (KERNEL.md 2.3 and 3).

mod cookies;
mod fast_open;
mod mptcp;
mod others;
mod queues;
mod requests;
mod signatures;
mod tcp;

use crate::topic::{CounterFacts, Kind, Look, Source, Topic};

/// The topics, the queues' own counters first.
pub(super) static PARTS: &[&[Topic]] = &[
    queues::TOPICS,
    cookies::TOPICS,
    tcp::TOPICS,
    requests::TOPICS,
    fast_open::TOPICS,
    others::TOPICS,
    signatures::TOPICS,
    mptcp::TOPICS,
];

const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const SYN_RECV_SOCK: Source = Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock");
const CHECK_REQ: Source = Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req");
const REQUEST_TIMER: Source = Source::Kernel("net/ipv4/inet_connection_sock.c:reqsk_timer_handler");

const MOVES_NOW: Look = Look {
    command: "listenq counters --for 10s",
    shows: "whether it moves now, how fast, and what moves with it",
};
const WHICH_LISTENER: Look = Look {
    command: "listenq --watch",
    shows: "which listener it is: the one whose DROPS grow",
};
const HALF_OPEN: Look = Look {
    command: "listenq -o wide",
    shows: "the SYN queue of each listener, and what limits it",
};

/// A counter of events, of which one more stands for one `unit`.
const fn events(group: &'static str, name: &'static str, unit: &'static str) -> Kind {
    Kind::Counter(CounterFacts {
        group,
        name,
        unit,
        gauge: false,
    })
}

/// A number of what there is now.
const fn gauge(group: &'static str, name: &'static str, unit: &'static str) -> Kind {
    Kind::Counter(CounterFacts {
        group,
        name,
        unit,
        gauge: true,
    })
}
