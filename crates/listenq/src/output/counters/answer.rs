//! From what was read, and what it is compared with, to the answer.

use std::collections::HashMap;

use knowledge::reading::{self, Dropper, Drops, Facts, Moved};
use model::counter::{Counter, Counters};
use model::document::SCHEMA_VERSION;
use model::{Namespace, NamespaceKey, Sample};

use super::difference::{Base, Difference, topic};
use super::document::{Document, DropRow, Gone, Look, NamespaceCounters, Row};
use super::drops::{Grown, grown};

/// What is asked.
pub struct Question<'a> {
    /// What was read.
    pub sample: &'a Sample,
    /// What it is compared with.
    pub base: Base<'a>,
    /// Which counters are shown.
    pub counters: &'a [Counter],
    /// Which namespaces are, by key and name, and whether it is the reader's own.
    pub is_asked: &'a dyn Fn(NamespaceKey, Option<&str>, bool) -> bool,
}

/// Gives the names of the owners of sockets, by inode, as far as they are known.
pub type FindOwners<'a> = &'a mut dyn FnMut(&[u64]) -> HashMap<u64, String>;

impl Question<'_> {
    /// The answer. Owners are looked for only if listeners are named by what moved: to find them is dear.
    pub fn answer(&self, find_owners: FindOwners) -> Document {
        let grown = grown(self.sample, self.base.moment());
        let named: Vec<u64> = self
            .namespaces()
            .filter_map(|namespace| grown.get(&namespace.key))
            .flat_map(|grown| &grown.most)
            .map(|one| one.inode)
            .filter(|inode| *inode != 0)
            .collect();
        let owners = if named.is_empty() || self.base.moment().is_none() {
            HashMap::new()
        } else {
            find_owners(&named)
        };
        let mut namespaces: Vec<_> = self
            .namespaces()
            .map(|namespace| self.namespace(namespace, grown.get(&namespace.key), &owners))
            .collect();
        namespaces.sort_by_key(|namespace| namespace.reading_id);
        Document {
            schema_version: SCHEMA_VERSION,
            taken_at: self.sample.taken_at,
            host: self.sample.host.clone(),
            compared_with: self.base.name(),
            since: self.base.moment().map(|moment| moment.taken_at),
            window_seconds: self.base.span(self.sample).seconds(),
            sources: self.sample.sources.clone(),
            namespaces,
            gone: self.gone(),
        }
    }

    fn namespaces(&self) -> impl Iterator<Item = &Namespace> {
        let is_asked = |namespace: &&Namespace| {
            let name = namespace.name.as_deref();
            (self.is_asked)(namespace.key, name, namespace.is_own)
        };
        self.sample.namespaces.iter().filter(is_asked)
    }

    fn gone(&self) -> Vec<Gone> {
        let here: Vec<_> = self.sample.namespaces.iter().map(|namespace| namespace.key).collect();
        let remembered = self.base.moment().into_iter().flat_map(|moment| &moment.namespaces);
        remembered
            .filter(|(key, remembered)| {
                !here.contains(key) && (self.is_asked)(**key, remembered.name.as_deref(), false)
            })
            .map(|(key, remembered)| Gone {
                id: key.to_string(),
                netns: key.inode(),
                name: remembered.name.clone(),
            })
            .collect()
    }

    fn namespace(
        &self,
        namespace: &Namespace,
        grown: Option<&Grown>,
        owners: &HashMap<u64, String>,
    ) -> NamespaceCounters {
        let difference = Difference::of(namespace, self.sample, self.base);
        let droppers = droppers(grown, owners);
        let reading = read(namespace, &difference, grown, &droppers);
        let counters = namespace.counters.as_ref();
        NamespaceCounters {
            id: namespace.key.to_string(),
            netns: namespace.key.inode(),
            name: namespace.name.clone(),
            counters: counters.map(|counters| self.rows(counters, &difference)),
            note: difference.note,
            listeners: droppers.into_iter().map(DropRow::from).collect(),
            reading_id: reading.id,
            reading: reading.text,
            look_at: reading.look_at.into_iter().map(Look::from).collect(),
            span: difference.span,
        }
    }

    fn rows(&self, counters: &Counters, difference: &Difference) -> Vec<Row> {
        let row = |counter: &Counter| {
            let deltas = difference.deltas.as_ref();
            Some(Row {
                name: counter.name(),
                total: counters.get(*counter)?,
                delta: deltas.and_then(|deltas| deltas.get(counter)).copied(),
                per_second: difference.per_second(*counter),
                meaning: topic(*counter).map(|topic| topic.summary),
            })
        };
        self.counters.iter().filter_map(row).collect()
    }
}

fn read(namespace: &Namespace, difference: &Difference, grown: Option<&Grown>, most: &[Dropper]) -> reading::Reading {
    let totals = namespace.counters.as_ref();
    let moved = difference.moved(totals);
    let netns = netns_argument(namespace);
    reading::read(&Facts {
        moved: match (&moved, difference.note) {
            (Some(counters), _) if difference.is_still(totals) => Moved::Nothing(counters),
            (Some(counters), _) => Moved::By(counters),
            (None, Some(note)) => Moved::Incomparable(note),
            (None, None) => Moved::Unread,
        },
        span: difference.span,
        settings: &namespace.settings,
        listeners: Drops {
            total: grown.map_or(0, |grown| grown.total),
            listeners: grown.map_or(0, |grown| grown.places),
            most,
        },
        netns: netns.as_deref(),
    })
}

fn droppers(grown: Option<&Grown>, owners: &HashMap<u64, String>) -> Vec<Dropper> {
    let most = grown.into_iter().flat_map(|grown| &grown.most);
    most.map(|one| Dropper {
        place: one.place.clone(),
        port: one.port,
        owner: owners.get(&one.inode).cloned(),
        drops: one.drops,
    })
    .collect()
}

/// How `--netns` names it: by its name, if a shell takes that as it is, else by its id.
fn netns_argument(namespace: &Namespace) -> Option<String> {
    let is_bare = |name: &&str| {
        let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        !name.is_empty() && !name.starts_with('-') && name.chars().all(is_bare)
    };
    let name = namespace.name.as_deref().filter(is_bare);
    (!namespace.is_own).then(|| name.map_or_else(|| namespace.key.to_string(), ToOwned::to_owned))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use knowledge::reading::ReadingId;

    use super::*;
    use crate::fixture::{WEB, busy_host, busy_host_later};
    use crate::output::counters::moment::Moment;

    fn everything(_: NamespaceKey, _: Option<&str>, _: bool) -> bool {
        true
    }

    fn ask(sample: &Sample, base: Base, find_owners: FindOwners) -> Document {
        let counters: Vec<_> = Counter::all().collect();
        let question = Question {
            sample,
            base,
            counters: &counters,
            is_asked: &everything,
        };
        question.answer(find_owners)
    }

    fn nobody(_: &[u64]) -> HashMap<u64, String> {
        panic!("owners were looked for");
    }

    #[test]
    fn what_moved_is_read_and_its_listener_named_with_its_owner() {
        let (later, _) = busy_host_later();
        let mut asked = Vec::new();
        let document = ask(
            &later,
            Base::Look(&Moment::of(&busy_host())),
            &mut |inodes: &[u64]| {
                asked.extend_from_slice(inodes);
                HashMap::from([(20_080, "nginx".to_owned())])
            },
        );
        let host = &document.namespaces[0];
        assert_eq!(document.window_seconds, Some(4.0));
        assert_eq!(host.reading_id, ReadingId::RefusedElsewhere);
        assert!(
            host.reading
                .contains("Listeners whose drops grew: 0.0.0.0:80, nginx: 40 of 40."),
            "{}",
            host.reading
        );
        assert_eq!(asked, [20_080]);
    }

    #[test]
    fn totals_name_listeners_without_looking_for_owners() {
        let document = ask(&busy_host(), Base::Nothing, &mut nobody);
        let host = &document.namespaces[0];
        assert_eq!((document.window_seconds, document.compared_with), (None, None));
        assert_eq!(host.reading_id, ReadingId::AcceptQueueFull);
        assert_eq!(host.listeners[0].place, "0.0.0.0:80");
        assert_eq!(host.listeners[0].owner, None);
    }

    #[test]
    fn a_kernel_that_lacks_a_counter_has_no_row_for_it() {
        let document = ask(&busy_host(), Base::Nothing, &mut nobody);
        let rows = document.namespaces[0].counters.as_ref().unwrap();
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["TcpExt.ListenOverflows", "TcpExt.ListenDrops"]);
    }

    #[test]
    fn the_gravest_reading_comes_first_and_the_unknown_is_no_reading() {
        let mut now = busy_host();
        now.namespaces[0].counters = None;
        let document = ask(&now, Base::Nothing, &mut nobody);
        let ids: Vec<_> = document
            .namespaces
            .iter()
            .map(|namespace| namespace.reading_id)
            .collect();
        assert_eq!(ids, [ReadingId::AcceptQueueFull, ReadingId::Unknown]);
        assert_eq!(document.namespaces[1].counters, None);
    }

    #[test]
    fn namespaces_that_came_and_went_are_told() {
        let before = Moment::of(&busy_host());
        let mut now = busy_host();
        now.since_boot += Duration::from_secs(5);
        now.namespaces[1].key = NamespaceKey::Inode(4_026_539_999);
        let document = ask(&now, Base::File(&before), &mut nobody);
        assert_eq!(document.gone.len(), 1);
        assert_eq!(document.gone[0].id, WEB.to_string());
        let came = &document.namespaces[0];
        assert_eq!((came.id.as_str(), came.reading_id), ("4026539999", ReadingId::Unknown));
        assert!(came.counters.as_ref().unwrap().iter().all(|row| row.delta.is_none()));
        assert!(came.note.unwrap().contains("was not there"));
    }

    #[test]
    fn commands_for_another_namespace_say_which() {
        let mut now = busy_host();
        let command = |now: &Sample| {
            let document = ask(now, Base::Nothing, &mut nobody);
            let web = document
                .namespaces
                .iter()
                .find(|one| one.id == WEB.to_string())
                .unwrap();
            web.look_at[0].command.clone()
        };
        assert_eq!(command(&now), "listenq counters --for 10s --netns web");
        for hostile in ["a b", "$(reboot)", "-x", ""] {
            now.namespaces[1].name = Some(hostile.into());
            assert_eq!(
                command(&now),
                "listenq counters --for 10s --netns 4026532345",
                "{hostile}"
            );
        }
    }
}
