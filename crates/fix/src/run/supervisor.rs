//! Waits for the program: answers its calls of listen(), passes signals on, stops with it, and says how it ended.

use std::io;
use std::time::Duration;

use probe::clock;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, WaitOptions, WaitStatus, getpid, waitpid};

use super::post::{Post, is_ready, timespec};
use super::report::Event;
use super::resize_after::ResizeAfter;
use super::signals::{Received, Signals, Situation};
use super::terminal::Standing;
use super::{Ended, Report};
use crate::sys;

/// How long a guardian may take to end.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whoever waits for the program.
pub struct Supervisor<'a> {
    /// The program's process.
    pub program: Pid,
    /// Where its calls are answered.
    pub post: Option<Post>,
    /// What is done where they are not.
    pub resize_after: Option<ResizeAfter>,
    /// All signals.
    pub signals: Signals,
    /// Who is told.
    pub report: Report<'a>,
    is_stopped: bool,
    /// Whether nobody can call listen() any more: the program has ended, and will soon be waited for.
    is_unused: bool,
}

/// What a round of waiting has found.
struct Ready {
    listener: PollFlags,
    guardian: PollFlags,
}

impl<'a> Supervisor<'a> {
    /// Somebody who has not begun to wait.
    pub fn new(program: Pid, post: Option<Post>, signals: Signals, report: Report<'a>) -> Self {
        Self {
            program,
            post,
            resize_after: None,
            signals,
            report,
            is_stopped: false,
            is_unused: false,
        }
    }

    /// Waits until the program has ended; then the guardian goes on for what the program has left running.
    pub fn supervise(&mut self) -> io::Result<Ended> {
        let ended = self.wait_for_end()?;
        match self.post.take() {
            Some(post) if post.is_unused() => self.dismiss(post),
            Some(post) => self.hand_over(post),
            None => {}
        }
        Ok(ended)
    }

    /// The guardian sees that nobody is left; it is waited for, since process 1 of a container may not do so.
    fn dismiss(&self, post: Post) {
        let guardian = post.guardian_process();
        drop(post);
        let due = clock::since_boot() + PATIENCE;
        let is_left = |pid| matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(None));
        while guardian.is_some_and(is_left) && clock::since_boot() < due {
            let _ = is_ready(&self.signals.fd, due.saturating_sub(clock::since_boot()));
            while self.signals.next().is_some() {}
        }
    }

    fn hand_over(&mut self, post: Post) {
        if let Err(error) = post.hand_over() {
            (self.report)(&Event::Remark(format!(
                "what the program has left running keeps what it asks for: {error}"
            )));
        }
    }

    fn wait_for_end(&mut self) -> io::Result<Ended> {
        loop {
            if let Some(ended) = self.reap() {
                return Ok(ended);
            }
            let ready = self.wait()?;
            while let Some(received) = self.signals.next() {
                if let Some(ended) = self.reap() {
                    return Ok(ended);
                }
                self.pass_on(received);
            }
            self.answer(&ready);
            if let Some(resize_after) = &mut self.resize_after {
                resize_after.look(self.program, &mut *self.report);
            }
        }
    }

    fn wait(&self) -> io::Result<Ready> {
        let mut fds = vec![PollFd::new(&self.signals.fd, PollFlags::IN)];
        if let Some(post) = self.post.as_ref().filter(|_| !self.is_unused) {
            fds.push(PollFd::new(&post.listener, PollFlags::IN));
            fds.extend(post.guardian().map(|guardian| PollFd::new(guardian, PollFlags::IN)));
        }
        let due = self.resize_after.as_ref().map(|after| timespec(after.due_in()));
        match poll(&mut fds, due.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let of = |index: usize| fds.get(index).map_or(PollFlags::empty(), PollFd::revents);
        Ok(Ready {
            listener: of(1),
            guardian: of(2),
        })
    }

    fn answer(&mut self, ready: &Ready) {
        let Some(post) = &mut self.post else {
            return;
        };
        if !ready.guardian.is_empty()
            && let Err(error) = post.guard_again()
        {
            (self.report)(&Event::Remark(format!("nobody guards the calls of listen(): {error}")));
        }
        if ready.listener.contains(PollFlags::IN) {
            match post.serve() {
                Ok(None) => {}
                Ok(Some(listen)) => (self.report)(&Event::Listen(listen)),
                // It will not get better; the guardian lets the calls go on.
                Err(error) => {
                    (self.report)(&Event::Remark(format!(
                        "every listen() keeps what it asks for: {error}"
                    )));
                    self.post = None;
                }
            }
        } else if !ready.listener.is_empty() {
            self.is_unused = true;
        }
    }

    /// Takes what has become of all children; as process 1 also of those whose parents have ended.
    fn reap(&mut self) -> Option<Ended> {
        let options = WaitOptions::NOHANG | WaitOptions::UNTRACED | WaitOptions::CONTINUED;
        let mut stopped_by = None;
        while let Ok(Some((pid, status))) = waitpid(None, options) {
            if pid != self.program {
                continue;
            }
            if let Some(ended) = Ended::of(status) {
                return Some(ended);
            }
            stopped_by = status.stopping_signal();
            self.is_stopped = stopped_by.is_some();
        }
        if stopped_by.is_some_and(shell_waits) {
            stop();
        }
        None
    }

    fn pass_on(&self, received: Received) {
        let program = self.program.as_raw_nonzero().get();
        let situation = Situation {
            program: program.unsigned_abs(),
            is_stopped: self.is_stopped,
            leads_session: Standing::own().is_some_and(Standing::leads_session),
        };
        if received.is_passed_on(situation) {
            // It may have ended.
            let _ = sys::send_signal(program, received.signal);
        }
    }
}

/// Whether a shell waits for us to stop because the program has: when both are its foreground job, or when the
/// terminal has stopped a background job that read or wrote. Else nobody would let us go on again.
fn shell_waits(signal: i32) -> bool {
    [libc::SIGTTIN, libc::SIGTTOU].contains(&signal) || Standing::own().is_some_and(Standing::is_in_foreground)
}

/// SIGSTOP, since all others are blocked.
fn stop() {
    let _ = sys::send_signal(getpid().as_raw_nonzero().get(), libc::SIGSTOP);
}

impl Ended {
    fn of(status: WaitStatus) -> Option<Self> {
        let code = status.exit_status().map(Self::Code);
        code.or_else(|| status.terminating_signal().map(Self::Signal))
    }
}
