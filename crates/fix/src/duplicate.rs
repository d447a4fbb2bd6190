//! A duplicate of a descriptor of another process (pidfd_getfd(2)), and why it cannot be had.

use std::path::Path;

use probe::Roots;
use probe::privileges::{Privilege, Privileges};
use probe::procfs::process::Process;
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};

/// A descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Its start in clock ticks since boot (/proc/PID/stat, field 22); `None` when the caller holds the process
    /// in another way and its pid cannot have been given to another one.
    pub started: Option<u64>,
    /// The descriptor.
    pub fd: u32,
}

/// Why a descriptor could not be duplicated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DuplicateError {
    /// The process has ended.
    #[error("process {pid} has ended")]
    Gone {
        /// The process.
        pid: u32,
    },
    /// The pid now belongs to another process.
    #[error("pid {pid} was given to another process meanwhile")]
    Reused {
        /// The process.
        pid: u32,
    },
    /// It has no such descriptor any more.
    #[error("process {pid} has closed descriptor {fd}")]
    Closed {
        /// The process.
        pid: u32,
        /// The descriptor.
        fd: u32,
    },
    /// The caller may not take it.
    #[error("descriptor {fd} of process {pid} may not be taken: {why}")]
    Refused {
        /// The process.
        pid: u32,
        /// The descriptor.
        fd: u32,
        /// What is missing.
        why: String,
    },
    /// The kernel cannot.
    #[error("this kernel has no pidfd_getfd (it came with Linux 5.6)")]
    Unsupported,
    /// Anything else.
    #[error("take descriptor {fd} of process {pid}: {source}")]
    Failed {
        /// The process.
        pid: u32,
        /// The descriptor.
        fd: u32,
        /// What the system said.
        source: Errno,
    },
}

/// Duplicates it. The duplicate is closed with the value; as long as it is open, the socket lives.
///
/// # Errors
/// When the process is not the one that was meant, has no such descriptor, or may not be touched.
pub fn duplicate(roots: &Roots, holder: &Holder) -> Result<OwnedFd, DuplicateError> {
    let Holder { pid, started, fd } = *holder;
    let failed = |source| DuplicateError::Failed { pid, fd, source };
    let gone = DuplicateError::Gone { pid };
    let number = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(gone.clone())?;
    let process = pidfd_open(number, PidfdFlags::empty()).map_err(|errno| match errno {
        Errno::SRCH => gone.clone(),
        Errno::NOSYS => DuplicateError::Unsupported,
        other => failed(other),
    })?;
    // Asked after the process is held: from here on the pid is not given to another one unseen.
    if let Some(started) = started {
        let stat = Process::open(roots, pid).and_then(|process| process.stat());
        match stat {
            Ok(stat) if stat.started == started => {}
            Ok(_) => return Err(DuplicateError::Reused { pid }),
            Err(_) => return Err(gone),
        }
    }
    let wanted = i32::try_from(fd).map_err(|_| DuplicateError::Closed { pid, fd })?;
    pidfd_getfd(process.as_fd(), wanted, PidfdGetfdFlags::empty()).map_err(|errno| match errno {
        Errno::SRCH => gone,
        Errno::BADF => DuplicateError::Closed { pid, fd },
        Errno::NOSYS => DuplicateError::Unsupported,
        Errno::PERM | Errno::ACCESS => DuplicateError::Refused {
            pid,
            fd,
            why: Refusal::look(roots, pid).to_string(),
        },
        other => failed(other),
    })
}

/// What decides whether a process may be touched (kernel/ptrace.c:__ptrace_may_access, security/yama/yama_lsm.c).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    /// /proc/sys/kernel/yama/ptrace_scope, where Yama is there.
    yama: Option<u8>,
    has_capability: bool,
    is_same_user: Option<bool>,
}

impl Refusal {
    fn look(roots: &Roots, pid: u32) -> Self {
        let privileges = Privileges::read(roots);
        Self {
            yama: yama(&roots.proc),
            has_capability: privileges.holds(Privilege::SysPtrace),
            is_same_user: user_of(&roots.proc, pid).map(|uid| uid == privileges.uid),
        }
    }
}

/// `kernel.yama.ptrace_scope`; `None` where Yama is not there.
pub(crate) fn yama(proc: &Path) -> Option<u8> {
    let text = probe::sysctl::text(proc, "kernel.yama.ptrace_scope")?.ok()?;
    text.parse().ok()
}

/// The owner of /proc/PID is the process's effective user, but root where it is not dumpable (proc(5)).
fn user_of(proc: &Path, pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(proc.join(pid.to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match (self.yama, self.has_capability, self.is_same_user) {
            (Some(3), ..) => "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the next boot",
            (_, true, _) => {
                "although CAP_SYS_PTRACE is there: it does not hold in the user namespace of that process, or a \
                 security module (SELinux, AppArmor) forbids it"
            }
            (Some(2), ..) => "needs CAP_SYS_PTRACE (kernel.yama.ptrace_scope is 2); try sudo",
            (_, _, Some(false)) => "it belongs to another user; needs CAP_SYS_PTRACE; try sudo",
            (Some(1), ..) => {
                "kernel.yama.ptrace_scope is 1: without CAP_SYS_PTRACE only own children may be touched; try sudo"
            }
            _ => "needs CAP_SYS_PTRACE (the process has other ids, more capabilities, or is not dumpable); try sudo",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    fn own(fd: u32) -> Holder {
        let pid = std::process::id();
        let stat = Process::open(&Roots::default(), pid).unwrap().stat().unwrap();
        Holder {
            pid,
            started: Some(stat.started),
            fd,
        }
    }

    fn take(holder: &Holder) -> Result<OwnedFd, DuplicateError> {
        duplicate(&Roots::default(), holder)
    }

    #[test]
    fn a_duplicate_is_the_same_file() {
        let file = tempfile::tempfile().unwrap();
        let fd = u32::try_from(file.as_raw_fd()).unwrap();
        let copy = take(&own(fd)).unwrap();
        let inode = |fd: rustix::fd::BorrowedFd| rustix::fs::fstat(fd).unwrap().st_ino;
        assert_eq!(inode(copy.as_fd()), inode(file.as_fd()));
        assert_ne!(copy.as_raw_fd(), file.as_raw_fd());
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let holder = own(19_999);
        let pid = holder.pid;
        assert_eq!(take(&holder).unwrap_err(), DuplicateError::Closed { pid, fd: 19_999 });
        let other = Holder {
            started: Some(1),
            ..own(0)
        };
        assert_eq!(take(&other).unwrap_err(), DuplicateError::Reused { pid });
        for pid in [0, u32::MAX, 4_194_304] {
            let nobody = Holder { pid, ..own(0) };
            assert_eq!(take(&nobody).unwrap_err(), DuplicateError::Gone { pid });
        }
    }

    #[test]
    fn the_reason_names_what_is_missing() {
        let why = |yama, has_capability, is_same_user| {
            Refusal {
                yama,
                has_capability,
                is_same_user,
            }
            .to_string()
        };
        assert!(why(Some(3), true, Some(true)).contains("everybody"));
        assert!(why(Some(2), false, Some(true)).contains("CAP_SYS_PTRACE"));
        assert!(why(Some(1), false, Some(true)).contains("own children"));
        assert!(why(Some(1), false, Some(false)).contains("another user"));
        assert!(why(None, true, None).contains("security module"));
        assert!(why(Some(0), false, Some(true)).contains("dumpable"));
    }
}
