//! A watch among namespaces, processes and sockets that come and go: it never fails, and it does not grow.
//! Runs for `LISTENQ_SOAK_SECONDS` (6 unless told; `cargo xtask soak` says 60).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real program, and has deadlines")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lab::{Launch, Stage};
use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    kib: u64,
    descriptors: usize,
    threads: u64,
}

fn held(pid: u32) -> Held {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    Held {
        kib: field("VmRSS:"),
        descriptors,
        threads: field("Threads:"),
    }
}

fn seconds() -> Duration {
    let told = std::env::var("LISTENQ_SOAK_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    Duration::from_secs(told.unwrap_or(6))
}

/// Counts the lines that a watch prints.
fn count_lines(child: &mut Child) -> Arc<AtomicU64> {
    let lines = Arc::new(AtomicU64::new(0));
    let (counter, output) = (Arc::clone(&lines), child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for _ in BufReader::new(output).lines().map_while(Result::ok) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    lines
}

/// Scenes come and go until the time is over: their namespaces, processes and sockets vanish in mid-sample.
fn churn(until: Instant) -> u32 {
    let mut scenes = 0;
    while Instant::now() < until {
        let stage = Stage::launch(&Launch::new(PROGRAM, "never-accept")).unwrap();
        scenes += 1;
        stage.finish().unwrap();
    }
    scenes
}

#[test]
fn soak_a_watch_among_things_that_come_and_go() {
    if let Err(missing) = lab::require::user_namespaces() {
        return lab::skip_or_fail("soak_a_watch_among_things_that_come_and_go", &missing);
    }
    let mut watch = Command::new(PROGRAM)
        .args(["--watch", "100ms", "-o", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = count_lines(&mut watch);
    // A listener that stays, so that there are lines to count.
    let _idle = Stage::launch(&Launch::new(PROGRAM, "idle")).unwrap();
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();

    churn(Instant::now() + seconds() / 6);
    let (before, lines_before) = (held(watch.id()), lines.load(Ordering::Relaxed));
    let scenes = churn(Instant::now() + seconds() * 5 / 6);
    let (after, lines_after) = (held(watch.id()), lines.load(Ordering::Relaxed));

    assert!(
        watch.try_wait().unwrap().is_none(),
        "the watch has ended after {scenes} scenes"
    );
    assert!(lines_after > lines_before, "the watch stands still");
    kill_process(Pid::from_child(&watch), Signal::INT).unwrap();
    assert!(watch.wait().unwrap().success());
    drop(own);

    eprintln!("{scenes} scenes, {lines_after} lines: {before:?} -> {after:?}");
    // Namespaces are let go within ten seconds, so some sockets of scenes that just ended are still held.
    let still_held = 10 * usize::try_from(scenes).unwrap() / usize::try_from(seconds().as_secs()).unwrap() + 16;
    assert!(
        after.descriptors < before.descriptors + still_held,
        "{before:?} -> {after:?}"
    );
    assert!(after.threads <= before.threads + 4, "{before:?} -> {after:?}");
    assert!(after.kib < before.kib + 8 * 1024, "{before:?} -> {after:?}");
}
