//! One namespace as it was measured, and the questions that rules ask of it.

use model::document::NamespaceReport;
use model::{Listener, Setting, State};

use super::{Evidence, Looks};

/// Where lengths, limits and drops come from.
pub(super) const SOCKETS: &str = "sock_diag";
/// Where values of sysctls come from.
pub(super) const SYSCTLS: &str = "/proc/sys";
/// Where counters come from.
pub(super) const COUNTERS: &str = "/proc/net/netstat";

/// One namespace.
pub(super) struct Case<'a> {
    pub(super) namespace: &'a NamespaceReport,
    pub(super) listeners: Vec<&'a Listener>,
    before: Option<&'a NamespaceReport>,
    listeners_before: Vec<&'a Listener>,
    /// Between the two looks.
    pub(super) seconds: Option<f64>,
}

/// How often a counter of the namespace counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Between the two looks.
    Moved(u64),
    /// Since the namespace was made; there was one look only, or it did not move between the two.
    Ever(u64),
}

impl<'a> Case<'a> {
    pub(super) fn new(looks: Looks<'a>, namespace: &'a NamespaceReport) -> Self {
        let is_here = |listener: &&Listener| listener.namespace == namespace.key;
        let before = looks.before;
        let namespaces_before = before.into_iter().flat_map(|window| &window.namespaces);
        let listeners_before = before.into_iter().flat_map(|window| &window.listeners);
        Self {
            namespace,
            listeners: looks.now.listeners.iter().filter(is_here).collect(),
            before: namespaces_before.clone().find(|one| one.key == namespace.key),
            listeners_before: listeners_before.filter(is_here).collect(),
            seconds: looks.now.seconds,
        }
    }

    pub(super) fn value(&self, setting: Setting) -> Option<i64> {
        self.namespace.sysctls.get(setting)
    }

    /// Of TcpExt; `None` when it is 0 or unknown.
    pub(super) fn counted(&self, name: &str) -> Option<Counted> {
        let total = self.namespace.counters.as_ref()?.named("TcpExt", name)?;
        let earlier = || self.before?.counters.as_ref()?.named("TcpExt", name);
        let moved = earlier().map_or(0, |earlier| total.saturating_sub(earlier));
        match (moved, total) {
            (0, 0) => None,
            (0, total) => Some(Counted::Ever(total)),
            (moved, _) => Some(Counted::Moved(moved)),
        }
    }

    /// The same listener at the first of two looks.
    pub(super) fn earlier(&self, listener: &Listener) -> Option<&'a Listener> {
        let identity = |one: &Listener| (one.protocol, one.inode, one.cookie);
        let mut all = self.listeners_before.iter().copied();
        all.find(|one| identity(one) == identity(listener))
    }

    /// Listeners that are in danger, or have refused somebody: of the latter only where the namespace has counted a
    /// full accept queue at all, since duplicate SYNs and RSTs are in a socket's drops too (KERNEL.md 2.3).
    pub(super) fn troubled(&self) -> impl Iterator<Item = &'a Listener> {
        let has_overflowed = self.counted("ListenOverflows").is_some();
        let is_it = move |listener: &&Listener| {
            listener.state.is_some_and(State::is_endangered) || (has_overflowed && has_drops(listener))
        };
        self.listeners.iter().copied().filter(is_it)
    }

    /// Whether it refuses, or is known to have refused.
    pub(super) fn has_refused(&self, listener: &Listener) -> bool {
        let refuses = matches!(listener.state, Some(State::Dropping | State::Full));
        refuses || (self.counted("ListenOverflows").is_some() && has_drops(listener))
    }

    /// Listeners whose limit is somaxconn: they asked for as much, or for more.
    pub(super) fn at_somaxconn(&self) -> impl Iterator<Item = &'a Listener> {
        let somaxconn = self.value(Setting::Somaxconn);
        let is_it = move |listener: &&Listener| limit(listener).is_some_and(|limit| Some(limit) == somaxconn);
        self.listeners.iter().copied().filter(is_it)
    }

    /// TCP listeners whose accept queue is full: their SYN queue fills in consequence, and no cookie helps them.
    pub(super) fn with_full_accept_queue(&self) -> impl Iterator<Item = &'a Listener> {
        let is_it = |listener: &&Listener| listener.syn_queue.is_some() && is_full(listener);
        self.listeners.iter().copied().filter(is_it)
    }
}

impl Counted {
    /// “1204 since the namespace was made”.
    pub(super) fn told(self, seconds: Option<f64>) -> String {
        match (self, seconds) {
            (Self::Moved(count), Some(seconds)) => format!("{count} in {seconds:.0} s"),
            (Self::Moved(count), None) => count.to_string(),
            (Self::Ever(count), _) => format!("{count} since the namespace was made"),
        }
    }

    pub(super) fn evidence(self, name: &str, seconds: Option<f64>) -> Evidence {
        Evidence {
            fact: format!("TcpExt.{name}"),
            value: self.told(seconds),
            source: COUNTERS,
        }
    }
}

pub(super) fn limit(listener: &Listener) -> Option<i64> {
    listener.accept_queue.limit.map(i64::from)
}

pub(super) fn is_full(listener: &Listener) -> bool {
    let queue = &listener.accept_queue;
    let (length, capacity) = (queue.length.map(u64::from), queue.capacity);
    length
        .zip(capacity)
        .is_some_and(|(length, capacity)| length >= capacity)
}

fn has_drops(listener: &Listener) -> bool {
    drops(listener).is_some_and(|drops| drops > 0)
}

pub(super) fn drops(listener: &Listener) -> Option<u32> {
    listener.drops.as_ref()?.total
}

/// The longest its accept queue is known to have been.
pub(super) fn longest(listener: &Listener) -> Option<u64> {
    let queue = &listener.accept_queue;
    let peak = queue.peak.as_ref().map(|peak| u64::from(peak.length));
    [queue.length.map(u64::from), peak, queue.peak_24h]
        .into_iter()
        .flatten()
        .max()
}

/// “0.0.0.0:80 (nginx)”.
pub(super) fn called(listener: &Listener) -> String {
    let oldest = listener.owners.as_deref().and_then(|owners| owners.first());
    match oldest {
        Some(owner) => format!("{} ({})", listener.place(), owner.comm),
        None => listener.place(),
    }
}

/// “7 listeners”, “1 listener”.
pub(super) fn some_listeners(count: usize) -> String {
    format!("{count} listener{}", if count == 1 { "" } else { "s" })
}
