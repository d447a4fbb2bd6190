//! Which files set a sysctl at boot, in which line, and which of them wins: as systemd-sysctl and as
//! `sysctl --system` (procps) read them.
//!
//! Both read the same directories, by file name, and the last assignment wins; they differ in the rest ([`Tool`]).
//! Followed: systemd src/sysctl/sysctl.c and procps src/sysctl.c; compared with systemd 252 and procps 4.0.2
//! (`tests/sysctl_files.rs`).

mod files;
mod line;
mod pattern;
mod verdict;

use std::path::{Path, PathBuf};

pub use files::{ConfigFile, SysctlFiles};
pub use line::{Entry, number, parse};
pub use verdict::Tool;

/// Where the administrator's own files are; they come before those of packages with the same name.
pub const OWN_DIRECTORY: &str = "/etc/sysctl.d";

/// A line that says something of a sysctl.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The file that is read.
    pub path: PathBuf,
    /// What it leads to, where it is a link.
    pub target: Option<PathBuf>,
    /// The line, from 1.
    pub line: usize,
    /// What it sets, as written; `None` for a line that only excludes it from patterns.
    pub value: Option<String>,
    /// The pattern, where the line does not name the sysctl itself.
    pub pattern: Option<String>,
}

impl Assignment {
    /// The value as the kernel takes it; `None` when it is none that a sysctl of a number takes.
    pub fn number(&self) -> Option<i64> {
        number(self.value.as_deref()?)
    }

    /// `/etc/sysctl.d/99-sysctl.conf → /etc/sysctl.conf:12`.
    pub fn place(&self) -> String {
        place(&self.path, self.target.as_deref(), self.line)
    }
}

fn place(path: &Path, target: Option<&Path>, line: usize) -> String {
    match target {
        Some(target) => format!("{} → {}:{line}", path.display(), target.display()),
        None => format!("{}:{line}", path.display()),
    }
}
