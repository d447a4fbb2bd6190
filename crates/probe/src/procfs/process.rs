//! One process in /proc: its identity, names, threads and namespace.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode, OFlags, RawDir};

use super::ProcfsError;
use super::read::small_file_at;
use crate::Roots;

/// Room for one getdents64() call: some 1,000 entries of /proc.
const DIRECTORY_BUFFER: usize = 32 * 1024;

/// The calling thread's entry of /proc.
pub const OWN_THREAD: &str = "thread-self";

/// The ids of all processes that can be seen, in the order of the kernel (ascending).
///
/// # Errors
/// When the root of procfs cannot be listed.
pub fn pids(roots: &Roots) -> Result<Vec<u32>, ProcfsError> {
    let error = |errno| ProcfsError::read(&roots.proc, errno);
    let dir = open_directory(rustix::fs::CWD, &roots.proc).map_err(error)?;
    numbers(&dir).map_err(error)
}

fn open_directory(dir: impl AsFd, path: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(dir, path, flags, Mode::empty())
}

/// The entries of an open directory whose names are numbers.
fn numbers(dir: &OwnedFd) -> rustix::io::Result<Vec<u32>> {
    let mut buffer = vec![MaybeUninit::uninit(); DIRECTORY_BUFFER];
    let mut entries = RawDir::new(dir, &mut buffer);
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        found.extend(number(entry?.file_name()));
    }
    Ok(found)
}

/// The number that a directory entry's name is, if it is one.
pub(crate) fn number(name: &CStr) -> Option<u32> {
    decimal(name.to_bytes())?.try_into().ok()
}

/// Digits only: `u64::from_str` would take a sign.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    let step = |value: u64, digit: &u8| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    };
    (!digits.is_empty()).then(|| digits.iter().try_fold(0, step))?
}

/// An open /proc/PID. What is read through it is of that process or an error (ESRCH), never of a later one
/// that was given the same number.
#[derive(Debug)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    dir: OwnedFd,
    path: PathBuf,
}

impl Process {
    /// Opens /proc/PID.
    ///
    /// # Errors
    /// When there is no such process, or it is hidden (`hidepid`).
    pub fn open(roots: &Roots, pid: u32) -> Result<Self, ProcfsError> {
        Self::at(roots.proc.join(pid.to_string()), pid)
    }

    /// Opens the calling thread's own entry.
    ///
    /// # Errors
    /// When procfs does not show it: another pid namespace's, or a recorded tree.
    pub fn own_thread(roots: &Roots) -> Result<Self, ProcfsError> {
        Self::at(roots.proc.join(OWN_THREAD), std::process::id())
    }

    fn at(path: PathBuf, pid: u32) -> Result<Self, ProcfsError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::open(&path, flags, Mode::empty()).map_err(|errno| ProcfsError::read(&path, errno))?;
        Ok(Self { pid, dir, path })
    }

    /// The process that an open directory below /proc/PID belongs to.
    pub(crate) fn above(roots: &Roots, pid: u32, below: BorrowedFd<'_>) -> Result<Self, ProcfsError> {
        let path = roots.proc.join(pid.to_string());
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(below, "..", flags, Mode::empty());
        let dir = dir.map_err(|errno| ProcfsError::read(&path, errno))?;
        Ok(Self { pid, dir, path })
    }

    /// Name, state, start and number of threads.
    ///
    /// # Errors
    /// When the process has gone, or the file has not the fields it has had since 2.6.
    pub fn stat(&self) -> Result<Stat, ProcfsError> {
        let bytes = self.read("stat")?;
        parse_stat(&bytes)
            .map_err(|what| ProcfsError::line(&self.path.join("stat"), super::LineError { line: 1, what }))
    }

    /// Base name of the executable; a program that was replaced since (` (deleted)`) keeps its name.
    ///
    /// # Errors
    /// When the link may not be read (ptrace access), or there is none (kernel thread, zombie).
    pub fn executable(&self) -> Result<Arc<str>, ProcfsError> {
        Ok(executable_name(self.link("exe")?.to_bytes()))
    }

    /// Inode of its network namespace.
    ///
    /// # Errors
    /// When the link may not be read (ptrace access), or the process is a zombie.
    pub fn net_namespace(&self) -> Result<u64, ProcfsError> {
        namespace_of(self.link("ns/net")?.to_bytes(), &self.path.join("ns/net"))
    }

    /// Inode of its net/tcp, one per network namespace: tells namespaces apart where ns/net may not be read.
    ///
    /// # Errors
    /// When the process has gone, or the file is not there.
    pub fn net_tcp_inode(&self) -> Result<u64, ProcfsError> {
        let stat = rustix::fs::statat(&self.dir, "net/tcp", AtFlags::empty());
        stat.map(|stat| stat.st_ino)
            .map_err(|errno| ProcfsError::read(&self.path.join("net/tcp"), errno))
    }

    /// The ids of its threads.
    ///
    /// # Errors
    /// When the process has gone.
    pub fn threads(&self) -> Result<Vec<u32>, ProcfsError> {
        let listed = open_directory(&self.dir, "task").and_then(|task| numbers(&task));
        listed.map_err(|errno| ProcfsError::read(&self.path.join("task"), errno))
    }

    /// Whether it has no address space: a kernel thread or a zombie, neither of which holds descriptors.
    /// (fs/proc/array.c:proc_pid_statm writes zeros then.)
    pub(crate) fn is_without_memory(&self) -> bool {
        self.read("statm").is_ok_and(|text| text.starts_with(b"0 "))
    }

    /// Whether it is a thread of the kernel itself (`PF_KTHREAD`), which no program can pretend to be.
    pub(crate) fn is_kernel_thread(&self) -> bool {
        self.read("stat")
            .is_ok_and(|bytes| flags(&bytes).is_some_and(|flags| flags & PF_KTHREAD != 0))
    }

    /// Opens a directory below it for listing.
    pub(crate) fn directory(&self, name: &str) -> rustix::io::Result<OwnedFd> {
        open_directory(&self.dir, name)
    }

    /// Reads a small file below it.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, ProcfsError> {
        small_file_at(&self.dir, name, &self.path.join(name))
    }

    /// Reads a link below it.
    pub(crate) fn link(&self, name: &str) -> Result<std::ffi::CString, ProcfsError> {
        let link = rustix::fs::readlinkat(&self.dir, name, Vec::new());
        link.map_err(|errno| ProcfsError::read(&self.path.join(name), errno))
    }

    /// Where it is, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The inode in the text of a link of namespaces.
///
/// 5.10.262 (Debian 11) gives an empty text where it should refuse, and following the link leads to the directory ns: a patch of
/// 2026 takes exec_update_lock in fs/proc/namespaces.c:proc_ns_readlink and proc_ns_get_link, and its first form lost -EACCES.
pub(crate) fn namespace_of(link: &[u8], path: &Path) -> Result<u64, ProcfsError> {
    if link.is_empty() {
        return Err(ProcfsError::read(path, rustix::io::Errno::ACCESS));
    }
    bracketed(link, b"net:[").ok_or_else(|| {
        let error = super::LineError {
            line: 1,
            what: "not of the form net:[N]",
        };
        ProcfsError::line(path, error)
    })
}

/// What is used of /proc/PID/stat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Name of the process; chosen by it, so never trusted.
    pub comm: Arc<str>,
    /// One letter: R, S, D, T, t, Z, …
    pub state: char,
    /// How many threads it has.
    pub threads: u32,
    /// Start in clock ticks since boot (field 22): with the pid, the identity of the process.
    pub started: u64,
}

/// Parses /proc/PID/stat (fs/proc/array.c:do_task_stat).
///
/// The name stands between the first `(` and the **last** `)`: it is not escaped, so it may itself contain
/// parentheses, spaces and newlines.
///
/// # Errors
/// When a field that is used is missing or not a number.
pub fn parse_stat(bytes: &[u8]) -> Result<Stat, &'static str> {
    let text = String::from_utf8_lossy(bytes);
    let (_, after_open) = text.split_once('(').ok_or("no name")?;
    let (comm, rest) = after_open.rsplit_once(')').ok_or("no end of the name")?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next().and_then(|field| field.chars().next()).ok_or("no state")?;
    // Field 3 is taken: field 20 is 16 further on, field 22 one after the next.
    let threads = fields
        .nth(16)
        .and_then(|field| field.parse().ok())
        .ok_or("no number of threads")?;
    let started = fields
        .nth(1)
        .and_then(|field| field.parse().ok())
        .ok_or("no start time")?;
    Ok(Stat {
        comm: comm.into(),
        state,
        threads,
        started,
    })
}

/// include/linux/sched.h
const PF_KTHREAD: u64 = 0x0020_0000;

/// Field 9 of /proc/PID/stat: the seventh behind the name.
fn flags(stat: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(stat);
    let (_, rest) = text.rsplit_once(')')?;
    rest.split_ascii_whitespace().nth(6)?.parse().ok()
}

/// The last part of the path, without the mark that the kernel appends when the file was unlinked.
fn executable_name(path: &[u8]) -> Arc<str> {
    let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    String::from_utf8_lossy(name).into()
}

/// N of `prefix` N `]`, as in `socket:[N]` and `net:[N]`.
pub(crate) fn bracketed(link: &[u8], prefix: &[u8]) -> Option<u64> {
    decimal(link.strip_prefix(prefix)?.strip_suffix(b"]")?)
}

#[cfg(test)]
mod tests;
