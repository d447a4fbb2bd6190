//! What a scene set up, as data that tests compare with what a tool shows.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Everything a scene set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The scene's name.
    pub scene: String,
    /// The inode number of its network namespace.
    pub netns: u64,
    /// The listeners, in the order they were made.
    pub listeners: Vec<ListenerFacts>,
    /// The processes of the scene: servers, clients, holders.
    pub processes: Vec<ProcessFacts>,
    /// Established connections that are in no accept queue (each has two ends here).
    pub established: u32,
}

impl Facts {
    /// The listener with this label.
    pub fn listener(&self, label: &str) -> Option<&ListenerFacts> {
        self.listeners.iter().find(|l| l.label == label)
    }
}

/// One listening socket of a scene. Lengths are numbers of connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListenerFacts {
    /// A name for it within the scene.
    pub label: String,
    /// What it speaks.
    pub protocol: Protocol,
    /// Address and port of a TCP or MPTCP listener.
    pub address: Option<SocketAddr>,
    /// Name of a unix listener; an abstract one begins with `@`.
    pub path: Option<String>,
    /// The socket's inode.
    pub inode: u64,
    /// Processes that hold the socket.
    pub owners: Vec<u32>,
    /// The backlog given to listen(2).
    pub backlog: u32,
    /// The accept queue's limit: the backlog cut down to `net.core.somaxconn`
    /// (net/socket.c:__sys_listen).
    pub limit: u32,
    /// The accept queue's length for as long as the scene is held.
    pub length: Expected,
    /// Half-open connections for as long as the scene is held.
    pub half_open: Expected,
    /// Whether connections are being refused all the time the scene is held.
    pub drops_grow: bool,
    /// Whether it shares its port with others through `SO_REUSEPORT`.
    pub reuseport: bool,
    /// What waits in the accept queue, where the scene settled it.
    pub content: Option<QueueContent>,
    /// Client processes with a connection in the accept queue (unix scenes).
    pub clients: Vec<u32>,
    /// Client processes blocked in connect(2) because the queue is full (unix scenes).
    pub blocked: Vec<u32>,
}

/// Who waits in an accept queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueContent {
    /// Connections whose client is there and has said nothing.
    pub silent: u32,
    /// Connections whose client is there and has sent bytes.
    pub sent_bytes: u32,
    /// Connections whose client has closed (`CLOSE_WAIT` on our side).
    pub closed: u32,
    /// Connections whose client has reset: they count, but no dump shows them.
    pub reset: u32,
}

/// A process of a scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFacts {
    /// Its id.
    pub pid: u32,
    /// Its name, as /proc/PID/comm has it.
    pub comm: String,
}

/// What a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP over IPv4 or IPv6.
    Tcp,
    /// Multipath TCP (protocol 262).
    Mptcp,
    /// A unix stream socket.
    UnixStream,
    /// A unix seqpacket socket.
    UnixSeqpacket,
}

/// The range in which a number lies while the scene is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The smallest it can be.
    pub min: u32,
    /// The largest it can be.
    pub max: u32,
}

impl Expected {
    /// This number and no other.
    pub const fn exactly(number: u32) -> Self {
        Self {
            min: number,
            max: number,
        }
    }

    /// Anything from `min` to `max`.
    pub const fn between(min: u32, max: u32) -> Self {
        Self { min, max }
    }

    /// Whether `number` is one of those expected.
    pub const fn contains(self, number: u32) -> bool {
        self.min <= number && number <= self.max
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            write!(f, "{}", self.min)
        } else {
            write!(f, "{} to {}", self.min, self.max)
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Mptcp => "mptcp",
            Self::UnixStream => "unix stream",
            Self::UnixSeqpacket => "unix seqpacket",
        })
    }
}

impl fmt::Display for ListenerFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ", self.label, self.protocol)?;
        match (&self.address, &self.path) {
            (Some(address), _) => write!(f, "{address}")?,
            (None, Some(path)) => f.write_str(path)?,
            (None, None) => f.write_str("unnamed")?,
        }
        write!(
            f,
            ", backlog {}, limit {}, waiting {}",
            self.backlog, self.limit, self.length
        )?;
        if self.half_open != Expected::exactly(0) {
            write!(f, ", half-open {}", self.half_open)?;
        }
        if self.drops_grow {
            f.write_str(", refusing")?;
        }
        write!(f, ", held by {:?}", self.owners)
    }
}
