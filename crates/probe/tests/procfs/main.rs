//! The parsers over /proc as it was recorded on real machines (see `examples/record_procfs.rs`).
//!
//! 6.18.44-container: process 1 of its own pid and network namespace, with TCP listeners on 127.0.0.1:8080 (backlog
//! 4, three connections: one with 5 bytes, one closed by its client), [::]:8081 (one connection over IPv6, one over
//! IPv4) and 0.0.0.0:8082 (TCP_DEFER_ACCEPT, two half-open), unix listeners of both kinds, and a child that calls
//! itself `) S 1 (x`, holds all of them too, and has a thread blocked in connect().

use std::fs;
use std::net::IpAddr;
use std::ops::Not;
use std::path::{Path, PathBuf};
use std::time::Duration;

use listenq_probe::Roots;
use listenq_probe::owners::OwnerIndex;
use listenq_probe::procfs::blocked::{Blocked, blocked_connectors};
use listenq_probe::procfs::process::{Process, parse_stat, pids};
use listenq_probe::procfs::{counters, tcp_table, unix_table};
use listenq_probe::{cgroups, sysctl};
use model::counter::Counters;
use model::namespace::{HalfOpen, LocalEnd, QueuedCounts};
use model::{Setting, UnixKind};

/// Inodes of the three TCP listeners, in the order of their ports.
const TCP: [u64; 3] = [1_271_272, 1_271_273, 1_271_274];

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/6.18.44-container/proc")
}

fn roots() -> Roots {
    Roots {
        proc: recorded(),
        ..Roots::default()
    }
}

#[test]
#[cfg(target_endian = "little")]
fn listeners_and_connections_of_the_tcp_tables() {
    let table = tcp_table::read(&roots(), 1).unwrap();
    let mut listeners: Vec<_> = table
        .listeners
        .iter()
        .map(|row| (row.port, row.address.to_string(), row.length, row.inode))
        .collect();
    listeners.sort();
    let expected = [
        (8080, "127.0.0.1".to_owned(), 3, TCP[0]),
        (8081, "::".to_owned(), 2, TCP[1]),
        (8082, "0.0.0.0".to_owned(), 0, TCP[2]),
    ];
    assert_eq!(listeners, expected);
    let local = |address: &str, port| LocalEnd {
        address: address.parse::<IpAddr>().unwrap(),
        port,
        interface: 0,
    };
    let half_open = HalfOpen {
        local: local("127.0.0.1", 8082),
        count: 2,
        young: 0,
    };
    assert_eq!(table.half_open, [half_open]);
    let queued: Vec<_> = table
        .queued
        .iter()
        .map(|queued| (queued.local, queued.counts))
        .collect();
    let one = QueuedCounts {
        established: 1,
        ..QueuedCounts::default()
    };
    let three = QueuedCounts {
        established: 2,
        closed_by_client: 1,
        with_data: 1,
        bytes: 5,
    };
    let expected = [
        (local("127.0.0.1", 8080), three),
        (local("::1", 8081), one),
        (local("::ffff:127.0.0.1", 8081), one),
    ];
    assert_eq!(queued, expected);
}

#[test]
fn listeners_of_the_unix_table() {
    let mut found: Vec<_> = unix_table::read(&roots(), 1).unwrap().into_iter().collect();
    found.sort_by_key(|row| row.inode);
    let found: Vec<_> = found
        .iter()
        .map(|row| (row.endpoint.kind, row.endpoint.path().unwrap(), row.inode))
        .collect();
    let expected = [
        (UnixKind::Stream, "/tmp/lq with space.sock".to_owned(), 1_271_275),
        (UnixKind::SeqPacket, "/tmp/lq seq.sock".to_owned(), 1_271_276),
        (UnixKind::Stream, "@listenq recorded".to_owned(), 1_271_277),
    ];
    assert_eq!(found, expected);
}

#[test]
fn both_processes_own_the_listeners() {
    let mut index = OwnerIndex::new(roots());
    let report = index.refresh(&TCP, Duration::from_secs(1));
    assert_eq!((report.processes, report.denied), (2, 0));
    assert!(
        report.hidden,
        "a pid namespace of its own: the host's processes may hold the sockets too"
    );
    for (inode, fd) in TCP.into_iter().zip(3..) {
        let owners = index.owners(inode).unwrap();
        let parts: Vec<_> = owners.iter().map(|owner| (owner.pid, &*owner.comm, owner.fd)).collect();
        assert_eq!(parts, [(1, "python3", fd), (43, ") S 1 (x", fd)]);
        assert_eq!(owners[0].executable.as_deref(), Some("python3.11"));
    }
    assert!(
        index.cgroup(43).unwrap().path.starts_with("/process_api/"),
        "v2 and systemd are at /, memory is not"
    );
}

#[test]
fn processes_and_their_namespace() {
    let mut found = pids(&roots()).unwrap();
    found.sort_unstable();
    assert_eq!(found, [1, 43]);
    let child = Process::open(&roots(), 43).unwrap();
    let mut threads = child.threads().unwrap();
    threads.sort_unstable();
    assert_eq!(threads, [43, 44]);
    assert_eq!(child.stat().unwrap().threads, 2);
    assert_eq!(
        child.net_namespace().unwrap(),
        Process::open(&roots(), 1).unwrap().net_namespace().unwrap()
    );
}

#[test]
fn a_thread_in_connect_is_found_even_without_its_memory() {
    let expected = Blocked {
        pid: 43,
        tid: 44,
        comm: ") S 1 (x".into(),
        address: None,
    };
    assert_eq!(blocked_connectors(&roots()), [expected]);
}

#[test]
fn counters_and_settings() {
    let counters = counters::read(&roots(), 1).unwrap();
    assert_eq!(counters.named("Tcp", "PassiveOpens"), Some(5));
    assert_eq!(counters.named("Tcp", "ActiveOpens"), Some(7));
    assert_eq!(counters.named("TcpExt", "ListenOverflows"), Some(0));
    assert!(
        counters
            .named("TcpExt", "TCPDeferAcceptDrop")
            .is_some_and(|held| held >= 2)
    );
    assert_eq!(counters.named("TcpExt", "PAWSPassive"), None, "gone since 4.14");
    assert_eq!(counters.named("MPTcpExt", "MPCapableSYNRX"), Some(0));
    let reading = sysctl::read(&recorded());
    assert_eq!(reading.settings.get(Setting::Somaxconn), Some(4096));
    assert_eq!(reading.settings.get(Setting::TcpSynackRetries), Some(5));
    assert!(reading.unreadable.is_empty(), "{:?}", reading.unreadable);
}

/// A file that is cut short anywhere gives an error or less, never a panic and never more.
#[test]
fn files_cut_short_never_give_more() {
    let file = |name: &str| fs::read(recorded().join("1").join(name)).unwrap();
    let (tcp, tcp6, unix) = (file("net/tcp"), file("net/tcp6"), file("net/unix"));
    let whole = tcp_table::parse(&tcp, &tcp6).unwrap();
    for length in 0..tcp.len() {
        if let Ok(table) = tcp_table::parse(&tcp[..length], &tcp6) {
            assert!(table.listeners.len() <= whole.listeners.len() && table.queued.len() <= whole.queued.len());
        }
    }
    for length in 0..unix.len() {
        assert!(
            unix_table::parse(&unix[..length])
                .is_ok_and(|rows| rows.len() > 3)
                .not(),
            "{length}"
        );
    }
    for (name, bytes) in ["net/snmp", "net/netstat"].map(|name| (name, file(name))) {
        let mut cut_cleanly = 0;
        for length in 0..bytes.len() {
            cut_cleanly += usize::from(counters::parse(&bytes[..length], &mut Counters::default()).is_ok());
        }
        assert!(
            cut_cleanly < bytes.len() / 2,
            "{name}: a cut is an error wherever names and values no longer pair up"
        );
    }
    let stat = file("stat");
    let refused = (0..stat.len())
        .filter(|length| parse_stat(&stat[..*length]).is_err())
        .count();
    assert!(refused > 50, "all up to the start time is needed: {refused}");
    assert!(cgroups::parse(&file("cgroup")).unwrap().is_some());
}
