//! Where this process stands in its session: what the terminal tells to whom.

use std::fs;

/// Process group, session and terminal of a process (/proc/PID/stat, fields 1, 5, 6 and 8).
///
/// Not by getsid(2) and getpgrp(2) through rustix, which cannot tell of a session that began outside of the pid
/// namespace: there the kernel says 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    process: i32,
    group: i32,
    session: i32,
    /// The process group in the foreground of the controlling terminal; -1 when there is none.
    foreground: i32,
}

impl Standing {
    /// That of this process; `None` when it cannot be read.
    pub fn own() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        let (before, behind) = stat.rsplit_once(')')?;
        // State, parent, group, session, device, foreground.
        let fields: Vec<&str> = behind.split_ascii_whitespace().take(6).collect();
        let field = |index: usize| fields.get(index)?.parse().ok();
        Some(Self {
            process: before.split(' ').next()?.parse().ok()?,
            group: field(2)?,
            session: field(3)?,
            foreground: field(5)?,
        })
    }

    /// Whether it leads its session.
    pub fn leads_session(self) -> bool {
        self.session == self.process
    }

    /// Whether it is in the foreground of a terminal.
    pub fn is_in_foreground(self) -> bool {
        self.group > 0 && self.group == self.foreground
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_its_job_and_what_came_from_outside_of_the_namespace() {
        let shell = Standing::parse("812 (a) b) S 1 812 812 34816 813 4194304").unwrap();
        assert!(shell.leads_session() && !shell.is_in_foreground());
        let job = Standing::parse("813 (x) S 812 813 812 34816 813 4194304").unwrap();
        assert!(!job.leads_session() && job.is_in_foreground());
        let inside = Standing::parse("1 (x) S 0 0 0 34816 0 4194304").unwrap();
        assert!(!inside.leads_session() && !inside.is_in_foreground());
        assert_eq!(Standing::parse("1 (x) S 0 0"), None);
        assert!(Standing::own().is_some());
    }
}
