//! The running host as it is at this moment: where a socket is and who holds it, how a namespace is entered.

use std::collections::HashMap;
use std::sync::Arc;

use model::action::SocketIdentity;
use model::{Action, NamespaceKey, Owner, Protocol};
use probe::diag::one::{self, Queue, Which};
use probe::diag::socket::DiagSocket;
use probe::namespaces::discover::{Found, discover};
use probe::namespaces::enter;
use probe::owners::OwnerIndex;
use probe::{ProbeError, Roots, clock};

use crate::carry_out::Apply;
use crate::{Trouble, apply};

/// The running host. What it keeps open between two actions of a plan is let go with the plan.
#[derive(Debug)]
pub struct Host {
    roots: Roots,
    /// Known since the plan was begun.
    namespaces: Option<Vec<Found>>,
    /// One netlink socket for each namespace; each pins its namespace.
    diag: HashMap<NamespaceKey, DiagSocket>,
    owners: OwnerIndex,
    /// The sockets that the plan is about: one walk of /proc finds the owners of all.
    wanted: Vec<u64>,
}

impl Host {
    /// Opens what is needed to look at it.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn open(roots: Roots) -> Result<Self, ProbeError> {
        Ok(Self {
            owners: OwnerIndex::new(roots.clone()),
            namespaces: None,
            diag: HashMap::new(),
            wanted: Vec::new(),
            roots,
        })
    }

    /// Where its file systems are.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The queue of a socket as it is now.
    pub(crate) fn find(&mut self, wanted: &SocketIdentity) -> Result<Queue, Trouble> {
        let which = Which {
            inode: wanted.inode,
            cookie: wanted.cookie,
            port: port(wanted),
        };
        let diag = self.diag(wanted.namespace)?;
        let queue = match wanted.protocol {
            Protocol::Tcp | Protocol::Mptcp => one::inet(diag, &which),
            Protocol::Unix => one::unix(diag, &which),
        };
        queue?.ok_or(Trouble::NoSocket)
    }

    /// The processes that hold a socket, oldest first; `None` when that cannot be seen.
    pub(crate) fn owners(&mut self, socket: &SocketIdentity) -> Option<Arc<[Owner]>> {
        if !self.wanted.contains(&socket.inode) {
            self.wanted.push(socket.inode);
            self.walk();
        }
        self.owners.owners(socket.inode)
    }

    /// Looks for owners anew: those that were known are gone, or hold it no longer.
    pub(crate) fn walk(&mut self) {
        // The index spares walks that follow each other closely; a new one walks.
        self.owners = OwnerIndex::new(self.roots.clone());
        self.owners.refresh(&self.wanted, clock::since_boot());
    }

    /// Runs `work` in a network namespace.
    pub(crate) fn inside<T: Send>(
        &mut self,
        namespace: NamespaceKey,
        work: impl FnOnce() -> T + Send,
    ) -> Result<T, Trouble> {
        let found = self.namespace(namespace)?;
        if found.is_own {
            return Ok(work());
        }
        let (entrance, inode) = found
            .entrance
            .as_ref()
            .zip(namespace.inode())
            .ok_or(Trouble::NoNamespace(namespace))?;
        Ok(enter::inside(entrance, inode, work)?)
    }

    fn namespace(&mut self, key: NamespaceKey) -> Result<&Found, Trouble> {
        let known = match self.namespaces.take() {
            Some(known) => known,
            None => discover(&self.roots).map_err(ProbeError::NoProcesses)?.found,
        };
        let known = self.namespaces.insert(known);
        known
            .iter()
            .find(|found| found.key == key)
            .ok_or(Trouble::NoNamespace(key))
    }

    fn diag(&mut self, namespace: NamespaceKey) -> Result<&mut DiagSocket, Trouble> {
        if !self.diag.contains_key(&namespace) {
            let opened = self.inside(namespace, DiagSocket::open)??;
            self.diag.insert(namespace, opened);
        }
        self.diag.get_mut(&namespace).ok_or(Trouble::NoNamespace(namespace))
    }
}

/// The place is for people, but it ends with the port, by which the kernel finds the socket faster.
fn port(socket: &SocketIdentity) -> Option<u16> {
    let (_, port) = socket.place.rsplit_once(':')?;
    port.parse().ok()
}

impl Apply for Host {
    fn begin(&mut self, actions: &[Action]) {
        let inode = |action: &Action| match action {
            Action::Resize(change) => Some(change.socket.inode),
            Action::Sysctl(_) | Action::File(_) => None,
        };
        self.wanted = actions.iter().filter_map(inode).collect();
        if !self.wanted.is_empty() {
            self.walk();
        }
    }

    fn apply(&mut self, action: &Action) -> Result<(), Trouble> {
        match action {
            Action::Resize(change) => apply::resize::apply(self, change).map(drop),
            Action::Sysctl(change) => apply::sysctl::apply(self, change).map(drop),
            Action::File(change) => apply::file::apply(change),
        }
    }

    fn end(&mut self) {
        self.diag.clear();
        self.namespaces = None;
        self.wanted.clear();
    }
}
