//! Real programs under resize: the limit changes, the process does not, and every request is answered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::compiled::{compiled, skip};
use crate::owner::started;
use crate::run::{DEADLINE, limits, may_touch_own, resize, wait_until};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // In good order: nginx then ends its workers.
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

fn find(program: &str) -> Option<String> {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    places
        .iter()
        .map(|place| format!("{place}/{program}"))
        .find(|path| Path::new(path).exists())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asks again and again, each time on a connection of its own.
fn ask(port: u16, question: &str, answer: &str, stop: &AtomicBool, answered: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let mut connection = TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), DEADLINE).unwrap();
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        connection.write_all(question.as_bytes()).unwrap();
        let mut bytes = vec![0; 4096];
        let length = connection.read(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        assert!(text.contains(answer), "{text}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

fn is_resized_while_it_answers(running: &Running, port: u16, usual: u64, question: &str, answer: &str) {
    let one = format!("--port {port} --netns self");
    wait_until("it listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert_eq!(limits(&one), [usual]);
    let (pid, begin) = (running.0.id(), started(running.0.id()));
    let (stop, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| ask(port, question, answer, &stop, &answered)))
            .collect();
        for limit in [1000, 2000, 1000, 3000] {
            let so_far = answered.load(Ordering::Relaxed);
            resize(&format!("{limit} {one} --allow-shrink --yes")).done();
            assert_eq!(limits(&one), [limit]);
            wait_until("more is answered", || answered.load(Ordering::Relaxed) > so_far + 20);
        }
        stop.store(true, Ordering::Relaxed);
        for asking in asking {
            asking.join().unwrap();
        }
    });
    assert_eq!(started(pid), begin, "it is the same process");
}

#[test]
fn nginx() {
    let Some(program) = find("nginx") else {
        return skip("nginx", "nginx", "it is not installed");
    };
    if !may_touch_own("nginx") {
        return;
    }
    let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
    let place = directory.path().display();
    let paths =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|one| format!("{one}_temp_path {place}/{one};"));
    let text = format!(
        "daemon off; worker_processes 2; error_log {place}/error.log; pid {place}/pid; events {{ }}\n\
         http {{ access_log off; {} server {{ listen 127.0.0.1:{port}; return 200 'here I am'; }} }}",
        paths.join(" ")
    );
    let config = directory.path().join("nginx.conf");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(program);
    command
        .arg("-p")
        .arg(directory.path())
        .arg("-c")
        .arg(&config)
        .stderr(Stdio::null());
    let running = Running(command.spawn().unwrap());
    is_resized_while_it_answers(&running, port, 511, "GET / HTTP/1.0\r\n\r\n", "200 OK");
}

#[test]
fn redis() {
    let Some(program) = find("redis-server") else {
        return skip("redis", "redis-server", "it is not installed");
    };
    if !may_touch_own("redis") {
        return;
    }
    let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = Command::new(program);
    command.args([
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--port",
        &port.to_string(),
    ]);
    command.arg("--dir").arg(directory.path()).stdout(Stdio::null());
    let running = Running(command.spawn().unwrap());
    is_resized_while_it_answers(&running, port, 511, "PING\r\n", "+PONG");
}

/// One without any library at run time, that tells its limit as the kernel tells it to itself.
#[test]
fn a_static_program() {
    const TEST: &str = "a_static_program";
    let Some(server) = compiled(TEST, "server") else { return };
    if !may_touch_own(TEST) {
        return;
    }
    let mut command = Command::new(server);
    command.args(["tcp", "listen:5", "limit", "line", "limit"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || said.next().unwrap().unwrap();
    assert_eq!([line(), line()], ["listen 0", "limit 5"]);
    resize(&format!("512 --process {} --netns self --yes", child.id())).done();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(line(), "limit 512");
    assert!(child.wait().unwrap().success());
}
