//! The attributes of a row that are structs of their own.

use super::State;
use crate::bytes::u32_at;

/// `struct tcp_info` as far as the kernel sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpInfo<'a> {
    bytes: &'a [u8],
}

impl<'a> TcpInfo<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// `tcpi_state`.
    pub fn state(&self) -> Option<State> {
        self.bytes.first().copied().map(State::from_number)
    }

    /// `tcpi_unacked`: segments in flight; of a listener the accept queue's length
    /// (`net/ipv4/tcp.c:tcp_get_info`).
    pub fn unacked(&self) -> Option<u32> {
        u32_at(self.bytes, 24)
    }

    /// `tcpi_sacked`: segments reported by SACK; of a listener the accept queue's limit
    /// (`net/ipv4/tcp.c:tcp_get_info`).
    pub fn sacked(&self) -> Option<u32> {
        u32_at(self.bytes, 28)
    }
}

/// `struct inet_diag_sockopt` (`net/ipv4/inet_diag.c:inet_diag_msg_attrs_fill`). Options of its
/// second byte are None where the kernel sent only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the kernel's struct is eleven bits")]
pub struct SocketOptions {
    /// `IP_RECVERR`.
    pub recverr: bool,
    /// A connection-oriented socket (`struct inet_connection_sock`).
    pub is_icsk: bool,
    /// `IP_FREEBIND`.
    pub freebind: bool,
    /// `IP_HDRINCL`.
    pub hdrincl: bool,
    /// `IP_MULTICAST_LOOP`.
    pub mc_loop: bool,
    /// `IP_TRANSPARENT`.
    pub transparent: bool,
    /// `IP_MULTICAST_ALL`.
    pub mc_all: bool,
    /// `IP_NODEFRAG`.
    pub nodefrag: bool,
    /// `IP_BIND_ADDRESS_NO_PORT`.
    pub bind_address_no_port: Option<bool>,
    /// `IP_RECVERR_RFC4884`.
    pub recverr_rfc4884: Option<bool>,
    /// `TCP_FASTOPEN_CONNECT` with the connection deferred to the first write.
    pub defer_connect: Option<bool>,
}

impl SocketOptions {
    /// None for an attribute without a single byte.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let first = Bits::new(*bytes.first()?);
        let second = bytes.get(1).copied().map(Bits::new);
        Some(Self {
            recverr: first.get(0),
            is_icsk: first.get(1),
            freebind: first.get(2),
            hdrincl: first.get(3),
            mc_loop: first.get(4),
            transparent: first.get(5),
            mc_all: first.get(6),
            nodefrag: first.get(7),
            bind_address_no_port: second.map(|bits| bits.get(0)),
            recverr_rfc4884: second.map(|bits| bits.get(1)),
            defer_connect: second.map(|bits| bits.get(2)),
        })
    }
}

/// A byte of C bit-fields: the first declared is the lowest bit on little-endian machines and the
/// highest on big-endian ones, where the struct has no mirrored declaration.
#[derive(Clone, Copy)]
struct Bits(u8);

impl Bits {
    fn new(byte: u8) -> Self {
        Self(if cfg!(target_endian = "big") {
            byte.reverse_bits()
        } else {
            byte
        })
    }

    fn get(self, index: u8) -> bool {
        self.0 >> index & 1 == 1
    }
}
