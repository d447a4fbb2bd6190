//! Counter by counter, the totals are those of `nstat -az` in the same namespace.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lab::Stage;
use serde_json::Value;

use crate::run::{namespace, stage, text};

/// Numbers that move while two tools look one after the other agree at some moment within this time.
const DEADLINE: Duration = Duration::from_secs(20);

/// `TcpExtListenDrops   4   0.0`, under a line that begins with `#`.
fn shown_by_nstat(stage: &Stage) -> BTreeMap<String, u64> {
    // -s: write no history file, -a: totals and not what moved since the last call, -z: what is 0 too.
    let output = stage.run_inside(["nstat", "-saz"]).unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    text(&output.stdout)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(row)
        .collect()
}

fn shown_by_us(stage: &Stage) -> BTreeMap<String, u64> {
    let namespace = namespace(stage, &[]);
    let rows = namespace["counters"].as_array().unwrap();
    let row = |row: &Value| {
        let name = row["name"].as_str().unwrap().replace('.', "");
        (name, row["total"].as_u64().unwrap())
    };
    rows.iter().map(row).collect()
}

/// nstat leaves this gauge out (misc/nstat.c:useless_numbers).
const NOT_IN_NSTAT: &str = "TcpCurrEstab";

fn agrees_with_nstat(scene: &str, settings: &[(&str, u32)]) {
    let Some(stage) = stage(scene, scene, settings) else {
        return;
    };
    let end = Instant::now() + DEADLINE;
    loop {
        let (mut ours, mut theirs) = (shown_by_us(&stage), shown_by_nstat(&stage));
        ours.remove(NOT_IN_NSTAT);
        theirs.retain(|name, _| ours.contains_key(name));
        if ours == theirs {
            assert!(ours.len() > 20, "{ours:?}");
            return;
        }
        assert!(Instant::now() < end, "listenq: {ours:?}\nnstat: {theirs:?}");
    }
}

/// The decisive counters that the files of the kernel have are shown by us and by nstat.
#[test]
fn a_counter_the_kernel_has_is_never_left_out() {
    let Some(stage) = stage("idle", "idle", &[]) else {
        return;
    };
    let ours = shown_by_us(&stage);
    let theirs = shown_by_nstat(&stage);
    for (group, name) in of_the_kernel() {
        let full = format!("{group}{name}");
        assert!(ours.contains_key(&full) && theirs.contains_key(&full), "{full}");
    }
}

/// Names as the kernel has them, from the two files themselves.
fn of_the_kernel() -> Vec<(String, String)> {
    let mut names = Vec::new();
    for file in ["/proc/self/net/snmp", "/proc/self/net/netstat"] {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().step_by(2) {
            let (group, rest) = line.split_once(':').unwrap();
            names.extend(rest.split_whitespace().map(|name| (group.to_owned(), name.to_owned())));
        }
    }
    names.retain(|(group, name)| {
        ["Listen", "Syncookies", "TCPReqQ"]
            .iter()
            .any(|part| name.starts_with(part))
            && group == "TcpExt"
    });
    assert!(names.len() >= 7, "{names:?}");
    names
}

#[test]
fn idle() {
    agrees_with_nstat("idle", &[]);
}

#[test]
fn never_accept() {
    agrees_with_nstat("never-accept", &[]);
}

#[test]
fn half_open() {
    agrees_with_nstat("half-open", &[("syncookies", 0), ("count", 200)]);
}

#[test]
fn clients_left() {
    agrees_with_nstat("clients-left", &[]);
}

#[test]
fn mptcp() {
    if let Err(missing) = lab::require::mptcp() {
        return lab::skip_or_fail("mptcp", &missing);
    }
    agrees_with_nstat("mptcp", &[]);
}
