//! Small hosts for the tests of this crate: samples as the kernel might give them, with a fixed clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::counter::{Counter, Counters};
use model::endpoint::{Interface, UnixKind};
use model::namespace::{HalfOpen, LocalEnd, Queued, QueuedCounts};
use model::sample::{BlockedConnector, UnixClient, UnixClients};
use model::{
    Cgroup, Endpoint, Host, InetEndpoint, ListeningSocket, Namespace, NamespaceKey, Owner, Protocol, Sample, Selection,
    Setting, Settings, SourceHealth, UnixEndpoint, Window,
};

use crate::output::explain::here::Here;
use crate::output::order::Order;
use crate::output::page::Page;
use crate::output::report::{Asked, Report};
use crate::output::screen::{Screen, UTF8};

/// Our own namespace.
pub const HOST: NamespaceKey = NamespaceKey::Inode(4_026_531_840);
/// A container's.
pub const WEB: NamespaceKey = NamespaceKey::Inode(4_026_532_345);

pub fn owner(pid: u32, comm: &str) -> Owner {
    Owner {
        pid,
        comm: comm.into(),
        fd: 6,
        executable: None,
        started: u64::from(pid),
    }
}

fn owners(list: &[(u32, &str)]) -> Arc<[Owner]> {
    list.iter().map(|(pid, comm)| owner(*pid, comm)).collect()
}

fn unit(path: &str) -> Arc<Cgroup> {
    Arc::new(Cgroup::from_path(path))
}

pub fn tcp(address: &str, port: u16, length: u32, limit: u32) -> ListeningSocket {
    let address: std::net::IpAddr = address.parse().unwrap();
    let v6_only = address.is_ipv6().then_some(false);
    ListeningSocket {
        namespace: HOST,
        protocol: Protocol::Tcp,
        endpoint: Endpoint::Inet(InetEndpoint {
            address,
            port,
            interface: None,
            v6_only,
        }),
        inode: 20_000 + u64::from(port),
        cookie: Some(u64::from(port)),
        uid: Some(0),
        length: Some(length),
        limit: Some(limit),
        drops: Some(0),
        cgroup_id: None,
        owners: Some(owners(&[(u32::from(port), "server")])),
        cgroup: None,
        clients: None,
    }
}

pub fn unix(path: &[u8], inode: u64, length: u32, limit: u32) -> ListeningSocket {
    ListeningSocket {
        protocol: Protocol::Unix,
        endpoint: Endpoint::Unix(UnixEndpoint {
            kind: UnixKind::Stream,
            name: Some(path.into()),
        }),
        inode,
        cookie: Some(inode),
        drops: None,
        ..tcp("0.0.0.0", 1, length, limit)
    }
}

fn namespace(key: NamespaceKey, name: &str, is_own: bool) -> Namespace {
    let mut settings = Settings::default();
    settings.set(Setting::Somaxconn, Some(4096));
    settings.set(Setting::TcpSyncookies, Some(1));
    settings.set(Setting::TcpMaxSynBacklog, Some(1024));
    let mut counters = Counters::default();
    counters.set(Counter::find("TcpExt", "ListenOverflows").unwrap(), 1190);
    counters.set(Counter::find("TcpExt", "ListenDrops").unwrap(), 1204);
    Namespace {
        key,
        name: Some(name.into()),
        is_own,
        settings,
        counters: Some(counters),
        half_open: None,
        queued: None,
    }
}

pub fn sample(sockets: Vec<ListeningSocket>) -> Sample {
    Sample {
        taken_at: Timestamp::from_second(1_795_000_000).unwrap(),
        since_boot: Duration::from_secs(100),
        host: Host {
            hostname: "web-1".into(),
            kernel: "6.18.44".into(),
            boot_id: Some("8c5f…".into()),
        },
        sources: vec![SourceHealth::ok("tcp"), SourceHealth::ok("unix")],
        namespaces: vec![namespace(HOST, "host", true), namespace(WEB, "web", false)],
        sockets,
    }
}

fn local(address: &str, port: u16) -> LocalEnd {
    LocalEnd {
        address: address.parse().unwrap(),
        port,
        interface: 0,
    }
}

/// A host on which something of every kind goes on.
pub fn busy_host() -> Sample {
    let mut taken = sample([busy_tcp(), odd_tcp(), busy_unix()].concat());
    let half_open = |address, port, count| HalfOpen {
        local: local(address, port),
        count,
        young: count / 2,
    };
    let host = &mut taken.namespaces[0];
    host.half_open = Some(vec![half_open("10.0.0.1", 443, 12), half_open("::1", 8080, 7)]);
    let open = |address, port, established| Queued {
        local: local(address, port),
        counts: QueuedCounts {
            established,
            ..QueuedCounts::default()
        },
    };
    let counts = QueuedCounts {
        established: 120,
        closed_by_client: 6,
        with_data: 100,
        bytes: 48_000,
    };
    host.queued = Some(vec![
        Queued {
            local: local("10.0.0.1", 80),
            counts,
        },
        open("10.0.0.1", 443, 3411),
        open("::1", 8080, 3),
        open("127.0.0.1", 631, 2),
    ]);
    taken.sources.push(SourceHealth::degraded(
        "half-open",
        "1 namespace (web) was not reached within 200 ms; listenq --netns web looks there first",
    ));
    taken
}

fn busy_tcp() -> Vec<ListeningSocket> {
    let nginx = ListeningSocket {
        drops: Some(1204),
        owners: Some(owners(&[
            (812, "nginx"),
            (813, "nginx"),
            (814, "nginx"),
            (815, "nginx"),
        ])),
        cgroup: Some(unit("/system.slice/nginx.service")),
        uid: Some(33),
        ..tcp("0.0.0.0", 80, 129, 128)
    };
    let haproxy = ListeningSocket {
        drops: Some(3),
        owners: Some(owners(&[(99, "haproxy")])),
        ..tcp("10.0.0.1", 443, 3411, 4096)
    };
    let member = |inode, length| ListeningSocket {
        inode,
        cookie: Some(inode),
        owners: Some(owners(&[(4711, "java")])),
        ..tcp("::", 8080, length, 50)
    };
    let postgres = ListeningSocket {
        namespace: WEB,
        owners: Some(owners(&[(71, "postgres")])),
        cgroup: Some(unit(
            "/docker/3f5d0c4b6a7988776655443322110099aabbccddeeff00112233445566778899",
        )),
        ..tcp("127.0.0.1", 5432, 0, 128)
    };
    let ssh = ListeningSocket {
        owners: Some(owners(&[(1, "systemd")])),
        ..tcp("::", 22, 0, 4096)
    };
    vec![nginx, haproxy, member(31_001, 3), member(31_000, 0), postgres, ssh]
}

fn odd_tcp() -> Vec<ListeningSocket> {
    let mptcp = ListeningSocket {
        protocol: Protocol::Mptcp,
        owners: Some(owners(&[(500, "api")])),
        ..tcp("0.0.0.0", 9000, 1, 10)
    };
    let kernel = ListeningSocket {
        inode: 0,
        owners: Some([].into()),
        ..tcp("0.0.0.0", 2049, 0, 64)
    };
    let fallback = ListeningSocket {
        cookie: None,
        limit: None,
        drops: None,
        owners: None,
        cgroup: Some(unit("/system.slice/cups.service")),
        ..tcp("127.0.0.1", 631, 2, 0)
    };
    let mut bound = tcp("fe80::1", 546, 0, 5);
    if let Endpoint::Inet(endpoint) = &mut bound.endpoint {
        endpoint.interface = Some(Interface {
            index: 2,
            name: Some("eth0".into()),
        });
    }
    bound.owners = Some(owners(&[(600, "systemd-networkd")]));
    vec![mptcp, kernel, fallback, bound]
}

fn busy_unix() -> Vec<ListeningSocket> {
    let queued = |inode, owners| UnixClient { inode, owners };
    let blocked = |pid, comm: &str, certain| BlockedConnector {
        pid,
        tid: pid,
        comm: comm.into(),
        certain,
    };
    let app = ListeningSocket {
        owners: Some(owners(&[(900, "app\x1b[2J")])),
        clients: Some(UnixClients {
            queued: vec![
                queued(1, Some(owners(&[(901, "curl")]))),
                queued(2, Some(owners(&[(901, "curl")]))),
                queued(3, Some(owners(&[(902, "wor\u{202e}ker"), (903, "worker")]))),
                queued(4, None),
                queued(5, None),
                queued(0, Some([].into())),
            ],
            blocked: vec![blocked(910, "curl", true), blocked(911, "wget", false)],
        }),
        ..unix(b"/run/app.sock", 41_000, 6, 5)
    };
    let mut list = vec![app];
    list.extend((1..=14u8).map(|number| {
        unix(
            format!("/run/idle-{number}.sock").as_bytes(),
            42_000 + u64::from(number),
            0,
            128,
        )
    }));
    list.push(unix(b"\0dbus\0x", 43_000, 0, 4096));
    list
}

pub fn window(sample: &Sample) -> Window {
    Window::new(None, sample)
}

/// The report on a sample when everything is asked for.
pub fn report(sample: &Sample) -> Report {
    report_on(sample, &Asked::default())
}

/// The report on a sample when something is asked for.
pub fn report_on(sample: &Sample, asked: &Asked) -> Report {
    Report::new(sample, window(sample), asked)
}

/// What a page says with this sample as the host.
pub fn explained(sample: &Sample, screen: &Screen, fill: impl Fn(&mut Page, &Here)) -> String {
    let host = Here {
        report: report(sample),
        sysctls: [
            ("net.ipv4.tcp_max_orphans", Ok("131072".to_owned())),
            ("net.ipv4.tcp_ehash_entries", Ok("-262144".to_owned())),
        ]
        .into(),
    };
    printed(screen, |page| fill(page, &host))
}

/// Not a terminal.
pub const PIPE: Screen = Screen {
    width: None,
    is_terminal: false,
    colour: false,
    glyphs: &UTF8,
};

/// What is printed of a page.
pub fn printed(screen: &Screen, fill: impl Fn(&mut Page)) -> String {
    let mut page = Page::new(screen);
    fill(&mut page);
    let mut out = Vec::new();
    page.write(&mut out, screen).unwrap();
    String::from_utf8(out).unwrap()
}

/// Asks for this selection.
pub fn asked(selection: Selection) -> Asked {
    Asked {
        selection,
        order: Order::Danger,
        threshold: None,
    }
}

/// `busy_host` four seconds later: port 80 has refused 40 more.
pub fn busy_host_later() -> (Sample, Window) {
    let before = busy_host();
    let mut after = busy_host();
    after.since_boot += Duration::from_secs(4);
    after.sockets[0].drops = Some(1244);
    let counter = Counter::find("TcpExt", "ListenDrops").unwrap();
    if let Some(counters) = &mut after.namespaces[0].counters {
        counters.set(counter, 1244);
    }
    let window = Window::new(Some(&before), &after);
    (after, window)
}
