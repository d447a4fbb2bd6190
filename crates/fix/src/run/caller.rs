//! The thread that called listen(): its process, name and user, from /proc/TID/status.

use std::fs;
use std::path::Path;

use super::report::Caller;
use crate::peer::Served;

/// What is used of /proc/TID/status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The thread's id.
    pub id: u32,
    /// Its process and name.
    pub process: Caller,
    /// The process that has started it, or its heir; `None` for one that has none here.
    pub parent: Option<u32>,
    /// Effective user and group, and supplementary groups.
    pub user: Option<Served>,
}

impl Thread {
    /// Reads it; a thread of which nothing can be read is taken for a process of its own.
    pub fn read(proc: &Path, id: u32) -> Self {
        let text = fs::read(proc.join(id.to_string()).join("status")).unwrap_or_default();
        Self::parse(id, &String::from_utf8_lossy(&text))
    }

    fn parse(id: u32, status: &str) -> Self {
        let field = |name: &str| {
            let of = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(":\t")?.to_owned());
            status.lines().find_map(of)
        };
        // Real, effective, saved, file system (proc(5)).
        let effective = |name| field(name)?.split_ascii_whitespace().nth(1)?.parse().ok();
        Self {
            id,
            process: Caller {
                pid: field("Tgid").and_then(|text| text.parse().ok()).unwrap_or(id),
                comm: field("Name"),
            },
            parent: field("PPid").and_then(|text| text.parse().ok()).filter(|pid| *pid != 0),
            user: served(effective("Uid"), effective("Gid"), field("Groups")),
        }
    }
}

fn served(user: Option<u32>, group: Option<u32>, groups: Option<String>) -> Option<Served> {
    let groups = groups?;
    let groups: Result<Vec<u32>, _> = groups.split_ascii_whitespace().map(str::parse).collect();
    Some(Served::new(user?, group?, groups.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_file() {
        let status = "Name:\tio worker\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t812\nNgid:\t0\nPid:\t815\nPPid:\t1\n\
                      Uid:\t0\t33\t0\t33\nGid:\t0\t34\t0\t34\nGroups:\t34 100 \n";
        let thread = Thread::parse(815, status);
        assert_eq!(thread.process.to_string(), "io worker(812)");
        assert_eq!(
            (thread.user, thread.parent),
            (Some(Served::new(33, 34, [34, 100])), Some(1))
        );
    }

    #[test]
    fn one_that_has_ended() {
        let thread = Thread::read(Path::new("/nonexistent"), 7);
        assert_eq!((thread.process.to_string().as_str(), thread.user), ("process 7", None));
    }
}
