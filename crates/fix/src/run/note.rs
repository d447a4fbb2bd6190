//! The id of the call that is being answered, in memory that outlives whoever answers it.
//!
//! The kernel gives a notification to one reader only: were that one killed before its answer, its caller would wait
//! for ever, as long as somebody else holds the descriptor. So the guardian has to know the id.

use std::io;

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{Errno, pread, pwrite};

use crate::sys::{self, Answer};

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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsFd;
    use std::sync::mpsc::channel;
    use std::thread;

    use rustix::net::listen;
    use rustix::thread::set_no_new_privs;

    use super::*;
    use crate::run::{filter, sys};

    /// A reader that takes a call and never answers it, as one that is killed then.
    #[test]
    fn a_call_that_was_received_and_not_answered_goes_on() {
        let (tell, told) = channel();
        let caller = thread::spawn(move || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            set_no_new_privs(true).unwrap();
            let flags = sys::InstallFlags { killable_only: false };
            tell.send(sys::install(&filter::program(), flags)).unwrap();
            listen(&listener, 7).unwrap();
            sys::tcp_info(&listener).unwrap().1
        });
        let notifications = match told.recv().unwrap() {
            Ok(notifications) => notifications,
            // The thread's listen() is then its own affair.
            Err(error) => {
                let missing = lab::Missing {
                    what: "seccomp notification".into(),
                    reason: error.to_string(),
                    privilege: false,
                };
                return lab::skip_or_fail("unanswered", &missing);
            }
        };
        let received = sys::receive(&notifications).unwrap();
        assert!(sys::is_waiting(&notifications, received.id));
        let note = Note::new().unwrap();
        note.release(notifications.as_fd());
        assert!(sys::is_waiting(&notifications, received.id), "nothing was noted yet");
        // One before it was noted last: this one was received and not yet noted.
        note.write(received.id.wrapping_sub(1));
        note.release(notifications.as_fd());
        assert_eq!(caller.join().unwrap(), 7);
        assert!(!sys::is_waiting(&notifications, received.id));
    }
}
