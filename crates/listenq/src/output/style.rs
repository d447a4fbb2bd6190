//! What a piece of text means, and how a terminal that shows colour is told so.

use model::State;

/// What a piece of text means. Each is also said in words: colour only helps the eye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Nothing special.
    #[default]
    Plain,
    /// Of less interest.
    Faint,
    /// The head of a column.
    Head,
    /// Something waits, and there is room.
    Calm,
    /// Close to being refused.
    Warning,
    /// Being refused.
    Danger,
}

impl Style {
    /// The style of a listener in this state.
    pub fn of(state: Option<State>) -> Self {
        match state {
            Some(State::Dropping | State::Full) => Self::Danger,
            Some(State::High) => Self::Warning,
            Some(State::Ok) => Self::Calm,
            Some(State::Idle) => Self::Faint,
            None => Self::Plain,
        }
    }

    /// The control sequence that begins it (ECMA-48 SGR), of the sixteen colours that every theme sets.
    pub fn begin(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => "\x1b[2m",
            Self::Head => "\x1b[1m",
            Self::Calm => "\x1b[32m",
            Self::Warning => "\x1b[33m",
            Self::Danger => "\x1b[1;31m",
        }
    }

    /// The control sequence that ends it.
    pub fn end(self) -> &'static str {
        if self == Self::Plain { "" } else { "\x1b[0m" }
    }
}
