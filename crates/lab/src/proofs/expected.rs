//! What a phase is expected to move: everything that is not named must not move at all.

use super::names::{
    ACCEPT_QUEUE, CURR_ESTAB, DROPS, HALF_OPEN, LIMIT, LISTEN_DROPS, LISTEN_OVERFLOWS, PASSIVE_OPENS, SYN_QUEUE,
};
use super::record::Expectation;

/// The numbers that a phase is expected to move, in the order in which they are shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected {
    movements: Vec<(String, Expectation)>,
    /// Counters that not every kernel has.
    newer: Vec<String>,
    label: &'static str,
}

/// Nothing moves.
pub(super) fn nothing() -> Expected {
    Expected::default()
}

impl Expected {
    /// A counter, or any number by its name, moves by so much.
    pub(super) fn moves(self, name: &str, by: i64) -> Self {
        self.expect(name, Expectation::Moves(by))
    }

    /// A counter that not every kernel has moves by so much where there is one.
    pub(super) fn moves_if_there(mut self, name: &str, by: i64) -> Self {
        self.newer.push(name.into());
        self.moves(name, by)
    }

    /// Whether it is no surprise that a kernel has no such counter.
    pub(super) fn may_lack(&self, name: &str) -> bool {
        self.newer.iter().any(|newer| newer == name)
    }

    /// A counter may move, and this is why.
    pub(super) fn may_move(self, name: &str, reason: &str) -> Self {
        self.expect(name, Expectation::MayMove(reason.into()))
    }

    /// What follows is said of the listener with this label; the first has none.
    pub(super) fn of(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// The accept queue's length changes by so much.
    pub(super) fn queued(self, by: i64) -> Self {
        let name = named(ACCEPT_QUEUE, self.label);
        self.moves(&name, by)
    }

    /// The accept queue's limit is this.
    pub(super) fn limit(self, limit: i64) -> Self {
        let name = named(LIMIT, self.label);
        self.expect(&name, Expectation::Becomes(limit))
    }

    /// The listener's own drops change by so much.
    pub(super) fn drops(self, by: i64) -> Self {
        let name = named(DROPS, self.label);
        self.moves(&name, by)
    }

    /// The SYN queue's length, and with it what is half-open in the namespace, changes by so much.
    pub(super) fn half_open(self, by: i64) -> Self {
        let name = named(SYN_QUEUE, self.label);
        self.moves(&name, by).adds(HALF_OPEN, by)
    }

    /// So many connections are made and queued.
    pub(super) fn connections(self, count: i64) -> Self {
        self.moves(PASSIVE_OPENS, count).moves(CURR_ESTAB, count).queued(count)
    }

    /// So many SYNs are refused by a full accept queue.
    pub(super) fn refused_syns(self, count: i64) -> Self {
        self.moves(LISTEN_OVERFLOWS, count)
            .moves(LISTEN_DROPS, count)
            .drops(count)
    }

    /// The listener is closed in this phase: its numbers are gone. (The SYN queue is its port's.)
    pub(super) fn gone(mut self) -> Self {
        for name in [ACCEPT_QUEUE, LIMIT, DROPS] {
            let name = named(name, self.label);
            self = self.vanishes(&name);
        }
        self
    }

    /// A number is not there any more.
    pub(super) fn vanishes(self, name: &str) -> Self {
        self.expect(name, Expectation::Vanishes)
    }

    /// What is expected of the number with this name, if anything was said.
    pub(super) fn find(&self, name: &str) -> Option<&Expectation> {
        self.movements
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, expected)| expected)
    }

    /// The names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.movements.iter().map(|(name, _)| name.as_str())
    }

    /// Later words on the same number replace the earlier ones.
    fn expect(mut self, name: &str, expected: Expectation) -> Self {
        match self.movements.iter_mut().find(|(known, _)| known == name) {
            Some((_, earlier)) => *earlier = expected,
            None => self.movements.push((name.into(), expected)),
        }
        self
    }

    /// As [`Self::moves`], added to what was said before.
    fn adds(self, name: &str, by: i64) -> Self {
        let before = match self.find(name) {
            Some(Expectation::Moves(by)) => *by,
            _ => 0,
        };
        self.moves(name, before + by)
    }
}

/// The name of a listener's number: the label tells listeners apart.
pub(super) fn named(name: &str, label: &str) -> String {
    match (label, name) {
        ("", _) => name.into(),
        (label, DROPS) => format!("drops of {label}"),
        (label, _) => format!("{name} of {label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_open_connections_of_listeners_add_up_for_the_namespace() {
        let expected = nothing().of("A").half_open(3).of("B").half_open(4);
        assert_eq!(expected.find(HALF_OPEN), Some(&Expectation::Moves(7)));
        assert_eq!(expected.find("SYN queue length of A"), Some(&Expectation::Moves(3)));
    }

    #[test]
    fn the_last_word_counts() {
        let expected = nothing().connections(3).moves(CURR_ESTAB, 5);
        assert_eq!(expected.find(CURR_ESTAB), Some(&Expectation::Moves(5)));
        assert_eq!(expected.names().count(), 3);
    }
}
