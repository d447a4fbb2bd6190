//! Signals, the terminal, and process 1: the program is as if listenq were not there.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{Session, installed, run, server, until};
use crate::support::{on_a_terminal, read_until, terminal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

#[test]
fn what_listenq_is_sent_the_program_gets() {
    let Some(server) = server("passed-on") else { return };
    // The three that end programs, those that they define themselves, and a stop by the keyboard.
    let signals = [1, 2, 15, 10, 12, 28];
    let arguments = [&["block", "say:1"][..], &["signal"; 6], &["exit:9"]].concat();
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    session.expect(&["said 1"]);
    for signal in signals {
        session.kill(signal);
        session.expect(&[&format!("signal {signal}")]);
    }
    assert_eq!(session.wait().code(), Some(9));
}

#[test]
fn a_program_that_a_signal_ends_ends_listenq_by_the_same() {
    let Some(server) = server("ended") else { return };
    let mut session = Session::start(run(&["--backlog", "512"], &server, &["say:1", "line"]));
    session.expect(&["said 1"]);
    session.kill(15);
    assert_eq!(session.wait().signal(), Some(15));
    session.nothing_is_left();
}

/// kill -STOP and -CONT of the program itself do not leave listenq stopped: nobody would continue it.
#[test]
fn a_program_that_is_stopped_and_continued_by_hand() {
    let Some(server) = server("stopped") else { return };
    let arguments = ["pid", "line", "tcp", "listen:3", "limit"];
    let mut session = Session::start(run(&["--backlog", "512"], &server, &arguments));
    let program: u32 = session.line().strip_prefix("pid ").unwrap().parse().unwrap();
    let state = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    };
    crate::harness::signal_process(program, 19);
    until("it is stopped", || state(program) == 'T');
    // A stop is passed on, and one that is passed on continues it.
    assert_ne!(state(session.pid()), 'T');
    session.kill(18);
    until("it is continued", || state(program) != 'T');
    session.go_on();
    session.expect(&["listen 0", "limit 512"]);
    assert_eq!(session.wait().code(), Some(0));
}

/// An interactive shell on a terminal of its own, to which keys are sent.
struct Terminal {
    master: File,
    seen: Vec<u8>,
    child: std::process::Child,
}

impl Terminal {
    fn start(test: &str) -> Option<Self> {
        let (setsid, bash) = (installed(test, &["setsid"])?, installed(test, &["bash"])?);
        let (master, slave) = terminal(200, 25);
        let stream = || Stdio::from(slave.try_clone().unwrap());
        let child = Command::new(setsid)
            .args(["--ctty", "--wait"])
            .arg(bash)
            .args(["--norc", "--noprofile", "--noediting", "-i"])
            .env("PS1", "ready> ")
            .env_remove("LISTENQ")
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap();
        let mut terminal = Self {
            master,
            seen: Vec::new(),
            child,
        };
        terminal.wait_for("ready> ");
        Some(terminal)
    }

    fn keys(&mut self, keys: &str) {
        std::io::Write::write_all(&mut self.master, keys.as_bytes()).unwrap();
    }

    /// Waits for a text behind what was waited for last.
    fn wait_for(&mut self, text: &str) {
        read_until(&mut self.master, &mut self.seen, |seen| seen.contains(text));
        let seen = String::from_utf8_lossy(&self.seen).into_owned();
        let end = seen.find(text).unwrap() + text.len();
        self.seen = seen.as_bytes()[end..].to_vec();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn keys_that_interrupt_reach_the_program_once() {
    let (Some(server), Some(mut terminal)) = (server("interrupt"), Terminal::start("interrupt")) else {
        return;
    };
    let server = server.display();
    terminal.keys(&format!(
        "{PROGRAM} run --backlog 512 {server} block say:1 signal signal signal exit:5\n"
    ));
    terminal.wait_for("said 1\r\n");
    terminal.keys("\x03");
    terminal.wait_for("signal 2\r\n");
    terminal.keys("\x1c");
    terminal.wait_for("signal 3\r\n");
    terminal.keys("\x03");
    terminal.wait_for("signal 2\r\n");
    terminal.keys("echo status $?\n");
    terminal.wait_for("status 5\r\n");
}

#[test]
fn keys_that_stop_stop_the_job_and_fg_continues_it() {
    let (Some(server), Some(mut terminal)) = (server("job"), Terminal::start("job")) else {
        return;
    };
    let server = server.display();
    terminal.keys(&format!(
        "{PROGRAM} run --backlog 512 {server} say:1 line tcp listen:3 limit exit:5\n"
    ));
    terminal.wait_for("said 1\r\n");
    terminal.keys("\x1a");
    terminal.wait_for("Stopped");
    terminal.wait_for("ready> ");
    terminal.keys("fg\n");
    terminal.wait_for("run --backlog 512");
    terminal.keys("\n");
    terminal.wait_for("limit 512\r\n");
    terminal.keys("echo status $?\n");
    terminal.wait_for("status 5\r\n");
}

/// In a container listenq may be process 1, which the kernel protects from signals and gives all orphans to.
#[test]
fn as_process_1() {
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail("process-1", &missing);
    }
    let (Some(server), Some(unshare)) = (server("process-1"), installed("process-1", &["unshare"])) else {
        return;
    };
    let inside = |arguments: &[&str]| {
        let mut command = Command::new(&unshare);
        command.args([
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            PROGRAM,
            "run",
            "--backlog",
            "512",
        ]);
        command.arg(&server).args(arguments);
        Session::start(command)
    };
    let mut session = inside(&["orphan", "tcp", "listen:3", "limit", "exit:5"]);
    session.expect(&["reaped 1", "listen 0", "limit 512"]);
    assert_eq!(session.wait().code(), Some(5));

    let mut session = inside(&["block", "say:1", "signal", "exit:6"]);
    session.expect(&["said 1"]);
    let all = session.processes();
    let run = all
        .iter()
        .find(|(_, line)| line.contains(" run --backlog") && line.starts_with(PROGRAM))
        .unwrap();
    crate::harness::signal_process(run.0, 15);
    session.expect(&["signal 15"]);
    assert_eq!(session.wait().code(), Some(6));

    // It cannot die by a signal of its own: 128 and the number stand for it.
    let mut session = inside(&["kill:15"]);
    assert_eq!(session.wait().code(), Some(128 + 15));
}

#[test]
fn a_terminal_is_one_for_the_program() {
    let arguments = [
        "run",
        "-q",
        "--backlog",
        "5",
        "/bin/sh",
        "-c",
        "test -t 1 && echo it is one",
    ];
    let (mut terminal, mut child) = on_a_terminal(&arguments, 80, 25);
    read_until(&mut terminal, &mut Vec::new(), |seen| seen.contains("it is one"));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_session_leader_passes_the_hangup_on() {
    let Some(server) = server("hangup") else { return };
    let Some(setsid) = installed("hangup", &["setsid"]) else {
        return;
    };
    let arguments = ["block", "say:1", "signal", "exit:6"];
    let (master, slave) = terminal(80, 25);
    let output = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(setsid);
    command
        .args(["--ctty", PROGRAM, "run", "-q", "--backlog", "5"])
        .arg(&server)
        .args(arguments);
    let mut child = command.stdin(slave).stdout(output.reopen().unwrap()).spawn().unwrap();
    let said = || std::fs::read_to_string(Path::new(output.path())).unwrap();
    until("it has begun", || said().contains("said 1"));
    drop(command);
    drop(master);
    until("it has ended", || child.try_wait().unwrap().is_some());
    assert_eq!(said(), "said 1\nsignal 1\n");
    assert_eq!(child.wait().unwrap().code(), Some(6));
}
