//! The difference between two samples, or one sample alone: lengths against limits, rates, states.

use std::collections::HashMap;

use crate::derive;
use crate::document::{NamespaceReport, Totals};
use crate::listener::Listener;
use crate::namespace::{Namespace, NamespaceKey};
use crate::sample::{ListeningSocket, Sample};

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
        let listeners = derive::listeners(current, &before);
        let totals = totals(&listeners);
        let report = |namespace: &Namespace| report(namespace, totals.get(&namespace.key).copied().unwrap_or_default());
        let namespaces = current.namespaces.iter().map(report).collect();
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
pub(crate) struct Before<'a> {
    /// Since then; `None` without an earlier sample.
    pub(crate) seconds: Option<f64>,
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
    pub(crate) fn new_drops(&self, socket: &ListeningSocket) -> Option<u32> {
        let earlier = self.sockets.get(&identity(socket))?.drops?;
        Some(socket.drops?.wrapping_sub(earlier))
    }

    /// Whether every new drop was noise (duplicate SYNs, RSTs, deferred ACKs): a refused connection always
    /// moves ListenDrops of the namespace too (`tcp_listendrop`), noise never does.
    pub(crate) fn is_noise(&self, current: &Namespace) -> bool {
        let refused = |namespace: &Namespace| namespace.counters.as_ref()?.named("TcpExt", "ListenDrops");
        let earlier = self
            .namespaces
            .get(&current.key)
            .and_then(|namespace| refused(namespace));
        matches!((earlier, refused(current)), (Some(before), Some(after)) if before == after)
    }
}

/// Listeners of each namespace, and connections that wait there; one unknown length leaves the sum unknown.
fn totals(listeners: &[Listener]) -> HashMap<NamespaceKey, Totals> {
    let mut totals: HashMap<NamespaceKey, Totals> = HashMap::new();
    for listener in listeners {
        let total = totals.entry(listener.namespace).or_default();
        total.listeners += 1;
        total.waiting = total
            .waiting
            .zip(listener.accept_queue.length)
            .map(|(sum, length)| sum + u64::from(length));
    }
    totals
}

fn report(namespace: &Namespace, totals: Totals) -> NamespaceReport {
    let half_open = namespace.half_open.as_ref();
    NamespaceReport {
        id: namespace.key.to_string(),
        netns: namespace.key.inode(),
        name: namespace.name.clone(),
        totals: Totals {
            half_open: half_open.map(|groups| groups.iter().map(|group| u64::from(group.count)).sum()),
            ..totals
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
    use crate::listener::{Content, State};
    use crate::namespace::{LocalEnd, Queued, QueuedCounts};
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
        let content = Window::new(None, &taken).listeners[0]
            .accept_queue
            .content
            .clone()
            .unwrap();
        assert_eq!(
            *content,
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
