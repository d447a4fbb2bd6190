//! Gives another backlog to every listen() of a program whose own cannot be changed, static binaries included.
//!
//! ```text
//! listenq run ──── answers each listen(): takes the socket, calls listen() with its number, tells the program
//!   ├── the program: installed a seccomp filter on itself, handed its descriptor over, and executed
//!   └── the guardian: lets listen() go on as it was made when `run` was killed; answers in its place when it has ended
//! ```
//!
//! A notified call cannot be let go on with other arguments, so it is carried out for its caller (KERNEL.md 6.3).
//! Nothing outlives the program, so nothing is written into the journal.

mod answer;
mod call;
mod caller;
mod channel;
mod family;
pub(crate) mod filter;
mod guardian;
mod note;
mod part;
mod policy;
mod post;
mod program;
mod report;
mod resize_after;
mod signals;
mod socket;
mod start;
mod supervisor;
mod terminal;

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::process::ExitCode;

use rustix::fd::AsFd;
use rustix::fs::{Mode, OFlags, open};

use crate::sys;

pub use policy::Backlog;
pub use report::{Asked, Caller, Event, Listen, Outcome, Place};

use post::Post;
use resize_after::ResizeAfter;
use signals::Signals;
use supervisor::Supervisor;

/// The status of a failure of `run` itself, as env(1) has it.
pub const OWN_FAILURE: u8 = 125;
/// The status for a program that was found and cannot be executed, as env(1) has it.
pub const CANNOT_EXECUTE: u8 = 126;
/// The status for a program that was not found, as env(1) has it.
pub const NOT_FOUND: u8 = 127;

/// Who is told what happens.
pub type Report<'a> = &'a mut dyn FnMut(&Event);

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// `run` itself has failed.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct RunError {
    doing: &'static str,
    source: io::Error,
}

impl RunError {
    fn doing(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self { doing, source }
    }
}

/// Plays one of the hidden parts if `arguments` (with the program's name first) ask for it; `None` otherwise.
///
/// All processes of `run` are re-executions of the host program, so it calls this before anything else.
pub fn main_if_asked(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    let part = arguments.next()?;
    if part == part::PROGRAM {
        Some(program::main(arguments))
    } else if part == part::GUARDIAN {
        Some(guardian::main(arguments))
    } else {
        None
    }
}

/// Runs a program to its end.
///
/// Takes the whole process: all signals are blocked, stdin and stdout become /dev/null, and every descriptor above the
/// standard streams is closed, so that a pipe that the program closes is closed. To be called by a process of one
/// thread that has opened nothing and calls [`main_if_asked`] at its start.
///
/// # Errors
/// When the program could not be started. That it could not be executed is told by its status
/// ([`CANNOT_EXECUTE`], [`NOT_FOUND`]).
pub fn run(command: &[OsString], backlog: Backlog, report: Report) -> Result<Ended, RunError> {
    check_procfs()?;
    let signals = Signals::take_over().map_err(RunError::doing("take over the signals"))?;
    let ready = start::prepare(command, &signals, backlog)?;
    ready
        .remarks
        .iter()
        .for_each(|remark| report(&Event::Remark(remark.clone())));
    let ready = ready.begin()?;
    let mut keep = vec![signals.fd.as_raw_fd()];
    keep.extend(ready.post.iter().flat_map(Post::descriptors));
    let_go_of_streams(&keep).map_err(RunError::doing("let go of the program's streams"))?;
    let mut supervisor = Supervisor::new(ready.pid, ready.post, signals, report);
    if supervisor.post.is_none() {
        supervisor.resize_after = ResizeAfter::new(backlog).ok();
    }
    supervisor.supervise().map_err(RunError::doing("wait for the program"))
}

/// Ends this process by the signal that has ended the program, so that its starter sees the same; no second core is
/// written. Returns where that cannot be: as process 1 of a pid namespace.
pub fn die_by(signal: i32) {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Then a core may be written, of this process too: no reason to go on.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    sys::die_by(signal);
}

/// Pids are looked up in /proc: one of another pid namespace would tell of other processes.
fn check_procfs() -> Result<(), RunError> {
    let looking = RunError::doing("look into /proc");
    let own = std::fs::read_link("/proc/self").map_err(&looking)?;
    if own.to_str() == Some(&std::process::id().to_string()) {
        return Ok(());
    }
    Err(looking(io::Error::other(
        "it shows another pid namespace; mount the own one",
    )))
}

/// What only the program is to hold.
fn let_go_of_streams(keep: &[RawFd]) -> io::Result<()> {
    let null = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    rustix::stdio::dup2_stdin(null.as_fd())?;
    rustix::stdio::dup2_stdout(null.as_fd())?;
    drop(null);
    sys::close_others(keep);
    Ok(())
}
