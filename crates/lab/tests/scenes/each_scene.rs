//! One case per scene: what makes it that scene.

use std::fs;
use std::net::SocketAddr;

use crate::Named;
use crate::harness::Outcome;
use crate::lab::{self, Expected, LabError, Launch, Protocol, Stage};
use crate::readings::{Table, agrees, counter, holds, inside, knock};
use crate::waiting::{eventually, unless_missing};

pub const CASES: [Named; 19] = [
    ("idle", idle),
    ("never_accept", never_accept),
    ("slow_accept", slow_accept),
    ("batch_accept", batch_accept),
    ("burst", burst),
    ("reuseport_stuck", reuseport_stuck),
    ("half_open", half_open),
    ("half_open_limits", half_open_limits),
    ("clients_left", clients_left),
    ("unix_full", unix_full),
    ("clamped", clamped),
    ("ipv6", ipv6),
    ("stopped", stopped),
    ("frozen_v2", || frozen(2, "cgroup.events", "frozen 1")),
    ("frozen_v1", || frozen(1, "freezer.state", "FROZEN")),
    ("out_of_fds", out_of_fds),
    ("mptcp", mptcp),
    ("leaked", leaked),
    ("many", many),
];

fn stage(scene: &str, settings: &[(&str, u32)]) -> Result<Stage, lab::Missing> {
    let launch = Launch::new("/proc/self/exe", scene);
    let launch = settings
        .iter()
        .fold(launch, |launch, (name, value)| launch.set(name, *value));
    let stage = unless_missing(Stage::launch(&launch))?;
    agrees(&stage);
    Ok(stage)
}

fn length(stage: &Stage, label: &str) -> u32 {
    Table::read(stage)
        .listener(stage.facts().listener(label).unwrap().inode)
        .1
}

fn address(stage: &Stage, label: &str) -> SocketAddr {
    stage.facts().listener(label).unwrap().address.unwrap()
}

fn idle() -> Outcome {
    let stage = stage("idle", &[])?;
    assert_eq!(stage.facts().established, 3);
    assert_eq!(Table::read(&stage).count(8082, "01", true, None), 3);
    assert_eq!(length(&stage, "accepted"), 0);
    assert_eq!(counter(&stage, "ListenDrops"), 0);
    Ok(())
}

fn never_accept() -> Outcome {
    for backlog in [0, 4] {
        let stage = stage("never-accept", &[("backlog", backlog)])?;
        assert_eq!(length(&stage, "full"), backlog + 1);
        assert_eq!(
            knock(&stage, address(&stage, "full"), 3),
            0,
            "a full queue took a client"
        );
    }
    let quiet = stage("never-accept", &[("clients", 2), ("rate", 0)])?;
    assert_eq!((length(&quiet, "full"), counter(&quiet, "ListenDrops")), (2, 0));
    // A SYN may be answered before the last place is taken: that client believes itself to be in, and is not.
    assert!(knock(&quiet, address(&quiet, "full"), 5) >= 3);
    assert_eq!(length(&quiet, "full"), 5, "room for three more at backlog 4");
    Ok(())
}

fn slow_accept() -> Outcome {
    let stage = stage("slow-accept", &[])?;
    let accepted = || eventually_accepted(&stage);
    assert!(accepted() > 0);
    Ok(())
}

/// Connections that the server has closed after accepting them: its side of the port has ended.
fn eventually_accepted(stage: &Stage) -> u32 {
    eventually("an accepted connection", || {
        let table = Table::read(stage);
        let ended = ["04", "05", "06"].map(|state| table.count(8080, state, false, None));
        Some(ended.iter().sum()).filter(|&count: &u32| count > 0)
    })
}

fn batch_accept() -> Outcome {
    let stage = stage("batch-accept", &[("every", 300), ("arrivals", 50)])?;
    let mut lengths = Vec::new();
    eventually("a length that rises and falls", || {
        lengths.push(length(&stage, "batch"));
        let peak = lengths.iter().max()?;
        (*peak >= 3 && lengths.windows(2).any(|pair| pair[1] + 3 <= pair[0])).then_some(())
    });
    assert_eq!(
        counter(&stage, "ListenDrops"),
        0,
        "a batch takes all that come in between"
    );
    Ok(())
}

fn burst() -> Outcome {
    for cpus in [1, 2] {
        let stage = stage("burst", &[("cpus", cpus), ("every", 50)])?;
        assert!(counter(&stage, "ListenOverflows") > 0);
        eventually("an empty queue after it", || {
            (length(&stage, "burst") == 0).then_some(())
        });
    }
    let clamped = stage("burst", &[("somaxconn", 8), ("backlog", 1000), ("every", 50)])?;
    assert_eq!(clamped.facts().listener("burst").unwrap().limit, 8);
    Ok(())
}

fn reuseport_stuck() -> Outcome {
    let stage = stage("reuseport-stuck", &[("members", 5)])?;
    let listeners = &stage.facts().listeners;
    assert_eq!(listeners.len(), 5);
    assert!(listeners.iter().all(|listener| listener.reuseport));
    assert_eq!(length(&stage, "stuck"), 5);
    let mut owners: Vec<_> = listeners.iter().flat_map(|l| l.owners.clone()).collect();
    owners.dedup();
    assert_eq!(owners.len(), 5, "each member has a process of its own");
    Ok(())
}

fn half_open() -> Outcome {
    let stage = stage("half-open", &[])?;
    let table = Table::read(&stage);
    assert_eq!(table.half_open(&[address(&stage, "half-open")]), 20);
    eventually("a resent SYN-ACK", || {
        (counter(&stage, "TCPSynRetrans") > 0).then_some(())
    });
    let table = Table::read(&stage);
    assert_eq!(table.half_open(&[address(&stage, "half-open")]), 20, "none was reset");
    Ok(())
}

fn half_open_limits() -> Outcome {
    let kept = |settings: &[(&str, u32)]| {
        let stage = stage("half-open", settings)?;
        let listener = stage.facts().listener("half-open").unwrap();
        let seen = Table::read(&stage).half_open(&[listener.address.unwrap()]);
        assert_eq!(listener.half_open.max, seen);
        Ok((
            seen,
            counter(&stage, "TCPReqQFullDrop"),
            counter(&stage, "TCPReqQFullDoCookies"),
        ))
    };
    // "limit" or "limit + 1": the test of the kernel changed in 6.14 (KERNEL.md 2.2 A).
    let (seen, dropped, cookies) = kept(&[("backlog", 5), ("syncookies", 0)])?;
    assert!([5, 6].contains(&seen));
    assert_eq!((dropped, cookies), (u64::from(20 - seen), 0));
    let (seen, dropped, cookies) = kept(&[("backlog", 5), ("syncookies", 1)])?;
    assert!([5, 6].contains(&seen));
    assert_eq!((dropped, cookies), (0, u64::from(20 - seen)));
    assert_eq!(kept(&[("syncookies", 2)])?.0, 0);
    let three_quarters = [("syncookies", 0), ("max_syn_backlog", 8), ("backlog", 1000)];
    assert_eq!(kept(&three_quarters)?, (7, 0, 0));
    assert_eq!(kept(&[("count", 600), ("backlog", 2000)])?.0, 600);
    // stage() has seen that drops grow.
    let flood = stage("half-open", &[("backlog", 5), ("syncookies", 0), ("rate", 200)])?;
    assert!(flood.facts().listeners[0].drops_grow);
    Ok(())
}

fn clients_left() -> Outcome {
    let settings = [("silent", 2), ("sent", 3), ("closed", 4), ("reset", 5)];
    let stage = stage("clients-left", &settings)?;
    let content = stage.facts().listener("left").unwrap().content.unwrap();
    let table = Table::read(&stage);
    assert_eq!(length(&stage, "left"), 14);
    assert_eq!(table.count(8080, "01", false, Some(false)), content.silent);
    assert_eq!(table.count(8080, "01", false, Some(true)), content.sent_bytes);
    assert_eq!(table.count(8080, "08", false, None), content.closed);
    let dumped = content.silent + content.sent_bytes + content.closed;
    assert_eq!((dumped, content.reset), (9, 5), "a reset one counts but is in no dump");
    Ok(())
}

fn unix_full() -> Outcome {
    let stage = stage("unix-full", &[])?;
    let text = inside(&stage, &["cat", "/proc/net/unix"]);
    let lines: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    for listener in &stage.facts().listeners {
        let path = listener.path.as_deref();
        let named = || lines.iter().filter(|fields| fields.get(7).copied() == path);
        let kind = if listener.protocol == Protocol::UnixStream {
            "0001"
        } else {
            "0005"
        };
        // __SO_ACCEPTCON, type, SS_UNCONNECTED, inode
        let inode = listener.inode.to_string();
        assert!(named().any(|fields| fields[3..7] == ["00010000", kind, "01", &inode]));
        // A connection not yet accepted bears the listener's name, without a file of its own.
        let waiting = named().filter(|fields| fields[3..7] == ["00000000", kind, "02", "0"]);
        assert_eq!((listener.length, waiting.count()), (Expected::exactly(3), 3));
        assert_eq!((listener.clients.len(), listener.blocked.len()), (3, 1));
        assert!(waits_for_peer(listener.blocked[0]));
    }
    Ok(())
}

/// By its wait channel; where the kernel tells none (x86 before 5.16: `0` for all), by the system call it sleeps in.
fn waits_for_peer(pid: u32) -> bool {
    let read = |file| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
    let connect = if cfg!(target_arch = "x86_64") { "42 " } else { "203 " };
    match read("wchan").as_str() {
        "0" => read("syscall").starts_with(connect),
        channel => channel.contains("unix_wait_for_peer"),
    }
}

fn clamped() -> Outcome {
    let stage = stage("clamped", &[("somaxconn", 6), ("clients", 3)])?;
    let listener = stage.facts().listener("clamped").unwrap();
    assert_eq!((listener.backlog, listener.limit), (5000, 6));
    assert!(knock(&stage, listener.address.unwrap(), 8) >= 4, "7 places, 3 taken");
    assert_eq!(length(&stage, "clamped"), 7);
    let most = unless_missing(Stage::launch(
        &Launch::new("/proc/self/exe", "clamped").set("backlog", i32::MAX as u32),
    ))?;
    assert_eq!(most.facts().listener("clamped").unwrap().limit, 64);
    Ok(())
}

fn ipv6() -> Outcome {
    let stage = stage("ipv6", &[])?;
    let table = Table::read(&stage);
    let half_open = |addresses: [&str; 2]| table.half_open(&addresses.map(|address| address.parse().unwrap()));
    let mapped = |port| ["[::ffff:127.0.0.1]", "127.0.0.1"].map(|ip| format!("{ip}:{port}"));
    let [mapped_dual, v4_dual] = mapped(8080);
    let [mapped_wild, v4_wild] = mapped(8082);
    assert_eq!(half_open([&mapped_dual, &v4_dual]) + half_open(["[::1]:8080"; 2]), 6);
    assert_eq!(half_open(["[::1]:8081"; 2]), 3);
    assert_eq!(half_open([&mapped_wild, &v4_wild]), 3);
    assert_eq!(half_open(["[::1]:8082"; 2]), 3);
    let lengths = ["dual", "v6-only", "wildcard", "specific"].map(|label| length(&stage, label));
    assert_eq!(lengths, [4, 2, 2, 2]);
    Ok(())
}

fn stopped() -> Outcome {
    let stage = stage("stopped", &[])?;
    let pid = stage.facts().listener("stopped").unwrap().owners[0];
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("State:\tT"), "{status}");
    assert_eq!(length(&stage, "stopped"), 3);
    Ok(())
}

fn frozen(version: u32, file: &str, word: &str) -> Outcome {
    let stage = stage("frozen", &[("cgroup", version)])?;
    let pid = stage.facts().listener("frozen").unwrap().owners[0];
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let name = groups
        .lines()
        .find_map(|line| line.split_once("/listenq-lab-"))
        .expect("a group");
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let file = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .map(|root| format!("{root}/listenq-lab-{}/{file}", name.1))
        .find(|path| fs::metadata(path).is_ok())
        .expect("the group's file");
    assert!(fs::read_to_string(&file).unwrap().contains(word));
    assert_eq!(length(&stage, "frozen"), 3);
    stage.finish().unwrap();
    assert!(fs::metadata(&file).is_err(), "{file} is left behind");
    Ok(())
}

fn out_of_fds() -> Outcome {
    let stage = stage("out-of-fds", &[])?;
    let pid = stage.facts().listener("starved").unwrap().owners[0];
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: usize = line.split_whitespace().nth(3).unwrap().parse().unwrap();
    // Not the count: descriptors above the limit may have been inherited.
    let free = (0..soft).find(|fd| fs::symlink_metadata(format!("/proc/{pid}/fd/{fd}")).is_err());
    assert_eq!((soft, free), (64, None));
    assert_eq!(length(&stage, "starved"), 3);
    Ok(())
}

fn mptcp() -> Outcome {
    let stage = stage("mptcp", &[])?;
    assert_eq!(stage.facts().listener("mptcp").unwrap().protocol, Protocol::Mptcp);
    assert_eq!(length(&stage, "mptcp"), 3);
    let text = inside(&stage, &["cat", "/proc/net/netstat"]);
    assert!(text.contains("MPTcpExt: MPCapableSYNRX"), "no MPTCP counters");
    Ok(())
}

fn leaked() -> Outcome {
    let both = stage("leaked", &[])?;
    assert_eq!(both.facts().listener("leaked").unwrap().owners.len(), 2);
    let alone = stage("leaked", &[("maker_ends", 1)])?;
    let listener = alone.facts().listener("leaked").unwrap();
    let names: Vec<_> = alone.facts().processes.iter().map(|p| p.comm.as_str()).collect();
    assert_eq!((listener.owners.len(), names), (1, vec!["lab-heir"]));
    assert!(holds(listener.owners[0], listener.inode));
    assert_eq!(length(&alone, "leaked"), 3);
    Ok(())
}

fn many() -> Outcome {
    let settings = [("listeners", 300), ("processes", 3), ("established", 500)];
    let stage = stage("many", &settings)?;
    let facts = stage.facts();
    assert_eq!((facts.listeners.len(), facts.established), (301, 500));
    assert_eq!(Table::read(&stage).count(9000, "01", true, None), 500);
    let unknown = Stage::launch(&Launch::new("/proc/self/exe", "many").set("listener", 1));
    assert!(matches!(unknown, Err(LabError::UnknownSetting { .. })));
    Ok(())
}
