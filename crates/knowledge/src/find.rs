//! Finding a topic by whatever name the user has in hand.

mod index;
mod spellings;
mod words;

use std::cmp::Reverse;

use crate::topic::Topic;
use index::{Entry, entries};
use words::{Words, alike, fold, significant, unasked, words};

/// Letters of the question that are looked at: more than the longest line of a log, little enough to be quick.
const MOST_LETTERS: usize = 4096;
/// Topics that are offered when a question fits several; what is left out fits less well.
const MOST_SEVERAL: usize = 6;
/// Topics that are offered when nothing fits.
const NEAREST: usize = 3;
/// Letters up to which spellings are compared for typing errors.
const MOST_COMPARED: usize = 64;
/// A name of one word and fewer letters than this is found by itself only, not inside a sentence.
const SHORTEST_IN_A_SENTENCE: usize = 4;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The one that is meant.
    Topic(&'static Topic),
    /// The name stands for several things (`Recv-Q`): all of them, the likeliest first.
    Several(Vec<&'static Topic>),
    /// Nothing; the nearest three.
    Nothing(Vec<&'static Topic>),
}

/// Finds the topic that somebody means by `asked`: an id, a name as any tool spells it, a pasted line, a few words.
///
/// What is tried, until something fits: the whole as a name; what a question asks about as a name; names that have all its words, in any order; names that
/// stand in it as they are; names whose words are all in it; topics that have all its words somewhere.
pub fn find(asked: &str) -> Found {
    let asked: String = asked.chars().take(MOST_LETTERS).collect();
    let said = significant(&words(&asked));
    let least = least_letters(&asked);
    let ways: [&dyn Fn() -> Vec<&'static Topic>; 7] = [
        &|| exactly(&asked),
        &|| unasked(&asked).map_or_else(Vec::new, |name| exactly(&name)),
        &|| if said.len() > 1 { with_all_of(&said) } else { Vec::new() },
        &|| standing_in(&words(&asked), least),
        &|| scattered_in(&said, least),
        &|| with_all_of(&said),
        &|| speaking_of(&said),
    ];
    let mut found = ways
        .iter()
        .map(|way| way())
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    found.truncate(MOST_SEVERAL);
    match found[..] {
        [] => Found::Nothing(nearest(&asked, &said)),
        [topic] => Found::Topic(topic),
        _ => Found::Several(found),
    }
}

/// The topic with this id; else topics with a name that is `asked`, in the first spelling that fits any.
fn exactly(asked: &str) -> Vec<&'static Topic> {
    if let Some(topic) = crate::topics::topic(asked.trim()) {
        return vec![topic];
    }
    let with_name = |spelling: String| {
        let mut found: Vec<_> = entries().iter().filter(|entry| entry.folded == spelling).collect();
        found.sort_by_key(|entry| entry.rank);
        distinct(found.iter().map(|entry| entry.topic))
    };
    let mut spellings = spellings::of(asked).into_iter();
    spellings
        .find_map(|spelling| Some(with_name(spelling)).filter(|found| !found.is_empty()))
        .unwrap_or_default()
}

/// Topics with a name that has every word of `said`; those with the fewest words more come first, and if one has none
/// more, the others are not meant.
fn with_all_of(said: &Words) -> Vec<&'static Topic> {
    if said.iter().all(|word| word.len() < SHORTEST_IN_A_SENTENCE - 1) {
        return Vec::new();
    }
    let holds = |entry: &&Entry| {
        said.iter()
            .all(|word| entry.significant.iter().any(|other| alike(word, other)))
    };
    let more = |entry: &&Entry| entry.significant.len().saturating_sub(said.len());
    let mut found: Vec<_> = entries().iter().filter(holds).collect();
    found.sort_by_key(|entry| (more(entry), entry.rank));
    if found.first().is_some_and(|first| more(first) == 0) {
        found.retain(|entry| more(entry) == 0);
    }
    distinct(found.iter().map(|entry| entry.topic))
}

/// How much of the text a name inside it must make up. One word such as `tcp_max_sync_backlog` is a name as a whole,
/// perhaps a misspelt one: its “backlog” alone is not what is meant. In a sentence any name may be.
fn least_letters(text: &str) -> usize {
    let is_one_word = text
        .chars()
        .all(|letter| letter.is_alphanumeric() || "_-./:".contains(letter));
    if is_one_word { fold(text).len() * 3 / 4 } else { 0 }
}

/// Topics with a name that stands in the text word by word: the longest, and others beside it that are not much
/// shorter (“somaxconn or tcp_max_syn_backlog”).
fn standing_in(text: &Words, least: usize) -> Vec<&'static Topic> {
    let mut found: Vec<(usize, std::ops::Range<usize>, &'static Topic)> = Vec::new();
    let names = entries()
        .iter()
        .filter(|entry| entry.folded.len() >= least && can_stand_in_a_sentence(entry));
    for entry in names {
        let length = entry.words.len();
        if let Some(at) = text.windows(length).position(|window| *window == entry.words[..]) {
            found.push((entry.folded.len(), at..at + length, entry.topic));
        }
    }
    found.sort_by_key(|(letters, _, _)| Reverse(*letters));
    let Some(&(most, _, _)) = found.first() else {
        return Vec::new();
    };
    let inside_longer = |letters: usize, place: &std::ops::Range<usize>| {
        found
            .iter()
            .any(|(more, other, _)| *more > letters && other.start < place.end && place.start < other.end)
    };
    let kept = found
        .iter()
        .filter(|(letters, place, _)| letters * 2 >= most && !inside_longer(*letters, place));
    distinct(kept.map(|(_, _, topic)| *topic))
}

/// Whether a name says enough to be recognised in the middle of other words. One word does if it is no number with a
/// word (“backlog -1”).
fn can_stand_in_a_sentence(entry: &Entry) -> bool {
    match &entry.words[..] {
        [] => false,
        [word] => word.len() >= SHORTEST_IN_A_SENTENCE && word.len() == entry.folded.len(),
        _ => true,
    }
}

/// Topics with a name of several words that are all said, in any order; the longest names.
fn scattered_in(said: &Words, least: usize) -> Vec<&'static Topic> {
    let all_said = |entry: &&Entry| {
        entry.significant.len() > 1
            && entry.folded.len() >= least
            && entry
                .significant
                .iter()
                .all(|word| said.iter().any(|other| alike(word, other)))
    };
    let mut found: Vec<_> = entries().iter().filter(all_said).collect();
    found.sort_by_key(|entry| Reverse(entry.folded.len()));
    let most = found.first().map_or(0, |entry| entry.folded.len());
    found.retain(|entry| entry.folded.len() * 2 >= most);
    distinct(found.iter().map(|entry| entry.topic))
}

/// Topics that have every word of `said` in one of their names or in their summary.
fn speaking_of(said: &Words) -> Vec<&'static Topic> {
    if said.is_empty() {
        return Vec::new();
    }
    let speaks = |topic: &&'static Topic| {
        let names = entries().iter().filter(|entry| std::ptr::eq(entry.topic, *topic));
        let mut vocabulary: Words = names.flat_map(|entry| entry.significant.iter().cloned()).collect();
        vocabulary.extend(words(topic.summary));
        said.iter()
            .all(|word| vocabulary.iter().any(|other| alike(word, other)))
    };
    crate::topics::topics().filter(speaks).collect()
}

/// The three topics with the names most like what was asked: few letters apart, or with words in common.
fn nearest(asked: &str, said: &Words) -> Vec<&'static Topic> {
    let asked: String = fold(asked).chars().take(MOST_COMPARED).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let likeness =
        |entry: &Entry| letters_in_common(&asked, &entry.folded).max(words_in_common(said, &entry.significant));
    let mut all: Vec<_> = entries().iter().map(|entry| (likeness(entry), entry)).collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut found = distinct(
        all.iter()
            .filter(|(likeness, _)| *likeness > 0.0)
            .map(|(_, entry)| entry.topic),
    );
    found.truncate(NEAREST);
    found
}

/// How alike two spellings are, between 0 and 1; 0 if one is more than twice as long as the other, as that is no typing
/// error and takes long to compare.
fn letters_in_common(one: &str, other: &str) -> f64 {
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    if shorter * 2 < longer {
        0.0
    } else {
        strsim::normalized_damerau_levenshtein(one, other)
    }
}

/// Share of the words of both that they have in common, between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "counts of words, far below 2^52")]
fn words_in_common(some: &Words, others: &Words) -> f64 {
    let common = some
        .iter()
        .filter(|word| others.iter().any(|other| alike(word, other)))
        .count();
    let all = some.len() + others.len() - common.min(others.len());
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

/// Each topic once, where it came first.
fn distinct(topics: impl Iterator<Item = &'static Topic>) -> Vec<&'static Topic> {
    let mut once: Vec<&'static Topic> = Vec::new();
    for topic in topics {
        if !once.iter().any(|known| std::ptr::eq(*known, topic)) {
            once.push(topic);
        }
    }
    once
}
