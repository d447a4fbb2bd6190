//! Starts the program: with the filter where that is allowed, without it and with the reason where it is not.

use std::ffi::OsString;
use std::os::fd::AsRawFd;
use std::time::Duration;

use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::process::WaitOptions;
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Signal, getpid, kill_process, pidfd_getfd, pidfd_open, waitpid,
};

use super::RunError;
use super::channel::Channel;
use super::note::Note;
use super::part::{self, Orders};
use super::policy::Backlog;
use super::post::Post;
use super::program::Installed;
use super::signals::Signals;
use crate::sys;

/// How long a process may take to install a filter on itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// A program's process that waits for the word to begin.
#[derive(Debug)]
pub struct Ready {
    pid: Pid,
    post: Option<Post>,
    /// What is to be said of it.
    pub remarks: Vec<String>,
    channel: Channel,
}

/// A program that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Its process.
    pub pid: Pid,
    /// Where its calls are answered; `None` when they are not notified.
    pub post: Option<Post>,
}

/// Prepares the process of the program.
pub fn prepare(command: &[OsString], signals: &Signals, backlog: Backlog) -> Result<Ready, RunError> {
    let why = match can_take_descriptors() {
        Ok(()) => match with_filter(command, signals, backlog)? {
            Ok(ready) => return Ok(ready),
            Err(why) => format!("{why}; each listener is resized right after it appears"),
        },
        Err(why) => format!("{why}; every listen() keeps what it asks for"),
    };
    let mut ready = spawn(command, signals, false)?.0;
    ready.remarks.push(why);
    Ok(ready)
}

impl Ready {
    /// Lets the program begin.
    pub fn begin(self) -> Result<Begun, RunError> {
        self.channel
            .send(&(), &[])
            .map_err(RunError::doing("start the program"))?;
        Ok(Begun {
            pid: self.pid,
            post: self.post,
        })
    }

    /// Ends a process that has not begun.
    fn abandon(self) {
        // It may have ended by itself.
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = waitpid(Some(self.pid), WaitOptions::empty());
    }
}

/// A process with the filter, or why there can be none.
fn with_filter(command: &[OsString], signals: &Signals, backlog: Backlog) -> Result<Result<Ready, String>, RunError> {
    if !sys::knows_sizes() {
        return Ok(Err(
            "this kernel notifies of no system calls (it came with Linux 5.0), or seccomp(2) is forbidden here".into(),
        ));
    }
    let (mut ready, installed, listener) = spawn(command, signals, true)?;
    let (no_new_privs, listener) = match (installed, listener) {
        (Installed::Yes { no_new_privs }, Some(listener)) => (no_new_privs, listener),
        (Installed::Refused(number), _) => {
            ready.abandon();
            return Ok(Err(refusal(Errno::from_raw_os_error(number))));
        }
        _ => {
            return Err(RunError::doing("start the program")(std::io::Error::other(
                "its filter did not come",
            )));
        }
    };
    let note = Note::new().map_err(RunError::doing("make the guardian's note"))?;
    let mut post = Post::new(listener, note, backlog);
    if !post
        .rehearse()
        .map_err(RunError::doing("answer a first call of listen()"))?
    {
        ready.abandon();
        return Ok(Err(
            "this kernel cannot let a notified call go on (it came with Linux 5.5)".into(),
        ));
    }
    post.guard().map_err(RunError::doing("start the guardian"))?;
    ready.post = Some(post);
    if no_new_privs {
        ready.remarks.push(
            "without CAP_SYS_ADMIN the kernel wants no_new_privs: setuid programs gain no rights below it".to_owned(),
        );
    }
    Ok(Ok(ready))
}

fn spawn(
    command: &[OsString],
    signals: &Signals,
    filter: bool,
) -> Result<(Ready, Installed, Option<rustix::fd::OwnedFd>), RunError> {
    let starting = RunError::doing("start the program");
    let (channel, theirs) = Channel::pair().map_err(&starting)?;
    let orders = Orders {
        channel: theirs.as_fd().as_raw_fd(),
        blocked: signals.blocked,
        ignored: signals.ignored,
        filter,
    };
    let pid = part::program(orders, command, &theirs).map_err(&starting)?;
    // Else the end of the other process would not be seen.
    drop(theirs);
    channel.wait_at_most(PATIENCE).map_err(&starting)?;
    let received = channel.receive().map_err(&starting)?;
    let (installed, fds) = received.ok_or_else(|| starting(std::io::Error::other("its process has ended at once")))?;
    let ready = Ready {
        pid,
        post: None,
        remarks: Vec::new(),
        channel,
    };
    Ok((ready, installed, fds.into_iter().next()))
}

/// Why seccomp(2) has refused a filter with a listener.
fn refusal(errno: Errno) -> String {
    match errno {
        // kernel/seccomp.c:has_duplicate_listener
        Errno::BUSY => "the program's system calls are notified to somebody else (a container runtime, or another listenq run), and the kernel allows one only".into(),
        other => format!("this kernel, or a filter that is there already, refuses to notify of system calls ({other})"),
    }
}

/// Asked with a descriptor of our own, for which no right is needed.
fn can_take_descriptors() -> Result<(), String> {
    let attempt = || {
        let own = pidfd_open(getpid(), PidfdFlags::empty())?;
        pidfd_getfd(&own, own.as_raw_fd(), PidfdGetfdFlags::empty())
    };
    match attempt() {
        Ok(_) => Ok(()),
        Err(Errno::NOSYS) => Err("this kernel has no pidfd_getfd (it came with Linux 5.6)".into()),
        Err(errno) => Err(format!(
            "pidfd_getfd(2) is forbidden here ({errno}); in a container, give it CAP_SYS_PTRACE (docker run --cap-add SYS_PTRACE)"
        )),
    }
}
