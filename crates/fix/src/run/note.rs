//! The id of the call that is being answered, in memory that outlives whoever answers it.
//!
//! The kernel gives a notification to one reader only: were that one killed before its answer, its caller would wait
//! for ever, as long as somebody else holds the descriptor. So the guardian has to know the id.

use std::io;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, pread, pwrite};

use super::sys::{self, Answer};

/// How many ids beyond the noted one are tried: the one that was received and not yet noted, and before it those
/// whose callers were interrupted before anybody received them.
const REACH: u64 = 1024;

/// The note.
#[derive(Debug)]
pub struct Note(OwnedFd);

impl Note {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        Ok(Self(memfd_create("listenq-note", MemfdFlags::CLOEXEC)?))
    }

    /// One that another process has made.
    pub fn from_descriptor(fd: OwnedFd) -> Self {
        Self(fd)
    }

    /// Notes an id.
    pub fn write(&self, id: u64) {
        // What was noted before is near enough: the ids beyond it are tried too.
        let _ = pwrite(&self.0, &id.to_ne_bytes(), 0);
    }

    fn read(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        match pread(&self.0, &mut bytes, 0) {
            Ok(8) => Some(u64::from_ne_bytes(bytes)),
            _ => None,
        }
    }

    /// Lets the calls go on that somebody has received and can no longer answer. Nobody else may be answering.
    pub fn release(&self, listener: impl AsFd) {
        for id in self
            .read()
            .into_iter()
            .flat_map(|id| (0..REACH).map(move |step| id.wrapping_add(step)))
        {
            // ENOENT: nobody waits; EINPROGRESS: not received, so it will be by us.
            let _ = sys::answer(&listener, id, Answer::Continue);
        }
    }
}

impl AsFd for Note {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Whether an error of receiving means only that the caller has gone meanwhile.
pub fn is_nothing(error: &io::Error) -> bool {
    let number = error.raw_os_error();
    [Errno::NOENT, Errno::INTR, Errno::AGAIN]
        .iter()
        .any(|errno| number == Some(errno.raw_os_error()))
}
