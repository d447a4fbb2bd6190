//! Threads that sleep in connect() because a unix listener is full.
//!
//! Where a thread sleeps is /proc/PID/task/TID/wchan (fs/proc/base.c:proc_pid_wchan; ptrace read access, else
//! it reads `0`), what it called is …/syscall, and the address it passed is in …/mem (both ptrace attach access).
//! Reading wchan of every thread costs some microseconds per thread: call it only when a unix listener is full.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::process::{self, Process};
use super::read::small_file;
use crate::Roots;

/// Where connect() of a stream or seqpacket socket sleeps (net/unix/af_unix.c:unix_stream_connect), and send()
/// of a datagram socket too.
const SLEEPS_IN: &[u8] = b"unix_wait_for_peer";

/// Number of connect(2). The call through socketcall(2), and that of 32-bit programs, are left out.
const CONNECT: Option<u64> = if cfg!(target_arch = "x86_64") {
    Some(42)
} else if cfg!(target_arch = "aarch64") {
    Some(203)
} else {
    None
};

/// sizeof(struct sockaddr_un), the most that the kernel copies for AF_UNIX (unix_validate_addr).
const ADDRESS: usize = 110;

/// offsetof(struct sockaddr_un, sun_path).
const FAMILY: usize = 2;

/// A thread that waits for room at some unix listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Its process.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
    /// Name of the thread; chosen by it, so never trusted.
    pub comm: Arc<str>,
    /// The name that it passed to connect(), in the form of [`model::UnixEndpoint::name`]: it may be a relative
    /// path or go through links. `None`: its system call may not be read, so that it may as well be the sender of
    /// a datagram.
    pub address: Option<Vec<u8>>,
}

/// All threads that sleep in connect() at a full unix listener, as far as they may be looked at.
///
/// Those of processes that may not be looked at are missing; nothing tells how many they are.
pub fn blocked_connectors(roots: &Roots) -> Vec<Blocked> {
    let pids = process::pids(roots).unwrap_or_default();
    let processes = pids.into_iter().filter_map(|pid| Process::open(roots, pid).ok());
    processes.flat_map(|process| in_process(&process)).collect()
}

fn in_process(process: &Process) -> Vec<Blocked> {
    let threads = process.threads().unwrap_or_default();
    threads.into_iter().filter_map(|tid| in_thread(process, tid)).collect()
}

fn in_thread(process: &Process, tid: u32) -> Option<Blocked> {
    let wchan = process.read(&format!("task/{tid}/wchan")).ok()?;
    let waits = is_waiting(&wchan);
    if !waits && !is_untold(&wchan) {
        return None;
    }
    let task = process.path().join("task").join(tid.to_string());
    let address = match call(&task) {
        Call::Connect { address, length } => read_address(&task, address, length),
        Call::Unknown => None,
        Call::Other => return None,
    };
    // Without a wait channel, only the address tells that it is a unix listener that is connected to.
    if !waits && address.is_none() {
        return None;
    }
    let comm = small_file(&task.join("comm")).ok()?;
    let comm = String::from_utf8_lossy(comm.strip_suffix(b"\n").unwrap_or(&comm));
    Some(Blocked {
        pid: process.pid,
        tid,
        comm: comm.into(),
        address,
    })
}

/// The compiler may have made a copy of the function, and named it `unix_wait_for_peer.isra.0` or the like.
fn is_waiting(wchan: &[u8]) -> bool {
    wchan
        .trim_ascii_end()
        .strip_prefix(SLEEPS_IN)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
}

/// The channel of a thread that runs, or may not be looked at; and of every thread where the kernel cannot unwind
/// its own stack (x86 with ORC before 5.16: Debian 11 shows `0` for all).
fn is_untold(wchan: &[u8]) -> bool {
    matches!(wchan.trim_ascii_end(), b"0" | b"")
}

/// What a thread has called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// connect(2), with where the address is and how long.
    Connect {
        /// Where the address is in the memory of the process.
        address: u64,
        /// Bytes of it.
        length: u64,
    },
    /// Something else.
    Other,
    /// It cannot be told: not readable, running again, or not an architecture whose numbers are known here.
    Unknown,
}

fn call(task: &Path) -> Call {
    small_file(&task.join("syscall")).map_or(Call::Unknown, |line| parse_call(&line))
}

/// Parses /proc/PID/task/TID/syscall: `running`, `-1 SP PC`, or `NR ARG0 … ARG5 SP PC` with the number in decimal
/// and the rest in hex (fs/proc/base.c:proc_pid_syscall).
pub fn parse_call(line: &[u8]) -> Call {
    let parsed = || {
        let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
        let number: u64 = words.next()?.parse().ok()?;
        let (_fd, address, length) = (
            argument(words.next()?)?,
            argument(words.next()?)?,
            argument(words.next()?)?,
        );
        Some((number, Call::Connect { address, length }))
    };
    match (parsed(), CONNECT) {
        (Some((number, call)), Some(connect)) if number == connect => call,
        (Some(_), Some(_)) => Call::Other,
        _ => Call::Unknown,
    }
}

fn argument(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

fn read_address(task: &Path, address: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = [0; ADDRESS];
    // The length is an int in a 64-bit register, of which the upper half is not defined.
    let length = usize::try_from(length & u64::from(u32::MAX)).ok()?;
    let bytes = bytes.get_mut(..length)?;
    File::open(task.join("mem"))
        .and_then(|memory| memory.read_exact_at(bytes, address))
        .ok()?;
    parse_address(bytes)
}

/// The name in a `struct sockaddr_un` as it was passed to connect(): a path ends at its first NUL, an abstract name
/// begins with NUL and takes all that is left (net/unix/af_unix.c:unix_mkname_bsd).
pub fn parse_address(bytes: &[u8]) -> Option<Vec<u8>> {
    let (family, name) = bytes.split_at_checked(FAMILY)?;
    let is_unix = family == rustix::net::AddressFamily::UNIX.as_raw().to_ne_bytes();
    let name = match name.first()? {
        0 => name,
        _ => name.split(|byte| *byte == 0).next()?,
    };
    (is_unix && bytes.len() <= ADDRESS).then(|| name.to_vec())
}

#[cfg(test)]
mod tests;
