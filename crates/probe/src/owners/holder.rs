//! One process that holds sockets that were asked for.

use std::os::fd::BorrowedFd;
use std::sync::Arc;

use model::{Cgroup, Owner};

use super::descriptors;
use crate::procfs::ProcfsError;
use crate::procfs::process::Process;
use crate::{Roots, cgroups};

/// What a table of descriptors was found to hold.
pub(super) struct Table {
    /// Descriptors of any kind.
    pub(super) count: usize,
    /// Inode and descriptor of each socket that was asked for.
    pub(super) sockets: Vec<(u64, u32)>,
    /// The thread it is of, where it is not read through the process.
    pub(super) thread: Option<u32>,
}

/// A process and the sockets it holds.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) pid: u32,
    pub(super) started: u64,
    pub(super) cgroup: Option<Arc<Cgroup>>,
    /// Inode and lowest descriptor of each socket.
    pub(super) sockets: Vec<(u64, u32)>,
    /// The thread through which the descriptors were read, where not through the process.
    thread: Option<u32>,
    comm: Arc<str>,
    executable: Option<Arc<str>>,
}

impl Holder {
    /// Reads who the process is whose descriptors were listed through `below`, a directory of its /proc/PID.
    pub(super) fn read(roots: &Roots, pid: u32, below: BorrowedFd<'_>, table: Table) -> Result<Self, ProcfsError> {
        let process = Process::above(roots, pid, below)?;
        let stat = process.stat()?;
        Ok(Self {
            pid,
            started: stat.started,
            cgroup: cgroups::read(&process).ok().flatten().map(Arc::new),
            sockets: lowest_descriptors(table.sockets),
            thread: table.thread,
            comm: stat.comm,
            executable: process.executable().ok(),
        })
    }

    /// Drops the sockets that are no longer behind their descriptors, all of them when the process has gone
    /// or is another one of the same number. Says whether anything was dropped.
    pub(super) fn check(&mut self, roots: &Roots) -> bool {
        let before = self.sockets.len();
        if self.retain_held(roots).is_none() {
            self.sockets.clear();
        }
        self.sockets.len() < before
    }

    fn retain_held(&mut self, roots: &Roots) -> Option<()> {
        let process = Process::open(roots, self.pid).ok()?;
        let is_same = process.stat().ok()?.started == self.started;
        let path = self
            .thread
            .map_or_else(|| "fd".to_owned(), |tid| format!("task/{tid}/fd"));
        let dir = is_same.then(|| process.directory(&path))?.ok()?;
        self.sockets
            .retain(|(inode, fd)| descriptors::socket_at(&dir, *fd) == Some(*inode));
        Some(())
    }

    /// As the model has it.
    pub(super) fn owner(&self, fd: u32) -> Owner {
        Owner {
            pid: self.pid,
            comm: self.comm.clone(),
            fd,
            executable: self.executable.clone(),
            started: self.started,
        }
    }
}

/// One entry per socket, with its lowest descriptor.
fn lowest_descriptors(mut sockets: Vec<(u64, u32)>) -> Vec<(u64, u32)> {
    sockets.sort_unstable();
    sockets.dedup_by_key(|(inode, _)| *inode);
    sockets
}
