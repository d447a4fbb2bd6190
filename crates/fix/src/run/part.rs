//! The other processes of `run`: re-executions of this program, which a hidden first argument tells their part.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use rustix::fd::AsFd;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use super::channel::Channel;

/// The hidden first argument of the process that becomes the program.
pub const PROGRAM: &str = "run-program";
/// The hidden first argument of the guardian.
pub const GUARDIAN: &str = "run-guardian";

/// What a part is told on its command line.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// The number of its end of the channel.
    pub channel: RawFd,
    /// The signals that were blocked when `run` was started, as bits.
    pub blocked: u64,
    /// Those that were ignored then, of those that this program changes.
    pub ignored: u64,
    /// Whether a filter is to be installed.
    pub filter: bool,
}

impl Orders {
    /// Reads them from the arguments of a part; what follows is the program.
    pub fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<(Self, Vec<OsString>)> {
        let text = arguments.next()?;
        let orders = serde_json::from_slice(text.as_encoded_bytes()).ok()?;
        Some((orders, arguments.collect()))
    }
}

/// Starts the process that becomes the program: in our process group and session, with our standard streams.
pub fn program(orders: Orders, command: &[OsString], theirs: &Channel) -> io::Result<Pid> {
    let mut process = again(PROGRAM, orders, theirs)?;
    start(process.args(command))
}

/// Starts a guardian: in a directory that it keeps from nobody, without any stream of ours.
pub fn guardian(orders: Orders, theirs: &Channel) -> io::Result<Pid> {
    let mut process = again(GUARDIAN, orders, theirs)?;
    process.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    start(process.current_dir("/"))
}

/// /proc/self/exe is this program even where its file was replaced or removed.
#[expect(
    clippy::disallowed_methods,
    reason = "run starts the user's program; see clippy.toml"
)]
fn again(part: &str, mut orders: Orders, theirs: &Channel) -> io::Result<Command> {
    // Until exec, in this process of one thread, nobody else can inherit it.
    fcntl_setfd(theirs.as_fd(), FdFlags::empty())?;
    orders.channel = theirs.as_fd().as_raw_fd();
    let mut command = Command::new("/proc/self/exe");
    command.arg0("listenq").arg(part).arg(serde_json::to_string(&orders)?);
    Ok(command)
}

/// It is waited for by its pid, with every other child.
fn start(command: &mut Command) -> io::Result<Pid> {
    let child = command.spawn()?;
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other("a process without a number"))
}
