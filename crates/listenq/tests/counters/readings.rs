//! What is said of a scene is what the scene did.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{PROGRAM, inside, json, namespace, number, stage, text};

/// How long anything here may take.
const DEADLINE: Duration = Duration::from_secs(20);
const LOOK: [&str; 2] = ["--for", "1s"];

fn says(namespace: &Value, part: &str) {
    let reading = namespace["reading"].as_str().unwrap();
    assert!(reading.contains(part), "{namespace:#}");
}

#[test]
fn a_server_that_never_accepts_has_a_full_accept_queue() {
    let Some(stage) = stage("never-accept", "never-accept", &[]) else {
        return;
    };
    let seen = namespace(&stage, &LOOK);
    assert_eq!(seen["reading_id"], "accept-queue-full", "{seen:#}");
    let (overflows, drops) = (
        number(&seen, "TcpExt.ListenOverflows", "delta").unwrap(),
        number(&seen, "TcpExt.ListenDrops", "delta").unwrap(),
    );
    assert!(overflows > 0 && overflows == drops, "{seen:#}");
    says(&seen, &format!("a full accept queue refused {overflows} packet"));
    // Its drops were read a moment before the counters, at both ends of the window; clients go on coming meanwhile, and
    // on an emulated machine a moment can be a third of a second.
    let listener = &seen["listeners"][0];
    assert_eq!(
        (&listener["place"], &listener["port"]),
        (&"127.0.0.1:8080".into(), &8080.into())
    );
    let missed = listener["drops"].as_i64().unwrap().abs_diff(drops);
    assert!(missed <= 2.max(drops.unsigned_abs() / 2), "{seen:#}");
    assert_eq!(listener["owner"], "lab-server");
    says(&seen, "Listeners whose drops grew: 127.0.0.1:8080, lab-server: ");
    assert_eq!(seen["look_at"][0]["command"], "listenq --port 8080 -o wide");
}

#[test]
fn totals_tell_what_happened_and_that_it_says_nothing_of_now() {
    let Some(stage) = stage("totals", "never-accept", &[("rate", 0)]) else {
        return;
    };
    let seen = namespace(&stage, &[]);
    let overflows = number(&seen, "TcpExt.ListenOverflows", "total").unwrap();
    assert!(overflows > 0, "{seen:#}");
    assert_eq!(number(&seen, "TcpExt.ListenOverflows", "delta"), None);
    says(
        &seen,
        &format!("Since this namespace was made a full accept queue refused {overflows} packet"),
    );
    says(&seen, "Totals say nothing of now.");
    // Owners are dear and are left out of totals.
    assert_eq!(seen["listeners"][0]["owner"], Value::Null);
    assert_eq!(seen["look_at"][0]["command"], "listenq counters --for 10s");
}

/// With `tcp_syncookies` 0 a full SYN queue drops; what it drops counts in both, and in the listener's drops.
#[test]
fn half_open_clients_without_cookies_fill_the_syn_queue() {
    let settings = [("syncookies", 0), ("count", 200), ("rate", 500)];
    let Some(stage) = stage("half-open-0", "half-open", &settings) else {
        return;
    };
    let seen = namespace(&stage, &LOOK);
    assert_eq!(seen["reading_id"], "syn-queue-full", "{seen:#}");
    let dropped = number(&seen, "TcpExt.TCPReqQFullDrop", "delta").unwrap();
    assert!(dropped > 0, "{seen:#}");
    assert_eq!(number(&seen, "TcpExt.ListenOverflows", "delta"), Some(0));
    says(&seen, &format!("a full SYN queue dropped {dropped} SYN"));
    says(&seen, "tcp_syncookies is 0");
}

#[test]
fn half_open_clients_with_cookies_refuse_nothing() {
    let settings = [("syncookies", 1), ("count", 200), ("rate", 500)];
    let Some(stage) = stage("half-open-1", "half-open", &settings) else {
        return;
    };
    let seen = namespace(&stage, &LOOK);
    assert_eq!(seen["reading_id"], "syn-cookies-active", "{seen:#}");
    let sent = number(&seen, "TcpExt.SyncookiesSent", "delta").unwrap();
    assert!(sent > 0, "{seen:#}");
    says(&seen, &format!("{sent} cookie"));
    says(&seen, "Nothing was refused.");
}

/// With 2 the same counter moves although the SYN queue is empty: it means nothing then.
#[test]
fn cookies_for_every_syn_are_no_full_queue() {
    let settings = [("syncookies", 2), ("count", 20), ("rate", 50)];
    let Some(stage) = stage("half-open-2", "half-open", &settings) else {
        return;
    };
    let seen = namespace(&stage, &LOOK);
    assert_eq!(seen["reading_id"], "syn-cookies-always", "{seen:#}");
    assert!(number(&seen, "TcpExt.TCPReqQFullDoCookies", "delta") > Some(0));
}

/// 3/4 of tcp_max_syn_backlog, with cookies off and a backlog that is far from full: refused, but by no full queue.
#[test]
fn the_three_quarter_rule_is_refused_elsewhere() {
    let settings = [
        ("syncookies", 0),
        ("max_syn_backlog", 16),
        ("backlog", 1000),
        ("count", 40),
        ("rate", 50),
    ];
    let Some(stage) = stage("three-quarters", "half-open", &settings) else {
        return;
    };
    let seen = namespace(&stage, &LOOK);
    assert_eq!(seen["reading_id"], "refused-elsewhere", "{seen:#}");
    assert_eq!(number(&seen, "TcpExt.TCPReqQFullDrop", "delta"), Some(0));
    says(
        &seen,
        "more than 3/4 of tcp_max_syn_backlog, which is 16, were half-open",
    );
}

#[test]
fn where_nothing_happens_nothing_moved() {
    let Some(stage) = stage("idle", "idle", &[]) else {
        return;
    };
    let seen = namespace(&stage, &["--for", "500ms"]);
    assert_eq!(seen["reading_id"], "nothing-moved", "{seen:#}");
    let rows = seen["counters"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["delta"] == 0), "{seen:#}");
    let table = inside(&stage, &["--for", "500ms", "-q"]);
    let said = text(&table.stdout);
    let second = said.lines().nth(1);
    assert!(
        second.is_some_and(|line| line.starts_with("Nothing moved in ")),
        "{said}"
    );
}

#[test]
fn gauges_have_no_rate() {
    let Some(stage) = stage("gauge", "idle", &[]) else {
        return;
    };
    let seen = namespace(&stage, &["--for", "100ms", "CurrEstab", "PassiveOpens"]);
    let rows = seen["counters"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{seen:#}");
    let gauge = rows.iter().find(|row| row["name"] == "Tcp.CurrEstab").unwrap();
    // Three connections, both ends of them in this namespace.
    assert_eq!((&gauge["total"], &gauge["per_second"]), (&6.into(), &Value::Null));
}

#[test]
fn a_watch_ends_with_what_moved_in_all_the_time() {
    let Some(stage) = stage("watch", "never-accept", &[]) else {
        return;
    };
    let mut watch = stage
        .start_inside([PROGRAM, "counters", "--netns", "self", "--watch", "200ms"])
        .unwrap();
    // Totals first, then two windows.
    let mut seen = Vec::new();
    while String::from_utf8_lossy(&seen).matches("per second)").count() < 2 {
        let mut bytes = [0; 4096];
        let count = watch.stdout().read(&mut bytes).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&bytes[..count]);
    }
    watch.interrupt().unwrap();
    let output = watch.output(DEADLINE).unwrap();
    seen.extend_from_slice(&output.stdout);
    let (said, whole) = text(&seen).split_once("\nIn all that time:\n").unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(said.contains("Totals say nothing of now."), "{said}");
    assert!(!said.contains("Next:"), "{said}");
    assert!(
        whole.contains("a full accept queue refused") && whole.contains("Next: listenq --port 8080"),
        "{whole}"
    );
}

/// Every window of a watch begins where the one before ended.
#[test]
fn the_windows_of_a_watch_add_up() {
    let Some(stage) = stage("windows", "never-accept", &[]) else {
        return;
    };
    let script = format!("{PROGRAM} counters --netns self --watch 200ms -o ndjson ListenDrops | head -n 4");
    let output = stage.run_inside(["sh", "-c", &script]).unwrap();
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4, "{}", text(&output.stderr));
    let total = |line: &Value| number(line, "TcpExt.ListenDrops", "total").unwrap();
    let delta = |line: &Value| number(line, "TcpExt.ListenDrops", "delta");
    assert_eq!(delta(&lines[0]), None);
    for pair in lines.windows(2) {
        assert_eq!(delta(&pair[1]), Some(total(&pair[1]) - total(&pair[0])));
    }
    assert!(total(&lines[3]) > total(&lines[0]));
}

#[test]
fn an_interrupt_takes_the_second_look_at_once() {
    let Some(stage) = stage("interrupt", "never-accept", &[]) else {
        return;
    };
    let command = [PROGRAM, "counters", "--netns", "self", "--for", "1h", "-o", "json"];
    let watch = stage.start_inside(command).unwrap();
    let end = Instant::now() + DEADLINE;
    while !catches_interrupts(watch.pid()) {
        assert!(Instant::now() < end, "it does not wait");
    }
    watch.interrupt().unwrap();
    let output = watch.output(DEADLINE).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let document = json(&output);
    assert!(document["window_seconds"].as_f64() < Some(60.0), "{document:#}");
    assert!(number(&document["namespaces"][0], "TcpExt.ListenDrops", "delta").is_some());
}

/// From then on it has looked once, and SIGINT wakes it (proc_pid_status(5): SigCgt is a mask, of which SIGHUP is bit 1).
///
/// SIGHUP is the last that it takes: while a signal's handler is in place and what it does is not yet noted, which
/// signal-hook does one after the other, that signal is lost, and an emulated machine is slow enough to hit that.
fn catches_interrupts(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 != 0
}
