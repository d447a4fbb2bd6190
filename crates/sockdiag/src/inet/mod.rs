//! `inet_diag` version 2: requests for TCP and MPTCP sockets, and the rows that answer them.
//!
//! A row of a listener carries the accept queue's length and limit in the fields that hold bytes for
//! every other state; [`Socket::accept_queue_length`] and [`Socket::accept_queue_limit`] keep the two apart.

mod filter;
mod info;
mod request;
mod socket;

pub use crate::state::{State, States};
pub use filter::Filter;
pub use info::{SocketOptions, TcpInfo};
pub use request::{Extensions, Request};
pub use socket::Socket;

/// `IPPROTO_TCP`.
pub const TCP: u16 = 6;
/// `IPPROTO_MPTCP`. Its dump lists listeners from 5.19 on (none in 5.15); they are in the TCP dump as well.
pub const MPTCP: u16 = 262;

/// `AF_INET`.
const AF_INET: u8 = 2;
/// `AF_INET6`.
const AF_INET6: u8 = 10;

/// The address family of a socket. A dual-stack socket is [`Family::V6`] whomever it talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// `AF_INET` or `AF_INET6`.
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => AF_INET,
            Self::V6 => AF_INET6,
        }
    }
}
