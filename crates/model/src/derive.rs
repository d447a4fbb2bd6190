//! What is shown of each socket: its lengths against its limits, its rates, its state, most endangered first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::attribution::{HalfOpenShare, Listeners};
use crate::danger::Danger;
use crate::endpoint::{Endpoint, Protocol, UnixKind};
use crate::listener::{AcceptQueue, Backlog, Content, Drops, Listener, State, SynQueue};
use crate::namespace::{Namespace, NamespaceKey, QueuedCounts};
use crate::reuseport;
use crate::sample::{ListeningSocket, Sample};
use crate::setting::Settings;
use crate::syn_limit::syn_queue_limit;
use crate::window::Before;

/// The listeners of a sample, most endangered first.
///
/// They are put in order before they are made: a listener is large, and moving thousands costs more than deriving them.
pub(crate) fn listeners(current: &Sample, before: &Before) -> Vec<Listener> {
    let attribution = Listeners::new(&current.sockets);
    let derivation = Derivation::new(current, before, &attribution);
    let states: Vec<Option<State>> = current.sockets.iter().map(|socket| derivation.state(socket)).collect();
    let mut order = attribution.in_order();
    order.sort_by_cached_key(|position| Danger::of(&current.sockets[*position], states[*position]));
    order
        .into_iter()
        .map(|position| derivation.listener(position, states[position]))
        .collect()
}

/// Everything that is known of the sample as a whole; vectors are by position of the socket.
struct Derivation<'a> {
    before: &'a Before<'a>,
    sockets: &'a [ListeningSocket],
    namespaces: HashMap<NamespaceKey, &'a Namespace>,
    half_open: Vec<Option<HalfOpenShare>>,
    queued: Vec<Option<QueuedCounts>>,
    groups: Vec<Option<u64>>,
    /// For a namespace that is not in the sample.
    unknown: Settings,
}

impl<'a> Derivation<'a> {
    fn new(current: &'a Sample, before: &'a Before, attribution: &Listeners) -> Self {
        Self {
            before,
            sockets: &current.sockets,
            namespaces: current
                .namespaces
                .iter()
                .map(|namespace| (namespace.key, namespace))
                .collect(),
            half_open: attribution.half_open(&current.namespaces),
            queued: attribution.queued(&current.namespaces),
            groups: reuseport::groups(&current.sockets, attribution),
            unknown: Settings::default(),
        }
    }

    fn state(&self, socket: &ListeningSocket) -> Option<State> {
        let before = self.before;
        let refused = before.seconds.is_some() && before.new_drops(socket).is_some_and(|new| new > 0);
        let is_noise = || {
            self.namespaces
                .get(&socket.namespace)
                .is_some_and(|namespace| before.is_noise(namespace))
        };
        if refused && !is_noise() {
            return Some(State::Dropping);
        }
        Some(State::of(socket.length?, socket.limit?))
    }

    fn listener(&self, position: usize, state: Option<State>) -> Listener {
        let socket = &self.sockets[position];
        let place = Place::of(&socket.endpoint);
        let cgroup = socket.cgroup.as_deref();
        Listener {
            protocol: socket.protocol,
            address: place.address,
            port: place.port,
            interface: place.interface,
            path: place.path,
            kind: place.kind,
            namespace: socket.namespace,
            netns: socket.namespace.inode(),
            inode: socket.inode,
            cookie: socket.cookie,
            uid: socket.uid,
            accept_queue: accept_queue(socket, self.queued[position]),
            syn_queue: syn_queue(socket, self.settings(socket), self.half_open[position]),
            drops: drops(socket, self.before),
            backlog: Backlog {
                requested: None,
                effective: socket.limit,
                clamped: None,
            },
            accept_wait: None,
            owners: socket.owners.clone(),
            unit: cgroup.and_then(|cgroup| cgroup.unit.clone()),
            container: cgroup.and_then(|cgroup| cgroup.container.clone()),
            pod: cgroup.and_then(|cgroup| cgroup.pod.clone()),
            cgroup: cgroup.map(|cgroup| Arc::clone(&cgroup.path)),
            reuseport_group: self.groups[position],
            state,
            would_overflow: None,
        }
    }

    fn settings(&self, socket: &ListeningSocket) -> &Settings {
        self.namespaces
            .get(&socket.namespace)
            .map_or(&self.unknown, |namespace| &namespace.settings)
    }
}

/// An endpoint as the fields of a document.
#[derive(Default)]
struct Place {
    address: Option<IpAddr>,
    port: Option<u16>,
    interface: Option<String>,
    path: Option<String>,
    kind: Option<UnixKind>,
}

impl Place {
    fn of(endpoint: &Endpoint) -> Self {
        match endpoint {
            Endpoint::Inet(inet) => Self {
                address: Some(inet.address),
                port: Some(inet.port),
                interface: inet.interface.as_ref().map(ToString::to_string),
                ..Self::default()
            },
            Endpoint::Unix(unix) => Self {
                path: unix.path(),
                kind: Some(unix.kind),
                ..Self::default()
            },
        }
    }
}

fn accept_queue(socket: &ListeningSocket, queued: Option<QueuedCounts>) -> AcceptQueue {
    let clients = socket.clients.as_ref();
    AcceptQueue {
        length: socket.length,
        limit: socket.limit,
        capacity: socket.limit.map(|limit| u64::from(limit) + 1),
        content: content(socket, queued).map(Box::new),
        clients: clients.map(|clients| clients.queued.clone()),
        blocked: clients.map(|clients| clients.blocked.clone()),
        ..AcceptQueue::default()
    }
}

/// Unknown when more children are seen than the length says: the queue has moved between the two readings.
fn content(socket: &ListeningSocket, queued: Option<QueuedCounts>) -> Option<Content> {
    // The children of an MPTCP listener are subflows whose inode says nothing about accept().
    if socket.protocol != Protocol::Tcp {
        return None;
    }
    let queued = queued?;
    Some(Content {
        established: queued.established,
        closed_by_client: queued.closed_by_client,
        reset: socket
            .length?
            .checked_sub(queued.established + queued.closed_by_client)?,
        with_data: queued.with_data,
        bytes: queued.bytes,
    })
}

fn syn_queue(socket: &ListeningSocket, settings: &Settings, share: Option<HalfOpenShare>) -> Option<SynQueue> {
    if socket.protocol == Protocol::Unix {
        return None;
    }
    let limit = syn_queue_limit(socket.limit, settings);
    let certain = share.filter(|share| share.shared == 0);
    Some(SynQueue {
        length: certain.map(|share| share.own),
        length_min: share.map(|share| share.own),
        length_max: share.map(|share| share.own + share.shared),
        limit: limit.map(|(limit, _)| limit),
        limit_by: limit.map(|(_, rule)| rule),
        young: certain.map(|share| share.own_young),
    })
}

fn drops(socket: &ListeningSocket, before: &Before) -> Option<Drops> {
    if socket.protocol == Protocol::Unix {
        return None;
    }
    let new = before.new_drops(socket);
    let per_second = new.zip(before.seconds).map(|(new, seconds)| f64::from(new) / seconds);
    Some(Drops {
        total: socket.drops,
        per_second,
        by_cause: None,
    })
}
