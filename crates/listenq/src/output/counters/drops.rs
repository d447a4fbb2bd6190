//! Whose drops grew since an earlier look, by the place where a listener listens, most first.

use std::collections::HashMap;
use std::net::IpAddr;

use model::{Endpoint, InetEndpoint, ListeningSocket, NamespaceKey, Sample};

use super::moment::Moment;

/// The most listeners of a namespace that a reading names.
const NAMED: usize = 3;

/// The drops of one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// Of all its listeners.
    pub total: u64,
    /// At how many places.
    pub places: usize,
    /// Those with most.
    pub most: Vec<Grower>,
}

/// The listeners at one place: several, if they share a port (SO_REUSEPORT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grower {
    /// `0.0.0.0:80`.
    pub place: String,
    /// Its port.
    pub port: u16,
    /// Inode of the socket with most drops there.
    pub inode: u64,
    /// Drops of all of them.
    pub drops: u64,
}

/// By how much drops grew since `before`; without it, the drops of each socket since it exists.
///
/// Namespaces in which none grew, or whose drops are not known, are left out.
pub fn grown(sample: &Sample, before: Option<&Moment>) -> HashMap<NamespaceKey, Grown> {
    let mut places: HashMap<NamespaceKey, HashMap<&InetEndpoint, (u64, u32, u64)>> = HashMap::new();
    for socket in &sample.sockets {
        let (Endpoint::Inet(endpoint), Some(drops)) = (&socket.endpoint, growth(socket, before)) else {
            continue;
        };
        if drops > 0 {
            let (sum, highest, inode) =
                places
                    .entry(socket.namespace)
                    .or_default()
                    .entry(endpoint)
                    .or_insert((0, 0, socket.inode));
            *sum += u64::from(drops);
            if drops > *highest {
                (*highest, *inode) = (drops, socket.inode);
            }
        }
    }
    places
        .into_iter()
        .map(|(namespace, places)| (namespace, ranked(places)))
        .collect()
}

fn ranked(places: HashMap<&InetEndpoint, (u64, u32, u64)>) -> Grown {
    let mut most: Vec<Grower> = places
        .into_iter()
        .map(|(endpoint, (drops, _, inode))| Grower {
            place: place(endpoint),
            port: endpoint.port,
            inode,
            drops,
        })
        .collect();
    most.sort_by(|a, b| b.drops.cmp(&a.drops).then_with(|| a.place.cmp(&b.place)));
    let (total, places) = (most.iter().map(|one| one.drops).sum(), most.len());
    most.truncate(NAMED);
    Grown { total, places, most }
}

/// Modulo 2^32, as `sk_drops` counts (KERNEL.md 4.1). A socket that was not there before has counted from 0 since: a
/// cookie is never given twice.
fn growth(socket: &ListeningSocket, before: Option<&Moment>) -> Option<u32> {
    let (now, Some(before)) = (socket.drops?, before) else {
        return socket.drops;
    };
    let remembered = before.namespaces.get(&socket.namespace)?;
    let earlier = remembered.drops.as_ref()?.get(&socket.cookie?);
    Some(now.wrapping_sub(earlier.copied().unwrap_or(0)))
}

/// `0.0.0.0:80`, `[fe80::1%eth0]:546`.
fn place(endpoint: &InetEndpoint) -> String {
    let device = endpoint.interface.as_ref().map(|name| format!("%{name}"));
    let (device, port) = (device.unwrap_or_default(), endpoint.port);
    match endpoint.address {
        IpAddr::V4(address) => format!("{address}{device}:{port}"),
        IpAddr::V6(address) => format!("[{address}{device}]:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{HOST, sample, tcp};

    fn dropping(port: u16, cookie: u64, drops: u32) -> ListeningSocket {
        ListeningSocket {
            cookie: Some(cookie),
            inode: cookie,
            drops: Some(drops),
            ..tcp("0.0.0.0", port, 0, 5)
        }
    }

    fn grown_since(before: Vec<ListeningSocket>, now: Vec<ListeningSocket>) -> Option<Grown> {
        grown(&sample(now), Some(&Moment::of(&sample(before)))).remove(&HOST)
    }

    #[test]
    fn those_with_most_come_first_and_a_group_is_one_place() {
        let before = (1..=5)
            .map(|cookie| dropping(80 + u16::try_from(cookie / 2).unwrap(), cookie, 10))
            .collect();
        let now = vec![
            dropping(80, 1, 11),
            dropping(81, 2, 13),
            dropping(81, 3, 16),
            dropping(82, 4, 10),
            dropping(82, 5, 12),
        ];
        let grown = grown_since(before, now).unwrap();
        let named: Vec<_> = grown
            .most
            .iter()
            .map(|one| (one.place.as_str(), one.drops, one.inode))
            .collect();
        assert_eq!(
            named,
            [("0.0.0.0:81", 9, 3), ("0.0.0.0:82", 2, 5), ("0.0.0.0:80", 1, 1)]
        );
        assert_eq!((grown.total, grown.places), (12, 3));
    }

    #[test]
    fn the_counter_wraps_and_a_new_socket_counts_from_nothing() {
        let grown = grown_since(vec![dropping(80, 1, u32::MAX)], vec![dropping(80, 1, 2)]).unwrap();
        assert_eq!(grown.total, 3);
        let grown = grown_since(vec![dropping(80, 1, 50)], vec![dropping(80, 2, 7)]).unwrap();
        assert_eq!(grown.total, 7);
    }

    #[test]
    fn what_did_not_grow_or_is_not_known_is_left_out() {
        assert_eq!(grown_since(vec![dropping(80, 1, 5)], vec![dropping(80, 1, 5)]), None);
        let blind = ListeningSocket {
            cookie: None,
            drops: None,
            ..dropping(80, 1, 0)
        };
        assert_eq!(grown_since(vec![dropping(80, 1, 5)], vec![blind]), None);
        let mut before = Moment::of(&sample(vec![]));
        before.namespaces.get_mut(&HOST).unwrap().drops = None;
        let now = sample(vec![dropping(80, 1, 5)]);
        assert!(grown(&now, Some(&before)).is_empty());
    }

    #[test]
    fn without_an_earlier_look_it_is_all_that_was_counted() {
        let now = sample(vec![dropping(80, 1, 5), dropping(81, 2, 0)]);
        let grown = grown(&now, None).remove(&HOST).unwrap();
        assert_eq!((grown.total, grown.places), (5, 1));
    }
}
