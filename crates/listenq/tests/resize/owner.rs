//! A listening program of its own process that does as it is told, step by step: the test binary started again.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::net::{Shutdown, listen, shutdown, sockopt};
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Where it listens, and with which backlog: `127.0.0.1:0 5`.
const ROLE: &str = "LISTENQ_TEST_OWNER";
/// Begins each line that is an answer: libtest prints lines, too.
const ANSWER: &str = "= ";

/// Plays the part.
#[test]
#[ignore = "the part of the listening program, for the other tests"]
fn act() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let (address, backlog) = role.split_once(' ').unwrap();
    let listener = TcpListener::bind(address).unwrap();
    listen(&listener, backlog.parse().unwrap()).unwrap();
    println!("\n{ANSWER}{}", listener.local_addr().unwrap().port());
    let mut listener = Some(listener);
    for order in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("\n{ANSWER}{}", obey(&mut listener, &order));
    }
}

fn obey(listener: &mut Option<TcpListener>, order: &str) -> String {
    let socket = || listener.as_ref().unwrap();
    match order.split_once(' ').unwrap_or((order, "")) {
        ("close", _) => drop(listener.take()),
        ("shutdown", _) => shutdown(socket(), Shutdown::Both).unwrap(),
        ("listen", backlog) => listen(socket(), backlog.parse().unwrap()).unwrap(),
        ("hide", _) => set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap(),
        ("listens?", _) => return sockopt::socket_acceptconn(socket()).unwrap().to_string(),
        ("descriptors?", _) => return descriptors("self").join(" "),
        ("serve", _) => serve(socket()),
        _ => panic!("{order}"),
    }
    "done".to_owned()
}

/// Accepts all that come, and gives each a byte.
fn serve(listener: &TcpListener) {
    let listener = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let _ = (&connection).write_all(b".");
        }
    });
}

/// What a process holds, sorted; the directory that is read for it is left out.
pub fn descriptors(process: &str) -> Vec<String> {
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().flatten();
    let mut all: Vec<String> = entries
        .filter_map(|entry| {
            let target = std::fs::read_link(entry.path()).ok()?;
            let target = target.to_string_lossy().into_owned();
            (!target.starts_with("/proc/")).then(|| format!("{}:{target}", entry.file_name().display()))
        })
        .collect();
    all.sort();
    all
}

/// The program; it ends with this.
pub struct Owner {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub port: u16,
}

impl Owner {
    /// Listens on loopback.
    pub fn new(backlog: u32) -> Self {
        Self::through(
            &[],
            &std::env::current_exe().unwrap(),
            &format!("127.0.0.1:0 {backlog}"),
        )
    }

    /// Started by another program, as `setpriv` and `unshare` do.
    pub fn through(before: &[&str], program: &Path, role: &str) -> Self {
        let mut words: Vec<&str> = before.to_vec();
        words.extend([
            program.to_str().unwrap(),
            "--exact",
            "owner::act",
            "--ignored",
            "--nocapture",
        ]);
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (orders, answers) = (
            child.stdin.take().unwrap(),
            BufReader::new(child.stdout.take().unwrap()),
        );
        let mut owner = Self {
            child,
            orders,
            answers,
            port: 0,
        };
        owner.port = owner.answer().parse().unwrap();
        owner
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives an order, and waits until it is obeyed.
    pub fn order(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").unwrap();
        self.answer()
    }

    /// Ends it, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Field 22 of its stat file: what tells it from a later process of the same number.
    pub fn started(&self) -> u64 {
        started(self.pid())
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the owner has ended");
            if let Some(answer) = line.strip_prefix(ANSWER) {
                return answer.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// When a process started, in clock ticks since boot.
pub fn started(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    after_name.split_ascii_whitespace().nth(19).unwrap().parse().unwrap()
}
