//! What each listen() gets, in every way in which a program can call it.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::compiled::compiled;
use crate::harness::{Session, installed, run, server};
use crate::support::text;

fn said(output: &Output) -> &str {
    text(&output.stderr)
}

#[test]
fn a_static_program_gets_another_backlog() {
    let Some(server) = server("static") else { return };
    let output = run(&["--backlog", "512"], &server, &["tcp", "listen:5", "limit", "exit:7"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 512\n", "{}", said(&output));
    assert_eq!(output.status.code(), Some(7));
    let line = said(&output).lines().find(|line| line.contains(" asked for ")).unwrap();
    assert!(
        line.starts_with("listenq: 127.0.0.1:") && line.contains(": server("),
        "{line}"
    );
    assert!(line.ends_with(") asked for 5, got 512"), "{line}");
}

#[test]
fn min_raises_only_what_asks_for_less() {
    let Some(server) = server("min") else { return };
    let arguments = [
        "tcp",
        "listen:5",
        "limit",
        "listen:600",
        "limit",
        "listen:-1",
        "limit",
        "listen:0",
        "limit",
    ];
    let somaxconn = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let output = run(&["--min", "512"], &server, &arguments).output().unwrap();
    let limits = ["512", "600", somaxconn.trim(), "512"].map(|limit| format!("listen 0\nlimit {limit}\n"));
    assert_eq!(text(&output.stdout), limits.concat(), "{}", said(&output));
    assert!(
        said(&output).contains(&format!("asked for -1, got {somaxconn}")),
        "{}",
        said(&output)
    );
    let output = run(&["--backlog", "512"], &server, &arguments).output().unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 512\n".repeat(4));
    assert!(said(&output).contains("asked for 600, got 512, which is less (--min leaves it)"));
}

#[test]
fn a_cut_by_somaxconn_is_said_with_what_would_raise_it() {
    let Some(server) = server("cut") else { return };
    let output = run(&["--backlog", "2147483647"], &server, &["tcp", "listen:5", "limit"])
        .output()
        .unwrap();
    let somaxconn: u32 = fs::read_to_string("/proc/sys/net/core/somaxconn")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(text(&output.stdout), format!("listen 0\nlimit {somaxconn}\n"));
    let wanted = format!(
        "asked for 5, got {somaxconn} of 2147483647: net.core.somaxconn is {somaxconn} (listenq tune --somaxconn 2147483647)"
    );
    assert!(said(&output).contains(&wanted), "{}", said(&output));
}

#[test]
fn the_variable_does_the_same_and_reaches_the_program() {
    let Some(server) = server("variable") else { return };
    let output = run(&[], &server, &["tcp", "listen:5", "limit"])
        .env("LISTENQ", "300")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 300\n", "{}", said(&output));
    let output = run(&[], Path::new("/bin/sh"), &["-c", "echo $LISTENQ"])
        .env("LISTENQ", "300")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "300\n");
    let output = run(&["--backlog", "301"], &server, &["tcp", "listen:5", "limit"])
        .env("LISTENQ", "junk")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 301\n", "{}", said(&output));
}

#[test]
fn threads_and_descendants_are_seen_too() {
    let Some(server) = server("threads") else { return };
    let output = run(&["--backlog", "512"], &server, &["tcp", "thread:5", "limit"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 512\n", "{}", said(&output));
    // A shell executes it in a child of a child (fork or vfork, then execve).
    let script = format!("({} tcp listen:5 limit; true); true", server.display());
    let output = run(&["--backlog", "512"], Path::new("/bin/sh"), &["-c", &script])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\nlimit 512\n", "{}", said(&output));
}

/// pidfd_getfd(2) takes from the table of the process: the socket that has that number there is another one.
#[test]
fn a_thread_with_descriptors_of_its_own_keeps_its_number() {
    let Some(server) = server("own-table") else { return };
    let output = run(&["--backlog", "512"], &server, &["tcp", "own-table:5", "limit"])
        .output()
        .unwrap();
    assert_eq!(
        text(&output.stdout),
        "listen 0\nown limit 5\nlimit -1\n",
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("asked for 5 and keeps it: its thread has a table of descriptors of its own"));
}

#[test]
fn what_is_no_socket_fails_as_without_it() {
    let Some(server) = server("no-socket") else { return };
    let arguments = ["fd:1", "listen:5", "fd:99", "listen:5", "fd:-1", "listen:5"];
    let output = run(&["--backlog", "512"], &server, &arguments).output().unwrap();
    // ENOTSOCK, EBADF
    assert_eq!(text(&output.stdout), "listen 88\nlisten 9\nlisten 9\n");
    assert!(
        said(&output).contains("asked for 5 and keeps it: the descriptor is no socket"),
        "{}",
        said(&output)
    );
}

#[test]
fn an_error_of_listen_is_the_programs() {
    let Some(server) = server("error") else { return };
    // A unix socket without a name: EINVAL.
    let output = run(&["--backlog", "512"], &server, &["unix:/nonexistent/x", "listen:5"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 22\n");
    assert!(
        said(&output).contains("asked for 5: listen(): Invalid argument"),
        "{}",
        said(&output)
    );
}

#[test]
fn unix_sockets_too() {
    let Some(server) = server("unix") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.sock");
    let place = format!("unix:{}", path.display());
    let output = run(&["--backlog", "512"], &server, &[&place, "listen:5"])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "listen 0\n");
    let wanted = format!("listenq: {}: server(", path.display());
    assert!(
        said(&output).contains(&wanted) && said(&output).contains("asked for 5, got 512"),
        "{}",
        said(&output)
    );
}

/// A program that drops root before it listens, as databases do: clients see its user, not that of listenq.
#[test]
fn clients_of_a_unix_socket_see_the_user_of_the_program() {
    const TEST: &str = "clients_of_a_unix_socket_see_the_user_of_the_program";
    const SCRIPT: &str = "import socket, struct, sys
name = '\\0' + sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(name)
listener.listen(5)
client = socket.socket(socket.AF_UNIX)
client.connect(name)
print(struct.unpack('3i', client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1:])";
    if let Err(missing) = lab::Need::Root.check() {
        return lab::skip_or_fail(TEST, &missing);
    }
    let (Some(setpriv), Some(python)) = (installed(TEST, &["setpriv"]), installed(TEST, &["python3"])) else {
        return;
    };
    let name = format!("listenq-{}", std::process::id());
    let python = python.to_str().unwrap();
    let arguments = [
        "--reuid=65534",
        "--regid=65533",
        "--groups=7,11",
        python,
        "-c",
        SCRIPT,
        &name,
    ];
    let output = run(&["--backlog", "512"], &setpriv, &arguments).output().unwrap();
    assert_eq!(text(&output.stdout), "(65534, 65533)\n", "{}", said(&output));
    assert!(said(&output).contains("asked for 5, got 512"), "{}", said(&output));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_32_bit_program_and_its_socketcall() {
    let Some(program) = compiled("i386", "i386") else {
        return;
    };
    // A kernel without CONFIG_IA32_EMULATION cannot execute it (ENOEXEC).
    if let Err(error) = std::process::Command::new(&program).status() {
        return crate::compiled::skip("i386", "32-bit programs", &error.to_string());
    }
    let output = run(&["--backlog", "512"], &program, &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(said(&output).matches(", got 512").count(), 2, "{}", said(&output));
}

#[test]
fn python_too() {
    let Some(python) = installed("python", &["python3"]) else {
        return;
    };
    let script = "import socket; socket.create_server(('::1', 0), family=socket.AF_INET6, backlog=5)";
    let output = run(&["--backlog", "512"], &python, &["-c", script]).output().unwrap();
    assert!(said(&output).contains("listenq: [::1]:"), "{}", said(&output));
    assert!(said(&output).contains("asked for 5, got 512"), "{}", said(&output));
}

#[test]
fn quiet_says_nothing_and_verbose_sums_up() {
    let Some(server) = server("quiet") else { return };
    let output = run(&["-q", "--backlog", "512"], &server, &["tcp", "listen:5"])
        .output()
        .unwrap();
    assert_eq!((text(&output.stdout), said(&output)), ("listen 0\n", ""));
    let output = run(
        &["-v", "--backlog", "512"],
        &server,
        &["tcp", "listen:5", "listen:512", "fd:1", "listen:5"],
    )
    .output()
    .unwrap();
    let last = said(&output).lines().last().unwrap();
    assert_eq!(
        last,
        "listenq: 3 calls of listen(): 1 raised, 1 left as they were or failed"
    );
}

/// Each call takes a descriptor and gives it back.
#[test]
fn ten_thousand_calls_leave_no_descriptor_behind() {
    let Some(server) = server("many") else { return };
    let arguments = ["tcp", "listen:3", "line", "many:10000", "limit", "line"];
    let mut session = Session::start(run(&["-q", "--backlog", "512"], &server, &arguments));
    session.expect(&["listen 0"]);
    let open = |pid: u32| fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let before = open(session.pid());
    session.go_on();
    session.expect(&["limit 512"]);
    assert_eq!(open(session.pid()), before);
    session.go_on();
    assert_eq!(session.wait().code(), Some(0));
    session.nothing_is_left();
}
