//! The order in which listeners are shown: most endangered first.

use std::cmp::Reverse;

use crate::listener::State;
use crate::sample::ListeningSocket;

/// What listeners are ordered by. Those that are equal in it stay in the order of their places.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Danger {
    /// Unknown comes behind what is in danger and before what is not.
    state: State,
    fill: Reverse<u64>,
    /// Where the limit is not known, so that the longest queue comes first.
    length: Reverse<Option<u32>>,
    drops: Reverse<Option<u32>>,
}

impl Danger {
    /// The place in the order of a socket that is in this state.
    pub(crate) fn of(socket: &ListeningSocket, state: Option<State>) -> Self {
        Self {
            state: state.unwrap_or(State::Ok),
            fill: Reverse(fill(socket).unwrap_or(0)),
            length: Reverse(socket.length),
            drops: Reverse(socket.drops),
        }
    }
}

/// Length as a share of capacity, in parts of 2^31.
fn fill(socket: &ListeningSocket) -> Option<u64> {
    Some((u64::from(socket.length?) << 31) / (u64::from(socket.limit?) + 1))
}
