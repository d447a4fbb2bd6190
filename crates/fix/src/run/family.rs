//! The program and what it has started, and which of their descriptors is a socket; from /proc.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use probe::Roots;
use probe::procfs::process::{Process, pids};

use super::caller::Thread;
use crate::duplicate::Holder;

/// Processes that are looked at: what a pid namespace can have at most.
const MOST: usize = 4_194_304;

/// The program and its descendants; those whose starter has ended before are not among them.
pub fn descendants(roots: &Roots, program: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in pids(roots).unwrap_or_default() {
        if let Some(parent) = Thread::read(&roots.proc, pid).parent {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![program];
    let mut seen = HashSet::from([program]);
    let mut next = 0;
    while next < found.len().min(MOST) {
        // A pid that was given away meanwhile could close a circle.
        let below = children.remove(&found[next]).unwrap_or_default();
        found.extend(below.into_iter().filter(|pid| seen.insert(*pid)));
        next += 1;
    }
    found
}

/// A descriptor of one of these processes for a socket.
pub fn holder(roots: &Roots, processes: &[u32], inode: u64) -> Option<Holder> {
    processes.iter().find_map(|pid| {
        Some(Holder {
            pid: *pid,
            started: Some(Process::open(roots, *pid).ok()?.stat().ok()?.started),
            fd: descriptor(&roots.proc, *pid, inode)?,
        })
    })
}

fn descriptor(proc: &Path, pid: u32, inode: u64) -> Option<u32> {
    let wanted = PathBuf::from(format!("socket:[{inode}]"));
    let is_it = |entry: &fs::DirEntry| fs::read_link(entry.path()).is_ok_and(|target| target == wanted);
    let entries = fs::read_dir(proc.join(format!("{pid}/fd"))).ok()?;
    entries.flatten().find(is_it)?.file_name().to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_child_belongs_to_its_parent_and_not_the_other_way_round() {
        let own = std::process::id();
        let parent = std::os::unix::process::parent_id();
        let roots = Roots::default();
        assert!(descendants(&roots, parent).contains(&own));
        assert!(descendants(&roots, own).contains(&own));
        assert!(!descendants(&roots, own).contains(&parent));
    }

    #[test]
    fn a_socket_is_found_where_it_is_held() {
        use std::os::unix::fs::MetadataExt;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fd = listener.as_raw_fd();
        let inode = fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino();
        let roots = Roots::default();
        let holder = |inode| holder(&roots, &[std::process::id()], inode);
        assert_eq!(holder(inode).map(|holder| holder.fd), Some(fd.unsigned_abs()));
        assert_eq!(holder(inode + 1_000_000), None);
    }
}
