//! listenq is killed, or ends while something of its program lives on: no listen() ever fails for that.

use std::time::{Duration, Instant};

use crate::harness::{Session, run, server, signal_process, until};

const KILL: i32 = 9;
const STOP: i32 = 19;
const CONTINUE: i32 = 18;

#[test]
fn killed_the_next_call_gets_its_own_number() {
    let Some(server) = server("killed") else { return };
    let arguments = ["tcp", "listen:3", "limit", "line", "listen:4", "limit", "line"];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    session.expect(&["listen 0", "limit 512"]);
    assert_eq!(session.guardians().len(), 1);
    session.kill(KILL);
    session.wait();
    session.go_on();
    session.expect(&["listen 0", "limit 4"]);
    session.go_on();
    session.nothing_is_left();
}

/// A call that nobody has received yet when listenq is killed.
#[test]
fn killed_while_a_call_waits() {
    let Some(server) = server("killed-waiting") else { return };
    let arguments = ["tcp", "pid", "line", "listen:4", "limit"];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    let program = session.line();
    let program = program.strip_prefix("pid ").unwrap();
    session.kill(STOP);
    session.go_on();
    // The number of listen(2) is that of the native ABI; /proc tells it of a process that waits in it.
    let number = if cfg!(target_arch = "aarch64") { "201 " } else { "50 " };
    let call = || std::fs::read_to_string(format!("/proc/{program}/syscall")).unwrap();
    until("it waits in listen()", || call().starts_with(number));
    session.kill(KILL);
    session.expect(&["listen 0", "limit 4"]);
    session.wait();
    session.nothing_is_left();
}

/// At any moment, also between receiving a call and answering it: it never hangs and never fails.
#[test]
fn killed_at_any_moment() {
    let Some(server) = server("killed-any") else { return };
    for round in 0..60 {
        let arguments = ["tcp", "say:1", "many:3000", "limit"];
        let mut session = Session::start(run(&["-q", "--backlog", "512"], &server, &arguments));
        session.expect(&["said 1"]);
        let end = Instant::now() + Duration::from_micros(round * 97);
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        session.kill(KILL);
        let limit = session.line();
        assert!(["limit 512", "limit 3"].contains(&limit.as_str()), "{limit}");
        session.wait();
        session.nothing_is_left();
    }
}

#[test]
fn a_guardian_that_is_killed_is_replaced() {
    let Some(server) = server("guardian-killed") else {
        return;
    };
    let arguments = [
        "tcp", "listen:3", "line", "listen:4", "limit", "line", "listen:5", "limit",
    ];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    session.expect(&["listen 0"]);
    let first = session.guardians();
    for guardian in &first {
        signal_process(*guardian, KILL);
    }
    until("there is another guardian", || {
        let now = session.guardians();
        now.len() == 1 && now != first
    });
    session.go_on();
    session.expect(&["listen 0", "limit 512"]);
    session.kill(KILL);
    session.wait();
    session.go_on();
    session.expect(&["listen 0", "limit 5"]);
    session.nothing_is_left();
}

/// `pkill listenq` is no reason to let calls fail either.
#[test]
fn a_guardian_does_not_end_by_a_polite_signal() {
    let Some(server) = server("guardian-term") else { return };
    let arguments = ["tcp", "listen:3", "line", "listen:4", "limit"];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    session.expect(&["listen 0"]);
    let guardians = session.guardians();
    session.kill(STOP);
    for (guardian, signal) in guardians
        .iter()
        .flat_map(|guardian| [1, 2, 15].map(|signal| (guardian, signal)))
    {
        signal_process(*guardian, signal);
    }
    session.kill(KILL);
    session.kill(CONTINUE);
    session.wait();
    assert_eq!(session.guardians(), guardians);
    session.go_on();
    session.expect(&["listen 0", "limit 4"]);
    session.nothing_is_left();
}

/// A daemon: run ends with the process that it has started, and what this has left goes on to get N.
#[test]
fn what_the_program_leaves_running_goes_on_to_get_it() {
    let Some(server) = server("daemon") else { return };
    let arguments = [
        "tcp", "listen:3", "daemon", "line", "listen:4", "limit", "line", "listen:5", "limit",
    ];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    session.expect(&["listen 0"]);
    assert_eq!(session.wait().code(), Some(0));
    session.go_on();
    session.expect(&["listen 0", "limit 512"]);
    // It has a guardian of its own, and it is the one that this waits for.
    let guardians = session.guardians();
    assert_eq!(guardians.len(), 2);
    let parent = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status
            .lines()
            .find_map(|line| line.strip_prefix("PPid:\t"))
            .unwrap()
            .parse()
            .unwrap()
    };
    let answering = guardians
        .iter()
        .map(parent)
        .find(|pid: &u32| guardians.contains(pid))
        .unwrap();
    signal_process(answering, KILL);
    until("it is gone", || session.guardians().len() == 1);
    session.go_on();
    session.expect(&["listen 0", "limit 5"]);
    session.nothing_is_left();
}

/// A captured pipe ends with the program, whatever still guards.
#[test]
fn a_guardian_holds_no_stream() {
    let Some(server) = server("streams") else { return };
    let script = format!(
        "'{}' tcp listen:3 line </dev/zero >/dev/null 2>&1 & echo started",
        server.display()
    );
    let mut session = Session::start(run(
        &["--backlog", "512"],
        std::path::Path::new("/bin/sh"),
        &["-c", &script],
    ));
    session.close();
    assert_eq!(session.rest(), "started\n");
    assert_eq!(session.wait().code(), Some(0));
    assert!(!session.guardians().is_empty());
}
