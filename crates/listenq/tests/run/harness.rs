//! Programs compiled for these tests, and a program under `run` that is talked to over its standard streams.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::compiled::{compiled, skip};
use crate::support::{DEADLINE, listenq};

/// The server of `programs/server.c`.
pub fn server(test: &str) -> Option<PathBuf> {
    compiled(test, "server")
}

/// A program of the system, or the word that there is none.
pub fn installed(test: &str, names: &[&str]) -> Option<PathBuf> {
    let directories = [
        "/usr/sbin",
        "/usr/bin",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/sbin",
        "/bin",
    ];
    let paths = directories
        .iter()
        .flat_map(|directory| names.iter().map(move |name| Path::new(directory).join(name)));
    // Busybox has applets of these names that do less.
    let is_real = |path: &PathBuf| fs::canonicalize(path).is_ok_and(|file| !file.ends_with("busybox"));
    let found = paths.into_iter().find(is_real);
    if found.is_none() {
        skip(test, names[0], "it is not installed");
    }
    found
}

/// `listenq run` with these options and this program.
pub fn run(options: &[&str], program: &Path, arguments: &[&str]) -> Command {
    let mut command = listenq();
    command.arg("run").args(options).arg("--").arg(program).args(arguments);
    command.env_remove("LISTENQ");
    command
}

/// A program under `run`, its standard streams, and the mark by which all processes of it are found.
pub struct Session {
    pub child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<File>,
    stderr: PathBuf,
    mark: String,
    _directory: tempfile::TempDir,
}

impl Session {
    pub fn start(mut command: Command) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stderr = directory.path().join("stderr");
        let mark = format!("LISTENQ_TEST={}", directory.path().display());
        let (name, value) = mark.split_once('=').unwrap();
        let mut child = command
            .env(name, value)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        let stdout = OwnedFd::from(child.stdout.take().unwrap());
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(File::from(stdout)),
            child,
            stderr,
            mark,
            _directory: directory,
        }
    }

    /// The next line of stdout.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        if self.stdout.buffer().is_empty() {
            let time = Timespec {
                tv_sec: i64::try_from(DEADLINE.as_secs()).unwrap(),
                tv_nsec: 0,
            };
            let ready = poll(&mut [PollFd::new(self.stdout.get_ref(), PollFlags::IN)], Some(&time)).unwrap();
            assert!(ready > 0, "no line in time; on stderr:\n{}", self.said());
        }
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next lines of stdout are these.
    pub fn expect(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.line(), *line, "on stderr:\n{}", self.said());
        }
    }

    /// Lets a program go on that waits for a line.
    pub fn go_on(&mut self) {
        self.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Closes stdin.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&self, signal: i32) {
        signal_process(self.pid(), signal);
    }

    /// How listenq ended, within the deadline.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("listenq run ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// What came on stderr.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }

    /// The rest of stdout, which must end.
    pub fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        rest
    }

    /// The processes that this session has left, but zombies, with their command lines.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment
                .split(|byte| *byte == 0)
                .any(|one| one == self.mark.as_bytes())
            {
                let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                found.push((pid, String::from_utf8_lossy(&line).replace('\0', " ")));
            }
        }
        found
    }

    /// The guardians among them.
    pub fn guardians(&self) -> HashSet<u32> {
        let all = self.processes().into_iter();
        all.filter(|(_, line)| line.contains("run-guardian"))
            .map(|(pid, _)| pid)
            .collect()
    }

    /// All processes end by themselves.
    pub fn nothing_is_left(&self) {
        until("no process is left", || self.processes().is_empty());
    }
}

/// What is left of a test that has failed does not stay.
impl Drop for Session {
    fn drop(&mut self) {
        self.stdin = None;
        for (pid, _) in self.processes() {
            signal_process(pid, libc_sigkill());
        }
        let _ = self.child.wait();
    }
}

const fn libc_sigkill() -> i32 {
    9
}

pub fn signal_process(pid: u32, signal: i32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let signal = rustix::process::Signal::from_named_raw(signal).unwrap();
    // One that has ended meanwhile has what was wanted.
    let _ = rustix::process::kill_process(pid, signal);
}

/// Waits for a condition.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::yield_now();
    }
}
