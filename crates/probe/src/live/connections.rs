//! Connections that are not accepted yet: in which namespaces they are counted, which first, and for how long.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use model::namespace::{HalfOpen, Namespace, Queued};
use model::selection::Netns;
use model::{Endpoint, ListeningSocket, NamespaceKey, Selection, State};
use sockdiag::inet::Family;

use super::health::HealthLog;
use super::options::{COUNTING, HalfOpenPolicy, Options};
use super::session::Session;
use crate::clock;
use crate::diag::socket::{DiagSocket, NetlinkError};
use crate::diag::{half_open, queued};

/// Fills in half-open connections, and what waits in accept queues, where the policy says so.
///
/// What a source that came before has told already is left as it is.
pub fn count(
    sessions: &mut BTreeMap<NamespaceKey, Session>,
    namespaces: &mut [Namespace],
    sockets: &[ListeningSocket],
    options: &Options,
    log: &mut HealthLog,
) {
    let time = match options.half_open {
        HalfOpenPolicy::Never => return,
        HalfOpenPolicy::Suspects => COUNTING,
        HalfOpenPolicy::Within(time) => time,
    };
    let until = clock::since_boot() + time;
    let listening = listening(sockets, &options.selection);
    let nothing = Listening::default();
    for namespace in in_order(sessions, namespaces, &listening, options) {
        let Some(session) = sessions.get_mut(&namespace.key) else {
            continue;
        };
        let title = session.title();
        let Some(diag) = session.diag() else { continue };
        let listening = listening.get(&namespace.key).unwrap_or(&nothing);
        namespace.half_open = note("half-open", &title, listening.half_open(diag, until), log);
        if options.content && !listening.waiting.is_empty() {
            namespace.queued = note("queue-content", &title, listening.queued(diag, until), log);
        }
    }
}

/// The namespaces that are to be counted, the most urgent first.
fn in_order<'a>(
    sessions: &BTreeMap<NamespaceKey, Session>,
    namespaces: &'a mut [Namespace],
    listening: &HashMap<NamespaceKey, Listening>,
    options: &Options,
) -> Vec<&'a mut Namespace> {
    let only_suspects = options.half_open == HalfOpenPolicy::Suspects;
    let mut order: Vec<(Urgency, &mut Namespace)> = namespaces
        .iter_mut()
        .filter(|namespace| namespace.half_open.is_none())
        .map(|namespace| (urgency(namespace, listening, sessions, &options.selection), namespace))
        .filter(|(urgency, _)| !(only_suspects && *urgency == Urgency::Calm))
        .collect();
    order.sort_by_key(|(urgency, _)| *urgency);
    order.into_iter().map(|(_, namespace)| namespace).collect()
}

/// Which namespaces come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Asked for by port or namespace.
    Asked,
    /// A listener is nearly full, or something was refused lately.
    Suspicious,
    /// Nothing of that.
    #[default]
    Calm,
}

fn urgency(
    namespace: &Namespace,
    listening: &HashMap<NamespaceKey, Listening>,
    sessions: &BTreeMap<NamespaceKey, Session>,
    selection: &Selection,
) -> Urgency {
    // Who asks for all asks for none in particular.
    let is_asked =
        |netns: &Netns| *netns != Netns::All && netns.is(namespace.key, namespace.name.as_deref(), namespace.is_own);
    if selection.namespaces.iter().any(is_asked) {
        return Urgency::Asked;
    }
    let has_refused = sessions.get(&namespace.key).is_some_and(Session::has_refused);
    let of_session = if has_refused {
        Urgency::Suspicious
    } else {
        Urgency::Calm
    };
    let of_listeners = listening
        .get(&namespace.key)
        .map_or(Urgency::Calm, |listening| listening.urgency);
    of_session.min(of_listeners)
}

/// The TCP listeners of a namespace, as far as they decide what has to be counted.
#[derive(Debug, Default)]
struct Listening {
    has_v4: bool,
    has_v6: bool,
    /// Ports at which something waits for accept(), in rising order.
    waiting: Vec<u16>,
    /// That of the most urgent listener.
    urgency: Urgency,
}

fn listening(sockets: &[ListeningSocket], selection: &Selection) -> HashMap<NamespaceKey, Listening> {
    let mut listening: HashMap<NamespaceKey, Listening> = HashMap::new();
    for socket in sockets {
        listening.entry(socket.namespace).or_default().add(socket, selection);
    }
    for one in listening.values_mut() {
        one.waiting.sort_unstable();
        one.waiting.dedup();
    }
    listening
}

fn urgency_of(socket: &ListeningSocket, port: u16, selection: &Selection) -> Urgency {
    let is_asked = selection.ports.iter().any(|ports| ports.0.contains(&port));
    let state = socket
        .length
        .zip(socket.limit)
        .map(|(length, limit)| State::of(length, limit));
    match state {
        _ if is_asked => Urgency::Asked,
        Some(state) if state.is_endangered() => Urgency::Suspicious,
        _ => Urgency::Calm,
    }
}

impl Listening {
    fn add(&mut self, socket: &ListeningSocket, selection: &Selection) {
        let Endpoint::Inet(endpoint) = &socket.endpoint else {
            return;
        };
        self.has_v4 |= endpoint.address.is_ipv4();
        self.has_v6 |= endpoint.address.is_ipv6();
        self.urgency = self.urgency.min(urgency_of(socket, endpoint.port, selection));
        if socket.length.is_some_and(|length| length > 0) {
            self.waiting.push(endpoint.port);
        }
    }

    /// Only families that have a listener: each takes a walk of the host's whole table.
    fn families(&self) -> impl Iterator<Item = Family> {
        let v4 = self.has_v4.then_some(Family::V4);
        v4.into_iter().chain(self.has_v6.then_some(Family::V6))
    }

    fn half_open(&self, diag: &mut DiagSocket, until: Duration) -> Result<Vec<HalfOpen>, NetlinkError> {
        collect(self.families(), |family| half_open::count(diag, family, Some(until)))
    }

    fn queued(&self, diag: &mut DiagSocket, until: Duration) -> Result<Vec<Queued>, NetlinkError> {
        collect(self.families(), |family| {
            queued::count(diag, family, &self.waiting, Some(until))
        })
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

#[cfg(test)]
mod tests {
    use model::{InetEndpoint, Protocol};

    use super::*;

    fn socket(address: &str, port: u16, length: u32) -> ListeningSocket {
        let endpoint = InetEndpoint {
            address: address.parse().unwrap(),
            port,
            interface: None,
            v6_only: None,
        };
        ListeningSocket {
            namespace: NamespaceKey::Inode(1),
            protocol: Protocol::Tcp,
            endpoint: Endpoint::Inet(endpoint),
            inode: 1,
            cookie: None,
            uid: None,
            length: Some(length),
            limit: Some(9),
            drops: None,
            cgroup_id: None,
            owners: None,
            cgroup: None,
            clients: None,
        }
    }

    fn listening_at(sockets: &[ListeningSocket], ports: &[&str]) -> Listening {
        let ports = ports.iter().map(|ports| ports.parse().unwrap()).collect();
        let selection = Selection {
            ports,
            ..Selection::default()
        };
        listening(sockets, &selection).remove(&NamespaceKey::Inode(1)).unwrap()
    }

    #[test]
    fn only_families_that_listen_are_walked() {
        let families = |sockets: &[ListeningSocket]| listening_at(sockets, &[]).families().collect::<Vec<_>>();
        assert_eq!(families(&[socket("0.0.0.0", 1, 0)]), [Family::V4]);
        assert_eq!(
            families(&[socket("::", 1, 0), socket("10.0.0.1", 1, 0)]),
            [Family::V4, Family::V6]
        );
    }

    #[test]
    fn content_is_looked_for_only_where_something_waits() {
        let sockets = [
            socket("0.0.0.0", 9, 1),
            socket("::", 9, 2),
            socket("::", 3, 0),
            socket("::", 2, 5),
        ];
        assert_eq!(listening_at(&sockets, &[]).waiting, [2, 9]);
    }

    #[test]
    fn what_was_asked_for_comes_before_what_is_suspicious() {
        let calm = [socket("::", 80, 1)];
        let full = [socket("::", 80, 1), socket("::", 81, 8)];
        assert_eq!(listening_at(&calm, &[]).urgency, Urgency::Calm);
        assert_eq!(listening_at(&full, &[]).urgency, Urgency::Suspicious);
        assert_eq!(listening_at(&full, &["80"]).urgency, Urgency::Asked);
        assert!(Urgency::Asked < Urgency::Suspicious && Urgency::Suspicious < Urgency::Calm);
    }
}
