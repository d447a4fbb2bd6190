//! The fields of a listener by their path in `-o json`: what `--get` can be asked for and csv is made of.

use std::str::FromStr;

use model::Listener;
use serde_json::Value;

/// Every value a listener has, by its path; `*` stands for a position in a list, from 0.
const FIELDS: &[&str] = &[
    "protocol",
    "address",
    "port",
    "interface",
    "path",
    "kind",
    "namespace",
    "netns",
    "inode",
    "cookie",
    "uid",
    "accept_queue.length",
    "accept_queue.limit",
    "accept_queue.capacity",
    "accept_queue.oldest_wait_us",
    "accept_queue.peak.length",
    "accept_queue.peak.at",
    "accept_queue.peak.since",
    "accept_queue.peak.exact",
    "accept_queue.peak_24h",
    "accept_queue.content.established",
    "accept_queue.content.closed_by_client",
    "accept_queue.content.reset",
    "accept_queue.content.with_data",
    "accept_queue.content.bytes",
    "accept_queue.clients.*.inode",
    "accept_queue.clients.*.owners.*.pid",
    "accept_queue.clients.*.owners.*.comm",
    "accept_queue.clients.*.owners.*.fd",
    "accept_queue.blocked.*.pid",
    "accept_queue.blocked.*.tid",
    "accept_queue.blocked.*.comm",
    "accept_queue.blocked.*.certain",
    "syn_queue.length",
    "syn_queue.length_min",
    "syn_queue.length_max",
    "syn_queue.limit",
    "syn_queue.limit_by",
    "syn_queue.young",
    "drops.total",
    "drops.per_second",
    "drops.by_cause.since",
    "drops.by_cause.accept_queue_full_syn",
    "drops.by_cause.accept_queue_full_ack",
    "drops.by_cause.syn_queue_full",
    "drops.by_cause.three_quarter_rule",
    "drops.by_cause.other",
    "drops.by_cause.noise",
    "drops.by_cause.unattributed",
    "backlog.requested",
    "backlog.effective",
    "backlog.clamped",
    "accept_wait.p50_us",
    "accept_wait.p99_us",
    "accept_wait.max_us",
    "accept_wait.count",
    "owners.*.pid",
    "owners.*.comm",
    "owners.*.fd",
    "unit",
    "container",
    "pod",
    "cgroup",
    "reuseport_group",
    "state",
    "would_overflow",
];

/// The fields that csv has a column for, behind taken_at and hostname.
pub const CSV: &[&str] = &[
    "state",
    "protocol",
    "address",
    "port",
    "interface",
    "path",
    "kind",
    "netns",
    "inode",
    "cookie",
    "uid",
    "accept_queue.length",
    "accept_queue.limit",
    "accept_queue.capacity",
    "accept_queue.peak.length",
    "accept_queue.content.established",
    "accept_queue.content.closed_by_client",
    "accept_queue.content.reset",
    "accept_queue.content.with_data",
    "accept_queue.content.bytes",
    "syn_queue.length",
    "syn_queue.length_min",
    "syn_queue.length_max",
    "syn_queue.limit",
    "syn_queue.limit_by",
    "syn_queue.young",
    "drops.total",
    "drops.per_second",
    "backlog.requested",
    "backlog.effective",
    "backlog.clamped",
    "owners.0.pid",
    "owners.0.comm",
    "owners.0.fd",
    "unit",
    "container",
    "pod",
    "cgroup",
    "reuseport_group",
    "would_overflow",
];

/// A field, or an object or list of fields, that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field(String);

/// A path that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no field `{asked}`; the nearest is {nearest}")]
pub struct UnknownField {
    asked: String,
    nearest: String,
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let general: Vec<&str> = text.split('.').map(general).collect();
        let leads_to = |field: &&&str| {
            let mut segments = field.split('.');
            general.iter().all(|segment| segments.next() == Some(*segment))
        };
        match FIELDS.iter().find(leads_to) {
            Some(_) if !general.contains(&"*") || !text.contains('*') => Ok(Self(text.to_owned())),
            _ => Err(UnknownField {
                asked: text.to_owned(),
                nearest: nearest(text),
            }),
        }
    }
}

/// A position in a list stands for any.
fn general(segment: &str) -> &str {
    let is_position = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    if is_position { "*" } else { segment }
}

fn nearest(text: &str) -> String {
    let likeness = |field: &str| {
        let last = field.rsplit('.').next().unwrap_or(field);
        strsim::jaro_winkler(text, field).max(strsim::jaro_winkler(text, last))
    };
    let best = FIELDS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.map(|field| field.replace('*', "0")).unwrap_or_default()
}

impl Field {
    /// Whether a part of the document is in this field, or this field in it.
    pub fn overlaps(&self, part: &str) -> bool {
        self.0.split('.').zip(part.split('.')).all(|(own, other)| own == other)
    }

    /// The value it has for this listener; `null` when it is unknown or not there.
    pub fn of(&self, listener: &Listener) -> serde_json::Result<Value> {
        Ok(at(&serde_json::to_value(listener)?, &self.0).clone())
    }
}

/// The value at a path; `null` when the path ends early.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, segment| match value {
        Value::Array(list) => segment
            .parse::<usize>()
            .ok()
            .and_then(|position| list.get(position))
            .unwrap_or(&Value::Null),
        other => other.get(segment).unwrap_or(&Value::Null),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::listener::{AcceptWait, DropsByCause, Peak};

    use super::*;
    use crate::fixture::{busy_host, report};

    /// Listeners in which, together, every field has a value.
    fn full_listeners() -> Vec<Listener> {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let mut listeners = report(&busy_host()).document.listeners;
        for listener in &mut listeners {
            listener.accept_queue.peak = Some(Box::new(Peak {
                length: 1,
                at,
                since: at,
                exact: true,
            }));
            listener.accept_wait = Some(Box::new(AcceptWait {
                p50_us: 1,
                p99_us: 1,
                max_us: 1,
                count: 1,
            }));
            listener.would_overflow = Some(false);
            if let Some(drops) = &mut listener.drops {
                drops.by_cause = Some(Box::new(DropsByCause {
                    since: at,
                    accept_queue_full_syn: None,
                    accept_queue_full_ack: None,
                    syn_queue_full: None,
                    three_quarter_rule: None,
                    other: None,
                    noise: None,
                    unattributed: None,
                }));
            }
        }
        listeners
    }

    fn leaves(prefix: &str, value: &Value, found: &mut BTreeSet<String>) {
        let join = |segment: &str| {
            if prefix.is_empty() {
                segment.to_owned()
            } else {
                format!("{prefix}.{segment}")
            }
        };
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| leaves(&join(name), value, found)),
            Value::Array(list) => list.iter().for_each(|value| leaves(&join("*"), value, found)),
            _ => {
                found.insert(prefix.to_owned());
            }
        }
    }

    /// A field that the document has and this list does not, or the other way round, fails here.
    #[test]
    fn the_list_is_that_of_the_document() {
        let mut found = BTreeSet::new();
        for listener in full_listeners() {
            leaves("", &serde_json::to_value(listener).unwrap(), &mut found);
        }
        let is_inner = |path: &String| FIELDS.iter().any(|field| field.starts_with(&format!("{path}.")));
        found.retain(|path| !is_inner(path));
        assert_eq!(found, FIELDS.iter().map(|&field| field.to_owned()).collect());
    }

    #[test]
    fn every_column_of_csv_is_a_field() {
        for column in CSV {
            assert!(column.parse::<Field>().is_ok(), "{column}");
        }
    }

    #[test]
    fn objects_lists_and_positions_can_be_asked_for() {
        for path in [
            "syn_queue",
            "owners",
            "owners.0",
            "owners.17.comm",
            "accept_queue.clients.0.owners.0.pid",
        ] {
            assert!(path.parse::<Field>().is_ok(), "{path}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused_with_the_nearest() {
        for (path, nearest) in [
            ("syn_queue.lenght", "syn_queue.length"),
            ("ports", "port"),
            ("owner.0.pid", "owners.0.pid"),
            ("owners.*.pid", "owners.0.pid"),
            ("port.x", "port"),
        ] {
            assert_eq!(path.parse::<Field>().unwrap_err().nearest, nearest, "{path}");
        }
        for path in ["", ".", "port.", "0"] {
            assert!(path.parse::<Field>().is_err(), "{path}");
        }
    }

    #[test]
    fn values_are_found_and_what_is_missing_is_null() {
        let report = report(&busy_host());
        let first = |path: &str| path.parse::<Field>().unwrap().of(&report.listeners()[0]).unwrap();
        assert_eq!(first("owners.0.comm"), "nginx");
        assert_eq!(first("accept_queue.length"), 129);
        assert_eq!(first("owners.9.comm"), Value::Null);
        assert_eq!(first("accept_queue.peak.length"), Value::Null);
    }
}
