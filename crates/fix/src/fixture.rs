//! Small hosts for the tests of this crate.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::counter::{Counter, Counters};
use model::endpoint::UnixKind;
use model::{
    Cgroup, Endpoint, Host, InetEndpoint, ListeningSocket, Namespace, NamespaceKey, Owner, Protocol, Sample, Setting,
    Settings, SourceHealth, UnixEndpoint,
};

pub const HOST: NamespaceKey = NamespaceKey::Inode(4_026_531_840);
pub const WEB: NamespaceKey = NamespaceKey::Inode(4_026_532_345);

pub fn tcp(port: u16, length: u32, limit: u32) -> ListeningSocket {
    ListeningSocket {
        namespace: HOST,
        protocol: Protocol::Tcp,
        endpoint: Endpoint::Inet(InetEndpoint {
            address: "0.0.0.0".parse().unwrap(),
            port,
            interface: None,
            v6_only: None,
        }),
        inode: 20_000 + u64::from(port),
        cookie: Some(u64::from(port)),
        uid: Some(0),
        length: Some(length),
        limit: Some(limit),
        drops: Some(0),
        cgroup_id: None,
        owners: Some([owner(100, "nginx")].into()),
        cgroup: None,
        clients: None,
    }
}

/// Another socket at the same place.
pub fn member(number: u64, of: &ListeningSocket) -> ListeningSocket {
    ListeningSocket {
        inode: of.inode + 1000 * number,
        cookie: Some(1000 * number),
        ..of.clone()
    }
}

pub fn unix(path: &str, length: u32, limit: u32) -> ListeningSocket {
    ListeningSocket {
        protocol: Protocol::Unix,
        endpoint: Endpoint::Unix(UnixEndpoint {
            kind: UnixKind::Stream,
            name: Some(path.as_bytes().into()),
        }),
        inode: 7,
        cookie: Some(7),
        drops: None,
        ..tcp(1, length, limit)
    }
}

pub fn owner(pid: u32, comm: &str) -> Owner {
    Owner {
        pid,
        comm: comm.into(),
        fd: 6,
        executable: Some(comm.into()),
        started: 1,
    }
}

pub fn in_unit(unit: &str, socket: ListeningSocket) -> ListeningSocket {
    ListeningSocket {
        cgroup: Some(Arc::new(Cgroup::from_path(&format!("/system.slice/{unit}")))),
        ..socket
    }
}

pub fn namespace(key: NamespaceKey, name: &str) -> Namespace {
    let mut settings = Settings::default();
    settings.set(Setting::Somaxconn, Some(4096));
    settings.set(Setting::TcpSyncookies, Some(1));
    settings.set(Setting::TcpMaxSynBacklog, Some(1024));
    settings.set(Setting::TcpFastopen, Some(1));
    Namespace {
        key,
        name: Some(name.into()),
        is_own: key == HOST,
        settings,
        counters: None,
        half_open: None,
        queued: None,
    }
}

pub fn listen_drops(namespace: &mut Namespace, value: u64) {
    let mut counters = Counters::default();
    counters.set(Counter::find("TcpExt", "ListenDrops").unwrap(), value);
    namespace.counters = Some(counters);
}

pub fn sample(sockets: Vec<ListeningSocket>) -> Sample {
    Sample {
        taken_at: Timestamp::from_second(1_795_000_000).unwrap(),
        since_boot: Duration::from_secs(100),
        host: Host {
            hostname: "web-1".into(),
            kernel: "6.18.44".into(),
            boot_id: None,
        },
        sources: vec![
            SourceHealth::degraded("tcp", "limits and drops are unknown, only /proc was read"),
            SourceHealth::degraded("owners", "needs CAP_SYS_PTRACE"),
            SourceHealth::degraded("sysctls", "net.core.somaxconn does not exist in this namespace"),
        ],
        namespaces: vec![namespace(HOST, "host"), namespace(WEB, "web")],
        sockets,
    }
}
