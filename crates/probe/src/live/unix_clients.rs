//! Who waits at unix listeners: the client ends of queued connections, and connectors that a full queue blocks.

use std::collections::BTreeMap;

use model::sample::{BlockedConnector, UnixClient, UnixClients};
use model::{Endpoint, ListeningSocket, NamespaceKey};

use super::health::HealthLog;
use super::session::Session;
use crate::Roots;
use crate::diag::socket::{DiagSocket, NetlinkError};
use crate::diag::unix;
use crate::procfs::blocked::{self, Blocked};

/// Fills in [`ListeningSocket::clients`] of the unix listeners at which something waits.
pub fn look(
    sessions: &mut BTreeMap<NamespaceKey, Session>,
    roots: &Roots,
    sockets: &mut [ListeningSocket],
    log: &mut HealthLog,
) {
    let has_clients = |socket: &&mut ListeningSocket| is_unix(socket) && socket.length.is_some_and(|length| length > 0);
    for socket in sockets.iter_mut().filter(has_clients) {
        let diag = sessions.get_mut(&socket.namespace).and_then(Session::diag);
        match diag.map(|diag| queued_at(diag, socket)) {
            Some(Ok(queued)) => {
                log.gave("unix-clients");
                socket.clients = Some(UnixClients {
                    queued,
                    blocked: Vec::new(),
                });
            }
            Some(Err(error)) => log.lacks("unix-clients", error.to_string()),
            // That netlink is not to be had was said of the listeners already.
            None => {}
        }
    }
    if sockets.iter().any(is_full_unix) {
        add_blocked(blocked::blocked_connectors(roots), sockets);
    }
}

/// The client ends of the connections queued at a listener, oldest first.
fn queued_at(diag: &mut DiagSocket, socket: &ListeningSocket) -> Result<Vec<UnixClient>, NetlinkError> {
    // unix_diag numbers inodes in 32 bits, so the one it gave fits.
    let inode = u32::try_from(socket.inode).unwrap_or(0);
    let inodes = unix::waiting_clients(diag, inode, socket.cookie)?;
    let client = |inode: u32| UnixClient {
        inode: inode.into(),
        owners: None,
    };
    Ok(inodes.into_iter().map(client).collect())
}

/// A connector whose address was read belongs to that listener; of another one it is only known that it waits for
/// some full listener.
fn add_blocked(blocked: Vec<Blocked>, sockets: &mut [ListeningSocket]) {
    for connector in blocked {
        let certain = sockets
            .iter()
            .any(|socket| is_full_unix(socket) && is_target(&connector, socket));
        for socket in sockets.iter_mut().filter(|socket| is_full_unix(socket)) {
            if !certain || is_target(&connector, socket) {
                let entry = BlockedConnector {
                    pid: connector.pid,
                    tid: connector.tid,
                    comm: connector.comm.clone(),
                    certain,
                };
                socket.clients.get_or_insert_default().blocked.push(entry);
            }
        }
    }
}

fn is_target(connector: &Blocked, socket: &ListeningSocket) -> bool {
    matches!(&socket.endpoint, Endpoint::Unix(endpoint) if connector.address.is_some() && endpoint.name.as_deref() == connector.address.as_deref())
}

fn is_unix(socket: &ListeningSocket) -> bool {
    matches!(socket.endpoint, Endpoint::Unix(_))
}

/// connect() sleeps while `length > limit` (`unix_recvq_full`).
fn is_full_unix(socket: &ListeningSocket) -> bool {
    is_unix(socket)
        && socket
            .length
            .zip(socket.limit)
            .is_some_and(|(length, limit)| length > limit)
}
