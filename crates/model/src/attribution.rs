//! Gives connections that no dump ties to a listener (half-open, or not yet accepted) to the listeners they may belong to.
//!
//! A request or child only tells its local end. Where one listener matches it is that listener's; where several
//! match (a SO_REUSEPORT group, or a wildcard beside a specific address, which may be younger than the
//! connection) it is shared between them, and shown so: nothing is guessed.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::endpoint::Endpoint;
use crate::namespace::{LocalEnd, Namespace, NamespaceKey, QueuedCounts};
use crate::sample::ListeningSocket;

/// The half-open connections of one listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HalfOpenShare {
    /// Certainly this listener's.
    pub own: u32,
    /// Those of `own` whose SYN-ACK was not yet sent again.
    pub own_young: u32,
    /// This listener's or that of another one that matches the same local end.
    pub shared: u32,
}

/// Where a TCP listener can be looked up; the variant of the address is the family of the socket.
type Place = (NamespaceKey, u16, IpAddr);

/// The TCP listeners of a sample in the order of their places.
pub struct Listeners<'a> {
    sockets: &'a [ListeningSocket],
    /// Positions in `sockets`; one block of memory, where a map would take one for each listener.
    by_place: Vec<usize>,
}

impl<'a> Listeners<'a> {
    /// Puts the TCP sockets of a sample in order.
    pub fn new(sockets: &'a [ListeningSocket]) -> Self {
        let is_inet = |position: &usize| matches!(sockets[*position].endpoint, Endpoint::Inet(_));
        let mut by_place: Vec<usize> = (0..sockets.len()).filter(is_inet).collect();
        // Members of a group stay in the order in which they were made, which is that of the sample.
        by_place.sort_by_key(|position| place(&sockets[*position]));
        Self { sockets, by_place }
    }

    /// Positions of the listeners that a connection to `local` may belong to.
    ///
    /// Families are compared as they are: a request and a child carry the family of the listener's socket, so a
    /// v4-mapped client of an IPv6 listener is an IPv6 row (`inet_reqsk_alloc`: `ireq_family = sk_listener->sk_family`).
    fn matching(&self, namespace: NamespaceKey, local: LocalEnd) -> Vec<usize> {
        let wildcard = match local.address {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let at = |address| self.at((namespace, local.port, address));
        let general = if local.address == wildcard { &[] } else { at(wildcard) };
        let candidates = at(local.address).iter().chain(general).copied();
        candidates
            .filter(|position| self.is_on_device(*position, local.interface))
            .collect()
    }

    /// The listeners at one place.
    fn at(&self, wanted: Place) -> &[usize] {
        let place_of = |position: usize| place(&self.sockets[position]);
        let start = self
            .by_place
            .partition_point(|position| place_of(*position) < Some(wanted));
        let rest = &self.by_place[start..];
        &rest[..rest.partition_point(|position| place_of(*position) == Some(wanted))]
    }

    /// A listener bound to a device takes only the connections that come in there.
    fn is_on_device(&self, position: usize, interface: u32) -> bool {
        let Endpoint::Inet(endpoint) = &self.sockets[position].endpoint else {
            return false;
        };
        endpoint
            .interface
            .as_ref()
            .is_none_or(|device| device.index == interface)
    }

    /// Positions of all sockets: TCP in the order of their places, then unix.
    pub fn in_order(&self) -> Vec<usize> {
        let is_unix = |position: &usize| matches!(self.sockets[*position].endpoint, Endpoint::Unix(_));
        let unix = (0..self.sockets.len()).filter(is_unix);
        self.by_place.iter().copied().chain(unix).collect()
    }

    /// Sets of sockets at one place, by position.
    pub fn places(&self) -> impl Iterator<Item = &[usize]> {
        self.by_place
            .chunk_by(|one, other| place(&self.sockets[*one]) == place(&self.sockets[*other]))
    }

    /// The half-open connections of each socket, by position; `None` where they were not counted.
    pub fn half_open(&self, namespaces: &[Namespace]) -> Vec<Option<HalfOpenShare>> {
        let mut shares: Vec<Option<HalfOpenShare>> =
            self.counted_in(namespaces, |namespace| namespace.half_open.is_some());
        for namespace in namespaces {
            for group in namespace.half_open.iter().flatten() {
                let matching = self.matching(namespace.key, group.local);
                for index in &matching {
                    let share = shares[*index].get_or_insert_default();
                    if matching.len() == 1 {
                        share.own += group.count;
                        share.own_young += group.young;
                    } else {
                        share.shared += group.count;
                    }
                }
            }
        }
        shares
    }

    /// What waits at each socket, by position; `None` where it was not looked at or belongs to one of several.
    pub fn queued(&self, namespaces: &[Namespace]) -> Vec<Option<QueuedCounts>> {
        let mut queued: Vec<Option<QueuedCounts>> = self.counted_in(namespaces, |namespace| namespace.queued.is_some());
        let mut ambiguous = Vec::new();
        for namespace in namespaces {
            for group in namespace.queued.iter().flatten() {
                match self.matching(namespace.key, group.local).as_slice() {
                    [only] => add(queued[*only].get_or_insert_default(), &group.counts),
                    several => ambiguous.extend_from_slice(several),
                }
            }
        }
        for index in ambiguous {
            queued[index] = None;
        }
        queued
    }

    /// Zero for every socket of a namespace that was counted, unknown for the rest.
    fn counted_in<T: Default + Clone>(
        &self,
        namespaces: &[Namespace],
        counted: impl Fn(&Namespace) -> bool,
    ) -> Vec<Option<T>> {
        let counted: HashMap<_, _> = namespaces
            .iter()
            .map(|namespace| (namespace.key, counted(namespace)))
            .collect();
        let is_counted = |socket: &ListeningSocket| {
            matches!(socket.endpoint, Endpoint::Inet(_)) && counted.get(&socket.namespace) == Some(&true)
        };
        self.sockets
            .iter()
            .map(|socket| is_counted(socket).then(T::default))
            .collect()
    }
}

/// Where a TCP listener is; `None` for a unix one.
fn place(socket: &ListeningSocket) -> Option<Place> {
    match &socket.endpoint {
        Endpoint::Inet(endpoint) => Some((socket.namespace, endpoint.port, endpoint.address)),
        Endpoint::Unix(_) => None,
    }
}

fn add(total: &mut QueuedCounts, more: &QueuedCounts) {
    total.established += more.established;
    total.closed_by_client += more.closed_by_client;
    total.with_data += more.with_data;
    total.bytes += more.bytes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespace::HalfOpen;
    use crate::sample::fixture::{listener, namespace};

    fn local(address: &str, port: u16) -> LocalEnd {
        LocalEnd {
            address: address.parse().unwrap(),
            port,
            interface: 0,
        }
    }

    fn shares(sockets: &[ListeningSocket], half_open: Vec<HalfOpen>) -> Vec<Option<HalfOpenShare>> {
        let mut space = namespace();
        space.half_open = Some(half_open);
        Listeners::new(sockets).half_open(&[space])
    }

    #[test]
    fn one_listener_that_matches_has_them_all() {
        let sockets = [listener("0.0.0.0", 80), listener("0.0.0.0", 81), listener("::", 80)];
        let counted = shares(
            &sockets,
            vec![HalfOpen {
                local: local("127.0.0.1", 80),
                count: 3,
                young: 1,
            }],
        );
        assert_eq!(
            counted[0],
            Some(HalfOpenShare {
                own: 3,
                own_young: 1,
                shared: 0
            })
        );
        assert_eq!(counted[1], Some(HalfOpenShare::default()));
        assert_eq!(counted[2], Some(HalfOpenShare::default()));
    }

    #[test]
    fn members_of_a_group_share_what_cannot_be_told_apart() {
        let sockets = [listener("0.0.0.0", 80), listener("0.0.0.0", 80)];
        let counted = shares(
            &sockets,
            vec![HalfOpen {
                local: local("10.0.0.1", 80),
                count: 7,
                young: 7,
            }],
        );
        let shared = Some(HalfOpenShare {
            own: 0,
            own_young: 0,
            shared: 7,
        });
        assert_eq!(counted, [shared, shared]);
    }

    #[test]
    fn a_wildcard_beside_a_specific_address_is_ambiguous_only_for_that_address() {
        let sockets = [listener("0.0.0.0", 80), listener("10.0.0.1", 80)];
        let groups = vec![
            HalfOpen {
                local: local("10.0.0.1", 80),
                count: 2,
                young: 2,
            },
            HalfOpen {
                local: local("10.0.0.2", 80),
                count: 5,
                young: 0,
            },
        ];
        let counted = shares(&sockets, groups);
        assert_eq!(
            counted[0],
            Some(HalfOpenShare {
                own: 5,
                own_young: 0,
                shared: 2
            })
        );
        assert_eq!(
            counted[1],
            Some(HalfOpenShare {
                own: 0,
                own_young: 0,
                shared: 2
            })
        );
    }

    #[test]
    fn a_listener_bound_to_a_device_takes_only_its_connections() {
        let mut bound = listener("0.0.0.0", 80);
        if let Endpoint::Inet(endpoint) = &mut bound.endpoint {
            endpoint.interface = Some(crate::endpoint::Interface { index: 3, name: None });
        }
        let counted = shares(
            &[bound],
            vec![HalfOpen {
                local: local("10.0.0.1", 80),
                count: 2,
                young: 2,
            }],
        );
        assert_eq!(counted, [Some(HalfOpenShare::default())]);
    }

    #[test]
    fn what_was_not_counted_is_unknown() {
        let sockets = [listener("0.0.0.0", 80)];
        assert_eq!(Listeners::new(&sockets).half_open(&[namespace()]), [None]);
        assert_eq!(Listeners::new(&sockets).queued(&[namespace()]), [None]);
    }
}
