//! What is listened on and connected to: a TCP, MPTCP or unix address, and sockets for it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::PollFlags;
use serde::{Deserialize, Serialize};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::clock::Deadline;
use crate::control::first_ready;
use crate::facts::Protocol;

/// The most a connection inside the namespace may take before it counts as refused.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// An address to listen on or to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) protocol: Protocol,
    pub(crate) place: Place,
}

/// An internet address with a port, or a unix name (`@…` for an abstract one).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    Internet(SocketAddr),
    Unix(String),
}

impl Target {
    /// A TCP address.
    pub(crate) fn tcp(address: impl Into<SocketAddr>) -> Self {
        Self {
            protocol: Protocol::Tcp,
            place: Place::Internet(address.into()),
        }
    }

    /// A socket of this kind, bound to nothing.
    pub(crate) fn socket(&self) -> io::Result<Socket> {
        let domain = match &self.place {
            Place::Internet(address) => Domain::for_address(*address),
            Place::Unix(_) => Domain::UNIX,
        };
        let (kind, protocol) = match self.protocol {
            Protocol::Tcp => (Type::STREAM, Some(socket2::Protocol::TCP)),
            Protocol::Mptcp => (Type::STREAM, Some(socket2::Protocol::MPTCP)),
            Protocol::UnixStream => (Type::STREAM, None),
            Protocol::UnixSeqpacket => (Type::SEQPACKET, None),
        };
        Socket::new(domain, kind, protocol)
    }

    /// The address for bind(2) and connect(2).
    pub(crate) fn address(&self) -> io::Result<SockAddr> {
        match &self.place {
            Place::Internet(address) => Ok(SockAddr::from(*address)),
            Place::Unix(name) => match name.strip_prefix('@') {
                Some(rest) => SockAddr::unix(format!("\0{rest}")),
                None => SockAddr::unix(name),
            },
        }
    }

    /// Sends the first packet of a connection and does not wait for the answer.
    pub(crate) fn knock(&self) -> io::Result<Socket> {
        self.knock_from(None)
    }

    /// As [`Self::knock`], from a given source address (port 0: any).
    pub(crate) fn knock_from(&self, source: Option<SocketAddr>) -> io::Result<Socket> {
        let socket = self.socket()?;
        if let Some(source) = source {
            socket.bind(&source.into())?;
        }
        socket.set_nonblocking(true)?;
        match socket.connect(&self.address()?) {
            Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
            _ => Ok(socket),
        }
    }

    /// Connects; the socket stays non-blocking.
    pub(crate) fn connect_from(&self, source: Option<SocketAddr>) -> io::Result<Socket> {
        let socket = self.knock_from(source)?;
        let deadline = Deadline::after(CONNECT_LIMIT);
        if first_ready(&[socket.as_fd()], PollFlags::OUT, deadline)?.is_none() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match socket.take_error()? {
            Some(error) => Err(error),
            None => Ok(socket),
        }
    }
}

/// connect(2) of a non-blocking TCP socket says this while the handshake runs.
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Internet(address) => write!(f, "{} {address}", self.protocol),
            Place::Unix(name) => write!(f, "{} {name}", self.protocol),
        }
    }
}
