//! Bounded reading of small files, by path or below an open directory.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::{LineError, ProcfsError};

/// The most that is read of a file whose size does not grow with the number of sockets. The longest such
/// file is /proc/PID/net/netstat with some 7 KB; the room above it is for kernels to come.
pub(crate) const SMALL_FILE: usize = 256 * 1024;

/// Reads a whole file of at most [`SMALL_FILE`] bytes.
pub(crate) fn small_file(path: &Path) -> Result<Vec<u8>, ProcfsError> {
    let file = File::open(path).map_err(|error| ProcfsError::read(path, error))?;
    bounded(file, path)
}

/// Reads `name` below an open directory; `path` is what messages call it.
pub(crate) fn small_file_at(dir: impl AsFd, name: &str, path: &Path) -> Result<Vec<u8>, ProcfsError> {
    let file = open_at(dir, name).map_err(|error| ProcfsError::read(path, error))?;
    bounded(File::from(file), path)
}

/// Bounds of a file that is read line by line.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of one line.
    pub(crate) line: usize,
    /// Lines of the file.
    pub(crate) lines: usize,
}

/// Gives each line of a file, without its newline and counted from 1, to `take`: files that grow with the number
/// of sockets are never held in memory as a whole.
pub(crate) fn each_line(
    path: &Path,
    limits: Limits,
    mut take: impl FnMut(usize, &[u8]) -> Result<(), LineError>,
) -> Result<(), ProcfsError> {
    let file = File::open(path).map_err(|error| ProcfsError::read(path, error))?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let mut line = Vec::with_capacity(limits.line);
    for number in 1..=limits.lines {
        line.clear();
        let bounded = (&mut reader).take(limits.line as u64 + 1).read_until(b'\n', &mut line);
        if bounded.map_err(|error| ProcfsError::read(path, error))? == 0 {
            return Ok(());
        }
        let whole = line.strip_suffix(b"\n").ok_or(LineError {
            line: number,
            what: "no end of the line",
        });
        whole
            .and_then(|line| take(number, line))
            .map_err(|error| ProcfsError::line(path, error))?;
    }
    Err(ProcfsError::line(
        path,
        LineError {
            line: limits.lines,
            what: "more lines than are read",
        },
    ))
}

fn open_at(dir: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    rustix::fs::openat(dir, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
}

fn bounded(file: File, path: &Path) -> Result<Vec<u8>, ProcfsError> {
    let mut bytes = Vec::with_capacity(1024);
    let limit = SMALL_FILE as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| ProcfsError::read(path, error))?;
    if bytes.len() > SMALL_FILE {
        return Err(ProcfsError::TooLong {
            path: path.to_owned(),
            limit: SMALL_FILE,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_an_error() {
        let error = small_file(Path::new("/dev/zero")).unwrap_err();
        assert!(matches!(error, ProcfsError::TooLong { .. }), "{error}");
    }

    #[test]
    fn a_missing_file_is_gone() {
        let error = small_file(Path::new("/proc/self/no-such-file")).unwrap_err();
        assert!(error.is_gone() && !error.is_denied(), "{error}");
    }
}
