//! The running host as it is at this moment: where a socket is and who holds it, how a namespace is entered.

use model::action::SocketIdentity;
use model::{Action, ListeningSocket, NamespaceKey};
use probe::namespaces::discover::discover;
use probe::namespaces::enter;
use probe::{HalfOpenPolicy, Options, Probe, ProbeError, Roots};

use crate::carry_out::Apply;
use crate::{Trouble, apply};

/// The running host.
#[derive(Debug)]
pub struct Host {
    probe: Probe,
    roots: Roots,
}

impl Host {
    /// Opens what is needed to look at it.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn open(roots: Roots) -> Result<Self, ProbeError> {
        let options = Options {
            roots: roots.clone(),
            half_open: HalfOpenPolicy::Never,
            content: false,
            unix_clients: false,
            ..Options::default()
        };
        Ok(Self {
            probe: Probe::new(options)?,
            roots,
        })
    }

    /// Where its file systems are.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The socket as it is now.
    pub(crate) fn find(&mut self, wanted: &SocketIdentity) -> Result<ListeningSocket, Trouble> {
        let is_it = |socket: &ListeningSocket| {
            (socket.namespace, socket.inode, socket.cookie, socket.protocol)
                == (wanted.namespace, wanted.inode, wanted.cookie, wanted.protocol)
        };
        let sample = self.probe.sample()?;
        sample.sockets.into_iter().find(is_it).ok_or(Trouble::NoSocket)
    }

    /// Runs `work` in a network namespace.
    pub(crate) fn inside<T: Send>(
        &self,
        namespace: NamespaceKey,
        work: impl FnOnce() -> T + Send,
    ) -> Result<T, Trouble> {
        let found = discover(&self.roots).map_err(ProbeError::NoProcesses)?.found;
        let found = found.into_iter().find(|found| found.key == namespace);
        let found = found.ok_or(Trouble::NoNamespace(namespace))?;
        if found.is_own {
            return Ok(work());
        }
        let (entrance, inode) = found
            .entrance
            .zip(namespace.inode())
            .ok_or(Trouble::NoNamespace(namespace))?;
        Ok(enter::inside(&entrance, inode, work)?)
    }
}

impl Apply for Host {
    fn apply(&mut self, action: &Action) -> Result<(), Trouble> {
        match action {
            Action::Resize(change) => apply::resize::apply(self, change).map(drop),
            Action::Sysctl(change) => apply::sysctl::apply(self, change).map(drop),
            Action::File(change) => apply::file::apply(change),
        }
    }
}
