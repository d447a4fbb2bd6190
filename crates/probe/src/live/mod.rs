//! Samples of the running host: which sources are asked, in which order, and how they become one [`Sample`].

mod connections;
mod descriptors;
mod health;
mod options;
mod session;
mod sockets;
mod unix_clients;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::namespace::Namespace;
use model::{Host, ListeningSocket, NamespaceKey, Sample, Timeline};

use crate::Roots;
use crate::cgroups::ids::CgroupIds;
use crate::clock;
use crate::namespaces::discover::{Found, discover};
use crate::owners::OwnerIndex;
use crate::procfs::ProcfsError;
use crate::procfs::process::Process;
use health::HealthLog;
pub use options::{COUNTING, HalfOpenPolicy, Options};
use session::Session;

/// How long the list of namespaces, and their settings, are good for. A namespace that nobody but our own netlink
/// socket holds is let go at the next look, so this bounds how long a dead container's devices are kept alive.
const DISCOVER_EVERY: Duration = Duration::from_secs(5);

/// Nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The processes of the host cannot be listed.
    #[error("network namespaces cannot be looked for: {0}; is procfs mounted there? (--procfs)")]
    NoProcesses(ProcfsError),
    /// procfs does not even show the caller's own namespace.
    #[error("no network namespace could be found below {proc}; is procfs mounted there? (--procfs)")]
    NoNamespace {
        /// The directory.
        proc: String,
    },
    /// No such process, or it may not be looked at.
    #[error("the network namespace of process {pid} cannot be told: {source}")]
    NoProcess {
        /// The process.
        pid: u32,
        /// Why.
        source: ProcfsError,
    },
}

/// Reads samples; keeps one netlink socket per namespace open between them.
#[derive(Debug)]
pub struct Probe {
    options: Options,
    host: Host,
    sessions: BTreeMap<NamespaceKey, Session>,
    owners: OwnerIndex,
    cgroup_ids: CgroupIds,
    discovered_at: Option<Duration>,
    /// Processes whose namespace could not be told.
    unknown_namespaces: usize,
}

impl Probe {
    /// Prepares to read what the options ask for.
    ///
    /// # Errors
    /// When not even the caller's own namespace can be told.
    pub fn new(options: Options) -> Result<Self, ProbeError> {
        let owners = OwnerIndex::new(options.roots.clone());
        let cgroup_ids = CgroupIds::new(&options.roots);
        let host = read_host(&options);
        let mut probe = Self {
            options,
            host,
            sessions: BTreeMap::new(),
            owners,
            cgroup_ids,
            discovered_at: None,
            unknown_namespaces: 0,
        };
        probe.look_for_namespaces(clock::since_boot())?;
        if probe.sessions.is_empty() {
            return Err(ProbeError::NoNamespace {
                proc: probe.options.roots.proc.display().to_string(),
            });
        }
        Ok(probe)
    }

    /// Reads one sample.
    ///
    /// # Errors
    /// When the processes of the host can no longer be listed. A source that fails alone is marked in the sample.
    pub fn sample(&mut self) -> Result<Sample, ProbeError> {
        let mut log = HealthLog::default();
        let now = clock::since_boot();
        let taken_at = clock::now();
        self.housekeep(now)?;
        self.note_namespaces(&mut log);
        let mut sockets = Vec::new();
        let mut namespaces: Vec<Namespace> = self
            .sessions
            .values_mut()
            .map(|session| session.read(&self.options, &mut sockets, &mut log))
            .collect();
        if self.sessions.values().any(Session::has_lost_process) {
            self.discovered_at = None;
        }
        connections::count(&mut self.sessions, &mut namespaces, &sockets, &self.options, &mut log);
        if self.options.unix_clients {
            unix_clients::look(&mut self.sessions, &self.options.roots, &mut sockets, &mut log);
        }
        if self.options.owners {
            self.find_owners(&mut sockets, now, &mut log);
            self.find_creators(&mut sockets, now);
        }
        Ok(Sample {
            taken_at,
            since_boot: now,
            host: self.host.clone(),
            sources: log.finish(),
            namespaces,
            sockets,
        })
    }

    /// Looks for namespaces that came and lets go of those that nobody else holds any more, if that is due.
    ///
    /// To be called between samples that are further apart than five seconds.
    ///
    /// # Errors
    /// When the processes of the host can no longer be listed.
    pub fn housekeep(&mut self, now: Duration) -> Result<(), ProbeError> {
        if self
            .discovered_at
            .is_none_or(|at| now.saturating_sub(at) >= DISCOVER_EVERY)
        {
            self.look_for_namespaces(now)?;
        }
        Ok(())
    }

    fn look_for_namespaces(&mut self, now: Duration) -> Result<(), ProbeError> {
        let discovery = discover(&self.options.roots).map_err(ProbeError::NoProcesses)?;
        self.unknown_namespaces = discovery.unknown;
        descriptors::make_room(discovery.found.len());
        self.sessions
            .retain(|key, _| discovery.found.iter().any(|found| found.key == *key));
        for found in discovery.found {
            self.keep(found);
        }
        self.discovered_at = Some(now);
        Ok(())
    }

    fn keep(&mut self, found: Found) {
        let options = &self.options;
        match self.sessions.get_mut(&found.key) {
            Some(session) => session.renew(found, options),
            None => {
                self.sessions.insert(found.key, Session::open(found, options));
            }
        }
    }

    fn note_namespaces(&self, log: &mut HealthLog) {
        log.gave("namespaces");
        if self.unknown_namespaces > 0 {
            let reason = format!(
                "the namespace of {} processes could not be told (needs CAP_SYS_PTRACE)",
                self.unknown_namespaces
            );
            log.lacks("namespaces", reason);
        }
    }

    fn find_owners(&mut self, sockets: &mut [ListeningSocket], now: Duration, log: &mut HealthLog) {
        let own = sockets.iter().map(|socket| socket.inode);
        let clients = sockets
            .iter()
            .filter_map(|socket| socket.clients.as_ref())
            .flat_map(|clients| &clients.queued);
        let wanted: Vec<u64> = own
            .chain(clients.map(|client| client.inode))
            .filter(|inode| *inode != 0)
            .collect();
        let report = self.owners.refresh(&wanted, now);
        for socket in &mut *sockets {
            self.name_owners(socket);
        }
        let unknown = sockets.iter().filter(|socket| socket.owners.is_none()).count();
        if unknown < sockets.len() || sockets.is_empty() {
            log.gave("owners");
        }
        if let (true, Some(reason)) = (unknown > 0, report.health().reason) {
            let of = if unknown == 1 {
                "1 listener".to_owned()
            } else {
                format!("{unknown} listeners")
            };
            log.lacks("owners", format!("not known of {of}: {reason}"));
        }
    }

    /// The control group that a socket's creator was in, where that of its owner is not known.
    fn find_creators(&mut self, sockets: &mut [ListeningSocket], now: Duration) {
        let unknown = sockets.iter().filter(|socket| socket.cgroup.is_none());
        self.cgroup_ids
            .refresh(unknown.filter_map(|socket| socket.cgroup_id), now);
        for socket in sockets.iter_mut().filter(|socket| socket.cgroup.is_none()) {
            socket.cgroup = socket.cgroup_id.and_then(|id| self.cgroup_ids.get(id));
        }
    }

    fn name_owners(&self, socket: &mut ListeningSocket) {
        socket.owners = self.owners.owners(socket.inode);
        let oldest = socket.owners.as_deref().and_then(|owners| owners.first());
        socket.cgroup = oldest.and_then(|owner| self.owners.cgroup(owner.pid));
        for client in socket.clients.iter_mut().flat_map(|clients| &mut clients.queued) {
            client.owners = self.owners.owners(client.inode);
        }
    }
}

impl Timeline for Probe {
    type Error = ProbeError;

    fn step(&mut self) -> Result<Option<Sample>, ProbeError> {
        self.sample().map(Some)
    }
}

/// The network namespace of a process.
///
/// # Errors
/// When there is no such process, or it may not be looked at.
pub fn namespace_of(roots: &Roots, pid: u32) -> Result<NamespaceKey, ProbeError> {
    let inode = Process::open(roots, pid).and_then(|process| process.net_namespace());
    inode
        .map(NamespaceKey::Inode)
        .map_err(|source| ProbeError::NoProcess { pid, source })
}

fn read_host(options: &Options) -> Host {
    let names = rustix::system::uname();
    Host {
        hostname: names.nodename().to_string_lossy().into(),
        kernel: names.release().to_string_lossy().into(),
        boot_id: crate::sysctl::boot_id(&options.roots.proc).map(Arc::from),
    }
}
