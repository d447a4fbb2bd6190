//! The difference between two samples, or one sample alone: lengths against limits, rates, states.

use std::collections::HashMap;
use std::sync::Arc;

use crate::attribution::{HalfOpenShare, Listeners};
use crate::document::{NamespaceReport, Totals};
use crate::endpoint::{Endpoint, Protocol};
use crate::listener::{AcceptQueue, Backlog, Content, Drops, Listener, State, SynQueue};
use crate::namespace::{Namespace, NamespaceKey, QueuedCounts};
use crate::reuseport;
use crate::sample::{ListeningSocket, Sample};
use crate::setting::Settings;
use crate::syn_limit::syn_queue_limit;

/// What a sample says, on its own or against an earlier one.
#[derive(Clone, Debug)]
pub struct Window {
    /// Length of the window in seconds; `None` for a single sample.
    pub seconds: Option<f64>,
    /// Most endangered first.
    pub listeners: Vec<Listener>,
    /// With their totals.
    pub namespaces: Vec<NamespaceReport>,
}

impl Window {
    /// Derives a window from a sample and, if there is one, the sample before it.
    pub fn new(previous: Option<&Sample>, current: &Sample) -> Self {
        let seconds = previous.and_then(|previous| seconds_between(previous, current));
        let before = Before::new(previous, seconds);
        let mut listeners = derive_all(current, &before);
        // No two are equal: the order ends in inodes.
        listeners.sort_unstable_by(Listener::by_danger);
        let namespaces = current
            .namespaces
            .iter()
            .map(|namespace| report(namespace, &listeners))
            .collect();
        Self {
            seconds,
            listeners,
            namespaces,
        }
    }
}

/// `None` unless time has passed: a rate over nothing is unknown.
fn seconds_between(previous: &Sample, current: &Sample) -> Option<f64> {
    let elapsed = current.since_boot.checked_sub(previous.since_boot)?;
    (!elapsed.is_zero()).then_some(elapsed.as_secs_f64())
}

/// What the earlier sample knew, to take differences from.
struct Before<'a> {
    seconds: Option<f64>,
    sockets: HashMap<Identity, &'a ListeningSocket>,
    namespaces: HashMap<NamespaceKey, &'a Namespace>,
}

/// What stays the same while a socket lives: its cookie is never reused, an inode may be. Before Linux 5.4
/// cookies are unique in their namespace only.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Cookie(NamespaceKey, u64),
    Inode(NamespaceKey, u64),
}

fn identity(socket: &ListeningSocket) -> Identity {
    match socket.cookie {
        Some(cookie) => Identity::Cookie(socket.namespace, cookie),
        None => Identity::Inode(socket.namespace, socket.inode),
    }
}

impl<'a> Before<'a> {
    fn new(previous: Option<&'a Sample>, seconds: Option<f64>) -> Self {
        let sockets = previous.into_iter().flat_map(|sample| &sample.sockets);
        let namespaces = previous.into_iter().flat_map(|sample| &sample.namespaces);
        Self {
            seconds,
            sockets: sockets.map(|socket| (identity(socket), socket)).collect(),
            namespaces: namespaces.map(|namespace| (namespace.key, namespace)).collect(),
        }
    }

    /// Growth of `sk_drops`, which is 32 bits wide and wraps (KERNEL.md 4.1).
    fn new_drops(&self, socket: &ListeningSocket) -> Option<u32> {
        let earlier = self.sockets.get(&identity(socket))?.drops?;
        Some(socket.drops?.wrapping_sub(earlier))
    }

    /// Whether every new drop was noise (duplicate SYNs, RSTs, deferred ACKs): a refused connection always
    /// moves ListenDrops of the namespace too (`tcp_listendrop`), noise never does.
    fn is_noise(&self, current: &Namespace) -> bool {
        let refused = |namespace: &Namespace| namespace.counters.as_ref()?.named("TcpExt", "ListenDrops");
        let earlier = self
            .namespaces
            .get(&current.key)
            .and_then(|namespace| refused(namespace));
        matches!((earlier, refused(current)), (Some(before), Some(after)) if before == after)
    }
}

fn derive_all(current: &Sample, before: &Before) -> Vec<Listener> {
    let attribution = Listeners::new(&current.sockets);
    let half_open = attribution.half_open(&current.namespaces);
    let queued = attribution.queued(&current.namespaces);
    let namespaces: HashMap<_, _> = current
        .namespaces
        .iter()
        .map(|namespace| (namespace.key, namespace))
        .collect();
    let groups = reuseport::groups(&current.sockets, &attribution);
    let unknown = Settings::default();
    let derive_one = |index: usize, socket: &ListeningSocket| {
        let namespace = namespaces.get(&socket.namespace).copied();
        let settings = namespace.map_or(&unknown, |namespace| &namespace.settings);
        let mut listener = shown(socket);
        listener.accept_queue.content = content(socket, queued[index]);
        listener.syn_queue = syn_queue(socket, settings, half_open[index]);
        listener.drops = drops(socket, before);
        listener.state = state(socket, &listener.accept_queue, namespace, before);
        listener.reuseport_group = groups[index];
        listener
    };
    current
        .sockets
        .iter()
        .enumerate()
        .map(|(index, socket)| derive_one(index, socket))
        .collect()
}

/// The part of a listener that one socket tells by itself.
fn shown(socket: &ListeningSocket) -> Listener {
    let (address, port, interface, path, kind) = match &socket.endpoint {
        Endpoint::Inet(inet) => (
            Some(inet.address),
            Some(inet.port),
            inet.interface.as_ref().map(ToString::to_string),
            None,
            None,
        ),
        Endpoint::Unix(unix) => (None, None, None, unix.path(), Some(unix.kind)),
    };
    let cgroup = socket.cgroup.as_deref();
    Listener {
        protocol: socket.protocol,
        address,
        port,
        interface,
        path,
        kind,
        namespace: socket.namespace,
        netns: socket.namespace.inode(),
        inode: socket.inode,
        cookie: socket.cookie,
        uid: socket.uid,
        accept_queue: accept_queue(socket),
        syn_queue: None,
        drops: None,
        backlog: Backlog {
            effective: socket.limit,
            ..Backlog::default()
        },
        accept_wait: None,
        owners: socket.owners.clone(),
        unit: cgroup.and_then(|cgroup| cgroup.unit.clone()),
        container: cgroup.and_then(|cgroup| cgroup.container.clone()),
        pod: cgroup.and_then(|cgroup| cgroup.pod.clone()),
        cgroup: cgroup.map(|cgroup| Arc::clone(&cgroup.path)),
        reuseport_group: None,
        state: None,
        would_overflow: None,
    }
}

fn accept_queue(socket: &ListeningSocket) -> AcceptQueue {
    AcceptQueue {
        length: socket.length,
        limit: socket.limit,
        capacity: socket.limit.map(|limit| u64::from(limit) + 1),
        clients: socket.clients.as_ref().map(|clients| clients.queued.clone()),
        blocked: socket.clients.as_ref().map(|clients| clients.blocked.clone()),
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

fn state(
    socket: &ListeningSocket,
    queue: &AcceptQueue,
    namespace: Option<&Namespace>,
    before: &Before,
) -> Option<State> {
    let refused = before.seconds.is_some() && before.new_drops(socket).is_some_and(|new| new > 0);
    let noise = namespace.is_some_and(|namespace| before.is_noise(namespace));
    if refused && !noise {
        Some(State::Dropping)
    } else {
        State::of(queue)
    }
}

fn report(namespace: &Namespace, listeners: &[Listener]) -> NamespaceReport {
    let own: Vec<&Listener> = listeners
        .iter()
        .filter(|listener| listener.namespace == namespace.key)
        .collect();
    let half_open = namespace.half_open.as_ref();
    NamespaceReport {
        id: namespace.key.to_string(),
        netns: namespace.key.inode(),
        name: namespace.name.clone(),
        totals: Totals {
            listeners: own.len(),
            waiting: own
                .iter()
                .map(|listener| listener.accept_queue.length.map(u64::from))
                .sum(),
            half_open: half_open.map(|groups| groups.iter().map(|group| u64::from(group.count)).sum()),
        },
        sysctls: namespace.settings.clone(),
        counters: namespace.counters.clone(),
        is_own: namespace.is_own,
        key: namespace.key,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::counter::{Counter, Counters};
    use crate::namespace::{LocalEnd, Queued};
    use crate::sample::fixture::{listener, sample, unix_listener};

    fn with_drops(drops: u32, since_boot: u64, listen_drops: Option<u64>) -> Sample {
        let mut taken = sample(vec![ListeningSocket {
            drops: Some(drops),
            ..listener("0.0.0.0", 80)
        }]);
        taken.since_boot = Duration::from_secs(since_boot);
        if let Some(value) = listen_drops {
            let mut counters = Counters::default();
            counters.set(Counter::find("TcpExt", "ListenDrops").unwrap(), value);
            taken.namespaces[0].counters = Some(counters);
        }
        taken
    }

    fn drops_and_state(previous: &Sample, current: &Sample) -> (Option<f64>, Option<State>) {
        let listener = &Window::new(Some(previous), current).listeners[0];
        (listener.drops.as_ref().unwrap().per_second, listener.state)
    }

    #[test]
    fn a_single_sample_has_no_rate_and_never_says_dropping() {
        let listener = &Window::new(None, &with_drops(50, 1, None)).listeners[0];
        assert_eq!(listener.drops.as_ref().unwrap().per_second, None);
        assert_eq!(listener.state, Some(State::Idle));
    }

    #[test]
    fn drops_that_grow_make_a_rate_and_a_state() {
        assert_eq!(
            drops_and_state(&with_drops(10, 1, None), &with_drops(30, 5, None)),
            (Some(5.0), Some(State::Dropping))
        );
    }

    #[test]
    fn drops_wrap_at_32_bits() {
        let (rate, _) = drops_and_state(&with_drops(u32::MAX, 1, None), &with_drops(3, 2, None));
        assert_eq!(rate, Some(4.0));
    }

    /// KERNEL.md 4.1: with ListenDrops still, what moved was duplicate SYNs, deferred ACKs or RSTs.
    #[test]
    fn noise_is_a_rate_but_not_a_refusal() {
        let noise = drops_and_state(&with_drops(10, 1, Some(7)), &with_drops(11, 2, Some(7)));
        assert_eq!(noise, (Some(1.0), Some(State::Idle)));
        let refused = drops_and_state(&with_drops(10, 1, Some(7)), &with_drops(11, 2, Some(8)));
        assert_eq!(refused.1, Some(State::Dropping));
    }

    #[test]
    fn another_socket_on_the_same_port_starts_anew() {
        let mut current = with_drops(3, 2, None);
        current.sockets[0].cookie = Some(999);
        assert_eq!(
            drops_and_state(&with_drops(10, 1, None), &current),
            (None, Some(State::Idle))
        );
    }

    #[test]
    fn time_that_stands_still_gives_no_rate() {
        assert_eq!(
            drops_and_state(&with_drops(10, 1, None), &with_drops(30, 1, None)),
            (None, Some(State::Idle))
        );
    }

    #[test]
    fn groups_are_named_by_their_lowest_inode() {
        let second = ListeningSocket {
            inode: 7,
            cookie: Some(2),
            ..listener("0.0.0.0", 80)
        };
        let window = Window::new(
            None,
            &sample(vec![listener("0.0.0.0", 80), second, listener("0.0.0.0", 81)]),
        );
        let groups: Vec<_> = window
            .listeners
            .iter()
            .map(|listener| (listener.port, listener.reuseport_group))
            .collect();
        assert_eq!(groups, [(Some(80), Some(7)), (Some(80), Some(7)), (Some(81), None)]);
    }

    #[test]
    fn clients_that_reset_are_what_the_dump_does_not_show() {
        let mut taken = sample(vec![ListeningSocket {
            length: Some(9),
            ..listener("0.0.0.0", 80)
        }]);
        let local = LocalEnd {
            address: "10.0.0.1".parse().unwrap(),
            port: 80,
            interface: 0,
        };
        let counts = QueuedCounts {
            established: 4,
            closed_by_client: 3,
            with_data: 1,
            bytes: 5,
        };
        taken.namespaces[0].queued = Some(vec![Queued { local, counts }]);
        let content = Window::new(None, &taken).listeners[0].accept_queue.content.unwrap();
        assert_eq!(
            content,
            Content {
                established: 4,
                closed_by_client: 3,
                reset: 2,
                with_data: 1,
                bytes: 5
            }
        );
    }

    #[test]
    fn totals_are_unknown_when_a_part_is() {
        let blind = ListeningSocket {
            length: None,
            limit: None,
            ..unix_listener("/run/x")
        };
        let window = Window::new(None, &sample(vec![listener("0.0.0.0", 80), blind]));
        assert_eq!(
            window.namespaces[0].totals,
            Totals {
                listeners: 2,
                waiting: None,
                half_open: None
            }
        );
    }

    #[test]
    fn the_most_endangered_comes_first() {
        let with_length = |port, length| ListeningSocket {
            length: Some(length),
            ..listener("0.0.0.0", port)
        };
        let unknown = ListeningSocket {
            limit: None,
            ..listener("0.0.0.0", 5)
        };
        let window = Window::new(
            None,
            &sample(vec![
                with_length(1, 0),
                with_length(2, 129),
                with_length(3, 120),
                with_length(4, 7),
                unknown,
            ]),
        );
        let ports: Vec<_> = window.listeners.iter().filter_map(|listener| listener.port).collect();
        assert_eq!(ports, [2, 3, 4, 5, 1]);
    }
}
