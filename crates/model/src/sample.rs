//! Everything that was read at one moment, as the kernel gave it and nothing derived.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::cgroup::Cgroup;
use crate::endpoint::{Endpoint, Protocol};
use crate::health::SourceHealth;
use crate::namespace::{Namespace, NamespaceKey};
use crate::owner::Owner;

/// The raw facts of one moment.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Wall time, for people.
    pub taken_at: Timestamp,
    /// Time since boot including suspend (`CLOCK_BOOTTIME`), for durations.
    pub since_boot: Duration,
    /// The machine.
    pub host: Host,
    /// How well each source could be read.
    pub sources: Vec<SourceHealth>,
    /// The namespaces that were found, those that could not be entered included.
    pub namespaces: Vec<Namespace>,
    /// The listening sockets.
    pub sockets: Vec<ListeningSocket>,
}

/// The machine a sample was taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Name of the host (uname).
    pub hostname: Arc<str>,
    /// Release of the kernel (uname).
    pub kernel: Arc<str>,
    /// /proc/sys/kernel/random/boot_id; `None` when it could not be read.
    pub boot_id: Option<Arc<str>>,
}

/// One listening socket.
#[derive(Clone, Debug, PartialEq)]
pub struct ListeningSocket {
    /// The namespace it was created in.
    pub namespace: NamespaceKey,
    /// What it takes.
    pub protocol: Protocol,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// Inode of the socket; 0 for one without a file (a kernel socket).
    pub inode: u64,
    /// Socket cookie, never reused while the kernel runs; `None` in the /proc fallback.
    pub cookie: Option<u64>,
    /// Creator, mapped into the reader's user namespace.
    pub uid: Option<u32>,
    /// Connections waiting for accept(): `sk_ack_backlog` (unix: length of the receive queue).
    pub length: Option<u32>,
    /// Effective backlog: `sk_max_ack_backlog`.
    pub limit: Option<u32>,
    /// `sk_drops`, wrapping at 2^32, noise included (KERNEL.md 2.3); `None` for unix.
    pub drops: Option<u32>,
    /// Id of the control group (v2) that its creator was in; `None` for unix, and where the kernel does not tell.
    pub cgroup_id: Option<u64>,
    /// Processes that hold it, oldest first; `None` when not all could be looked at and none was found.
    pub owners: Option<Arc<[Owner]>>,
    /// Control group of the oldest owner; of the creator, where no owner is known.
    pub cgroup: Option<Arc<Cgroup>>,
    /// Unix only: who waits; `None` when it was not looked at.
    pub clients: Option<UnixClients>,
}

/// Who waits at a unix listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnixClients {
    /// The client end of each queued connection.
    pub queued: Vec<UnixClient>,
    /// Threads that sleep in connect() because the queue is full.
    pub blocked: Vec<BlockedConnector>,
}

/// The client end of a connection queued at a unix listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnixClient {
    /// Inode of the client's socket (`UNIX_DIAG_ICONS`); 0 when the client has closed it.
    pub inode: u64,
    /// Processes that hold it; `None` when that could not be read.
    pub owners: Option<Arc<[Owner]>>,
}

/// A thread that sleeps in connect() until a unix listener has room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockedConnector {
    /// Its process.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
    /// Name of the thread.
    pub comm: Arc<str>,
    /// Whether the address it connects to was read and is this listener's; if not, this is
    /// one of several full listeners that it may wait for.
    pub certain: bool,
}

/// Small samples for tests of this crate.
#[cfg(test)]
pub(crate) mod fixture {
    use super::*;
    use crate::endpoint::{InetEndpoint, UnixEndpoint, UnixKind};
    use crate::setting::{Setting, Settings};

    const KEY: NamespaceKey = NamespaceKey::Inode(4_026_531_840);

    pub(crate) fn namespace() -> Namespace {
        let mut settings = Settings::default();
        settings.set(Setting::Somaxconn, Some(4096));
        settings.set(Setting::TcpSyncookies, Some(1));
        settings.set(Setting::TcpMaxSynBacklog, Some(1024));
        Namespace {
            key: KEY,
            name: Some("host".into()),
            is_own: true,
            settings,
            counters: None,
            half_open: None,
            queued: None,
        }
    }

    pub(crate) fn listener(address: &str, port: u16) -> ListeningSocket {
        let address: std::net::IpAddr = address.parse().unwrap();
        let v6_only = address.is_ipv6().then_some(false);
        ListeningSocket {
            namespace: KEY,
            protocol: Protocol::Tcp,
            endpoint: Endpoint::Inet(InetEndpoint {
                address,
                port,
                interface: None,
                v6_only,
            }),
            inode: 1000 + u64::from(port),
            cookie: Some(u64::from(port)),
            uid: Some(0),
            length: Some(0),
            limit: Some(128),
            drops: Some(0),
            cgroup_id: None,
            owners: Some([owner(u32::from(port), "nginx")].into()),
            cgroup: Some(Arc::new(Cgroup::from_path("/system.slice/nginx.service"))),
            clients: None,
        }
    }

    pub(crate) fn unix_listener(path: &str) -> ListeningSocket {
        let endpoint = UnixEndpoint {
            kind: UnixKind::Stream,
            name: Some(path.as_bytes().into()),
        };
        ListeningSocket {
            protocol: Protocol::Unix,
            endpoint: Endpoint::Unix(endpoint),
            drops: None,
            ..listener("0.0.0.0", 1)
        }
    }

    pub(crate) fn owner(pid: u32, comm: &str) -> Owner {
        Owner {
            pid,
            comm: comm.into(),
            fd: 3,
            executable: None,
            started: 1,
        }
    }

    pub(crate) fn sample(sockets: Vec<ListeningSocket>) -> Sample {
        Sample {
            taken_at: Timestamp::from_second(1_795_000_000).unwrap(),
            since_boot: Duration::from_secs(100),
            host: Host {
                hostname: "web-1".into(),
                kernel: "6.18.44".into(),
                boot_id: None,
            },
            sources: vec![SourceHealth::ok("tcp")],
            namespaces: vec![namespace()],
            sockets,
        }
    }
}
