//! Finds the network namespaces of the host: through processes, and through bind mounts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::NamespaceKey;

use crate::namespaces::mounts::{self, NamespaceMount};
use crate::procfs::ProcfsError;
use crate::procfs::process::{self, OWN_THREAD, Process};
use crate::{Roots, cgroups};

/// One namespace and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its identity.
    pub key: NamespaceKey,
    /// `host`, its `ip netns` name, pod uid or short container id.
    pub name: Option<Arc<str>>,
    /// Whether the calling thread is in it.
    pub is_own: bool,
    /// A process in it: its counters and tables are read there, without entering.
    pub pid: Option<u32>,
    /// The file to enter it through; `None` when it may not even be looked at.
    pub entrance: Option<PathBuf>,
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// The namespaces, the caller's own first.
    pub found: Vec<Found>,
    /// Processes whose namespace could not be told.
    pub unknown: usize,
}

/// Walks /proc and the mounts for network namespaces.
///
/// The namespace of a process is the link /proc/PID/ns/net, which takes ptrace rights; without them, the inode of
/// /proc/PID/net/tcp still tells namespaces apart, since each has one such file of its own.
///
/// # Errors
/// When the root of procfs cannot be listed.
pub fn discover(roots: &Roots) -> Result<Discovery, ProcfsError> {
    let mut walk = Walk::new(roots);
    for pid in process::pids(roots)? {
        walk.visit(pid);
    }
    walk.merge_aliases();
    walk.add_mounts();
    Ok(walk.finish())
}

/// The initial network namespace, whose counters began at boot; `None` where that cannot be told.
///
/// The thread that makes all kernel threads is process 2 of the initial pid namespace, and kernel threads are in the
/// initial network namespace (kernel/fork.c:init_task, kernel/kthread.c:kthreadd). Process 1 may be a container's.
pub fn initial(roots: &Roots) -> Option<NamespaceKey> {
    let process = Process::open(roots, KTHREADD).ok()?;
    if !process.is_kernel_thread() {
        return None;
    }
    Walk::new(roots).key_of(&process)
}

/// Process id of kthreadd.
const KTHREADD: u32 = 2;

struct Walk<'a> {
    roots: &'a Roots,
    own: Option<NamespaceKey>,
    own_table: Option<u64>,
    found: HashMap<NamespaceKey, Found>,
    unknown: usize,
}

impl<'a> Walk<'a> {
    fn new(roots: &'a Roots) -> Self {
        let own = Process::own_thread(roots).ok();
        let own_table = own.as_ref().and_then(|own| own.net_tcp_inode().ok());
        let own = own.and_then(|own| own.net_namespace().ok()).map(NamespaceKey::Inode);
        let own = own.or(own_table.map(NamespaceKey::ProcInode));
        let mut walk = Self {
            roots,
            own,
            own_table,
            found: HashMap::new(),
            unknown: 0,
        };
        if let Some(key) = own {
            let entrance = Some(roots.proc.join(OWN_THREAD).join("ns/net"));
            walk.found.insert(
                key,
                Found {
                    key,
                    name: None,
                    is_own: true,
                    pid: None,
                    entrance,
                },
            );
        }
        walk
    }

    fn visit(&mut self, pid: u32) {
        // Whatever cannot be opened, or is not merely withheld, has ended.
        let Ok(process) = Process::open(self.roots, pid) else {
            return;
        };
        let key = match process.net_namespace() {
            Ok(inode) => Some(NamespaceKey::Inode(inode)),
            Err(error) if error.is_denied() => self.key_by_table(&process),
            Err(_) => return,
        };
        let Some(key) = key else {
            self.unknown += 1;
            return;
        };
        let entrance = key.inode().map(|_| process.path().join("ns/net"));
        let is_own = Some(key) == self.own;
        self.found.entry(key).or_insert(Found {
            key,
            name: None,
            is_own,
            pid: Some(pid),
            entrance,
        });
    }

    fn key_by_table(&self, process: &Process) -> Option<NamespaceKey> {
        let table = process.net_tcp_inode().ok()?;
        if Some(table) == self.own_table {
            self.own
        } else {
            Some(NamespaceKey::ProcInode(table))
        }
    }

    /// A namespace may have been seen both ways, through processes of different users.
    fn merge_aliases(&mut self) {
        let by_table: Vec<NamespaceKey> = self.found.keys().copied().filter(|key| key.inode().is_none()).collect();
        if by_table.is_empty() {
            return;
        }
        let readable = self.found.values().filter(|found| found.key.inode().is_some());
        let tables: Vec<u64> = readable
            .filter_map(|found| Process::open(self.roots, found.pid?).ok()?.net_tcp_inode().ok())
            .collect();
        self.found
            .retain(|key, _| !matches!(key, NamespaceKey::ProcInode(table) if tables.contains(table)));
    }

    fn add_mounts(&mut self) {
        for (root, mount) in self.mounts() {
            let key = NamespaceKey::Inode(mount.inode);
            let name = mount.name();
            let relative = mount.path.strip_prefix("/").unwrap_or(&mount.path);
            let entrance = Some(root.join(relative));
            let is_own = Some(key) == self.own;
            let found = self.found.entry(key).or_insert(Found {
                key,
                name: None,
                is_own,
                pid: None,
                entrance,
            });
            found.name = found.name.take().or(name);
        }
    }

    /// Mounts that this process sees, and those that process 1 sees (another mount namespace, when listenq runs in
    /// a container), each with the directory that its paths are below.
    fn mounts(&self) -> Vec<(PathBuf, NamespaceMount)> {
        let seen_by = |process: &str, root: PathBuf| {
            let text = std::fs::read_to_string(self.roots.proc.join(process).join("mountinfo")).unwrap_or_default();
            mounts::parse(&text)
                .into_iter()
                .map(move |mount| (root.clone(), mount))
                .collect::<Vec<_>>()
        };
        let own = seen_by("self", PathBuf::from("/"));
        let of_first = seen_by("1", self.roots.proc.join("1/root"));
        own.into_iter().chain(of_first).collect()
    }

    fn finish(mut self) -> Discovery {
        let host = self.host_key();
        for found in self.found.values_mut() {
            found.name = name(self.roots, found, host);
        }
        let mut found: Vec<Found> = self.found.into_values().collect();
        found.sort_unstable_by_key(|found| (!found.is_own, found.key));
        Discovery {
            found,
            unknown: self.unknown,
        }
    }

    /// The namespace of process 1; in a container without the host's /proc that is the container's own.
    fn host_key(&self) -> Option<NamespaceKey> {
        let first = Process::open(self.roots, 1).ok()?;
        self.key_of(&first)
    }

    fn key_of(&self, process: &Process) -> Option<NamespaceKey> {
        let inode = process.net_namespace().ok().map(NamespaceKey::Inode);
        inode.or_else(|| self.key_by_table(process))
    }
}

fn name(roots: &Roots, found: &Found, host: Option<NamespaceKey>) -> Option<Arc<str>> {
    if host == Some(found.key) {
        return Some("host".into());
    }
    found.name.clone().or_else(|| {
        let process = Process::open(roots, found.pid?).ok()?;
        let cgroup = cgroups::read(&process).ok()??;
        let container = || cgroup.container.as_deref().and_then(|id| id.get(..12)).map(Arc::from);
        cgroup.pod.clone().or_else(container)
    })
}
