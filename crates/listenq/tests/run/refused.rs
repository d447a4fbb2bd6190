//! Where the kernel refuses to notify: the program runs without the filter, and its listeners are resized.

use std::path::Path;

use crate::compiled::compiled;
use crate::harness::{Session, run, server};

const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// As below a container runtime that has the calls notified to itself.
#[test]
fn a_listener_is_resized_when_it_appears() {
    let (Some(server), Some(notified)) = (server("refused"), compiled("refused", "notified")) else {
        return;
    };
    let server = server.to_str().unwrap();
    let mut command = std::process::Command::new(notified);
    command.args([
        PROGRAM,
        "run",
        "--backlog",
        "512",
        server,
        "tcp",
        "listen:3",
        "line",
        "limit",
        "listen:4",
        "line",
        "limit",
    ]);
    let mut session = Session::start(command);
    session.expect(&["listen 0"]);
    crate::harness::until("it is resized", || session.said().contains("had 3, got 512"));
    session.go_on();
    session.expect(&["limit 512", "listen 0"]);
    crate::harness::until("it is resized again", || session.said().contains("had 4, got 512"));
    session.go_on();
    session.expect(&["limit 512"]);
    assert_eq!(session.wait().code(), Some(0));
    let said = session.said();
    let first = said.lines().next().unwrap();
    assert!(
        first.contains("are notified to somebody else") && first.ends_with("resized right after it appears"),
        "{said}"
    );
}

/// The kernel gives the calls to one only: the outer one has them.
#[test]
fn run_below_run() {
    let Some(server) = server("nested") else { return };
    let inner = [
        "run",
        "--backlog",
        "600",
        server.to_str().unwrap(),
        "tcp",
        "listen:3",
        "limit",
        "exit:6",
    ];
    let mut session = Session::start(run(&["--backlog", "512"], Path::new(PROGRAM), &inner));
    session.expect(&["listen 0", "limit 512"]);
    assert_eq!(session.wait().code(), Some(6));
    assert!(session.said().contains("or another listenq run"), "{}", session.said());
    session.nothing_is_left();
}

/// As in a container of Docker without CAP_SYS_PTRACE: nothing can be given, but the program runs.
#[test]
fn where_descriptors_may_not_be_taken_the_program_runs_with_its_own_numbers() {
    let (Some(server), Some(forbidden)) = (server("forbidden"), compiled("forbidden", "forbidden")) else {
        return;
    };
    let mut command = std::process::Command::new(forbidden);
    command.args([PROGRAM, "run", "--backlog", "512"]).arg(server);
    let mut session = Session::start({
        command.args(["tcp", "listen:3", "limit", "exit:6"]);
        command
    });
    session.expect(&["listen 0", "limit 3"]);
    assert_eq!(session.wait().code(), Some(6));
    let said = session.said();
    assert!(said.starts_with("listenq: pidfd_getfd(2) is forbidden here"), "{said}");
    assert!(
        said.contains("--cap-add SYS_PTRACE") && said.contains("every listen() keeps what it asks for"),
        "{said}"
    );
    session.nothing_is_left();
}
