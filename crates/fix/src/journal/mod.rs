//! What was changed, when, by whom: written down before a plan is carried out, and marked after.
//!
//! The file is a contract with those who read it (docs/journal.md). What is in it decides nothing alone: whether a
//! change is still in effect is asked of the host ([`state`]), so a mark that is missing after a crash does no harm.

mod error;
mod file;
mod history;
mod line;
mod lock;
mod rotate;
pub mod state;
mod told;
mod who;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::JournalError;
use file::JournalFile;
pub use history::{Change, History, PassedOver};
pub use line::{Begin, End, HIGHEST_ID, LONGEST_LINE, Line, SCHEMA_VERSION};
use lock::Lock;
pub use who::Who;

use crate::system_log::Log;
use crate::{Plan, Report};

/// The name of the file in the directory of states.
pub const FILE: &str = "journal";
/// What was in it before it grew too long.
pub const OLD_FILE: &str = "journal.1";
const LOCK_FILE: &str = "journal.lock";

/// How long a change waits for another one to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The journal, open for writing.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    boot_id: Option<String>,
    patience: Duration,
    log: Option<Log>,
    writing: Option<Writing>,
    unmarked: Option<JournalError>,
}

/// A change that is being carried out; nobody else carries one out meanwhile.
#[derive(Debug)]
struct Writing {
    begin: Begin,
    file: JournalFile,
    _lock: Lock,
}

impl Journal {
    /// Opens it, or begins one, in the directory of states.
    ///
    /// # Errors
    /// When it cannot be opened for writing.
    pub fn open(directory: &Path, boot_id: Option<String>) -> Result<Self, JournalError> {
        file::make_directory(directory)?;
        JournalFile::open(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            boot_id,
            patience: PATIENCE,
            log: None,
            writing: None,
            unmarked: None,
        })
    }

    /// Each change is to be told to the system log too, once it has ended.
    #[must_use]
    pub fn telling(self, log: Log) -> Self {
        Self { log: Some(log), ..self }
    }

    /// How long to wait for another change to end; 10 s if nothing is said.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Writes down what is about to be done; returns its number. Until [`Self::end`] nobody else can begin a change.
    pub(crate) fn begin(&mut self, plan: &Plan) -> Result<u64, JournalError> {
        self.unmarked = None;
        let lock = Lock::take(&self.directory, self.patience)?;
        let history = file::read(&self.directory)?;
        let begin = Begin {
            schema_version: SCHEMA_VERSION,
            id: history.next_id(&self.directory)?,
            at: probe::clock::now(),
            boot_id: self.boot_id.clone(),
            hostname: who::hostname(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            who: Who::caller(),
            argv: who::command_line(),
            plan: plan.clone(),
        };
        let line = Line::Begin(begin.clone()).encode()?;
        let mut file = JournalFile::open(&self.directory)?;
        if file.is_long(line.len()) {
            let kept = rotate::kept(&history, self.boot_id.as_deref());
            file = file.rotate(&[kept, line].concat())?;
        } else {
            file.append(&line)?;
        }
        let id = begin.id;
        self.writing = Some(Writing {
            begin,
            file,
            _lock: lock,
        });
        Ok(id)
    }

    /// Writes down how it ended, and tells the system log; [`Self::unmarked`] says if that could not be written down.
    pub(crate) fn end(&mut self, report: &Report) {
        let Some(mut writing) = self.writing.take() else {
            return;
        };
        let end = End {
            schema_version: SCHEMA_VERSION,
            id: report.id,
            at: probe::clock::now(),
            endings: report.steps.iter().map(|step| step.ending.clone()).collect(),
        };
        let marked = Line::End(end).encode().and_then(|line| writing.file.append(&line));
        self.unmarked = marked.err();
        if let Some(log) = &mut self.log {
            log.line(&told::line(&writing.begin, report));
        }
    }

    /// Why the end of the last change could not be written down. Undo then looks at what is there.
    pub fn unmarked(&self) -> Option<&JournalError> {
        self.unmarked.as_ref()
    }

    /// The system log, if it is told.
    pub fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// What it holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn history(&self) -> Result<History, JournalError> {
        file::read(&self.directory)
    }
}

/// What the journal in a directory holds; nothing where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read(directory: &Path) -> Result<History, JournalError> {
    file::read(directory)
}

/// [`read`] at a moment when no change is being carried out.
///
/// # Errors
/// When it cannot be read, or a change does not end for ten seconds.
pub fn read_settled(directory: &Path) -> Result<History, JournalError> {
    let _lock = Lock::share(directory, PATIENCE)?;
    file::read(directory)
}

/// Whether a change is being carried out at this moment.
pub fn is_busy(directory: &Path) -> bool {
    matches!(Lock::share(directory, Duration::ZERO), Err(JournalError::Busy { .. }))
}

#[cfg(test)]
mod tests;
