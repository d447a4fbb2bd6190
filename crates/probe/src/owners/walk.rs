//! One pass over the descriptors of all processes.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::holder::Holder;
use super::{Extent, descriptors};
use crate::Roots;
use crate::procfs::ProcfsError;
use crate::procfs::process::{self, Process};

/// Inode of the first pid namespace (include/linux/proc_ns.h: PROC_PID_INIT_INO, the same since 3.8).
const FIRST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

/// Fewer processes than this per thread are not worth starting one.
const PROCESSES_PER_THREAD: usize = 32;

/// More threads than this only wait for each other in the kernel.
const MOST_THREADS: usize = 8;

/// What a pass found.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) holders: Vec<Holder>,
    pub(super) extent: Extent,
}

/// Reads the descriptors of all processes and keeps those that refer to `wanted` sockets.
///
/// Never stops early: a socket may have several owners.
pub(super) fn walk(roots: &Roots, wanted: &HashSet<u64>) -> Result<Walk, ProcfsError> {
    let pids = process::pids(roots)?;
    let proc = open_directory(roots)?;
    let pass = Pass {
        roots,
        proc,
        pids: &pids,
        next: AtomicUsize::new(0),
        wanted,
    };
    let mut walk = pass.with_threads(thread_count(pids.len()));
    walk.extent.hidden = is_part_hidden(roots, &pids);
    Ok(walk)
}

fn open_directory(roots: &Roots) -> Result<OwnedFd, ProcfsError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(&roots.proc, flags, Mode::empty()).map_err(|errno| ProcfsError::read(&roots.proc, errno))
}

fn thread_count(processes: usize) -> usize {
    let most = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    (processes / PROCESSES_PER_THREAD).clamp(1, most)
}

/// /proc lists all processes of the host only in the first pid namespace and without `hidepid`. Where the
/// namespace of process 1 may not be asked for, that process is among the denied ones.
fn is_part_hidden(roots: &Roots, pids: &[u32]) -> bool {
    let namespace = || Process::open(roots, 1)?.link("ns/pid");
    match namespace() {
        Ok(link) => process::bracketed(link.to_bytes(), b"pid:[") != Some(FIRST_PID_NAMESPACE),
        Err(error) => !(error.is_denied() && pids.contains(&1)),
    }
}

/// What the threads of a pass share.
struct Pass<'a> {
    roots: &'a Roots,
    proc: OwnedFd,
    pids: &'a [u32],
    next: AtomicUsize,
    wanted: &'a HashSet<u64>,
}

impl Pass<'_> {
    /// The calling thread works too; a helper that cannot be started is done without.
    fn with_threads(&self, threads: usize) -> Walk {
        thread::scope(|scope| {
            let start = |_| thread::Builder::new().spawn_scoped(scope, || self.work()).ok();
            let helpers: Vec<_> = (1..threads).filter_map(start).collect();
            let mut walk = self.work();
            for part in helpers.into_iter().filter_map(|helper| helper.join().ok()) {
                walk.add(part);
            }
            walk
        })
    }

    /// Takes the next process until none is left.
    fn work(&self) -> Walk {
        let mut walk = Walk::default();
        let mut listing = vec![MaybeUninit::uninit(); descriptors::LISTING];
        while let Some(pid) = self.pids.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            self.visit(*pid, &mut listing, &mut walk);
        }
        walk
    }

    /// One process. One that has ended meanwhile is as if it had never been.
    fn visit(&self, pid: u32, listing: &mut [MaybeUninit<u8>], walk: &mut Walk) {
        let mut sockets = Vec::new();
        let visited = self.list(pid, "fd", listing, &mut sockets);
        let visited = visited.and_then(|(dir, count)| match count {
            0 => self
                .list_by_thread(pid, &dir, listing, &mut sockets)
                .map(|count| (dir, count)),
            _ => Ok((dir, count)),
        });
        match visited {
            Ok((dir, count)) => {
                walk.extent.processes += 1;
                walk.extent.descriptors += count;
                if !sockets.is_empty() {
                    walk.holders.extend(Holder::read(self.roots, pid, dir.as_fd(), sockets));
                }
            }
            Err(Errno::ACCESS | Errno::PERM) => {
                walk.extent.processes += 1;
                let is_idle = Process::open(self.roots, pid).is_ok_and(|process| process.is_without_memory());
                walk.extent.denied += usize::from(!is_idle);
            }
            Err(_) => {}
        }
    }

    fn list(
        &self,
        pid: u32,
        below: &str,
        listing: &mut [MaybeUninit<u8>],
        sockets: &mut Vec<(u64, u32)>,
    ) -> rustix::io::Result<(OwnedFd, usize)> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.proc, format!("{pid}/{below}"), flags, Mode::empty())?;
        let keep = |inode, fd| {
            if self.wanted.contains(&inode) {
                sockets.push((inode, fd));
            }
        };
        let count = descriptors::scan(&dir, listing, keep)?;
        Ok((dir, count))
    }

    /// /proc/PID/fd is that of the first thread, and empty once that one has ended before the others
    /// (pthread_exit in main): then another thread's is read.
    fn list_by_thread(
        &self,
        pid: u32,
        dir: &OwnedFd,
        listing: &mut [MaybeUninit<u8>],
        sockets: &mut Vec<(u64, u32)>,
    ) -> rustix::io::Result<usize> {
        // Two links of the directory are its own, the others one per thread (fs/proc/base.c:proc_task_getattr).
        if rustix::fs::statat(dir, "../task", AtFlags::empty())?.st_nlink <= 3 {
            return Ok(0);
        }
        let Ok(threads) = Process::above(self.roots, pid, dir.as_fd()).and_then(|process| process.threads()) else {
            return Ok(0);
        };
        for tid in threads {
            match self.list(pid, &format!("task/{tid}/fd"), listing, sockets) {
                Ok((_, count)) if count > 0 => return Ok(count),
                _ => {}
            }
        }
        Ok(0)
    }
}

impl Walk {
    fn add(&mut self, other: Self) {
        self.holders.extend(other.holders);
        self.extent.processes += other.extent.processes;
        self.extent.denied += other.extent.denied;
        self.extent.descriptors += other.extent.descriptors;
    }
}
