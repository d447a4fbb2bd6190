//! Running the real program, and reading what it says.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use fix::plan::resize::{self, Request};
use lab::{Missing, Stage};
use model::{Document, Selection, Window};
use probe::{HalfOpenPolicy, Probe};
use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");
/// How long anything here may take.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What it said.
pub struct Said {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// It did what was asked.
    pub fn done(self) -> Self {
        assert_eq!(self.status, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// It did not, and says so with these words.
    pub fn refused(&self, status: i32, words: &[&str]) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.status, Some(status), "{all}");
        // Lines of a page are broken between words.
        let flat = all.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(flat.contains(word), "{word}: {all}");
        }
    }
}

/// A place for the journal.
pub fn state() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The program, with a journal of its own.
pub fn listenq(state: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("STATE_DIRECTORY", state).env("LC_ALL", "C.UTF-8");
    command
}

/// Runs `listenq resize`, as it is written behind that.
pub fn resize(line: &str) -> Said {
    let journal = state();
    let output = listenq(journal.path())
        .arg("resize")
        .args(line.split_whitespace())
        .output();
    output.unwrap().into()
}

/// The same inside a scene.
pub fn resize_inside(stage: &Stage, line: &str) -> Said {
    let journal = state();
    stage.run_inside(inside(journal.path(), line)).unwrap().into()
}

/// The command that does so.
pub fn inside(state: &Path, line: &str) -> Vec<String> {
    let directory = format!("STATE_DIRECTORY={}", state.display());
    let before = ["env", &directory, PROGRAM, "resize"].map(str::to_owned);
    before
        .into_iter()
        .chain(line.split_whitespace().map(str::to_owned))
        .collect()
}

/// A value of each listener of the selection, in the order of rising inodes.
pub fn values(selection: &str, pointer: &str) -> Vec<Value> {
    let output = Command::new(PROGRAM)
        .args(["-o", "json", "--no-syn"])
        .args(selection.split_whitespace())
        .output();
    let mut document = Said::from(output.unwrap()).json();
    let Value::Array(mut listeners) = document["listeners"].take() else {
        panic!("no listeners: {document}");
    };
    listeners.sort_by_key(|listener| listener["inode"].as_u64());
    listeners
        .iter()
        .map(|listener| listener.pointer(pointer).unwrap().clone())
        .collect()
}

/// The limits of the selection.
pub fn limits(selection: &str) -> Vec<u64> {
    let values = values(selection, "/accept_queue/limit");
    values.iter().map(|value| value.as_u64().unwrap()).collect()
}

/// Waits for it; fails with `what` if it takes too long.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5)); // only to ask less often
    }
}

/// Says that root is missing, if it is.
pub fn is_root(test: &str) -> bool {
    match lab::require::root() {
        Ok(()) => true,
        Err(missing) => {
            lab::skip_or_fail(test, &missing);
            false
        }
    }
}

/// Whether a process may take descriptors of another one of its user that is not its child: with Yama's
/// ptrace_scope above 0 only root may.
pub fn may_touch_own(test: &str) -> bool {
    let scope = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    let is_open = matches!(scope.trim(), "" | "0") || lab::require::root().is_ok();
    if !is_open {
        lab::skip_or_fail(
            test,
            &Missing {
                what: "root".to_owned(),
                reason: format!("kernel.yama.ptrace_scope is {}", scope.trim()),
                privilege: true,
            },
        );
    }
    is_open
}

/// What would be done to give the listeners of these ports another limit.
pub fn planned(ports: &[u16], limit: u32) -> fix::Plan {
    let options = probe::Options {
        half_open: HalfOpenPolicy::Never,
        content: false,
        unix_clients: false,
        ..probe::Options::default()
    };
    let sample = Probe::new(options).unwrap().sample().unwrap();
    let selection = Selection {
        ports: ports.iter().map(|port| port.to_string().parse().unwrap()).collect(),
        ..Selection::default()
    };
    let request = Request {
        limit,
        allow_shrink: true,
        all: true,
        ..Request::default()
    };
    let document = Document::new(&sample, Window::new(None, &sample));
    resize::plan(&document, &selection, request).unwrap().plan
}
