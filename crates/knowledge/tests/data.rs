//! The data keeps its own rules: unique, complete, linked, in clean words.

use std::collections::{BTreeMap, BTreeSet};

use listenq_knowledge::{self as knowledge, Kind, Show, Source, Topic, topics};
use model::{Setting, counter::KNOWN};

/// Longest line of meaning beside a number.
const LONGEST_SUMMARY: usize = 110;
/// Names that are meant to stand for several things: headings that several tools have, words that are both a heading
/// and a concept, a setting and a concept.
const SHARED: &[&str] = &[
    "backlog",
    "halfopen",
    "listenbacklog",
    "recvq",
    "rqueue",
    "sendq",
    "synqueuefull",
    "synrcvd",
    "synreceived",
    "synrecv",
    "tcpfastopen",
];

fn fold(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_kebab_case(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.split('-').all(is_part)
}

/// Every text of a topic that people read.
fn texts(topic: &'static Topic) -> Vec<&'static str> {
    let mut texts = vec![topic.title, topic.summary];
    texts.extend(topic.means.iter().chain(topic.means_not).chain(topic.kernels));
    texts.extend(topic.look_at.iter().flat_map(|look| [look.command, look.shows]));
    texts.extend(topic.sources.iter().map(|source| match source {
        Source::Kernel(text)
        | Source::Manual(text)
        | Source::Document(text)
        | Source::Standard(text)
        | Source::Measured(text) => text,
    }));
    match topic.kind {
        Kind::Counter(facts) => texts.push(facts.unit),
        Kind::Setting(facts) => {
            texts.extend([facts.default, facts.scope, facts.takes_effect]);
            texts.extend(facts.values.iter().flat_map(|(value, meaning)| [*value, *meaning]));
            texts.extend(facts.set.iter().flat_map(|set| [set.place, set.line]));
        }
        _ => {}
    }
    texts
}

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for topic in topics() {
        assert!(is_kebab_case(topic.id), "{}", topic.id);
        assert!(seen.insert(topic.id), "{} twice", topic.id);
    }
    assert!(seen.len() > 100, "{}", seen.len());
}

#[test]
fn names_are_shared_only_where_that_is_meant() {
    let mut owners: BTreeMap<String, BTreeMap<&str, &Kind>> = BTreeMap::new();
    for topic in topics() {
        for name in topic.names.iter().chain([&topic.id, &topic.title]) {
            assert!(!fold(name).is_empty(), "{}: {name:?}", topic.id);
            owners.entry(fold(name)).or_default().insert(topic.id, &topic.kind);
        }
    }
    for (name, topics) in &owners {
        // Several programs call an option of theirs the same: ListenBacklog.
        let are_programs = topics.values().all(|kind| matches!(kind, Kind::Program(_)));
        let is_meant = topics.len() == 1 || are_programs || SHARED.contains(&name.as_str());
        assert!(is_meant, "{name}: {:?}", topics.keys());
    }
}

#[test]
fn every_topic_says_what_it_is_and_where_that_is_written() {
    for topic in topics() {
        assert!(!topic.summary.is_empty(), "{}: no summary", topic.id);
        assert!(!topic.means.is_empty(), "{}: no meaning", topic.id);
        assert!(!topic.sources.is_empty(), "{}: no source", topic.id);
    }
}

#[test]
fn summaries_fit_beside_a_number() {
    for topic in topics() {
        let letters = topic.summary.chars().count();
        assert!(
            letters <= LONGEST_SUMMARY,
            "{}: {letters} letters: {}",
            topic.id,
            topic.summary
        );
        assert!(!topic.summary.ends_with('.'), "{}: {}", topic.id, topic.summary);
    }
}

#[test]
fn texts_are_clean() {
    for topic in topics() {
        for text in texts(topic) {
            assert!(!text.is_empty(), "{}: an empty text", topic.id);
            assert_eq!(text, text.trim(), "{}", topic.id);
            assert!(!text.contains("  "), "{}: two spaces: {text}", topic.id);
            assert!(!text.contains(['\t', '\n', '\r']), "{}: {text:?}", topic.id);
        }
        for sentence in topic.means.iter().chain(topic.means_not).chain(topic.kernels) {
            assert!(sentence.ends_with(['.', ')']), "{}: no end: {sentence}", topic.id);
        }
    }
}

#[test]
fn the_words_of_the_design_are_kept() {
    const NOT_OURS: &[&str] = &[
        "syn backlog queue",
        "accept backlog",
        "listen backlog queue",
        "queue size of the accept",
    ];
    for topic in topics() {
        for text in topic.means.iter().chain(topic.means_not) {
            for word in NOT_OURS {
                assert!(!text.to_lowercase().contains(word), "{}: {word}: {text}", topic.id);
            }
        }
    }
}

#[test]
fn what_is_referred_to_exists() {
    let ids: BTreeSet<_> = topics().map(|topic| topic.id).collect();
    for topic in topics() {
        for id in topic.see_also {
            assert!(ids.contains(id), "{}: see also {id}", topic.id);
            assert_ne!(*id, topic.id);
        }
        for proof in topic.proofs {
            assert!(lab::find_proof(proof).is_ok(), "{}: proof {proof}", topic.id);
        }
        let distinct: BTreeSet<_> = topic.see_also.iter().collect();
        assert_eq!(distinct.len(), topic.see_also.len(), "{}", topic.id);
    }
}

#[test]
fn every_proof_of_the_lab_shows_something_that_is_told() {
    let told: BTreeSet<_> = topics().flat_map(|topic| topic.proofs).collect();
    for proof in lab::proofs() {
        assert!(told.contains(&proof.name), "{}", proof.name);
    }
}

#[test]
fn every_counter_that_is_read_has_its_topic() {
    for (group, name) in KNOWN {
        let topic = knowledge::counter(group, name).unwrap_or_else(|| panic!("{group}.{name} has no topic"));
        assert_eq!(topic.title, format!("{group}.{name}"));
        if *name != "PAWSPassive" {
            assert!(
                topic.shows.contains(&Show::Counter(group, name)),
                "{}: does not show itself",
                topic.id
            );
        }
    }
}

#[test]
fn every_setting_that_is_read_has_its_topic() {
    for setting in Setting::ALL {
        let topic = knowledge::setting(setting.name()).unwrap_or_else(|| panic!("{} has no topic", setting.name()));
        assert_eq!(topic.title, setting.name());
        assert!(
            topic.shows.contains(&Show::Setting(setting.name())),
            "{}: does not show itself",
            topic.id
        );
    }
}

#[test]
fn what_is_to_be_shown_exists() {
    for topic in topics() {
        for show in topic.shows {
            match show {
                Show::Counter(group, name) => {
                    assert!(KNOWN.contains(&(*group, *name)), "{}: {group}.{name}", topic.id);
                }
                Show::Setting(name) | Show::DefaultOf(name) => {
                    assert!(knowledge::setting(name).is_some(), "{}: {name}", topic.id);
                }
                Show::Listeners(_) => {}
            }
        }
    }
}

#[test]
fn gauges_are_the_two_numbers_of_what_there_is_now() {
    let gauges: Vec<_> = topics()
        .filter(|topic| matches!(topic.kind, Kind::Counter(facts) if facts.gauge))
        .map(|topic| topic.id)
        .collect();
    assert_eq!(gauges, ["curr-estab", "mp-curr-estab"]);
}

#[test]
fn a_kernel_source_is_a_file_and_mostly_a_function() {
    for topic in topics() {
        for source in topic.sources {
            if let Source::Kernel(place) = source {
                let file = place.split(':').next().unwrap_or_default();
                let is_file = std::path::Path::new(file)
                    .extension()
                    .is_some_and(|end| end == "c" || end == "h");
                assert!(is_file && file.contains('/'), "{}: {place}", topic.id);
            }
        }
    }
}
