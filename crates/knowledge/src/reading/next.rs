//! What to look at after a reading.

use super::{Facts, Moved, ReadingId, Span};

/// A command, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// As typed.
    pub command: String,
    /// What it shows.
    pub shows: &'static str,
}

/// The commands that lead on, the most useful first.
pub(super) fn look_at(facts: &Facts, id: ReadingId) -> Vec<Next> {
    let is_total = !matches!(facts.span, Span::Window(_));
    let mut commands = Vec::new();
    let is_incomparable = matches!(facts.moved, Moved::Incomparable(_));
    if is_incomparable || (is_total && id != ReadingId::Unknown) {
        commands.push(inside("listenq counters --for 10s", facts, "what moves now"));
    }
    if !is_incomparable {
        commands.push(closer(facts, id));
    }
    commands.extend(topic(id).map(|(name, shows)| Next {
        command: format!("listenq explain {name}"),
        shows,
    }));
    commands
}

fn closer(facts: &Facts, id: ReadingId) -> Next {
    match id {
        ReadingId::AcceptQueueFull | ReadingId::SynQueueFull | ReadingId::RefusedElsewhere | ReadingId::NoiseDrops => {
            listener(facts)
        }
        ReadingId::SynCookiesActive | ReadingId::SynCookiesUnclear => {
            inside("listenq -o wide", facts, "which SYN queue is full, and what limits it")
        }
        ReadingId::Unknown => Next {
            command: "listenq counters -v".to_owned(),
            shows: "what could not be read, and what it needs",
        },
        ReadingId::SynCookiesAlways | ReadingId::NothingRefused | ReadingId::NothingMoved => {
            inside("listenq", facts, "how full each queue is now")
        }
    }
}

/// The one whose drops grew most, or how to find it.
fn listener(facts: &Facts) -> Next {
    match facts.listeners.most.first() {
        Some(dropper) => inside(
            &format!("listenq --port {} -o wide", dropper.port),
            facts,
            "how full it is, what limits it, and who owns it",
        ),
        None => inside("listenq --watch", facts, "whose drops grow"),
    }
}

fn topic(id: ReadingId) -> Option<(&'static str, &'static str)> {
    match id {
        ReadingId::AcceptQueueFull => Some(("ListenOverflows", "what it counts, and what it does not")),
        ReadingId::SynQueueFull => Some(("TCPReqQFullDrop", "what fills a SYN queue, and what limits it")),
        ReadingId::RefusedElsewhere | ReadingId::NoiseDrops => Some(("ListenDrops", "what is refused, and why")),
        ReadingId::SynCookiesActive | ReadingId::SynCookiesUnclear | ReadingId::SynCookiesAlways => {
            Some(("TCPReqQFullDoCookies", "when it means a full SYN queue"))
        }
        ReadingId::Unknown | ReadingId::NothingRefused | ReadingId::NothingMoved => None,
    }
}

/// The command, for the namespace it is about.
fn inside(command: &str, facts: &Facts, shows: &'static str) -> Next {
    let netns = facts.netns.map(|netns| format!(" --netns {netns}")).unwrap_or_default();
    Next {
        command: format!("{command}{netns}"),
        shows,
    }
}
