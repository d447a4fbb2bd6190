//! The request for a dump: `struct inet_diag_req_v2` and its attributes.

use std::ops::BitOr;

use super::{Family, Filter, States};
use crate::{attribute, bytes, message};

/// `INET_DIAG_REQ_BYTECODE`.
const BYTECODE: u16 = 1;
/// `INET_DIAG_REQ_PROTOCOL` (absent in 5.8, present in 5.10).
const PROTOCOL: u16 = 3;

/// A set of attributes to ask for. `idiag_ext` is 8 bits wide, attribute n in bit n − 1, so only the
/// first eight can be asked for; the others come by themselves or with one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extensions(u8);

impl Extensions {
    /// Only what the kernel sends unasked.
    pub const NONE: Self = Self(0);
    /// `INET_DIAG_INFO`: [`Socket::tcp_info`](super::Socket::tcp_info), and the name of the upper
    /// layer protocol with it.
    pub const INFO: Self = Self(1 << (2 - 1));
    /// `INET_DIAG_SKMEMINFO`: [`Socket::memory`](super::Socket::memory), drops among it.
    pub const SKMEMINFO: Self = Self(1 << (7 - 1));

    /// Both, where `|` cannot be used: in a constant.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bits as the kernel takes them.
    pub const fn bits(self) -> u8 {
        self.0
    }
}

impl BitOr for Extensions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

/// A dump of all sockets of one family and protocol that the filters let through.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The sockets' family. IPv4 clients of a dual-stack listener are in the [`Family::V6`] dump.
    pub family: Family,
    /// `IPPROTO_*`, [`TCP`](super::TCP) or [`MPTCP`](super::MPTCP) above all.
    pub protocol: u16,
    /// States to return. `LISTEN` alone never touches the table of established connections.
    pub states: States,
    /// Attributes to return.
    pub extensions: Extensions,
    /// Only sockets of this local port; port 0 cannot be asked for, the kernel takes it as “any”.
    pub source_port: Option<u16>,
    /// Only sockets that this program accepts.
    pub filter: Option<&'a Filter>,
}

impl Request<'_> {
    /// Writes one whole netlink message into `out`, replacing what was there. `sequence` comes back
    /// in every message of the answer.
    pub fn encode(&self, sequence: u32, out: &mut Vec<u8>) {
        message::write_request(out, message::DUMP, sequence, |out| {
            self.push_fixed(out);
            self.push_attributes(out);
        });
    }

    /// `struct inet_diag_req_v2`.
    fn push_fixed(&self, out: &mut Vec<u8>) {
        // A protocol beyond 8 bits goes into its attribute and leaves 0 here, which no module serves:
        // a kernel that does not know the attribute then fails, where the protocol's low byte (262 is
        // 6 modulo 256) would have it answer with TCP's sockets.
        let protocol = u8::try_from(self.protocol).unwrap_or(0);
        let source_port = self.source_port.unwrap_or(0);
        out.extend_from_slice(&[self.family.number(), protocol, self.extensions.bits(), 0]);
        out.extend_from_slice(&self.states.bits().to_ne_bytes());
        // struct inet_diag_sockid: both ports, both addresses, interface, cookie.
        out.extend_from_slice(&source_port.to_be_bytes());
        out.extend_from_slice(&[0; 2 + 16 + 16 + 4]);
        out.extend_from_slice(&bytes::cookie(None));
    }

    fn push_attributes(&self, out: &mut Vec<u8>) {
        if let Some(filter) = self.filter {
            attribute::push(out, BYTECODE, filter.program());
        }
        if self.protocol > u16::from(u8::MAX) {
            attribute::push(out, PROTOCOL, &u32::from(self.protocol).to_ne_bytes());
        }
    }
}
