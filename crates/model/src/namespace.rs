//! A network namespace as one sample found it: its settings, counters, and connections not yet accepted.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::counter::Counters;
use crate::setting::Settings;

/// What tells one network namespace from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamespaceKey {
    /// Inode of /proc/PID/ns/net.
    Inode(u64),
    /// Inode of /proc/PID/net/tcp, one per namespace: all that is readable without ptrace rights.
    ProcInode(u64),
}

impl NamespaceKey {
    /// The namespace's own inode number, where it is known.
    pub fn inode(self) -> Option<u64> {
        match self {
            Self::Inode(inode) => Some(inode),
            Self::ProcInode(_) => None,
        }
    }
}

/// The id used in documents: the inode, or `p` and the inode of its /proc file.
impl fmt::Display for NamespaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inode(inode) => write!(f, "{inode}"),
            Self::ProcInode(inode) => write!(f, "p{inode}"),
        }
    }
}

/// A text that is no [`NamespaceKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a network namespace")]
pub struct NoKey;

/// The id used in documents.
impl FromStr for NamespaceKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let inode = |digits: &str| digits.parse().map_err(|_| NoKey);
        match text.strip_prefix('p') {
            Some(digits) => inode(digits).map(Self::ProcInode),
            None => inode(text).map(Self::Inode),
        }
    }
}

impl Serialize for NamespaceKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamespaceKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The raw facts of one network namespace in one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Namespace {
    /// Its identity.
    pub key: NamespaceKey,
    /// `host`, its name under /run/netns, or what its processes' cgroup says (pod uid, container id).
    pub name: Option<Arc<str>>,
    /// Whether this is the namespace of the reading process.
    pub is_own: bool,
    /// Its sysctls.
    pub settings: Settings,
    /// Its SNMP counters; `None` when they could not be read.
    pub counters: Option<Counters>,
    /// Half-open connections by local end; `None` when they were not counted in this sample.
    pub half_open: Option<Vec<HalfOpen>>,
    /// Connections that wait for accept(), by local end, of the ports that were looked at;
    /// `None` when they were not looked at in this sample.
    pub queued: Option<Vec<Queued>>,
}

/// The local end of connections that belong to some listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalEnd {
    /// Address the client connected to; its variant is the family of the listener's socket.
    pub address: IpAddr,
    /// Port the client connected to.
    pub port: u16,
    /// Device index of the connection; 0 when it is bound to none.
    pub interface: u32,
}

/// Half-open connections (`SYN_RECV`) to one local end, as a dump shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfOpen {
    /// Where they connect to.
    pub local: LocalEnd,
    /// How many.
    pub count: u32,
    /// Those whose SYN-ACK was not yet sent again.
    pub young: u32,
}

/// Connections to one local end that are established but have no inode yet: not accepted (KERNEL.md 1.5).
///
/// One that was reset while it waited is in no dump though it still takes a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuedCounts {
    /// In state ESTABLISHED.
    pub established: u32,
    /// In state CLOSE_WAIT: the client has closed.
    pub closed_by_client: u32,
    /// Those with bytes to read.
    pub with_data: u32,
    /// Bytes to read in all of them.
    pub bytes: u64,
}

/// [`QueuedCounts`] of one local end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Where the clients connected to.
    pub local: LocalEnd,
    /// What waits there.
    pub counts: QueuedCounts,
}
