//! One change at a time: a lock that ends with the process that holds it (flock(2)).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::{Change, JournalError, LOCK_FILE, file};

/// How often it is tried again; flock(2) itself knows no deadline.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// Held until it is dropped. The file is one of its own, since the journal itself is replaced when it is rotated.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes it for writing.
    pub fn take(directory: &Path, patience: Duration) -> Result<Self, JournalError> {
        let path = directory.join(LOCK_FILE);
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(file::NO_WAIT)
            .open(&path);
        let file = opened.map_err(|source| failed(&path, source))?;
        wait(&file, FlockOperation::NonBlockingLockExclusive, directory, patience)?;
        Ok(Self { _file: Some(file) })
    }

    /// Takes it for reading. Where there is no file that may be read, nobody writes that could be waited for.
    pub fn share(directory: &Path, patience: Duration) -> Result<Self, JournalError> {
        let path = directory.join(LOCK_FILE);
        let opened = OpenOptions::new().read(true).custom_flags(file::NO_WAIT).open(path);
        let Ok(file) = opened else {
            return Ok(Self { _file: None });
        };
        wait(&file, FlockOperation::NonBlockingLockShared, directory, patience)?;
        Ok(Self { _file: Some(file) })
    }
}

fn wait(file: &File, operation: FlockOperation, directory: &Path, patience: Duration) -> Result<(), JournalError> {
    let deadline = probe::clock::since_boot() + patience;
    loop {
        match flock(file, operation) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK | Errno::INTR) if probe::clock::since_boot() < deadline => {
                std::thread::sleep(TRY_EVERY);
            }
            Err(Errno::WOULDBLOCK | Errno::INTR) => {
                return Err(JournalError::Busy {
                    waited: patience.as_secs(),
                    holder: holder(directory),
                });
            }
            Err(errno) => return Err(failed(&directory.join(LOCK_FILE), errno.into())),
        }
    }
}

/// Whoever holds the lock has written the beginning of a change, or is about to.
fn holder(directory: &Path) -> String {
    let history = file::read(directory).unwrap_or_default();
    match history.changes().next_back() {
        Some(Change { begin, end: None }) => format!(
            "change {}, {} of {} in process {}",
            begin.id, begin.plan.command, begin.who, begin.who.pid
        ),
        _ => "it cannot be told which".to_owned(),
    }
}

fn failed(path: &Path, source: io::Error) -> JournalError {
    JournalError::File {
        what: "lock",
        path: path.to_owned(),
        source,
    }
}
