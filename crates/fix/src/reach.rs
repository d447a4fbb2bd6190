//! What can be changed from here, told without changing anything.

use std::io;

use probe::Roots;
use probe::privileges::{Privilege, Privileges};
use rustix::fs::{Access, access};

use crate::duplicate::{DuplicateError, Holder, duplicate, yama};
use crate::sys;

/// Whose listeners can be resized (pidfd_getfd(2): kernel/ptrace.c:__ptrace_may_access, security/yama/yama_lsm.c).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of every process.
    Everybody,
    /// Those of every process in our user namespace.
    UserNamespace,
    /// Those of the same user's.
    OwnUser,
    /// Those of our own children: `kernel.yama.ptrace_scope` is 1.
    OwnChildren,
    /// None: why.
    Nobody(String),
}

impl Reach {
    /// Tells.
    pub fn look(roots: &Roots) -> Self {
        Self::of(own_descriptor(roots), yama(&roots.proc), &Privileges::read(roots))
    }

    /// `own` is what came of taking an own descriptor, which needs no right at all.
    fn of(own: Result<(), DuplicateError>, yama: Option<u8>, privileges: &Privileges) -> Self {
        if let Err(error) = own {
            return Self::Nobody(match error {
                DuplicateError::Refused { .. } => "a seccomp filter, as of a container, forbids pidfd_getfd".to_owned(),
                other => other.to_string(),
            });
        }
        let is_capable = privileges.holds(Privilege::SysPtrace);
        match yama {
            Some(3) => Self::Nobody("kernel.yama.ptrace_scope is 3, until the next boot".to_owned()),
            _ if is_capable && privileges.is_in_host_user_namespace == Some(false) => Self::UserNamespace,
            _ if is_capable => Self::Everybody,
            Some(2) => Self::Nobody("kernel.yama.ptrace_scope is 2, and CAP_SYS_PTRACE is missing".to_owned()),
            Some(1) => Self::OwnChildren,
            _ => Self::OwnUser,
        }
    }
}

/// Takes a descriptor of our own, and lets it go.
fn own_descriptor(roots: &Roots) -> Result<(), DuplicateError> {
    let own = Holder {
        pid: std::process::id(),
        started: None,
        fd: 0,
    };
    match duplicate(roots, &own) {
        // Standard input may be closed; that it was looked for is enough.
        Ok(_) | Err(DuplicateError::Closed { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether the sysctls of the own network namespace can be written.
///
/// # Errors
/// Why not: missing rights, a /proc/sys that is mounted read-only, no such file in this namespace.
pub fn can_write_sysctls(roots: &Roots) -> io::Result<()> {
    Ok(access(roots.proc.join("sys/net/core/somaxconn"), Access::WRITE_OK)?)
}

/// Whether the kernel can notify us of another program's listen() (seccomp(2), `SECCOMP_GET_NOTIF_SIZES`).
pub fn can_notify() -> bool {
    sys::knows_sizes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn privileges(is_capable: bool) -> Privileges {
        Privileges {
            uid: 1000,
            held: is_capable.then_some(Privilege::SysPtrace).into_iter().collect(),
            sees_all_processes: Some(true),
            is_in_host_user_namespace: Some(true),
        }
    }

    fn reach(yama: Option<u8>, is_capable: bool) -> Reach {
        Reach::of(Ok(()), yama, &privileges(is_capable))
    }

    #[test]
    fn yama_and_the_capability_decide() {
        assert_eq!(reach(None, false), Reach::OwnUser);
        assert_eq!(reach(Some(0), false), Reach::OwnUser);
        assert_eq!(reach(Some(1), false), Reach::OwnChildren);
        assert!(matches!(reach(Some(2), false), Reach::Nobody(why) if why.contains("CAP_SYS_PTRACE")));
        for yama in [None, Some(0), Some(1), Some(2)] {
            assert_eq!(reach(yama, true), Reach::Everybody);
        }
        assert!(matches!(reach(Some(3), true), Reach::Nobody(_)));
    }

    #[test]
    fn a_kernel_or_a_filter_can_stand_in_the_way() {
        let old = Reach::of(Err(DuplicateError::Unsupported), None, &privileges(true));
        assert!(matches!(old, Reach::Nobody(why) if why.contains("5.6")));
        let refused = DuplicateError::Refused {
            pid: 1,
            fd: 0,
            why: String::new(),
        };
        let filtered = Reach::of(Err(refused), None, &privileges(true));
        assert!(matches!(filtered, Reach::Nobody(why) if why.contains("seccomp")));
    }

    #[test]
    fn here_an_own_descriptor_can_be_taken() {
        assert_eq!(own_descriptor(&Roots::default()), Ok(()));
        assert!(can_notify());
    }
}
