//! Real servers, in the foreground and as daemons.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::harness::{Session, installed, run, signal_process, until};
use crate::support::{listenq, text};

/// A port of the loopback that nobody has at this moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The limit of the listener at a port, as `listenq` lists it.
fn limit(port: u16) -> Option<u32> {
    let output = listenq()
        .args([
            "--no-owners",
            "--netns",
            "self",
            "--port",
            &port.to_string(),
            "--get",
            "accept_queue.limit",
        ])
        .output()
        .unwrap();
    text(&output.stdout).lines().next()?.parse().ok()
}

fn until_limit(session: &Session, port: u16, wanted: u32) {
    until(
        &format!("the limit is {wanted}; on stderr:\n{}", session.said()),
        || limit(port) == Some(wanted),
    );
}

/// A configuration in a directory of its own, with these ports.
fn nginx_conf(directory: &Path, ports: &[u16]) {
    let place = directory.display();
    let server = |port| format!("server {{ listen 127.0.0.1:{port} backlog=5; }}");
    let servers = ports.iter().map(server).collect::<Vec<_>>().join("\n");
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary
        .map(|name| format!("{name}_temp_path {place}/{name};"))
        .join("\n");
    let text = format!(
        "pid {place}/pid;\nerror_log {place}/error.log;\nworker_processes 1;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{servers}}}\n"
    );
    fs::write(directory.join("nginx.conf"), text).unwrap();
}

fn nginx(test: &str, directory: &Path, globals: &str) -> Option<Command> {
    let nginx = installed(test, &["nginx"])?;
    let configuration = directory.join("nginx.conf");
    let arguments = ["-c", configuration.to_str().unwrap(), "-e", "stderr", "-g", globals];
    Some(run(&["--backlog", "1000"], &nginx, &arguments))
}

#[test]
fn nginx_in_the_foreground() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    nginx_conf(directory.path(), &[port]);
    let Some(command) = nginx("nginx", directory.path(), "daemon off;") else {
        return;
    };
    let mut session = Session::start(command);
    until_limit(&session, port, 1000);
    // It listens before it takes signals.
    until("it has begun", || directory.path().join("pid").exists());
    session.kill(15);
    assert_eq!(session.wait().code(), Some(0));
    let said = session.said();
    assert!(
        said.contains(&format!("listenq: 127.0.0.1:{port}: nginx(")) && said.contains("asked for 5, got 1000"),
        "{said}"
    );
    session.nothing_is_left();
}

/// A reload opens a listener of another port long after `run` has ended.
#[test]
fn nginx_as_a_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let (port, later) = (free_port(), free_port());
    nginx_conf(directory.path(), &[port]);
    let Some(command) = nginx("nginx-daemon", directory.path(), "daemon on;") else {
        return;
    };
    let mut session = Session::start(command);
    assert_eq!(session.wait().code(), Some(0), "{}", session.said());
    until_limit(&session, port, 1000);
    let pid: u32 = fs::read_to_string(directory.path().join("pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    nginx_conf(directory.path(), &[port, later]);
    signal_process(pid, 1);
    until_limit(&session, later, 1000);
    signal_process(pid, 15);
    session.nothing_is_left();
}

fn redis(test: &str, directory: &Path, port: u16, daemonize: &str) -> Option<Command> {
    let redis = installed(test, &["redis-server"])?;
    let (port, directory) = (port.to_string(), directory.to_str().unwrap().to_owned());
    let arguments = [
        "--port",
        &port,
        "--bind",
        "127.0.0.1",
        "--dir",
        &directory,
        "--save",
        "",
        "--tcp-backlog",
        "7",
    ];
    let arguments = [&arguments[..], &["--daemonize", daemonize, "--pidfile", "redis.pid"]].concat();
    Some(run(&["--backlog", "1000"], &redis, &arguments))
}

#[test]
fn redis_in_the_foreground() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let Some(command) = redis("redis", directory.path(), port, "no") else {
        return;
    };
    let mut session = Session::start(command);
    until_limit(&session, port, 1000);
    until("it has begun", || directory.path().join("redis.pid").exists());
    session.kill(15);
    assert_eq!(session.wait().code(), Some(0));
    assert!(session.said().contains("asked for 7, got 1000"), "{}", session.said());
    session.nothing_is_left();
}

/// Redis listens after it has become a daemon, so `run` has ended before.
#[test]
fn redis_as_a_daemon() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let Some(command) = redis("redis-daemon", directory.path(), port, "yes") else {
        return;
    };
    let mut session = Session::start(command);
    assert_eq!(session.wait().code(), Some(0), "{}", session.said());
    until_limit(&session, port, 1000);
    until("it has begun", || {
        fs::read(directory.path().join("redis.pid")).is_ok_and(|pid| !pid.is_empty())
    });
    let pid: u32 = fs::read_to_string(directory.path().join("redis.pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    signal_process(pid, 15);
    session.nothing_is_left();
}
