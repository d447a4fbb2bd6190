//! A change: what it will do, and what became of it.

pub mod json;
pub mod page;
mod rows;
pub mod verdict;

use fix::verify::Verdict;
use fix::{Plan, Report};

/// A plan, and what there is to say of it before it is carried out.
#[derive(Debug)]
pub struct Change {
    /// What would be done.
    pub plan: Plan,
    /// What has to be known before: what it does not do, what it cannot know.
    pub notes: Vec<String>,
    /// “Resize 3 listeners?”
    pub question: String,
    /// Why there is nothing to do, where the plan is empty.
    pub nothing: Option<String>,
}

/// What became of a change.
#[derive(Debug)]
pub enum Decision {
    /// It was carried out, in whole or in part.
    CarriedOut(Report),
    /// It was only shown, or there was nothing to do.
    Shown,
    /// The user said no.
    Declined,
}

impl Decision {
    /// How it ended, if it was carried out.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::CarriedOut(report) => Some(report),
            Self::Shown | Self::Declined => None,
        }
    }
}

/// A change and what became of it.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// What was planned.
    pub change: &'a Change,
    /// What became of it.
    pub decision: &'a Decision,
}

/// What was seen of a change that was carried out.
#[derive(Debug)]
pub struct Verified {
    /// What it did.
    pub verdict: Verdict,
    /// How taking it back ended, where that was done.
    pub taken_back: Option<Report>,
}

#[cfg(test)]
mod tests;
