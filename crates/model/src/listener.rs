//! A listener as it is shown: what a window derived of one socket. The names of the fields are the contract
//! of `-o json` (schema_version 1): they are only ever added to.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::endpoint::{Protocol, UnixKind};
use crate::namespace::NamespaceKey;
use crate::owner::Owner;
use crate::sample::{BlockedConnector, UnixClient};
use crate::syn_limit::LimitBy;

/// Everything that is known of one listener. `None` is unknown, never zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listener {
    /// What it takes.
    pub protocol: Protocol,
    /// Local address; `None` for unix.
    pub address: Option<IpAddr>,
    /// Local port; `None` for unix.
    pub port: Option<u16>,
    /// Device it is bound to.
    pub interface: Option<String>,
    /// Unix: the name it is bound to, `@` standing for the NUL of an abstract one.
    pub path: Option<String>,
    /// Unix: stream or seqpacket.
    pub kind: Option<UnixKind>,
    /// Id of its namespace in this document.
    pub namespace: NamespaceKey,
    /// Inode of its namespace.
    pub netns: Option<u64>,
    /// Inode of the socket.
    pub inode: u64,
    /// Cookie of the socket.
    pub cookie: Option<u64>,
    /// Creator.
    pub uid: Option<u32>,
    /// The accept queue.
    pub accept_queue: AcceptQueue,
    /// The SYN queue; `None` for unix, which has none.
    pub syn_queue: Option<SynQueue>,
    /// What was refused; `None` for unix, where a full queue makes connect() wait.
    pub drops: Option<Drops>,
    /// The backlog that was asked for and the one it got.
    pub backlog: Backlog,
    /// How long connections waited for accept(); needs tracing.
    pub accept_wait: Option<Box<AcceptWait>>,
    /// Processes that hold the socket, oldest first; `None` when that could not be read.
    pub owners: Option<Arc<[Owner]>>,
    /// systemd unit of the oldest owner.
    pub unit: Option<Arc<str>>,
    /// Container id of the oldest owner.
    pub container: Option<Arc<str>>,
    /// Kubernetes pod uid of the oldest owner.
    pub pod: Option<Arc<str>>,
    /// Control group path of the oldest owner.
    pub cgroup: Option<Arc<str>>,
    /// Lowest inode of the SO_REUSEPORT group it is a member of.
    #[serde(serialize_with = "some_as_text")]
    pub reuseport_group: Option<u64>,
    /// How endangered it is; `None` when its length or limit is unknown.
    pub state: Option<State>,
    /// With `--would-overflow-at N`: whether a limit of N would have been exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_overflow: Option<bool>,
}

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn some_as_text<S: serde::Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}

/// Connections that are established and wait for accept().
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AcceptQueue {
    /// How many wait.
    pub length: Option<u32>,
    /// The effective backlog.
    pub limit: Option<u32>,
    /// How many the queue holds: limit + 1, since the kernel refuses when `length > limit`.
    pub capacity: Option<u64>,
    /// Age of the oldest, in microseconds; needs tracing.
    pub oldest_wait_us: Option<u64>,
    /// The highest length seen; needs tracing or recording.
    pub peak: Option<Box<Peak>>,
    /// The highest length of the last 24 hours; needs recording.
    pub peak_24h: Option<u64>,
    /// What waits; `None` when it was not looked at or cannot be told from another listener's.
    pub content: Option<Box<Content>>,
    /// Unix: the client end of each queued connection; `None` when it was not looked at.
    pub clients: Option<Vec<UnixClient>>,
    /// Unix: threads that sleep in connect() because the queue is full; `None` when it was not looked at.
    pub blocked: Option<Vec<BlockedConnector>>,
}

impl AcceptQueue {
    /// Length as a share of capacity; 1 is full.
    #[expect(clippy::cast_precision_loss, reason = "a share of 2^53 connections is exact enough")]
    pub fn fill(&self) -> Option<f64> {
        Some(f64::from(self.length?) / self.capacity? as f64)
    }
}

/// The highest length an accept queue reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// The length.
    pub length: u32,
    /// When it was reached.
    pub at: jiff::Timestamp,
    /// Since when it was watched.
    pub since: jiff::Timestamp,
    /// Whether every enqueue was seen.
    pub exact: bool,
}

/// What waits in an accept queue, by the sockets that a dump shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Clients that are still there.
    pub established: u32,
    /// Clients that have closed while they waited.
    pub closed_by_client: u32,
    /// Clients that have reset: they are in no dump but still take a place (length − those that are).
    pub reset: u32,
    /// Connections that have bytes to read.
    pub with_data: u32,
    /// Bytes to read in all of them.
    pub bytes: u64,
}

/// Connections whose handshake is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SynQueue {
    /// How many; `None` when not counted, or shared with other listeners (then the bounds tell).
    pub length: Option<u32>,
    /// At least so many are this listener's.
    pub length_min: Option<u32>,
    /// At most so many are this listener's.
    pub length_max: Option<u32>,
    /// The length above which the kernel refuses or sends cookies.
    pub limit: Option<u32>,
    /// The rule behind the limit.
    pub limit_by: Option<LimitBy>,
    /// Those whose SYN-ACK was not yet sent again.
    pub young: Option<u32>,
}

/// What a TCP listener refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drops {
    /// `sk_drops` since the socket exists: a refused final ACK counts twice, noise is in it (KERNEL.md 2.3).
    pub total: Option<u32>,
    /// Its growth in the window; `None` in a single sample.
    pub per_second: Option<f64>,
    /// By cause, since tracing began; needs tracing.
    pub by_cause: Option<Box<DropsByCause>>,
}

/// Drops by cause since tracing began, in packets; the words are also the metric's `cause` label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DropsByCause {
    /// When counting began.
    pub since: jiff::Timestamp,
    /// SYNs refused because the accept queue was full.
    pub accept_queue_full_syn: Option<u64>,
    /// Final ACKs refused because the accept queue was full.
    pub accept_queue_full_ack: Option<u64>,
    /// SYNs refused because the SYN queue was full and cookies are off.
    pub syn_queue_full: Option<u64>,
    /// SYNs refused by the three-quarter rule.
    pub three_quarter_rule: Option<u64>,
    /// Memory, route, security module, child creation.
    pub other: Option<u64>,
    /// Duplicate SYNs, RSTs, deferred ACKs: nobody was refused.
    pub noise: Option<u64>,
    /// What `sk_drops` counted and no cause explains.
    pub unattributed: Option<u64>,
}

/// The backlog of a listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// What the program passed to listen(); known only if the call was seen.
    pub requested: Option<i32>,
    /// What it got.
    pub effective: Option<u32>,
    /// Whether somaxconn cut it; known only if the call was seen.
    pub clamped: Option<bool>,
}

/// How long connections waited between being queued and being accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptWait {
    /// Median, in microseconds.
    pub p50_us: u64,
    /// 99th percentile, in microseconds.
    pub p99_us: u64,
    /// Longest, in microseconds.
    pub max_us: u64,
    /// How many were measured.
    pub count: u64,
}

/// How endangered a listener is; the first that holds, most endangered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Something was refused in the window.
    Dropping,
    /// Length ≥ capacity: the next connection is refused.
    Full,
    /// Length ≥ 80 % of capacity.
    High,
    /// Something waits.
    Ok,
    /// Nothing waits.
    Idle,
}

impl State {
    /// The state that length and limit alone tell.
    pub fn of(length: u32, limit: u32) -> Self {
        let (length, capacity) = (u64::from(length), u64::from(limit) + 1);
        if length >= capacity {
            Self::Full
        } else if length * 10 >= capacity * 8 {
            Self::High
        } else if length > 0 {
            Self::Ok
        } else {
            Self::Idle
        }
    }

    /// Whether it deserves a warning.
    pub fn is_endangered(self) -> bool {
        self <= Self::High
    }

    /// The word used in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dropping => "dropping",
            Self::Full => "full",
            Self::High => "high",
            Self::Ok => "ok",
            Self::Idle => "idle",
        }
    }
}

impl Listener {
    /// Whether it is a unix listener at which nothing is known to wait: there are dozens on any desktop.
    pub fn is_quiet_unix(&self) -> bool {
        self.protocol == Protocol::Unix && matches!(self.state, Some(State::Idle) | None)
    }

    /// `address:port` (IPv6 in brackets, the device behind a %) or the path.
    pub fn place(&self) -> String {
        let Some(address) = &self.address else {
            return self.path.clone().unwrap_or_else(|| "(unnamed)".to_owned());
        };
        let device = self
            .interface
            .as_ref()
            .map(|name| format!("%{name}"))
            .unwrap_or_default();
        let port = self.port.unwrap_or_default();
        match address {
            IpAddr::V4(address) => format!("{address}{device}:{port}"),
            IpAddr::V6(address) => format!("[{address}{device}]:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_is_one_more_than_the_limit() {
        assert_eq!(State::of(129, 128), State::Full);
        assert_eq!(State::of(128, 128), State::High);
    }

    #[test]
    fn high_begins_at_eighty_percent_of_capacity() {
        assert_eq!(State::of(8, 9), State::High);
        assert_eq!(State::of(7, 9), State::Ok);
        assert_eq!(State::of(0, 9), State::Idle);
        assert_eq!(State::of(0, 0), State::Idle);
        assert_eq!(State::of(1, 0), State::Full);
    }

    #[test]
    fn a_limit_of_u32_max_does_not_overflow() {
        assert_eq!(State::of(1, u32::MAX), State::Ok);
        assert_eq!(State::of(u32::MAX, u32::MAX), State::High);
    }
}
