//! The words of the field: what a listener is, its two queues, and what moves through them.

mod handshake;
mod queues;
mod sockets;

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[
    queues::LISTENER,
    queues::ACCEPT_QUEUE,
    queues::SYN_QUEUE,
    queues::BACKLOG,
    queues::EFFECTIVE_BACKLOG,
    queues::CAPACITY,
    queues::OVERFLOW,
    queues::DROP,
    queues::TWO_QUEUES,
    queues::LIVE_RESIZE,
    queues::OF_A_PROGRAM,
    handshake::HALF_OPEN,
    handshake::SYN_COOKIES,
    handshake::SYN_ACK_RETRANSMISSION,
    handshake::DEFER_ACCEPT,
    handshake::FAST_OPEN,
    sockets::WAITING_CONNECTION,
    sockets::DEAD_CONNECTIONS,
    sockets::REUSEPORT,
    sockets::MPTCP_LISTENER,
    sockets::UNIX_LISTENER,
    sockets::NETWORK_NAMESPACE,
    sockets::OWNER,
    sockets::THUNDERING_HERD,
    sockets::IO_URING,
];
