//! The files of the journal: what is written is on the disk when a call returns, whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{FILE, History, JournalError, LONGEST_LINE, OLD_FILE};

/// A journal that would grow beyond so many bytes is put away first.
const LONGEST_FILE: u64 = 4 << 20;
/// So much of a file is read, from its end: more is there only if it is not ours.
const READ_AT_MOST: u64 = LONGEST_FILE + 4 * LONGEST_LINE as u64;
/// Only root or the user whose changes it holds: there are command lines and texts of files in it.
const MODE: u32 = 0o600;
/// Opening a pipe would wait for its other end.
#[expect(clippy::cast_possible_wrap, reason = "a flag of open(2), which are few bits")]
pub const NO_WAIT: i32 = OFlags::NONBLOCK.bits() as i32;

/// The journal, open for appending.
#[derive(Debug)]
pub struct JournalFile {
    directory: PathBuf,
    file: File,
    length: u64,
    ends_in_line: bool,
}

/// Makes the directory of states.
pub fn make_directory(directory: &Path) -> Result<(), JournalError> {
    let made = DirBuilder::new().recursive(true).mode(0o755).create(directory);
    made.map_err(|source| failed("make the directory of", directory, source))
}

/// What both files hold.
pub fn read(directory: &Path) -> Result<History, JournalError> {
    let mut history = History::default();
    for name in [OLD_FILE, FILE] {
        let path = directory.join(name);
        match end_of(&path) {
            Ok((bytes, is_whole)) => {
                let first_line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
                let start = if is_whole { 0 } else { first_line };
                if !is_whole {
                    history.damaged();
                }
                history.read(&bytes[start..]);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read", &path, error)),
        }
    }
    Ok(history)
}

/// The end of a file, and whether that is all of it.
fn end_of(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let mut file = OpenOptions::new().read(true).custom_flags(NO_WAIT).open(path)?;
    let length = plain_length(&file)?;
    let skipped = length.saturating_sub(READ_AT_MOST);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(READ_AT_MOST).read_to_end(&mut bytes)?;
    Ok((bytes, skipped == 0))
}

fn plain_length(file: &File) -> io::Result<u64> {
    let metadata = file.metadata()?;
    if metadata.is_file() {
        Ok(metadata.len())
    } else {
        Err(io::Error::other("it is no regular file"))
    }
}

impl JournalFile {
    /// Opens it, or makes it.
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        let path = directory.join(FILE);
        Self::try_open(directory, &path).map_err(|source| failed("open", &path, source))
    }

    fn try_open(directory: &Path, path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(MODE)
            .custom_flags(NO_WAIT)
            .open(path)?;
        let length = plain_length(&file)?;
        if is_new {
            sync_directory(directory)?;
        }
        let mut last = [b'\n'];
        if length > 0 {
            file.read_exact_at(&mut last, length - 1)?;
        }
        Ok(Self {
            directory: directory.to_owned(),
            file,
            length,
            ends_in_line: last == [b'\n'],
        })
    }

    /// Whether it is too long for so many bytes more.
    pub fn is_long(&self, more: usize) -> bool {
        self.length > 0 && self.length + more as u64 > LONGEST_FILE
    }

    /// Appends lines. If that fails, nothing of them is left, unless even that fails; then it is a damaged line.
    pub fn append(&mut self, lines: &[u8]) -> Result<(), JournalError> {
        let torn: &[u8] = if self.ends_in_line { b"" } else { b"\n" };
        let bytes = [torn, lines].concat();
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // The error that is told is the one that matters.
            let _ = self.file.set_len(self.length);
            return Err(failed("write", &self.directory.join(FILE), source));
        }
        self.length += bytes.len() as u64;
        self.ends_in_line = true;
        Ok(())
    }

    /// Puts the journal away and begins another one with these lines. After a crash in the middle there is at least
    /// the old one, and no line of it is lost.
    pub fn rotate(self, lines: &[u8]) -> Result<Self, JournalError> {
        let path = self.directory.join(FILE);
        let directory = self.directory;
        let replace = || {
            let mut new = tempfile::Builder::new().prefix(".journal-").tempfile_in(&directory)?;
            new.write_all(lines)?;
            new.as_file().sync_all()?;
            fs::rename(&path, directory.join(OLD_FILE))?;
            new.persist(&path)?;
            sync_directory(&directory)
        };
        replace().map_err(|source: io::Error| failed("rotate", &path, source))?;
        Self::open(&directory)
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::File {
        what,
        path: path.to_owned(),
        source,
    }
}
