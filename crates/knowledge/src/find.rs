//! Finding a topic by whatever name the user has in hand.

use crate::topic::Topic;
use crate::topics::topics;

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

/// Finds the topic that somebody means by `asked`.
pub fn find(asked: &str) -> Found {
    let wanted = folded(asked);
    let named = |topic: &&Topic| {
        [topic.id, topic.title]
            .iter()
            .chain(topic.names)
            .any(|name| folded(name) == wanted)
    };
    let found: Vec<_> = topics().filter(named).collect();
    match found[..] {
        [] => Found::Nothing(Vec::new()),
        [topic] => Found::Topic(topic),
        _ => Found::Several(found),
    }
}

/// Without what spellings differ in.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
