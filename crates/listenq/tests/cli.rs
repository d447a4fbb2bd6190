//! The built binary from outside: exit status, streams, signals, terminal, hostile names.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the binary, have deadlines, and fail where they cannot go on"
)]

mod support;

use std::fs::{self, File};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::process::{Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use support::{assert_refused, listenq, on_a_terminal, read_until, text};

fn run(arguments: &[&str]) -> Output {
    listenq().args(arguments).output().unwrap()
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (listener, port)
}

#[test]
fn help_and_version_are_answers() {
    for argument in ["--help", "-h", "--version"] {
        let output = run(&[argument]);
        assert!(output.status.success(), "{argument}");
        assert!(text(&output.stdout).to_lowercase().contains("listen"), "{argument}");
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn what_cannot_be_understood_is_status_2_and_one_line() {
    for arguments in [
        &["--port", "80x"][..],
        &["--port"],
        &["--prot", "80"],
        &["-o", "xml"],
        &["--get", "syn_queue.lenght"],
        &["--get", "port", "-o", "json"],
        &["--watch", "5"],
        &["--watch", "1ms"],
        &["--watch", "--check"],
        &["--netns", "pid:x"],
        &["--no-owners", "--unit", "nginx"],
        &["--port", "80", "list"],
        &["lst"],
        &["lab", "no-such-scene"],
        &["lab", "idle", "--for", "2d"],
        &["lab", "idle", "--set", "x"],
        &["-q", "-v"],
    ] {
        assert_refused(&run(arguments), 2);
    }
}

#[test]
fn what_cannot_be_read_is_status_2_with_what_to_do() {
    let said = assert_refused(&run(&["--procfs", "/nonexistent"]), 2);
    assert!(said.contains("--procfs"), "{said}");
}

#[test]
fn one_value_is_all_that_is_printed() {
    let (_listener, port) = listener();
    let output = run(&["--netns", "self", "--port", &port, "--get", "port", "-q"]);
    assert_eq!(text(&output.stdout), format!("{port}\n"));
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}

#[test]
fn nothing_to_look_at_is_status_3_and_the_document_is_still_printed() {
    // Where nothing at all listens, listenq says that instead.
    let _listener = listener();
    let nobody = ["--netns", "self", "--address", "127.77.77.77"];
    let said = assert_refused(&run(&[&nobody[..], &["-q"]].concat()), 3);
    assert!(said.contains("nothing listens at 127.77.77.77"), "{said}");
    let output = run(&[&nobody[..], &["-q", "-o", "json"]].concat());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["listeners"], serde_json::json!([]));
    let csv = run(&[&nobody[..], &["-q", "-o", "csv"]].concat());
    assert_eq!((csv.status.code(), text(&csv.stdout).lines().count()), (Some(3), 1));
}

#[test]
fn a_process_that_is_not_there_is_status_3() {
    // Above the highest pid that a kernel gives (PID_MAX_LIMIT, 4 Mi).
    let said = assert_refused(&run(&["--netns", "pid:4294967295", "-q"]), 3);
    assert!(said.contains("there is no process 4294967295"), "{said}");
}

#[test]
fn check_tells_of_danger_by_its_status() {
    let (listener, port) = listener();
    let arguments = ["--netns", "self", "--port", &port, "--check"];
    let idle = run(&arguments);
    assert_eq!(idle.status.code(), Some(0), "{}", text(&idle.stderr));
    assert!(
        text(&idle.stdout).contains("Nothing is at risk: 1 listener"),
        "{}",
        text(&idle.stdout)
    );
    // listen() on a listening socket sets its limit anew; a limit of 0 holds one.
    rustix::net::listen(&listener, 0).unwrap();
    let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let full = run(&arguments);
    assert_eq!(full.status.code(), Some(1), "{}", text(&full.stdout));
    assert!(text(&full.stdout).contains("(full, 1/0)"), "{}", text(&full.stdout));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (_listener, port) = listener();
    for format in ["table", "json", "ndjson", "csv"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let arguments = ["-q", "--netns", "self", "--port", &port, "-o", format];
        let output = listenq().args(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{format}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_status_2() {
    let _listener = listener();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = listenq().arg("-q").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).starts_with("listenq: writing the answer: No space left"),
        "{output:?}"
    );
}

#[test]
fn a_signal_ends_a_watch_with_a_summary_and_status_0() {
    let (_listener, port) = listener();
    for signal in [Signal::INT, Signal::TERM] {
        let arguments = ["--watch", "100ms", "-o", "ndjson", "--netns", "self", "--port", &port];
        let mut child = listenq()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = Vec::new();
        let mut stdout = child.stdout.take().unwrap();
        read_until(&mut stdout, &mut lines, |text| text.lines().count() >= 3);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stderr);
        assert!(
            said.contains(" samples in ") && said.contains("no listener of 1 was seen at risk"),
            "{said}"
        );
        let first: serde_json::Value = serde_json::from_str(text(&lines).lines().next().unwrap()).unwrap();
        assert_eq!(
            (&first["schema_version"], first["port"].to_string()),
            (&1.into(), port.clone())
        );
    }
}

#[test]
fn a_watch_draws_over_itself_and_gives_the_terminal_back() {
    let (_listener, port) = listener();
    let (mut terminal, child) = on_a_terminal(&["--watch", "100ms", "--netns", "self", "--port", &port], 60, 20);
    let mut bytes = Vec::new();
    read_until(&mut terminal, &mut bytes, |text| text.matches("LISTENER").count() >= 3);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    read_until(&mut terminal, &mut bytes, |text| text.contains("was seen at risk"));
    assert!(child.wait_with_output().unwrap().status.success());
    let text = String::from_utf8_lossy(&bytes);
    let (page, after) = text.split_once("\x1b[?1049l").unwrap();
    assert!(page.starts_with("\x1b[?1049h\x1b[?25l"), "{page:?}");
    assert!(page.ends_with("\x1b[?7h\x1b[?25h"), "{page:?}");
    assert!(after.contains(" samples in "), "{after:?}");
}

#[test]
fn a_terminal_has_colour_and_a_pipe_has_not() {
    let (_listener, port) = listener();
    let arguments = ["--netns", "self", "--port", &port];
    let on_terminal = |more: &[&str]| {
        let (mut terminal, child) = on_a_terminal(&[&arguments[..], more].concat(), 80, 24);
        let mut bytes = Vec::new();
        read_until(&mut terminal, &mut bytes, |text| text.contains("at risk"));
        assert!(child.wait_with_output().unwrap().status.success());
        bytes.contains(&0x1b)
    };
    assert!(on_terminal(&[]));
    assert!(!on_terminal(&["--color", "never"]));
    assert!(!run(&arguments).stdout.contains(&0x1b));
    assert!(
        run(&[&arguments[..], &["--color", "always"]].concat())
            .stdout
            .contains(&0x1b)
    );
}

#[test]
fn hostile_names_never_reach_the_terminal_raw() {
    let name = format!("listenq-{}\x1b[2J\u{9b}31m\u{202e}", std::process::id());
    let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    fs::write("/proc/self/comm", "a\x1b]0;b\x07\n").unwrap();
    let own = format!("@{name}");
    for form in [
        &["-o", "table"][..],
        &["-o", "wide"],
        &["-o", "json"],
        &["-o", "ndjson"],
        &["-o", "csv"],
        &["--get", "path"],
        &["--get", "owners"],
    ] {
        let output = run(&[&["--unix", "--netns", "self", "--address", &own], form].concat());
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{form:?}: {}", text(&output.stderr));
        let raw = said
            .chars()
            .find(|&one| (one.is_control() && one != '\n') || one == '\u{202e}');
        assert_eq!(raw, None, "{form:?}: {said:?}");
        assert!(said.contains("1b"), "{form:?}: {said}");
    }
    let unknown = run(&["--netns", "self", "--process", "x\x1b[2J", "-q"]);
    assert!(
        !unknown.stderr.contains(&0x1b),
        "{}",
        text(&unknown.stderr).escape_debug()
    );
}

#[test]
fn the_lab_lists_its_scenes() {
    let output = run(&["lab"]);
    assert!(output.status.success());
    assert!(
        text(&output.stdout).contains("\nnever-accept "),
        "{}",
        text(&output.stdout)
    );
}
