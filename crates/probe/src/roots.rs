//! Where the kernel's file systems are mounted, so that containers and tests can point elsewhere.

use std::path::PathBuf;

/// Mount points that every file access goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// procfs; `--procfs`.
    pub proc: PathBuf,
    /// sysfs; `--sysfs`.
    pub sys: PathBuf,
    /// cgroup file systems; `--cgroupfs`.
    pub cgroup: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            proc: "/proc".into(),
            sys: "/sys".into(),
            cgroup: "/sys/fs/cgroup".into(),
        }
    }
}
