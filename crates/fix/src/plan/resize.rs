//! Plans another limit for the listeners of a document.

use model::action::{Resize, SocketIdentity};
use model::{Action, Document, Listener};

use crate::Plan;

/// A step for each listener whose limit is another one.
pub fn plan(document: &Document, limit: u32) -> Plan {
    let resize = |listener: &Listener| {
        let from = listener.accept_queue.limit?;
        (from != limit).then(|| {
            Action::Resize(Resize {
                socket: identity(document, listener),
                from,
                to: limit,
            })
        })
    };
    Plan {
        command: "resize".to_owned(),
        undoes: None,
        actions: document.listeners.iter().filter_map(resize).collect(),
    }
}

fn identity(document: &Document, listener: &Listener) -> SocketIdentity {
    let namespace = document.namespaces.iter().find(|one| one.key == listener.namespace);
    let oldest = listener.owners.as_deref().and_then(|owners| owners.first());
    SocketIdentity {
        namespace: listener.namespace,
        namespace_name: namespace.and_then(|one| one.name.as_deref()).map(str::to_owned),
        protocol: listener.protocol,
        place: listener.place(),
        inode: listener.inode,
        cookie: listener.cookie,
        owner: oldest.map(|owner| owner.comm.to_string()),
    }
}
