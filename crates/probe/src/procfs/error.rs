//! What can go wrong with a /proc file, with the file and the line as data.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A /proc file that could not be read or does not have the shape that kernels give it.
#[derive(Debug, Error)]
pub enum ProcfsError {
    /// The file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not what the kernel writes there.
    #[error("{}, line {}: {}", path.display(), error.line, error.what)]
    Line {
        /// The file.
        path: PathBuf,
        /// Where in it, and what is wrong.
        error: LineError,
    },
    /// The file is longer than any kernel makes it.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that is read of it.
        limit: usize,
    },
}

/// What a parser says of the bytes it was given; the reader adds the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl ProcfsError {
    /// A failure of the system on `path`.
    pub(crate) fn read(path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Read {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    /// A line of `path` that the parser refused.
    pub(crate) fn line(path: &Path, error: LineError) -> Self {
        Self::Line {
            path: path.to_owned(),
            error,
        }
    }

    /// Whether the process (or the file) has gone: ENOENT, or ESRCH once its directory is open.
    pub fn is_gone(&self) -> bool {
        let gone = [rustix::io::Errno::NOENT, rustix::io::Errno::SRCH];
        self.errno()
            .is_some_and(|errno| gone.iter().any(|one| one.raw_os_error() == errno))
    }

    /// Whether the reader may not see it: EACCES or EPERM.
    pub fn is_denied(&self) -> bool {
        let denied = [rustix::io::Errno::ACCESS, rustix::io::Errno::PERM];
        self.errno()
            .is_some_and(|errno| denied.iter().any(|one| one.raw_os_error() == errno))
    }

    fn errno(&self) -> Option<i32> {
        match self {
            Self::Read { source, .. } => source.raw_os_error(),
            Self::Line { .. } | Self::TooLong { .. } => None,
        }
    }
}
