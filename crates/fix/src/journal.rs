//! What was changed, when, by whom: written before a plan is carried out and marked after.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Plan, Report};

/// The name of the file in the directory of states.
pub const FILE: &str = "journal";

/// The journal could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{what} the journal {}: {source}", path.display())]
pub struct JournalError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A plan is about to be carried out.
    Begin(Begin),
    /// It was, or was not.
    End(End),
}

/// A plan is about to be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Its number; numbers only grow.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// In which boot: sockets and sysctls do not outlive it.
    pub boot_id: Option<String>,
    /// Who: the real user's id.
    pub uid: u32,
    /// What.
    pub plan: Plan,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Which, and each of its actions.
    #[serde(flatten)]
    pub report: Report,
}

/// The journal, open for writing.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    boot_id: Option<String>,
}

impl Journal {
    /// Opens it, or begins one, in the directory of states.
    ///
    /// # Errors
    /// When it cannot be opened for writing.
    pub fn open(directory: &Path, boot_id: Option<String>) -> Result<Self, JournalError> {
        let path = directory.join(FILE);
        let open = || {
            fs::create_dir_all(directory)?;
            OpenOptions::new().read(true).append(true).create(true).open(&path)
        };
        match open() {
            Ok(file) => Ok(Self { path, file, boot_id }),
            Err(source) => Err(JournalError {
                what: "open",
                path,
                source,
            }),
        }
    }

    /// All of its lines.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn lines(&mut self) -> Result<Vec<Line>, JournalError> {
        let mut text = String::new();
        let read = File::open(&self.path).and_then(|mut file| file.read_to_string(&mut text));
        read.map_err(|source| self.failed("read", source))?;
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// Writes down what is about to be done; returns its number.
    pub(crate) fn begin(&mut self, plan: &Plan) -> Result<u64, JournalError> {
        let ids = self.lines()?.into_iter().filter_map(|line| match line {
            Line::Begin(begin) => Some(begin.id),
            Line::End(_) => None,
        });
        let id = ids.max().unwrap_or(0) + 1;
        let begin = Begin {
            id,
            at: probe::clock::now(),
            boot_id: self.boot_id.clone(),
            uid: rustix::process::getuid().as_raw(),
            plan: plan.clone(),
        };
        self.write(&Line::Begin(begin))
            .map_err(|source| self.failed("write", source))?;
        Ok(id)
    }

    /// Writes down how it ended, as well as that can be.
    pub(crate) fn end(&mut self, report: &Report) {
        let end = End {
            at: probe::clock::now(),
            report: report.clone(),
        };
        // Undo looks at what is there where the end is missing.
        let _ = self.write(&Line::End(end));
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)?;
        self.file.sync_data()
    }

    fn failed(&self, what: &'static str, source: io::Error) -> JournalError {
        JournalError {
            what,
            path: self.path.clone(),
            source,
        }
    }
}
