//! The programs of docs/cookbook compile, run, and print what the kernel did.
//!
//! Each makes a listener on loopback with a backlog of 5, lets three clients connect, and listens again with 64 and
//! with a million. A language whose compiler or interpreter is not installed is skipped with a line on stderr.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![expect(
    clippy::disallowed_methods,
    reason = "starts compilers and programs, and has deadlines"
)]

use std::env;
use std::fs;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Backlog of `std::net::TcpListener` (library/std/src/sys/net/connection/socket: 128 on Linux).
const STD_BACKLOG: u32 = 128;

#[test]
fn python() {
    let Some(python) = program("cookbook-python", "python3") else {
        return;
    };
    check(&output(Command::new(python).arg(recipe("queue.py"))));
}

#[test]
fn c() {
    let Some(compiler) = program("cookbook-c", "cc") else {
        return;
    };
    let binary = built("c");
    output(
        Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&binary)
            .arg(recipe("queue.c")),
    );
    check(&output(&mut Command::new(binary)));
}

#[test]
fn go() {
    let Some(go) = program("cookbook-go", "go") else { return };
    let binary = built("go");
    let mut build = Command::new(go);
    build.env("GOCACHE", built("go-cache")).env("GOTOOLCHAIN", "local");
    output(build.args(["build", "-o"]).arg(&binary).arg(recipe("queue.go")));
    check(&output(&mut Command::new(binary)));
}

#[test]
fn rust() {
    // Cargo says which compiler it uses; it is there, or this test would not be.
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let binary = built("rust");
    output(
        Command::new(compiler)
            .args(["--edition", "2024", "-D", "warnings", "-o"])
            .arg(&binary)
            .arg(recipe("queue.rs")),
    );
    check(&output(&mut Command::new(binary)));
}

#[test]
fn shell() {
    if !on_path("listenq") && program("cookbook-shell", "ss").is_none() {
        return;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let _clients: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    let expected = format!("length 3\nlimit {}\n", STD_BACKLOG.min(somaxconn()));
    let read = || {
        output(
            Command::new("sh")
                .arg(recipe("queue.sh"))
                .arg(address.port().to_string()),
        )
    };
    // connect() returns before the last packet of the handshake has arrived.
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut printed = read();
    while printed != expected && Instant::now() < deadline {
        printed = read();
    }
    assert_eq!(printed, expected);
}

/// What each program has to print: `min(backlog, somaxconn)` is the limit, three clients are the length.
fn check(printed: &str) {
    let most = somaxconn();
    let line = |what: &str, length: u32, backlog: u32| {
        format!("{what}: length {length}, limit {}, drops 0\n", backlog.min(most))
    };
    let expected = [
        line("listen(5)", 0, 5),
        line("3 clients", 3, 5),
        line("listen(64)", 3, 64),
        line("listen(1000000)", 3, 1_000_000),
    ];
    assert_eq!(printed, expected.concat());
}

/// The most that listen() grants in this network namespace.
fn somaxconn() -> u32 {
    fs::read_to_string("/proc/sys/net/core/somaxconn")
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// The program's name, if it is installed; else a line on stderr that the test is skipped.
fn program(test: &str, name: &'static str) -> Option<&'static str> {
    if on_path(name) {
        return Some(name);
    }
    // Not eprintln!: what that prints in a test that passes, libtest keeps to itself.
    let _ = writeln!(io::stderr(), "skipped: {test}: {name} is not installed");
    None
}

/// Whether the shell would find it.
fn on_path(name: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(name).is_file())
}

/// A file of the cookbook.
fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/cookbook")
        .join(name)
}

/// Where a compiled recipe goes.
fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cookbook-{name}"))
}

/// What a command prints; it has to succeed.
fn output(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {}\n{said}", done.status);
    String::from_utf8(done.stdout).unwrap()
}
