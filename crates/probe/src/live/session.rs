//! One network namespace between samples: its open netlink socket, its settings, and how it is read.

use std::time::Duration;

use model::counter::Counters;
use model::endpoint::{Interface, UnixEndpoint};
use model::namespace::Namespace;
use model::selection::Family as Wanted;
use model::{Endpoint, InetEndpoint, ListeningSocket, NamespaceKey, Protocol, Settings};
use rustix::net::netdevice::index_to_name;
use sockdiag::inet::Family;

use super::health::HealthLog;
use super::options::Options;
use crate::diag::inet::InetListener;
use crate::diag::socket::{DiagSocket, NetlinkError};
use crate::diag::unix::UnixListener;
use crate::diag::{half_open, inet, queued, unix};
use crate::namespaces::discover::{Found, OWN};
use crate::namespaces::enter::inside;
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
        if is_wanted(Wanted::Tcp) {
            self.read_tcp(&options.roots, &mut namespace, sockets, log);
        }
        if is_wanted(Wanted::Unix) {
            self.read_unix(&options.roots, sockets, log);
        }
        // After the listeners: what a listener's drops show is then in ListenDrops too, so that a refusal is
        // never taken for noise.
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
        roots: &Roots,
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
            Err(reason) => self.read_tcp_table(roots, &reason, namespace, sockets, log),
        }
    }

    /// /proc/PID/net/tcp shows lengths, half-open and queued connections, but no limit and no drops.
    fn read_tcp_table(
        &self,
        roots: &Roots,
        reason: &str,
        namespace: &mut Namespace,
        sockets: &mut Vec<ListeningSocket>,
        log: &mut HealthLog,
    ) {
        match self.process().map(|process| tcp_table::read(roots, process)) {
            Some(Ok(table)) => {
                log.gave("tcp");
                log.lacks(
                    "tcp",
                    self.with_title(&format!("limits and drops are unknown, only /proc was read: {reason}")),
                );
                let key = namespace.key;
                sockets.extend(table.listeners.iter().map(|listener| tabled_socket(key, listener)));
                namespace.half_open = Some(table.half_open);
                namespace.queued = Some(table.queued);
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
                sockets.extend(listeners.into_iter().map(|listener| ListeningSocket {
                    inode: listener.inode,
                    ..bare_socket(self.found.key, Protocol::Unix, Endpoint::Unix(listener.endpoint))
                }));
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
        let read = in_namespace(&self.found, || counters::read(roots, OWN))?;
        read.map_err(|error| error.to_string())
    }

    /// Counts half-open connections, and what waits in accept queues, of the families that have a listener.
    pub fn count_connections(
        &mut self,
        namespace: &mut Namespace,
        sockets: &[ListeningSocket],
        content: bool,
        until: Option<Duration>,
        log: &mut HealthLog,
    ) {
        let title = self.title();
        let Ok(diag) = &mut self.diag else { return };
        let listening = Listening::new(namespace.key, sockets);
        let half_open = collect(listening.families(), |family| half_open::count(diag, family, until));
        namespace.half_open = note("half-open", &title, half_open, log);
        if content && !listening.waiting.is_empty() {
            let queued = collect(listening.families(), |family| {
                queued::count(diag, family, &listening.waiting, until)
            });
            namespace.queued = note("queue-content", &title, queued, log);
        }
    }

    /// Where /proc shows this namespace: to the calling thread, or through a process in it.
    fn process(&self) -> Option<String> {
        if self.found.is_own {
            Some(OWN.to_owned())
        } else {
            self.found.pid.map(|pid| pid.to_string())
        }
    }

    fn title(&self) -> String {
        match &self.found.name {
            Some(name) => format!("namespace {name}"),
            None => format!("namespace {}", self.found.key),
        }
    }

    fn with_title(&self, reason: &str) -> String {
        format!("{}: {reason}", self.title())
    }
}

/// The TCP listeners of a namespace, as far as they decide what has to be counted.
struct Listening {
    has_v4: bool,
    has_v6: bool,
    /// Ports at which something waits for accept(), in rising order.
    waiting: Vec<u16>,
}

impl Listening {
    fn new(key: NamespaceKey, sockets: &[ListeningSocket]) -> Self {
        let mut listening = Self {
            has_v4: false,
            has_v6: false,
            waiting: Vec::new(),
        };
        for socket in sockets.iter().filter(|socket| socket.namespace == key) {
            if let Endpoint::Inet(endpoint) = &socket.endpoint {
                listening.has_v4 |= endpoint.address.is_ipv4();
                listening.has_v6 |= endpoint.address.is_ipv6();
                if socket.length.is_some_and(|length| length > 0) {
                    listening.waiting.push(endpoint.port);
                }
            }
        }
        listening.waiting.sort_unstable();
        listening.waiting.dedup();
        listening
    }

    fn families(&self) -> impl Iterator<Item = Family> {
        let v4 = self.has_v4.then_some(Family::V4);
        v4.into_iter().chain(self.has_v6.then_some(Family::V6))
    }
}

fn collect<T>(
    families: impl Iterator<Item = Family>,
    mut count: impl FnMut(Family) -> Result<Vec<T>, NetlinkError>,
) -> Result<Vec<T>, NetlinkError> {
    let mut all = Vec::new();
    for family in families {
        all.extend(count(family)?);
    }
    Ok(all)
}

fn note<T>(source: &'static str, title: &str, result: Result<T, NetlinkError>, log: &mut HealthLog) -> Option<T> {
    match result {
        Ok(counted) => {
            log.gave(source);
            Some(counted)
        }
        Err(error) => {
            log.lacks(source, format!("{title}: {error}"));
            None
        }
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

fn bare_socket(namespace: NamespaceKey, protocol: Protocol, endpoint: Endpoint) -> ListeningSocket {
    ListeningSocket {
        namespace,
        protocol,
        endpoint,
        inode: 0,
        cookie: None,
        uid: None,
        length: None,
        limit: None,
        drops: None,
        owners: None,
        cgroup: None,
        clients: None,
    }
}

fn inet_socket(namespace: NamespaceKey, row: &InetListener, diag: &DiagSocket) -> ListeningSocket {
    let protocol = if row.is_mptcp { Protocol::Mptcp } else { Protocol::Tcp };
    let interface = (row.interface != 0).then(|| Interface {
        index: row.interface,
        name: index_to_name(diag.fd(), row.interface).ok().map(Into::into),
    });
    let endpoint = InetEndpoint {
        address: row.address,
        port: row.port,
        interface,
        v6_only: row.v6_only,
    };
    ListeningSocket {
        namespace,
        protocol,
        endpoint: Endpoint::Inet(endpoint),
        inode: row.inode.into(),
        cookie: row.cookie,
        uid: Some(row.uid),
        length: Some(row.length),
        limit: Some(row.limit),
        drops: row.drops,
        owners: None,
        cgroup: None,
        clients: None,
    }
}

fn tabled_socket(namespace: NamespaceKey, row: &tcp_table::TableListener) -> ListeningSocket {
    let endpoint = InetEndpoint {
        address: row.address,
        port: row.port,
        interface: None,
        v6_only: None,
    };
    ListeningSocket {
        inode: row.inode,
        uid: Some(row.uid),
        length: Some(row.length),
        ..bare_socket(namespace, Protocol::Tcp, Endpoint::Inet(endpoint))
    }
}

fn unix_socket(namespace: NamespaceKey, row: &UnixListener) -> ListeningSocket {
    let endpoint: UnixEndpoint = row.endpoint.clone();
    ListeningSocket {
        inode: row.inode.into(),
        cookie: row.cookie,
        uid: row.uid,
        length: row.length,
        limit: row.limit,
        ..bare_socket(namespace, Protocol::Unix, Endpoint::Unix(endpoint))
    }
}
