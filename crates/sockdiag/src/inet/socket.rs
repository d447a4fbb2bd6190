//! One row of an `inet_diag` answer: `struct inet_diag_msg` and its attributes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{AF_INET, AF_INET6, Family, SocketOptions, State, TcpInfo};
use crate::bytes::{Reader, u64_at};
use crate::{Attributes, MemoryInfo, ParseError};

/// Size of `struct inet_diag_msg`.
const FIXED: usize = 72;
const WHAT: &str = "inet_diag_msg";

const INFO: u16 = 2;
const SKMEMINFO: u16 = 7;
const SHUTDOWN: u16 = 8;
const SKV6ONLY: u16 = 11;
const ULP_INFO: u16 = 19;
const CGROUP_ID: u16 = 21;
const SOCKOPT: u16 = 22;
/// `INET_ULP_INFO_NAME`, inside [`ULP_INFO`].
const ULP_NAME: u16 = 1;

/// A TCP or MPTCP socket as the kernel describes it. Borrows the received datagram.
#[derive(Clone, Copy, Debug)]
pub struct Socket<'a> {
    /// Its family.
    pub family: Family,
    /// Its state. Half-open requests come as [`State::SynReceived`].
    pub state: State,
    /// Which timer runs: 0 none, 1 retransmission (and every half-open request), 2 keep-alive,
    /// 3 time-wait, 4 zero-window probe.
    pub timer: u8,
    /// Retransmissions so far; of a half-open request the SYN-ACKs resent (`num_retrans`).
    pub retransmits: u8,
    /// Local address and port. IPv4 addresses of a dual-stack socket are v4-mapped.
    pub local: SocketAddr,
    /// Remote address and port, all zero for a listener.
    pub remote: SocketAddr,
    /// Index of the interface it is bound to, 0 for none.
    pub interface: u32,
    /// Its cookie: never reused while the kernel runs, and unique, before 5.4 within its network
    /// namespace only (`net/core/sock_diag.c:sock_gen_cookie`). None for `INET_DIAG_NOCOOKIE`.
    pub cookie: Option<u64>,
    /// Milliseconds until the timer fires.
    pub expires_ms: u32,
    /// `idiag_rqueue`: unread bytes, except for a listener: see [`Socket::accept_queue_length`].
    pub receive_queue: u32,
    /// `idiag_wqueue`: unacknowledged bytes, except for a listener: see [`Socket::accept_queue_limit`].
    pub write_queue: u32,
    /// User id, mapped into the reader's user namespace; 0 for half-open requests and, up to 6.14,
    /// for connections not yet accepted.
    pub uid: u32,
    /// Inode of its file; 0 while it waits in an accept queue, is half-open, or belongs to the kernel.
    pub inode: u32,
    /// What else the kernel sent.
    pub attributes: Attributes<'a>,
}

impl<'a> Socket<'a> {
    /// Parses the payload of a [`Body::Socket`](crate::Body::Socket).
    ///
    /// # Errors
    /// [`ParseError`] for a payload that is cut, of another family, or whose attributes do not fit.
    pub fn parse(payload: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(WHAT, payload, FIXED)?;
        let family = family(reader.u8()?)?;
        let state = State::from_number(reader.u8()?);
        let (timer, retransmits) = (reader.u8()?, reader.u8()?);
        let (local_port, remote_port) = (reader.u16_be()?, reader.u16_be()?);
        let local = SocketAddr::new(address(family, reader.array()?), local_port);
        let remote = SocketAddr::new(address(family, reader.array()?), remote_port);
        Ok(Self {
            family,
            state,
            timer,
            retransmits,
            local,
            remote,
            interface: reader.u32()?,
            cookie: reader.cookie()?,
            expires_ms: reader.u32()?,
            receive_queue: reader.u32()?,
            write_queue: reader.u32()?,
            uid: reader.u32()?,
            inode: reader.u32()?,
            attributes: Attributes::parse(reader.rest())?,
        })
    }

    /// Connections of a listener that wait for `accept()`: `sk_ack_backlog`, which
    /// `net/ipv4/tcp_diag.c:tcp_diag_get_info` puts into `idiag_rqueue`. None in any other state.
    pub fn accept_queue_length(&self) -> Option<u32> {
        self.is_listening().then_some(self.receive_queue)
    }

    /// The limit of a listener's accept queue: `sk_max_ack_backlog`, which
    /// `net/ipv4/tcp_diag.c:tcp_diag_get_info` puts into `idiag_wqueue`. The queue is full when its
    /// length is *above* it (`include/net/sock.h:sk_acceptq_is_full`). None in any other state.
    pub fn accept_queue_limit(&self) -> Option<u32> {
        self.is_listening().then_some(self.write_queue)
    }

    /// Whether this row is a listener's.
    pub fn is_listening(&self) -> bool {
        self.state == State::Listen
    }

    /// Packets refused since the socket exists (`sk_drops`), noise included; None unless
    /// [`Extensions::SKMEMINFO`](super::Extensions::SKMEMINFO) was asked for and the kernel has it
    /// (4.7; listeners count there from 4.9 on). Wraps at 2³².
    pub fn drops(&self) -> Option<u32> {
        self.memory().drops()
    }

    /// `INET_DIAG_SKMEMINFO`; every entry None unless asked for.
    pub fn memory(&self) -> MemoryInfo<'a> {
        MemoryInfo::new(self.attributes.find(SKMEMINFO).unwrap_or_default())
    }

    /// `INET_DIAG_INFO` of a TCP row; None unless asked for. In an answer to a request for
    /// [`MPTCP`](super::MPTCP) the attribute is another struct, and this is meaningless.
    pub fn tcp_info(&self) -> Option<TcpInfo<'a>> {
        self.attributes.find(INFO).map(TcpInfo::new)
    }

    /// `INET_DIAG_SHUTDOWN`: bit 0 when receiving, bit 1 when sending was shut down.
    pub fn shutdown(&self) -> Option<u8> {
        self.attributes.find(SHUTDOWN)?.first().copied()
    }

    /// `INET_DIAG_CGROUP_ID` (5.8 and newer): the inode number of the cgroup v2 directory that the
    /// socket's creator was in when it created it.
    pub fn cgroup_id(&self) -> Option<u64> {
        u64_at(self.attributes.find(CGROUP_ID)?, 0)
    }

    /// `INET_DIAG_SOCKOPT` (5.10 and newer).
    pub fn socket_options(&self) -> Option<SocketOptions> {
        SocketOptions::parse(self.attributes.find(SOCKOPT)?)
    }

    /// `IPV6_V6ONLY` of an IPv6 listener; None for every other row.
    pub fn is_v6_only(&self) -> Option<bool> {
        let byte = self.attributes.find(SKV6ONLY)?.first()?;
        Some(*byte != 0)
    }

    /// Name of the upper layer protocol, such as `mptcp` or `tls`. Needs
    /// [`Extensions::INFO`](super::Extensions::INFO), and `CAP_NET_ADMIN` on kernels up to 6.12 at
    /// least (none needed on 6.18): None does not mean that there is none.
    pub fn upper_layer_protocol(&self) -> Option<&'a [u8]> {
        let nested = Attributes::parse(self.attributes.find(ULP_INFO)?).ok()?;
        nested.find(ULP_NAME)?.split(|byte| *byte == 0).next()
    }

    /// Whether this TCP row is the inner socket of an MPTCP one, as far as
    /// [`Socket::upper_layer_protocol`] could be seen.
    pub fn is_mptcp(&self) -> bool {
        self.upper_layer_protocol() == Some(b"mptcp")
    }
}

fn family(number: u8) -> Result<Family, ParseError> {
    match number {
        AF_INET => Ok(Family::V4),
        AF_INET6 => Ok(Family::V6),
        family => Err(ParseError::Family { what: WHAT, family }),
    }
}

/// `__be32 idiag_src[4]`, of which IPv4 uses the first word.
fn address(family: Family, bytes: [u8; 16]) -> IpAddr {
    let [a, b, c, d, ..] = bytes;
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from(bytes)),
    }
}
