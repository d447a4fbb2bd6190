//! Sentences that are told about the listen queues, with what is true in them (KERNEL.md 0, 2.4, 3.3, 6.4; PEERS.md).

mod counters;
mod limits;
mod remedies;
mod tools;

use crate::topic::{Kind, Look, Show, Source, Topic, Verdict, Which};

/// The topics.
pub(super) static PARTS: &[&[Topic]] = &[limits::TOPICS, counters::TOPICS, tools::TOPICS, remedies::TOPICS];

const CONN_REQUEST: Source = Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request");
const SYN_RECV_SOCK: Source = Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock");
const CHECK_REQ: Source = Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req");
const LISTEN: Source = Source::Kernel("net/socket.c:__sys_listen");
const ACCEPTQ_IS_FULL: Source = Source::Kernel("include/net/sock.h:sk_acceptq_is_full");
const SYN_QUEUE_IS_FULL: Source = Source::Kernel("include/net/inet_connection_sock.h:inet_csk_reqsk_queue_is_full");

const NOW: Look = Look {
    command: "listenq",
    shows: "length and limit of both queues of every listener",
};
