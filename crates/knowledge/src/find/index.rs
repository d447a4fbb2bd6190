//! Every name of every topic, prepared for comparison.

use std::sync::LazyLock;

use super::words::{Words, fold, significant, words};
use crate::topic::{Kind, Topic};
use crate::topics::topics;

/// One name of a topic.
pub(super) struct Entry {
    pub(super) topic: &'static Topic,
    /// Order among topics of the same name: 0 its id, 1 its title, 2 any other.
    pub(super) rank: u8,
    pub(super) folded: String,
    pub(super) words: Words,
    pub(super) significant: Words,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| topics().flat_map(entries_of).collect());

/// All names, in the order of the topics.
pub(super) fn entries() -> &'static [Entry] {
    &ENTRIES
}

fn entries_of(topic: &'static Topic) -> Vec<Entry> {
    let given = topic.names.iter().map(|name| (2, (*name).to_owned()));
    let mut names: Vec<(u8, String)> = vec![(0, topic.id.to_owned()), (1, topic.title.to_owned())];
    names.extend(given.chain(by_kind(topic).into_iter().map(|name| (2, name))));
    names.iter().map(|(rank, name)| entry(topic, *rank, name)).collect()
}

/// Names that follow from what the topic is, so that the data need not repeat them.
fn by_kind(topic: &Topic) -> Vec<String> {
    match topic.kind {
        Kind::Counter(facts) => vec![facts.name.to_owned(), format!("{}{}", facts.group, facts.name)],
        Kind::Setting(facts) => {
            let last = facts.name.rsplit('.').next().unwrap_or(facts.name);
            vec![facts.name.to_owned(), last.to_owned()]
        }
        _ => Vec::new(),
    }
}

/// A column's heading of one word is an everyday word (“STATE”, “COOKIE”): it is found as a whole name, and never by
/// its word among others.
fn entry(topic: &'static Topic, rank: u8, name: &str) -> Entry {
    let mut words = words(name);
    if words.len() == 1 && matches!(topic.kind, Kind::Column(_)) {
        words.clear();
    }
    Entry {
        topic,
        rank,
        folded: fold(name),
        significant: significant(&words),
        words,
    }
}
