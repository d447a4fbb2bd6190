//! The descriptor through which calls of listen() come, the note of the one in work, and the guardian behind both.

use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::Duration;

use probe::Roots;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::process::Pid;

use super::answer::answer;
use super::channel::Channel;
use super::note::{self, Note};
use super::part::{self, Orders};
use super::policy::Backlog;
use super::report::Listen;
use crate::sys::{self, Answer};

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A guardian that ends is replaced, but not for ever: something kills them.
const MOST_GUARDIANS: u32 = 16;

/// What the guardian is told when it is to go on in our place; that the channel is closed tells it that we are gone.
pub const TAKE_OVER: &str = "take over";

/// Where calls of listen() are answered.
#[derive(Debug)]
pub struct Post {
    /// The notification descriptor.
    pub listener: OwnedFd,
    /// The call in work.
    pub note: Note,
    /// What is given.
    pub backlog: Backlog,
    guardian: Option<(Pid, Channel)>,
    guardians: u32,
    roots: Roots,
}

impl Post {
    /// A post that nobody guards yet.
    pub fn new(listener: OwnedFd, note: Note, backlog: Backlog) -> Self {
        Self {
            listener,
            note,
            backlog,
            guardian: None,
            guardians: 0,
            roots: Roots::default(),
        }
    }

    /// Starts a guardian.
    pub fn guard(&mut self) -> io::Result<()> {
        self.guardian = None;
        self.guardians += 1;
        let (ours, theirs) = Channel::pair()?;
        let orders = Orders {
            channel: 0,
            blocked: 0,
            ignored: 0,
            filter: false,
        };
        let pid = part::guardian(orders, &theirs)?;
        // Else its end would not be seen.
        drop(theirs);
        ours.wait_at_most(PATIENCE)?;
        ours.send(&self.backlog, &[self.listener.as_fd(), self.note.as_fd()])?;
        match ours.receive::<()>()? {
            Some(_) => {
                self.guardian = Some((pid, ours));
                Ok(())
            }
            None => Err(io::Error::other("the guardian has ended at once")),
        }
    }

    /// The guardian's end of the channel, to be polled for its end.
    pub fn guardian(&self) -> Option<&Channel> {
        self.guardian.as_ref().map(|(_, channel)| channel)
    }

    /// The guardian's process.
    pub fn guardian_process(&self) -> Option<Pid> {
        self.guardian.as_ref().map(|(pid, _)| *pid)
    }

    /// All descriptors of this value.
    pub fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        let guardian = self.guardian().map(AsFd::as_fd);
        let own = [self.listener.as_fd(), self.note.as_fd()];
        own.into_iter().chain(guardian).map(|fd| fd.as_raw_fd())
    }

    /// Starts another guardian in the place of one that has ended. An error is told once, then there is none.
    pub fn guard_again(&mut self) -> io::Result<()> {
        self.guardian = None;
        if self.guardians < MOST_GUARDIANS {
            return self.guard();
        }
        Err(io::Error::other("too many guardians were killed"))
    }

    /// Answers the next call; `None` when its caller has gone meanwhile.
    pub fn serve(&self) -> io::Result<Option<Listen>> {
        let notification = match sys::receive(&self.listener) {
            Ok(notification) => notification,
            Err(error) if note::is_nothing(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.note.write(notification.id);
        Ok(answer(&self.listener, &self.roots, self.backlog, &notification))
    }

    /// Waits for the call that a program makes before it starts, and lets it go on. Whether this kernel can do that
    /// is the answer.
    pub fn rehearse(&self) -> io::Result<bool> {
        let ready = is_ready(&self.listener, PATIENCE)?;
        if !ready.contains(PollFlags::IN) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let id = sys::receive(&self.listener)?.id;
        self.note.write(id);
        if sys::answer(&self.listener, id, Answer::Continue).is_ok() {
            return Ok(true);
        }
        sys::answer(&self.listener, id, Answer::Done(Err(libc::ENOSYS)))?;
        Ok(false)
    }

    /// Whether no process uses the filter any more: then the kernel hangs up, since Linux 5.9
    /// (kernel/seccomp.c:__seccomp_filter_orphan).
    pub fn is_unused(&self) -> bool {
        is_ready(&self.listener, Duration::ZERO).is_ok_and(|ready| ready.contains(PollFlags::HUP))
    }

    /// Lets the guardian go on in our place.
    pub fn hand_over(self) -> io::Result<()> {
        match self.guardian {
            Some((_, guardian)) => guardian.send(&TAKE_OVER, &[]),
            None => Err(io::Error::other("there is no guardian")),
        }
    }
}

/// What a descriptor is ready for, within a time.
pub fn is_ready(fd: impl AsFd, within: Duration) -> io::Result<PollFlags> {
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    match poll(&mut fds, Some(&timespec(within))) {
        Ok(_) => Ok(fds[0].revents()),
        Err(rustix::io::Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(error.into()),
    }
}

/// For poll(2).
pub fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
