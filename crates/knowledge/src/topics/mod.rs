//! Every topic, one file per sort.

mod claims;
mod columns;
mod concepts;
mod counters;
mod kernel_log;
mod programs;
mod settings;
mod symptoms;

use crate::topic::{Kind, Topic};

/// All of them, sort by sort: where one name belongs to several, the sort that comes first is the likeliest meant.
static ALL: &[&[&[Topic]]] = &[
    counters::PARTS,
    settings::PARTS,
    columns::PARTS,
    &[concepts::TOPICS],
    &[kernel_log::TOPICS],
    &[symptoms::TOPICS],
    claims::PARTS,
    &[programs::TOPICS],
];

/// Every topic.
pub fn topics() -> impl Iterator<Item = &'static Topic> {
    ALL.iter().copied().flatten().copied().flatten()
}

/// The topic with this id.
pub fn topic(id: &str) -> Option<&'static Topic> {
    topics().find(|topic| topic.id == id)
}

/// The topic of a counter, by group and name as /proc/net/netstat has them.
pub fn counter(group: &str, name: &str) -> Option<&'static Topic> {
    counters::PARTS
        .iter()
        .copied()
        .flatten()
        .find(|topic| match topic.kind {
            Kind::Counter(facts) => (facts.group, facts.name) == (group, name),
            _ => false,
        })
}

/// The topic of a sysctl, by its full name.
pub fn setting(name: &str) -> Option<&'static Topic> {
    settings::PARTS
        .iter()
        .copied()
        .flatten()
        .find(|topic| match topic.kind {
            Kind::Setting(facts) => facts.name == name,
            _ => false,
        })
}
