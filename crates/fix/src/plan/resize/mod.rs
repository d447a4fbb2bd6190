//! Plans another limit for the listeners that were asked for.

mod meant;
mod notes;
mod refusal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use model::action::{Resize, SocketIdentity, SysctlChange};
use model::{Action, Document, Listener, NamespaceKey, Selection, Setting};

use crate::Plan;
pub use refusal::Refusal;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The limit that the listeners are to have.
    pub limit: u32,
    /// Raise the somaxconn of their namespaces, where it would cut the limit.
    pub raise_somaxconn: bool,
    /// Lower limits too.
    pub allow_shrink: bool,
    /// Listeners of several programs or namespaces, or all there are.
    pub all: bool,
}

/// What would be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The steps; none when every limit is right already.
    pub plan: Plan,
    /// What has to be known before.
    pub notes: Vec<String>,
    /// Why there is nothing to do, where there is not.
    pub nothing: Option<String>,
}

impl Planned {
    /// The sockets that are resized.
    pub fn sockets(&self) -> impl Iterator<Item = &SocketIdentity> {
        self.plan.actions.iter().filter_map(|action| match action {
            Action::Resize(change) => Some(&change.socket),
            Action::Sysctl(_) | Action::File(_) => None,
        })
    }
}

/// Plans the steps: where somaxconn has to be raised that comes first, namespace by namespace.
///
/// # Errors
/// When it is not to be done, and why.
pub fn plan(document: &Document, selection: &Selection, request: Request) -> Result<Planned, Refusal> {
    let meant = meant::select(document, selection, request.all)?;
    let changes = changes(document, &meant.listeners, request)?;
    let raises = raises(document, &changes, request)?;
    let nothing = changes.is_empty().then(|| already(&meant.listeners, request.limit));
    let notes = notes::notes(document, &meant, &changes, &raises, request);
    let actions = raises.into_iter().map(Action::Sysctl);
    let resizes = changes.iter().map(|(listener, from)| {
        Action::Resize(Resize {
            socket: identity(document, listener),
            from: *from,
            to: request.limit,
        })
    });
    Ok(Planned {
        plan: Plan {
            command: "resize".to_owned(),
            undoes: None,
            actions: actions.chain(resizes).collect(),
        },
        notes,
        nothing,
    })
}

/// The listeners whose limit is another one, with the limit they have.
fn changes<'a>(
    document: &Document,
    listeners: &[&'a Listener],
    request: Request,
) -> Result<Vec<(&'a Listener, u32)>, Refusal> {
    let mut changes = Vec::new();
    for listener in listeners.iter().copied() {
        let Some(from) = listener.accept_queue.limit else {
            return Err(Refusal::UnknownLimit {
                place: listener.place(),
                reason: meant::reason(document, source_of(listener)),
            });
        };
        if from > request.limit && !request.allow_shrink {
            return Err(Refusal::Shrinks {
                place: listener.place(),
                from,
                to: request.limit,
            });
        }
        if from != request.limit {
            changes.push((listener, from));
        }
    }
    Ok(changes)
}

fn source_of(listener: &Listener) -> &'static str {
    if listener.protocol == model::Protocol::Unix {
        "unix"
    } else {
        "tcp"
    }
}

/// listen() cuts to the somaxconn of the socket's namespace, whoever calls (net/socket.c:__sys_listen).
fn raises(document: &Document, changes: &[(&Listener, u32)], request: Request) -> Result<Vec<SysctlChange>, Refusal> {
    let mut raises = BTreeMap::new();
    for (listener, _) in changes {
        let key = listener.namespace;
        let Some(present) = somaxconn(document, key) else {
            if request.raise_somaxconn {
                let (namespace, reason) = (title(document, key), meant::reason(document, "sysctls"));
                return Err(Refusal::CannotRaise { namespace, reason });
            }
            continue;
        };
        if present >= i64::from(request.limit) {
            continue;
        }
        if !request.raise_somaxconn {
            return Err(Refusal::AboveSomaxconn {
                limit: request.limit,
                namespace: title(document, key),
                somaxconn: present,
            });
        }
        raises.entry(key).or_insert_with(|| SysctlChange {
            namespace: key,
            namespace_name: name(document, key),
            name: Setting::Somaxconn.name().to_owned(),
            from: present,
            to: request.limit.into(),
        });
    }
    Ok(raises.into_values().collect())
}

fn already(listeners: &[&Listener], limit: u32) -> String {
    match listeners {
        [one] => format!("the limit of {} is {limit} already: nothing to do", one.place()),
        all => format!(
            "the limit of all {} listeners is {limit} already: nothing to do",
            all.len()
        ),
    }
}

fn somaxconn(document: &Document, key: NamespaceKey) -> Option<i64> {
    let namespace = document.namespaces.iter().find(|one| one.key == key)?;
    namespace.sysctls.get(Setting::Somaxconn)
}

fn name(document: &Document, key: NamespaceKey) -> Option<String> {
    let namespace = document.namespaces.iter().find(|one| one.key == key)?;
    namespace.name.as_deref().map(str::to_owned)
}

/// A namespace in a sentence: “netns web”.
fn title(document: &Document, key: NamespaceKey) -> String {
    match name(document, key) {
        Some(name) => format!("netns {name}"),
        None => format!("netns {key}"),
    }
}

fn identity(document: &Document, listener: &Listener) -> SocketIdentity {
    let oldest = listener.owners.as_deref().and_then(|owners| owners.first());
    SocketIdentity {
        namespace: listener.namespace,
        namespace_name: name(document, listener.namespace),
        protocol: listener.protocol,
        place: listener.place(),
        inode: listener.inode,
        cookie: listener.cookie,
        owner: oldest.map(|owner| owner.comm.to_string()),
    }
}
