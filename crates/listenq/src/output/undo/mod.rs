//! The changes in the journal, and what has become of them.

pub mod json;
pub mod list;
pub mod notes;

use std::path::PathBuf;

use fix::journal::PassedOver;
use fix::journal::state::Judged;

#[cfg(test)]
mod fixture;

/// The changes in a journal.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Where the journal is.
    pub directory: PathBuf,
    /// What of it could not be read.
    pub passed_over: PassedOver,
    /// The one that is being carried out at this moment.
    pub running: Option<u64>,
    /// All of them, newest first.
    pub changes: Vec<Judged<'a>>,
}
