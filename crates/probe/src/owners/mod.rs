//! Which processes hold a socket: an index from socket inodes to owners, kept from one sample to the next.
//!
//! The only way to an owner is to read every descriptor of every process, about a microsecond each. So the
//! walk is made rarely, and what it found is checked cheaply in between; the intervals are below.

mod descriptors;
mod holder;
mod walk;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use model::{Cgroup, Owner, SourceHealth};

use crate::Roots;
use crate::procfs::ProcfsError;
use holder::Holder;

/// A known owner is looked at again this often: the process may have ended, or closed the socket. A listener
/// whose last owner closes it leaves the dump by itself, so this concerns sockets with several owners.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// All descriptors are read again this often even when nothing is missing: a process may have been given a
/// socket that already had an owner (fork, SCM_RIGHTS, pidfd_getfd). Nothing but another walk tells.
const WALK_EVERY: Duration = Duration::from_secs(30);

/// A socket for which no owner was found is looked for again after this time. It may be on its way between
/// two processes (SCM_RIGHTS); usually its owner may not be read, and that does not change by itself.
const SEARCH_AGAIN: Duration = Duration::from_secs(10);

/// Two walks are at least this far apart, so that a host where listeners (or the clients of unix listeners) come
/// and go all the time does not pay for one walk per sample.
const WALK_APART: Duration = Duration::from_secs(1);

/// And farther the more there is to read: some 3 µs per descriptor (walk.rs) are then two percent of one processor.
const WALK_APART_PER_DESCRIPTOR: Duration = Duration::from_micros(150);

/// What the last refresh did, and how much of /proc the last walk could see.
#[derive(Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of its own meaning"
)]
pub struct ScanReport {
    /// Processes that the last walk met, the denied ones included.
    pub processes: usize,
    /// Those whose descriptors may not be read. Kernel threads and zombies have none and are not counted.
    pub denied: usize,
    /// Descriptors that the last walk read.
    pub descriptors: usize,
    /// Whether there may be processes that are not even listed (another pid namespace, `hidepid`), or process 1,
    /// which would tell, may not be asked.
    pub hidden: bool,
    /// Whether this refresh walked all of /proc.
    pub walked: bool,
    /// Whether this refresh looked at the known owners again.
    pub checked: bool,
    /// Why the last walk could not be made.
    pub error: Option<ProcfsError>,
}

/// From socket inodes to the processes that hold them.
#[derive(Debug)]
pub struct OwnerIndex {
    roots: Roots,
    holders: Vec<Holder>,
    owners: HashMap<u64, Arc<[Owner]>>,
    cgroups: HashMap<u32, Arc<Cgroup>>,
    /// Sockets for which the last walk found no owner.
    ownerless: HashSet<u64>,
    extent: Extent,
    walked_at: Option<Duration>,
    checked_at: Duration,
}

/// How much of /proc a walk saw.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    processes: usize,
    denied: usize,
    descriptors: usize,
    hidden: bool,
}

impl OwnerIndex {
    /// An index that knows nothing yet.
    pub fn new(roots: Roots) -> Self {
        Self {
            roots,
            holders: Vec::new(),
            owners: HashMap::new(),
            cgroups: HashMap::new(),
            ownerless: HashSet::new(),
            extent: Extent {
                hidden: true,
                ..Extent::default()
            },
            walked_at: None,
            checked_at: Duration::ZERO,
        }
    }

    /// Brings the index up to date for the `wanted` socket inodes; `now` is the time since boot.
    ///
    /// Walks all of /proc only when a wanted socket is not known, or the last walk is long ago.
    pub fn refresh(&mut self, wanted: &[u64], now: Duration) -> ScanReport {
        let mut report = ScanReport::default();
        if !self.is_walk_due(wanted, now) && now.saturating_sub(self.checked_at) >= CHECK_EVERY {
            self.check(now);
            report.checked = true;
        }
        if self.is_walk_due(wanted, now) {
            report.error = self.walk(wanted, now).err();
            report.walked = true;
        }
        let Extent {
            processes,
            denied,
            descriptors,
            hidden,
        } = self.extent;
        ScanReport {
            processes,
            denied,
            descriptors,
            hidden,
            ..report
        }
    }

    /// The processes that hold a socket, oldest first.
    ///
    /// `None`: none was found, and it may be that its owner could not be read (or it was not looked for).
    /// Empty: no process has a descriptor of it, and all were read; what else may keep a socket (a message on its way
    /// with SCM_RIGHTS, files registered with io_uring, a table of descriptors that a thread has for itself) is not
    /// in /proc/PID/fd. A socket without an inode has no file, so nobody holds it.
    pub fn owners(&self, inode: u64) -> Option<Arc<[Owner]>> {
        if let Some(owners) = self.owners.get(&inode) {
            return Some(owners.clone());
        }
        let saw_everything = self.extent.denied == 0 && !self.extent.hidden;
        (inode == 0 || (saw_everything && self.ownerless.contains(&inode))).then(|| Arc::from([]))
    }

    /// The control group of an owner; `None` for other processes, and where it could not be read.
    pub fn cgroup(&self, pid: u32) -> Option<Arc<Cgroup>> {
        self.cgroups.get(&pid).cloned()
    }

    fn is_walk_due(&self, wanted: &[u64], now: Duration) -> bool {
        let mut wanted = wanted.iter().filter(|inode| **inode != 0).peekable();
        let Some(since) = self.walked_at.map(|at| now.saturating_sub(at)) else {
            return wanted.peek().is_some();
        };
        let is_missed = |inode: &u64| !self.owners.contains_key(inode) && !self.ownerless.contains(inode);
        let is_sought_again = |inode: &u64| since >= SEARCH_AGAIN && self.ownerless.contains(inode);
        wanted.peek().is_some()
            && (since >= WALK_EVERY
                || (since >= self.walk_apart() && wanted.any(|inode| is_missed(inode) || is_sought_again(inode))))
    }

    fn walk_apart(&self) -> Duration {
        let descriptors = u32::try_from(self.extent.descriptors).unwrap_or(u32::MAX);
        WALK_APART_PER_DESCRIPTOR
            .saturating_mul(descriptors)
            .clamp(WALK_APART, WALK_EVERY)
    }

    /// Drops what is no longer held by those who held it.
    fn check(&mut self, now: Duration) {
        self.checked_at = now;
        let mut changed = false;
        for holder in &mut self.holders {
            changed |= holder.check(&self.roots);
        }
        if changed {
            self.holders.retain(|holder| !holder.sockets.is_empty());
            self.index();
        }
    }

    /// Reads every descriptor of every process.
    fn walk(&mut self, wanted: &[u64], now: Duration) -> Result<(), ProcfsError> {
        (self.walked_at, self.checked_at) = (Some(now), now);
        let wanted: HashSet<u64> = wanted.iter().copied().filter(|inode| *inode != 0).collect();
        let result = walk::walk(&self.roots, &wanted).map(|walk| {
            (self.holders, self.extent) = (walk.holders, walk.extent);
        });
        if result.is_err() {
            (self.holders, self.extent) = (
                Vec::new(),
                Extent {
                    hidden: true,
                    ..Extent::default()
                },
            );
        }
        self.index();
        self.ownerless = wanted;
        self.ownerless.retain(|inode| !self.owners.contains_key(inode));
        result
    }

    /// Derives the two maps from the holders.
    fn index(&mut self) {
        self.holders.sort_unstable_by_key(|holder| (holder.started, holder.pid));
        let mut owners: HashMap<u64, Vec<Owner>> = HashMap::new();
        for holder in &self.holders {
            for (inode, fd) in &holder.sockets {
                owners
                    .entry(*inode)
                    .or_insert_with(|| Vec::with_capacity(1))
                    .push(holder.owner(*fd));
            }
        }
        self.owners = owners
            .into_iter()
            .map(|(inode, owners)| (inode, owners.into()))
            .collect();
        let with_cgroup = |holder: &Holder| Some((holder.pid, holder.cgroup.clone()?));
        self.cgroups = self.holders.iter().filter_map(with_cgroup).collect();
    }
}

/// /proc/PID/fd is closed to other users (CAP_DAC_READ_SEARCH), and each link in it asks for ptrace access
/// (CAP_SYS_PTRACE; fs/proc/base.c:proc_fd_access_allowed), which Landlock and others refuse even then.
const NEEDS: &str = "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, and no security module against it";

impl ScanReport {
    /// The source `owners`, with what would make it whole.
    pub fn health(&self) -> SourceHealth {
        if let Some(error) = &self.error {
            return SourceHealth::unavailable("owners", error.to_string());
        }
        match (self.denied, self.hidden) {
            (0, false) => SourceHealth::ok("owners"),
            (0, true) => SourceHealth::degraded(
                "owners",
                "processes outside this pid namespace, or hidden by hidepid, cannot be seen",
            ),
            (denied, _) => SourceHealth::degraded(
                "owners",
                format!("{denied} of {} processes may not be looked at; {NEEDS}", self.processes),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
