//! A listener of this process in a namespace of its own, and a directory of states.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use lab::Namespace;
use serde_json::Value;

use crate::support::{listenq, text};

/// The limit that the listener begins with.
pub const BEFORE: u32 = 5;

pub struct Scene {
    pub directory: tempfile::TempDir,
    pub name: String,
    pub namespace: Namespace,
    pub listener: Option<TcpListener>,
    pub address: SocketAddr,
    log: UnixDatagram,
}

impl Scene {
    pub fn new(test: &str) -> Option<Self> {
        if let Err(missing) = lab::require::root() {
            lab::skip_or_fail(test, &missing);
            return None;
        }
        let name = format!("listenq-{test}-{}", std::process::id());
        let namespace = Namespace::named(&name).unwrap();
        let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let log = UnixDatagram::bind(directory.path().join("log")).unwrap();
        log.set_nonblocking(true).unwrap();
        let scene = Self {
            address: listener.local_addr().unwrap(),
            directory,
            name,
            namespace,
            listener: Some(listener),
            log,
        };
        scene.listen(BEFORE);
        Some(scene)
    }

    /// What a program does that calls listen() again.
    pub fn listen(&self, backlog: u32) {
        let backlog = i32::try_from(backlog).unwrap();
        rustix::net::listen(self.listener.as_ref().unwrap(), backlog).unwrap();
    }

    /// Clients that connect and then wait.
    pub fn clients(&self, count: usize) -> Vec<TcpStream> {
        let address = self.address;
        let connect = move || (0..count).map(|_| TcpStream::connect(address).unwrap()).collect();
        self.namespace.run(connect).unwrap()
    }

    pub fn states(&self) -> PathBuf {
        self.directory.path().join("states")
    }

    pub fn journal(&self) -> PathBuf {
        self.states().join("journal")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = listenq();
        command
            .args(arguments)
            .env("STATE_DIRECTORY", self.states())
            .env("LISTENQ_LOG_SOCKET", self.directory.path().join("log"))
            .env("TZ", "UTC")
            .env_remove("SUDO_USER")
            .env_remove("SUDO_UID")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn resize(&self, limit: u32) -> Command {
        let (limit, port) = (limit.to_string(), self.address.port().to_string());
        self.command(&["resize", &limit, "--port", &port, "--netns", &self.name, "--yes"])
    }

    /// Runs it, and it succeeds; what it says on stdout.
    pub fn must(&self, arguments: &[&str]) -> String {
        succeeded(&self.run(arguments))
    }

    /// The limit that the kernel tells.
    pub fn limit(&self) -> u32 {
        let port = self.address.port().to_string();
        let told = self.must(&["--port", &port, "--netns", &self.name, "--get", "accept_queue.limit"]);
        told.trim().parse().unwrap()
    }

    /// `undo --list -o json`.
    pub fn changes(&self) -> Vec<Value> {
        let told = self.must(&["undo", "--list", "-o", "json"]);
        let document: Value = serde_json::from_str(&told).unwrap();
        document["changes"].as_array().unwrap().clone()
    }

    /// What has become of the changes, newest first.
    pub fn states_of_changes(&self) -> Vec<String> {
        let state = |change: &Value| change["state"].as_str().unwrap().to_owned();
        self.changes().iter().map(state).collect()
    }

    /// What the system log was told since it was last asked, without the head of each line.
    pub fn logged(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut bytes = [0; 2048];
        while let Ok(length) = self.log.recv(&mut bytes) {
            let (_, said) = text(&bytes[..length]).split_once("]: ").unwrap();
            lines.push(said.to_owned());
        }
        lines
    }
}

pub fn succeeded(output: &Output) -> String {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    out.to_owned()
}

/// Whether a process has a file open.
pub fn has_open(pid: u32, path: &Path) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    descriptors
        .filter_map(Result::ok)
        .any(|descriptor| std::fs::read_link(descriptor.path()).is_ok_and(|target| target == path))
}
