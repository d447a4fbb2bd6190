//! What some listeners were like for a time, from samples.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use model::action::SocketIdentity;
use model::listener::Content;
use model::{Endpoint, ListeningSocket, Namespace, NamespaceKey, Protocol, Sample, Window};
use serde::Serialize;

/// A listener, and the limit that it is expected to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Which.
    pub socket: SocketIdentity,
    /// Its limit, unless somebody else changes it.
    pub limit: u32,
}

/// What the listeners were like for a time. What was not read is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Side {
    /// From the first sample to the last.
    pub seconds: f64,
    /// Packets that the listeners discarded (`sk_drops`; a refused final ACK counts twice); `None` for unix.
    pub discarded: Option<u64>,
    /// Those of them that were refusals: none where `ListenDrops` of the namespace stood still.
    pub refused: Option<u64>,
    /// The queue that was nearest to its capacity, at its worst moment.
    pub fullest: Option<Fullest>,
    /// Clients that had left while they waited, when they were most.
    pub left: Option<Left>,
    /// Half-open connections when they were most.
    pub half_open: Option<u64>,
    /// How many listeners there are.
    pub listeners: usize,
    /// How many of them were gone at the end.
    pub gone: usize,
    /// How many of them had another limit than expected at the end.
    pub changed: usize,
}

/// An accept queue at its worst moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fullest {
    /// Connections that waited.
    pub length: u32,
    /// Its limit; the queue holds one more.
    pub limit: u32,
}

/// Connections in accept queues whose client has closed or reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// How many.
    pub left: u64,
    /// Of how many that waited at that moment.
    pub of: u64,
}

impl Side {
    /// Refusals per second; `None` when they, or the time, are not known.
    #[expect(clippy::cast_precision_loss, reason = "a rate of 2^53 packets is exact enough")]
    pub fn refused_per_second(&self) -> Option<f64> {
        let refused = self.refused? as f64;
        (self.seconds > 0.0).then(|| refused / self.seconds)
    }
}

impl Fullest {
    /// Whether nothing more was taken (include/net/sock.h:sk_acceptq_is_full).
    pub fn is_full(self) -> bool {
        self.length > self.limit
    }

    /// Length · other capacity, so that two can be compared without a division.
    fn is_fuller_than(self, other: Self) -> bool {
        let capacity = |one: Self| u64::from(one.limit) + 1;
        u64::from(self.length) * capacity(other) > u64::from(other.length) * capacity(self)
    }
}

/// Takes samples in, one after the other.
#[derive(Clone, Debug)]
pub struct Measure {
    expected: HashMap<Key, u32>,
    first: Option<Reading>,
    last: Option<Reading>,
    fullest: Option<Fullest>,
    left: Option<Left>,
    half_open: Option<u64>,
}

type Key = (NamespaceKey, u64, Option<u64>);

fn key(socket: &ListeningSocket) -> Key {
    (socket.namespace, socket.inode, socket.cookie)
}

/// What a difference is made of.
#[derive(Clone, Debug)]
struct Reading {
    since_boot: Duration,
    /// Drops and limit of each listener that is there.
    sockets: HashMap<Key, (Option<u32>, Option<u32>)>,
    /// `TcpExt.ListenDrops` of each namespace.
    refused: HashMap<NamespaceKey, u64>,
}

impl Measure {
    /// Of these listeners.
    pub fn new(expected: &[Expected]) -> Self {
        let of = |one: &Expected| {
            let socket = &one.socket;
            ((socket.namespace, socket.inode, socket.cookie), one.limit)
        };
        Self {
            expected: expected.iter().map(of).collect(),
            first: None,
            last: None,
            fullest: None,
            left: None,
            half_open: None,
        }
    }

    /// One more sample.
    pub fn add(&mut self, sample: &Sample) {
        let near = self.near(sample);
        self.fullest = fullest(self.fullest, near.sockets.iter().filter(|socket| self.is_ours(socket)));
        let waiting = Waiting::of(&near, &|socket| self.is_ours(socket));
        if waiting
            .left
            .is_some_and(|left| self.left.is_none_or(|most| left.left > most.left))
        {
            self.left = waiting.left;
        }
        self.half_open = self.half_open.max(waiting.half_open);
        let reading = self.reading(&near);
        self.first.get_or_insert_with(|| reading.clone());
        self.last = Some(reading);
    }

    /// What they were like from the first sample to the last.
    pub fn side(&self) -> Side {
        let mut side = Side {
            fullest: self.fullest,
            left: self.left,
            half_open: self.half_open,
            listeners: self.expected.len(),
            gone: self.expected.len(),
            ..Side::default()
        };
        let (Some(first), Some(last)) = (&self.first, &self.last) else {
            return side;
        };
        side.seconds = last.since_boot.saturating_sub(first.since_boot).as_secs_f64();
        side.gone -= last.sockets.len();
        let differs = |(key, (_, limit)): &(&Key, &(_, Option<u32>))| limit.as_ref() != self.expected.get(*key);
        side.changed = last.sockets.iter().filter(differs).count();
        (side.discarded, side.refused) = first.until(last).unzip();
        side
    }

    fn is_ours(&self, socket: &ListeningSocket) -> bool {
        self.expected.contains_key(&key(socket))
    }

    /// The sockets at the same ports, which is all that has to do with ours; and ours.
    fn near(&self, sample: &Sample) -> Sample {
        let ours = sample.sockets.iter().filter(|socket| self.is_ours(socket));
        let ports: Vec<_> = ours.filter_map(port_of).collect();
        let is_near = |socket: &&ListeningSocket| {
            self.is_ours(socket) || port_of(socket).is_some_and(|port| ports.contains(&port))
        };
        Sample {
            taken_at: sample.taken_at,
            since_boot: sample.since_boot,
            host: sample.host.clone(),
            sources: Vec::new(),
            namespaces: sample.namespaces.clone(),
            sockets: sample.sockets.iter().filter(is_near).cloned().collect(),
        }
    }

    fn reading(&self, near: &Sample) -> Reading {
        let ours = near.sockets.iter().filter(|socket| self.is_ours(socket));
        let refused = |namespace: &Namespace| {
            let drops = namespace.counters.as_ref()?.named("TcpExt", "ListenDrops")?;
            Some((namespace.key, drops))
        };
        Reading {
            since_boot: near.since_boot,
            sockets: ours.map(|socket| (key(socket), (socket.drops, socket.limit))).collect(),
            refused: near.namespaces.iter().filter_map(refused).collect(),
        }
    }
}

impl Reading {
    /// What was discarded and refused until then; `None` when that is not known of a listener.
    fn until(&self, last: &Self) -> Option<(u64, u64)> {
        let (mut discarded, mut refused) = (0, 0);
        for (key, (before, _)) in &self.sockets {
            let Some((after, _)) = last.sockets.get(key) else {
                continue;
            };
            // 32 bits wide, and wraps (KERNEL.md 4.1).
            let new = u64::from(after.as_ref()?.wrapping_sub(*before.as_ref()?));
            let counter = |reading: &Self| reading.refused.get(&key.0).copied();
            let is_noise = matches!((counter(self), counter(last)), (Some(before), Some(after)) if before == after);
            discarded += new;
            refused += if is_noise { 0 } else { new };
        }
        Some((discarded, refused))
    }
}

fn fullest<'a>(known: Option<Fullest>, sockets: impl Iterator<Item = &'a ListeningSocket>) -> Option<Fullest> {
    let queues = sockets.filter_map(|socket| {
        let (length, limit) = socket.length.zip(socket.limit)?;
        Some(Fullest { length, limit })
    });
    queues.fold(known, |most, queue| {
        if most.is_none_or(|most| queue.is_fuller_than(most)) {
            Some(queue)
        } else {
            most
        }
    })
}

fn port_of(socket: &ListeningSocket) -> Option<(NamespaceKey, u16)> {
    match &socket.endpoint {
        Endpoint::Inet(endpoint) => Some((socket.namespace, endpoint.port)),
        Endpoint::Unix(_) => None,
    }
}

/// What waits at our listeners in one sample.
struct Waiting {
    left: Option<Left>,
    half_open: Option<u64>,
}

impl Waiting {
    /// A port that is wholly ours is counted as a whole: between members of a group, dumps do not tell who has what.
    fn of(near: &Sample, is_ours: &dyn Fn(&ListeningSocket) -> bool) -> Self {
        let mut ports: BTreeMap<(NamespaceKey, u16), Vec<&ListeningSocket>> = BTreeMap::new();
        for socket in &near.sockets {
            if let Some(port) = port_of(socket) {
                ports.entry(port).or_default().push(socket);
            }
        }
        let window = Window::new(None, near);
        let mut of = Self {
            left: Some(Left { left: 0, of: 0 }),
            half_open: Some(0),
        };
        if ports.is_empty() {
            return Self {
                left: None,
                half_open: None,
            };
        }
        for ((namespace, port), sockets) in ports {
            let counted = near.namespaces.iter().find(|one| one.key == namespace);
            let whole = sockets.iter().all(|socket| is_ours(socket));
            let (left, half_open) = if whole {
                (
                    of_port(counted, port, &sockets),
                    counted.and_then(|one| half_open_at(one, port)),
                )
            } else {
                of_each(
                    &window,
                    namespace,
                    sockets.iter().copied().filter(|socket| is_ours(socket)),
                )
            };
            of.left = of.left.zip(left).map(|(sum, one)| Left {
                left: sum.left + one.left,
                of: sum.of + one.of,
            });
            of.half_open = of.half_open.zip(half_open).map(|(sum, one)| sum + one);
        }
        of
    }
}

/// Those who closed are dumped in CLOSE_WAIT, those who reset are in no dump, but both are in the length (KERNEL.md 1.5).
fn of_port(namespace: Option<&Namespace>, port: u16, sockets: &[&ListeningSocket]) -> Option<Left> {
    let mut waiting = 0;
    for socket in sockets {
        // The children of an MPTCP listener are subflows, whose inode says nothing about accept().
        if socket.protocol != Protocol::Tcp {
            return None;
        }
        waiting += u64::from(socket.length?);
    }
    if waiting == 0 {
        return Some(Left { left: 0, of: 0 });
    }
    let queued = namespace?.queued.as_ref()?;
    let here = queued.iter().filter(|queued| queued.local.port == port);
    let alive: u64 = here.map(|queued| u64::from(queued.counts.established)).sum();
    Some(Left {
        left: waiting.checked_sub(alive)?,
        of: waiting,
    })
}

fn half_open_at(namespace: &Namespace, port: u16) -> Option<u64> {
    let counted = namespace.half_open.as_ref()?;
    let here = counted.iter().filter(|one| one.local.port == port);
    Some(here.map(|one| u64::from(one.count)).sum())
}

fn of_each<'a>(
    window: &Window,
    namespace: NamespaceKey,
    sockets: impl Iterator<Item = &'a ListeningSocket>,
) -> (Option<Left>, Option<u64>) {
    let (mut left, mut half_open) = (Some(Left { left: 0, of: 0 }), Some(0));
    for socket in sockets {
        let is_it =
            |one: &&model::Listener| (one.namespace, one.inode, one.cookie) == (namespace, socket.inode, socket.cookie);
        let listener = window.listeners.iter().find(is_it);
        let content = listener.and_then(|one| one.accept_queue.content.as_deref());
        left = left.zip(content).map(|(sum, content)| sum.with(content));
        let length = listener.and_then(|one| one.syn_queue?.length);
        half_open = half_open.zip(length).map(|(sum, length)| sum + u64::from(length));
    }
    (left, half_open)
}

impl Left {
    fn with(self, content: &Content) -> Self {
        let left = u64::from(content.closed_by_client) + u64::from(content.reset);
        Self {
            left: self.left + left,
            of: self.of + left + u64::from(content.established),
        }
    }
}

#[cfg(test)]
mod tests;
