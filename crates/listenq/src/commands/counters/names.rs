//! Which counters a user means by the names they have in hand.

use knowledge::{Found, Kind, Topic};
use model::counter::Counter;

/// How many near names are told.
const NEAREST: usize = 3;

/// Nothing that can be shown by this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCounter {
    /// No such counter.
    #[error("there is no counter `{asked}`; the nearest are {}", nearest.join(", "))]
    Unknown {
        /// As it was asked for.
        asked: String,
        /// The nearest three.
        nearest: Vec<String>,
    },
    /// A sentence or a part of a name that stands for several.
    #[error("`{asked}` may be {}; name one of them", counters.join(", "))]
    Several {
        /// As it was asked for.
        asked: String,
        /// Which.
        counters: Vec<String>,
    },
    /// Something else that there is to know about.
    #[error("`{asked}` is no counter; listenq explain {topic} tells what it is")]
    OtherTopic {
        /// As it was asked for.
        asked: String,
        /// Its topic.
        topic: &'static str,
    },
}

/// The counters that are meant; all, if none is named. A counter that is named twice is shown once.
///
/// # Errors
/// The first name that is none.
pub fn find(names: &[String]) -> Result<Vec<Counter>, NoCounter> {
    if names.is_empty() {
        return Ok(Counter::all().collect());
    }
    let mut found: Vec<Counter> = Vec::new();
    for name in names {
        let counter = by_name(name).map_or_else(|| by_topic(name), Ok)?;
        if !found.contains(&counter) {
            found.push(counter);
        }
    }
    Ok(found)
}

/// `TcpExt.ListenDrops`, `TcpExtListenDrops` as nstat has it, `ListenDrops`.
fn by_name(asked: &str) -> Option<Counter> {
    let asked = folded(asked);
    Counter::all().find(|counter| {
        let name = counter.name();
        let bare = name.split_once('.').map_or(name.as_str(), |(_, bare)| bare);
        folded(&name) == asked || folded(bare) == asked
    })
}

/// By the sentences of `netstat -s`, names of exporters, and whatever else is known.
fn by_topic(asked: &str) -> Result<Counter, NoCounter> {
    let topics = match knowledge::find(asked) {
        Found::Topic(topic) => vec![topic],
        Found::Several(topics) => topics,
        Found::Nothing(_) => Vec::new(),
    };
    let counters: Vec<Counter> = topics.iter().filter_map(|topic| counter(topic)).collect();
    let asked = || asked.to_owned();
    match (&counters[..], topics.first()) {
        ([one], _) => Ok(*one),
        ([], None) => Err(NoCounter::Unknown {
            nearest: nearest(&asked()),
            asked: asked(),
        }),
        ([], Some(topic)) => Err(NoCounter::OtherTopic {
            asked: asked(),
            topic: topic.id,
        }),
        (several, _) => Err(NoCounter::Several {
            asked: asked(),
            counters: several.iter().map(|counter| counter.name()).collect(),
        }),
    }
}

fn counter(topic: &Topic) -> Option<Counter> {
    match topic.kind {
        Kind::Counter(facts) => Counter::find(facts.group, facts.name),
        _ => None,
    }
}

fn nearest(asked: &str) -> Vec<String> {
    let asked = folded(asked);
    let likeness = |name: &str| {
        let bare = name.split_once('.').map_or(name, |(_, bare)| bare);
        strsim::jaro_winkler(&asked, &folded(bare)).max(strsim::jaro_winkler(&asked, &folded(name)))
    };
    let mut names: Vec<String> = Counter::all().map(Counter::name).collect();
    names.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    names.truncate(NEAREST);
    names
}

/// Without what spellings differ in.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Result<Vec<String>, NoCounter> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        find(&names).map(|counters| counters.into_iter().map(Counter::name).collect())
    }

    #[test]
    fn every_spelling_of_a_counter_is_found() {
        for name in [
            "ListenOverflows",
            "TcpExtListenOverflows",
            "TcpExt.ListenOverflows",
            "listen_overflows",
            "times the listen queue of a socket overflowed",
        ] {
            assert_eq!(found(&[name]).unwrap(), ["TcpExt.ListenOverflows"], "{name}");
        }
        assert_eq!(
            found(&["CurrEstab", "ListenDrops"]).unwrap(),
            ["Tcp.CurrEstab", "TcpExt.ListenDrops"]
        );
    }

    #[test]
    fn each_counter_is_found_by_its_own_names() {
        for counter in Counter::all() {
            let name = counter.name();
            let (group, bare) = name.split_once('.').unwrap();
            assert_eq!(found(&[bare]).unwrap(), [name.as_str()]);
            assert_eq!(found(&[&format!("{group}{bare}")]).unwrap(), [name.as_str()]);
        }
    }

    #[test]
    fn without_a_name_all_are_meant_and_twice_is_once() {
        assert_eq!(found(&[]).unwrap().len(), model::counter::KNOWN.len());
        assert_eq!(found(&["ListenDrops", "listendrops"]).unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_counter_is_told_its_nearest() {
        let error = found(&["ListenDrops", "xyzzy"]).unwrap_err();
        let NoCounter::Unknown { asked, nearest } = &error else {
            panic!("{error}");
        };
        assert_eq!((asked.as_str(), nearest.len()), ("xyzzy", NEAREST));
        for asked in ["ListenOverflow", "LstenOverflws", "TcpExtListenOverflow"] {
            assert_eq!(super::nearest(asked)[0], "TcpExt.ListenOverflows", "{asked}");
        }
    }

    #[test]
    fn what_is_no_name_at_all_is_refused() {
        for name in ["", "-", "\u{0}", "Größe"] {
            assert!(found(&[name]).is_err(), "{name}");
        }
    }
}
