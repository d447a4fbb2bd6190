//! What the counters of one network namespace say about its queues: which is the problem, and what to look at next.
//!
//! The decision table of KERNEL.md 7 with the combinations that it does not list; what each branch of the kernel
//! counts is in KERNEL.md 2.3 (net/ipv4/tcp_input.c:tcp_conn_request, net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock).

mod next;
mod quantity;
mod sentences;
#[cfg(test)]
mod tests;

use std::time::Duration;

use model::Settings;
use model::counter::Counters;

pub use next::Next;
pub use quantity::{rate, span};
use sentences::Sentences;

/// The counters that a reading is made from, all of the group TcpExt.
pub const DECISIVE: [&str; 7] = [
    "ListenOverflows",
    "ListenDrops",
    "TCPReqQFullDrop",
    "TCPReqQFullDoCookies",
    "SyncookiesSent",
    "SyncookiesRecv",
    "SyncookiesFailed",
];

/// What is known of one namespace.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// By how much its counters moved.
    pub moved: Moved<'a>,
    /// In which time.
    pub span: Span,
    /// Its settings at the end of that time.
    pub settings: &'a Settings,
    /// Which of its listeners counted drops in that time; for totals, since each listener exists.
    pub listeners: Drops<'a>,
    /// How `--netns` names it; `None` if it is the reader's own.
    pub netns: Option<&'a str>,
}

/// The time that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Since the namespace was made; how long ago that is, the kernel does not tell.
    Made,
    /// Since boot, so long ago.
    Boot(Duration),
    /// Between two looks, so far apart.
    Window(Duration),
}

impl Span {
    /// Its length in seconds; `None` if it is unknown, or nothing, of which there is no rate.
    pub fn seconds(self) -> Option<f64> {
        match self {
            Self::Made => None,
            Self::Boot(length) | Self::Window(length) => (!length.is_zero()).then_some(length.as_secs_f64()),
        }
    }
}

/// By how much counters moved.
#[derive(Clone, Copy, Debug)]
pub enum Moved<'a> {
    /// By so much. Gauges may be left out.
    By(&'a Counters),
    /// They did not move at all, the gauges included.
    Nothing(&'a Counters),
    /// They could not be read.
    Unread,
    /// They were read, but there is nothing to compare them with, because…
    Incomparable(&'a str),
}

/// The drops that listeners counted themselves (`sk_drops`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Drops<'a> {
    /// Of all listeners together.
    pub total: u64,
    /// How many listeners counted any.
    pub listeners: usize,
    /// Those with most, most first.
    pub most: &'a [Dropper],
}

/// A listener that counted drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropper {
    /// `0.0.0.0:80`.
    pub place: String,
    /// Its port.
    pub port: u16,
    /// The name of its oldest owner, if that is known.
    pub owner: Option<String>,
    /// How many.
    pub drops: u64,
}

/// What the counters say, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadingId {
    /// A full accept queue refused packets.
    AcceptQueueFull,
    /// A full SYN queue dropped SYNs, without a cookie.
    SynQueueFull,
    /// Something was refused though no queue was full.
    RefusedElsewhere,
    /// A full SYN queue was answered for by cookies.
    SynCookiesActive,
    /// Cookies were used; whether because of a full SYN queue is not known.
    SynCookiesUnclear,
    /// The counters could not be read or compared.
    Unknown,
    /// Listeners counted drops, none of which was a refusal.
    NoiseDrops,
    /// Every SYN was answered with a cookie: `tcp_syncookies` is 2.
    SynCookiesAlways,
    /// Counters moved, but nothing was refused.
    NothingRefused,
    /// Nothing moved.
    NothingMoved,
}

impl ReadingId {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::AcceptQueueFull,
        Self::SynQueueFull,
        Self::RefusedElsewhere,
        Self::SynCookiesActive,
        Self::SynCookiesUnclear,
        Self::Unknown,
        Self::NoiseDrops,
        Self::SynCookiesAlways,
        Self::NothingRefused,
        Self::NothingMoved,
    ];

    /// As programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AcceptQueueFull => "accept-queue-full",
            Self::SynQueueFull => "syn-queue-full",
            Self::RefusedElsewhere => "refused-elsewhere",
            Self::SynCookiesActive => "syn-cookies-active",
            Self::SynCookiesUnclear => "syn-cookies-unclear",
            Self::Unknown => "unknown",
            Self::NoiseDrops => "noise-drops",
            Self::SynCookiesAlways => "syn-cookies-always",
            Self::NothingRefused => "nothing-refused",
            Self::NothingMoved => "nothing-moved",
        }
    }

    /// Whether there is nothing to look into.
    pub fn is_calm(self) -> bool {
        matches!(self, Self::SynCookiesAlways | Self::NothingRefused | Self::NothingMoved)
    }
}

/// A reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it comes to.
    pub id: ReadingId,
    /// The same in sentences, in ASCII but for the names of listeners and owners.
    pub text: String,
    /// What to look at next.
    pub look_at: Vec<Next>,
}

/// Reads the counters of a namespace.
pub fn read(facts: &Facts) -> Reading {
    let counts = Counts::of(facts.moved);
    let id = counts.map_or(ReadingId::Unknown, |counts| counts.id(facts));
    let text = match (counts, facts.moved) {
        (Some(counts), _) => Sentences::new(facts, counts, id).finish(),
        (None, Moved::Incomparable(reason)) => format!("What moved is not known: {reason}."),
        (None, _) => "The counters could not be read, so nothing can be said of the queues.".to_owned(),
    };
    Reading {
        id,
        text,
        look_at: next::look_at(facts, id),
    }
}

/// The counters that decide. Those of cookies are in every supported kernel with SYN cookies built in; a kernel
/// without them has none to count.
#[derive(Clone, Copy, Debug)]
struct Counts {
    overflows: u64,
    drops: u64,
    /// `None`: this kernel does not count SYNs that a full SYN queue drops.
    syn_queue_full: Option<u64>,
    cookies: u64,
    cookies_sent: u64,
    cookies_valid: u64,
    is_still: bool,
}

impl Counts {
    /// `None` if those are not known without which nothing can be told.
    fn of(moved: Moved) -> Option<Self> {
        let (counters, is_still) = match moved {
            Moved::By(counters) => (counters, false),
            Moved::Nothing(counters) => (counters, true),
            Moved::Unread | Moved::Incomparable(_) => return None,
        };
        let named = |name| counters.named("TcpExt", name);
        Some(Self {
            overflows: named("ListenOverflows")?,
            drops: named("ListenDrops")?,
            syn_queue_full: named("TCPReqQFullDrop"),
            cookies: named("TCPReqQFullDoCookies").unwrap_or(0),
            cookies_sent: named("SyncookiesSent").unwrap_or(0),
            cookies_valid: named("SyncookiesRecv").unwrap_or(0),
            is_still,
        })
    }

    fn dropped_by_syn_queue(&self) -> u64 {
        self.syn_queue_full.unwrap_or(0)
    }

    /// Refused, but neither by a full accept queue nor by a full SYN queue. `ListenDrops` counts both too; a BPF
    /// program that makes cookies, and SMC, count an overflow without a drop.
    fn elsewhere(&self) -> u64 {
        self.drops
            .saturating_sub(self.overflows)
            .saturating_sub(self.dropped_by_syn_queue())
    }

    fn id(&self, facts: &Facts) -> ReadingId {
        match self {
            _ if self.overflows > 0 => ReadingId::AcceptQueueFull,
            _ if self.dropped_by_syn_queue() > 0 => ReadingId::SynQueueFull,
            _ if self.drops > 0 => ReadingId::RefusedElsewhere,
            _ if self.cookies > 0 => cookies_id(facts),
            _ if facts.listeners.total > 0 => ReadingId::NoiseDrops,
            _ if self.is_still => ReadingId::NothingMoved,
            _ => ReadingId::NothingRefused,
        }
    }
}

/// With 2 every SYN is counted as if the queue were full (tcp_syn_flood_action), so only with 1 it tells that it was.
/// What the setting was in a longer past is not known.
fn cookies_id(facts: &Facts) -> ReadingId {
    match (facts.span, syncookies(facts)) {
        (Span::Window(_), Some(1)) => ReadingId::SynCookiesActive,
        (Span::Window(_), Some(2)) => ReadingId::SynCookiesAlways,
        _ => ReadingId::SynCookiesUnclear,
    }
}

fn syncookies(facts: &Facts) -> Option<i64> {
    facts.settings.get(model::Setting::TcpSyncookies)
}
