//! What the calling thread is allowed to do, and how much of the host it is shown.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use rustix::thread::{CapabilitySet, capabilities};

use crate::Roots;

/// A capability that some source wants (capabilities(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privilege {
    /// To enter another network namespace: setns(2).
    SysAdmin,
    /// To follow /proc/PID/ns and /proc/PID/fd of other users' processes (`ptrace_may_access`).
    SysPtrace,
    /// To read directories of /proc that belong to others.
    DacReadSearch,
    /// Up to Linux 6.12, to be told which listeners are MPTCP (`INET_DIAG_ULP_INFO`).
    NetAdmin,
}

impl Privilege {
    /// Every one that is wanted.
    pub const ALL: [Self; 4] = [Self::SysAdmin, Self::SysPtrace, Self::DacReadSearch, Self::NetAdmin];

    /// As the manual writes it: `CAP_SYS_ADMIN`.
    pub fn name(self) -> &'static str {
        match self {
            Self::SysAdmin => "CAP_SYS_ADMIN",
            Self::SysPtrace => "CAP_SYS_PTRACE",
            Self::DacReadSearch => "CAP_DAC_READ_SEARCH",
            Self::NetAdmin => "CAP_NET_ADMIN",
        }
    }

    fn flag(self) -> CapabilitySet {
        match self {
            Self::SysAdmin => CapabilitySet::SYS_ADMIN,
            Self::SysPtrace => CapabilitySet::SYS_PTRACE,
            Self::DacReadSearch => CapabilitySet::DAC_READ_SEARCH,
            Self::NetAdmin => CapabilitySet::NET_ADMIN,
        }
    }
}

/// Where the calling thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privileges {
    /// Effective user id.
    pub uid: u32,
    /// The capabilities that are in effect. Unknown counts as none.
    pub held: Vec<Privilege>,
    /// Whether processes of the whole host are shown; `None` when that could not be told.
    pub sees_all_processes: Option<bool>,
    /// Whether the capabilities hold for the whole host and not for a user namespace only; `None` as above.
    pub is_in_host_user_namespace: Option<bool>,
}

/// Inodes of the first namespaces (include/linux/proc_ns.h: `PROC_USER_INIT_INO`, `PROC_PID_INIT_INO`).
const HOST_USER_NAMESPACE: u64 = 0xEFFF_FFFD;
const HOST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

impl Privileges {
    /// Those of the calling thread; namespaces as the /proc of `roots` shows them.
    pub fn read(roots: &Roots) -> Self {
        let is_first = |name: &str, inode: u64| {
            let file = roots.proc.join("self/ns").join(name);
            fs::metadata(file).ok().map(|metadata| metadata.ino() == inode)
        };
        Self {
            uid: rustix::process::geteuid().as_raw(),
            held: Privilege::ALL.into_iter().filter(|one| has(*one)).collect(),
            sees_all_processes: is_first("pid", HOST_PID_NAMESPACE),
            is_in_host_user_namespace: is_first("user", HOST_USER_NAMESPACE),
        }
    }

    /// Whether this one is in effect.
    pub fn holds(&self, privilege: Privilege) -> bool {
        self.held.contains(&privilege)
    }
}

fn has(privilege: Privilege) -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(privilege.flag()))
}

/// Whether the effective capabilities include `CAP_NET_ADMIN`. Unknown counts as no.
pub fn has_net_admin() -> bool {
    has(Privilege::NetAdmin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_privileges_agree_with_the_status_file() {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
        let bits = u64::from_str_radix(line.trim(), 16).unwrap();
        let privileges = Privileges::read(&Roots::default());
        // Numbers of include/uapi/linux/capability.h.
        for (privilege, bit) in [
            (Privilege::SysAdmin, 21),
            (Privilege::SysPtrace, 19),
            (Privilege::DacReadSearch, 2),
            (Privilege::NetAdmin, 12),
        ] {
            assert_eq!(privileges.holds(privilege), bits >> bit & 1 == 1, "{privilege:?}");
        }
    }
}
