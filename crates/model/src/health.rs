//! How well each source of facts could be read.

use std::borrow::Cow;

use serde::Serialize;

/// Whether a source gave all, some or none of what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All that was asked was read.
    Ok,
    /// A part is missing; the reason says which and what would bring it.
    Degraded,
    /// Nothing was read.
    Unavailable,
}

/// The state of one source in one sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceHealth {
    /// What the source reads, in one word or two (`tcp`, `unix`, `owners`, `half-open`…).
    pub name: Cow<'static, str>,
    /// How much of it was read.
    pub status: Status,
    /// What is missing, why, and what would bring it; `None` when all is well.
    pub reason: Option<String>,
}

impl SourceHealth {
    /// A source that gave everything.
    pub fn ok(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            status: Status::Ok,
            reason: None,
        }
    }

    /// A source that gave a part.
    pub fn degraded(name: &'static str, reason: impl Into<String>) -> Self {
        Self {
            name: Cow::Borrowed(name),
            status: Status::Degraded,
            reason: Some(reason.into()),
        }
    }

    /// A source that gave nothing.
    pub fn unavailable(name: &'static str, reason: impl Into<String>) -> Self {
        Self {
            name: Cow::Borrowed(name),
            status: Status::Unavailable,
            reason: Some(reason.into()),
        }
    }
}
