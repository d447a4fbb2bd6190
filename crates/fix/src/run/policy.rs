//! Which backlog a listen() gets.

use serde::{Deserialize, Serialize};

/// Which backlog every listen() gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backlog {
    /// This one, whatever was asked for.
    Every(u32),
    /// This one, unless more was asked for.
    AtLeast(u32),
}

impl Backlog {
    /// What listen() is called with. The kernel compares without sign, so -1 is the most (KERNEL.md 1.2).
    pub fn instead_of(self, asked: i32) -> u32 {
        match self {
            Self::Every(backlog) => backlog,
            Self::AtLeast(backlog) => backlog.max(asked.cast_unsigned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_gets_it_or_only_those_that_ask_for_less() {
        let most = u32::MAX;
        for (asked, every, at_least) in [(0, 512, 512), (511, 512, 512), (513, 512, 513), (-1, 512, most)] {
            assert_eq!(Backlog::Every(512).instead_of(asked), every);
            assert_eq!(Backlog::AtLeast(512).instead_of(asked), at_least);
        }
    }
}
