//! The changes in the journal, and what has become of them.

pub mod json;
pub mod list;
pub mod notes;

use std::path::PathBuf;

use fix::journal::PassedOver;
use fix::journal::state::Judged;
use jiff::Timestamp;
use jiff::tz::TimeZone;

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
    /// In which times are told to people.
    pub zone: TimeZone,
    /// All of them, newest first.
    pub changes: Vec<Judged<'a>>,
}

/// A time for people, to the second.
fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
