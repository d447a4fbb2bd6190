//! One network namespace between samples: its open netlink socket, its settings, and how it is read.

use model::counter::Counters;
use model::namespace::Namespace;
use model::selection::Family;
use model::{ListeningSocket, NamespaceKey, Settings};

use super::health::HealthLog;
use super::options::{HalfOpenPolicy, Options};
use super::sockets::{inet_socket, tabled_socket, tabled_unix_socket, unix_socket};
use crate::diag::inet::InetListener;
use crate::diag::socket::{DiagSocket, NetlinkError};
use crate::diag::unix::UnixListener;
use crate::diag::{inet, unix};
use crate::namespaces::discover::Found;
use crate::namespaces::enter::inside;
use crate::procfs::process::OWN_THREAD;
use crate::procfs::{ProcfsError, counters, tcp_table, unix_table};
use crate::{Roots, privileges, sysctl};

/// A namespace that is read again and again.
#[derive(Debug)]
pub struct Session {
    found: Found,
    diag: Result<DiagSocket, String>,
    settings: Result<sysctl::Reading, String>,
    counters: Option<Counters>,
    has_refused: bool,
    has_lost_process: bool,
    inet_rows: Vec<InetListener>,
    unix_rows: Vec<UnixListener>,
}

impl Session {
    /// Opens a netlink socket in the namespace, if that is allowed.
    pub fn open(found: Found, options: &Options) -> Self {
        let visited = in_namespace(&found, || (open_diag(options), sysctl::read(&options.roots.proc)));
        let (diag, settings) = match visited {
            Ok((diag, settings)) => (diag, Ok(settings)),
            Err(reason) => (Err(reason.clone()), Err(reason)),
        };
        Self {
            found,
            diag,
            settings,
            counters: None,
            has_refused: false,
            has_lost_process: false,
            inet_rows: Vec::new(),
            unix_rows: Vec::new(),
        }
    }

    /// Takes over what a new look at the host found, and reads the settings again.
    pub fn renew(&mut self, found: Found, options: &Options) {
        self.has_lost_process = false;
        self.settings = in_namespace(&found, || sysctl::read(&options.roots.proc));
        if self.diag.is_err() {
            self.diag = in_namespace(&found, || open_diag(options)).and_then(|opened| opened);
        }
        self.found = found;
    }

    /// Whether something was refused, or cookies were sent, between the last two samples.
    pub fn has_refused(&self) -> bool {
        self.has_refused
    }

    /// Whether the process through which /proc shows the namespace has ended: another one has to be found.
    pub fn has_lost_process(&self) -> bool {
        self.has_lost_process
    }

    /// The namespace, as a reason names it.
    pub fn title(&self) -> String {
        match &self.found.name {
            Some(name) => format!("namespace {name}"),
            None => format!("namespace {}", self.found.key),
        }
    }

    /// The open netlink socket, if there is one.
    pub fn diag(&mut self) -> Option<&mut DiagSocket> {
        self.diag.as_mut().ok()
    }

    /// Reads listeners, settings and counters; the sockets are added to `sockets`.
    pub fn read(&mut self, options: &Options, sockets: &mut Vec<ListeningSocket>, log: &mut HealthLog) -> Namespace {
        let mut namespace = Namespace {
            key: self.found.key,
            name: self.found.name.clone(),
            is_own: self.found.is_own,
            settings: self.known_settings(log),
            counters: None,
            half_open: None,
            queued: None,
        };
        let families = &options.selection.families;
        let is_wanted = |family| families.is_empty() || families.contains(&family);
        if is_wanted(Family::Tcp) {
            self.read_tcp(options, &mut namespace, sockets, log);
        }
        if is_wanted(Family::Unix) {
            self.read_unix(&options.roots, sockets, log);
        }
        // After the listeners: what their drops show is then in ListenDrops too, by which noise is told. A single
        // refusal in the moment between the two readings looks like noise in the next window.
        namespace.counters = self.read_counters(&options.roots, log);
        namespace
    }

    fn known_settings(&self, log: &mut HealthLog) -> Settings {
        match &self.settings {
            Ok(reading) => {
                log.gave("sysctls");
                if let Some(reason) = reading.health().reason {
                    log.lacks("sysctls", self.with_title(&reason));
                }
                reading.settings.clone()
            }
            Err(reason) => {
                log.lacks("sysctls", self.with_title(reason));
                Settings::default()
            }
        }
    }

    fn read_tcp(
        &mut self,
        options: &Options,
        namespace: &mut Namespace,
        sockets: &mut Vec<ListeningSocket>,
        log: &mut HealthLog,
    ) {
        let rows = &mut self.inet_rows;
        match with_diag(&mut self.diag, |diag| {
            inet::listeners(diag, !privileges::has_net_admin(), rows)
        }) {
            Ok(diag) => {
                log.gave("tcp");
                sockets.extend(self.inet_rows.iter().map(|row| inet_socket(namespace.key, row, diag)));
            }
            Err(reason) => self.read_tcp_table(options, &reason, namespace, sockets, log),
        }
    }

    /// /proc/PID/net/tcp shows lengths, half-open and queued connections, but no limit and no drops.
    fn read_tcp_table(
        &self,
        options: &Options,
        reason: &str,
        namespace: &mut Namespace,
        sockets: &mut Vec<ListeningSocket>,
        log: &mut HealthLog,
    ) {
        match self.process().map(|process| tcp_table::read(&options.roots, process)) {
            Some(Ok(table)) => {
                log.gave("tcp");
                log.lacks(
                    "tcp",
                    self.with_title(&format!("limits and drops are unknown, only /proc was read: {reason}")),
                );
                let key = namespace.key;
                sockets.extend(table.listeners.iter().map(|listener| tabled_socket(key, listener)));
                if options.half_open != HalfOpenPolicy::Never {
                    namespace.half_open = Some(table.half_open);
                    namespace.queued = Some(table.queued);
                }
            }
            Some(Err(error)) => log.lacks("tcp", self.with_title(&format!("{reason}; {error}"))),
            None => log.lacks("tcp", self.with_title(reason)),
        }
    }

    fn read_unix(&mut self, roots: &Roots, sockets: &mut Vec<ListeningSocket>, log: &mut HealthLog) {
        let (key, rows) = (self.found.key, &mut self.unix_rows);
        match with_diag(&mut self.diag, |diag| unix::listeners(diag, rows)) {
            Ok(_) => {
                log.gave("unix");
                sockets.extend(self.unix_rows.iter().map(|row| unix_socket(key, row)));
            }
            Err(reason) => self.read_unix_table(roots, &reason, sockets, log),
        }
    }

    /// /proc/PID/net/unix shows which sockets listen, but no length.
    fn read_unix_table(&self, roots: &Roots, reason: &str, sockets: &mut Vec<ListeningSocket>, log: &mut HealthLog) {
        match self.process().map(|process| unix_table::read(roots, process)) {
            Some(Ok(listeners)) => {
                log.gave("unix");
                log.lacks(
                    "unix",
                    self.with_title(&format!("lengths are unknown, only /proc was read: {reason}")),
                );
                let key = self.found.key;
                sockets.extend(listeners.into_iter().map(|row| tabled_unix_socket(key, row)));
            }
            Some(Err(error)) => log.lacks("unix", self.with_title(&format!("{reason}; {error}"))),
            None => log.lacks("unix", self.with_title(reason)),
        }
    }

    fn read_counters(&mut self, roots: &Roots, log: &mut HealthLog) -> Option<Counters> {
        match self.try_counters(roots) {
            Ok(counters) => {
                log.gave("counters");
                self.has_refused = self
                    .counters
                    .as_ref()
                    .is_some_and(|before| refused_between(before, &counters));
                self.counters = Some(counters.clone());
                Some(counters)
            }
            Err(reason) => {
                log.lacks("counters", self.with_title(&reason));
                None
            }
        }
    }

    /// Through a process of the namespace; one that only a bind mount holds has to be entered.
    fn try_counters(&mut self, roots: &Roots) -> Result<Counters, String> {
        if let Some(process) = self.process() {
            let read = counters::read(roots, process);
            self.has_lost_process = read.as_ref().is_err_and(ProcfsError::is_gone);
            return read.map_err(|error| error.to_string());
        }
        let read = in_namespace(&self.found, || counters::read(roots, OWN_THREAD))?;
        read.map_err(|error| error.to_string())
    }

    /// Where /proc shows this namespace: to the calling thread, or through a process in it.
    fn process(&self) -> Option<String> {
        if self.found.is_own {
            Some(OWN_THREAD.to_owned())
        } else {
            self.found.pid.map(|pid| pid.to_string())
        }
    }

    fn with_title(&self, reason: &str) -> String {
        format!("{}: {reason}", self.title())
    }
}

fn open_diag(options: &Options) -> Result<DiagSocket, String> {
    if !options.netlink {
        return Err("netlink was turned off".to_owned());
    }
    DiagSocket::open().map_err(|error| error.to_string())
}

/// Runs `work` where the namespace is the thread's own: both a netlink socket and /proc/sys/net belong to the
/// namespace of the thread that opens or reads them (KERNEL.md 6.2).
fn in_namespace<T: Send>(found: &Found, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    match (found.is_own, &found.entrance, found.key) {
        (true, ..) => Ok(work()),
        (_, Some(entrance), NamespaceKey::Inode(inode)) => {
            inside(entrance, inode, work).map_err(|error| error.to_string())
        }
        _ => Err("it may not be entered (needs CAP_SYS_PTRACE and CAP_SYS_ADMIN)".to_owned()),
    }
}

/// Runs a dump if there is a socket; gives the socket back, or why nothing could be read.
fn with_diag(
    diag: &mut Result<DiagSocket, String>,
    dump: impl FnOnce(&mut DiagSocket) -> Result<(), NetlinkError>,
) -> Result<&DiagSocket, String> {
    match diag {
        Ok(socket) => dump(socket).map(|()| &*socket).map_err(|error| error.to_string()),
        Err(reason) => Err(reason.clone()),
    }
}

fn refused_between(before: &Counters, after: &Counters) -> bool {
    ["ListenDrops", "TCPReqQFullDrop", "TCPReqQFullDoCookies"]
        .iter()
        .any(|name| before.named("TcpExt", name) != after.named("TcpExt", name))
}
