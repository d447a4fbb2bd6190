//! Columns of our own output, of ss, netstat and /proc, for listeners (KERNEL.md 4).

mod netstat;
mod ours;
mod ours_wide;
mod proc;
mod ss;

use crate::topic::{Look, Source, Topic};

/// The topics; for a name that several tools have, the likeliest first: ss, then netstat, then /proc, then ours.
pub(super) static PARTS: &[&[Topic]] = &[
    ss::TOPICS,
    netstat::TOPICS,
    proc::TOPICS,
    ours::TOPICS,
    ours_wide::TOPICS,
];

const DIAG_FILL: Source = Source::Kernel("net/ipv4/tcp_diag.c:tcp_diag_get_info");
const PROC_TCP: Source = Source::Kernel("net/ipv4/tcp_ipv4.c:get_tcp4_sock");
const FULL: Source = Source::Kernel("include/net/sock.h:sk_acceptq_is_full");

const THE_SAME_HERE: Look = Look {
    command: "listenq",
    shows: "length and limit of both queues of every listener, with the fill in percent",
};
