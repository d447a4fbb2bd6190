//! Where a listener listens: protocol, address and port, or the name of a unix socket.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What kind of connections a listener takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP over IPv4 or IPv6.
    Tcp,
    /// Multipath TCP: rides on the queues of an internal TCP listener, which is the row that is shown.
    Mptcp,
    /// A unix-domain stream or seqpacket socket.
    Unix,
}

impl Protocol {
    /// The word used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Mptcp => "mptcp",
            Self::Unix => "unix",
        }
    }
}

/// The two kinds of unix sockets that can listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnixKind {
    /// `SOCK_STREAM`.
    Stream,
    /// `SOCK_SEQPACKET`.
    SeqPacket,
}

/// The local end of a listening socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// TCP or MPTCP.
    Inet(InetEndpoint),
    /// A unix-domain socket.
    Unix(UnixEndpoint),
}

/// Address and port of a TCP or MPTCP listener.
///
/// The variant of `address` is the family of the socket: a v4-mapped address of an IPv6 socket stays IPv6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InetEndpoint {
    /// Local address; unspecified for a wildcard listener.
    pub address: IpAddr,
    /// Local port.
    pub port: u16,
    /// The device the socket is bound to (`SO_BINDTODEVICE`, or the scope of a link-local address).
    pub interface: Option<Interface>,
    /// `IPV6_V6ONLY`; `None` for IPv4, and where the source does not tell.
    pub v6_only: Option<bool>,
}

/// A network device of the listener's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interface {
    /// Its index in the listener's namespace.
    pub index: u32,
    /// Its name, where it could be read.
    pub name: Option<Arc<str>>,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "if{}", self.index),
        }
    }
}

/// Kind and name of a unix listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnixEndpoint {
    /// Stream or seqpacket.
    pub kind: UnixKind,
    /// The bytes it was bound to; an abstract name begins with NUL; `None` when it has no name.
    pub name: Option<Arc<[u8]>>,
}

impl UnixEndpoint {
    /// The name as text: `@` stands for the NUL that begins an abstract name, as `ss` and /proc/net/unix
    /// write it. Bytes that are not UTF-8 are replaced.
    pub fn path(&self) -> Option<String> {
        let name = self.name.as_deref()?;
        Some(match name.split_first() {
            Some((0, rest)) => format!("@{}", String::from_utf8_lossy(rest).replace('\0', "@")),
            _ => String::from_utf8_lossy(name).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &[u8]) -> Option<String> {
        UnixEndpoint {
            kind: UnixKind::Stream,
            name: Some(name.into()),
        }
        .path()
    }

    #[test]
    fn abstract_names_begin_with_an_at_sign() {
        assert_eq!(path(b"\0dbus").as_deref(), Some("@dbus"));
        assert_eq!(path(b"/run/x.sock").as_deref(), Some("/run/x.sock"));
        assert_eq!(path(b"/run/\xff").as_deref(), Some("/run/\u{fffd}"));
    }
}
