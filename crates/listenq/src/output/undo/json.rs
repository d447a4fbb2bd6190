//! The changes as one document: schema_version 1, only ever added to.

use std::io::{self, Write};
use std::path::PathBuf;

use fix::Ending;
use fix::journal::state::{Judged, State, StepState};
use fix::journal::{FILE, Who};
use jiff::Timestamp;
use model::Action;
use model::document::SCHEMA_VERSION;
use serde::Serialize;

use super::Listing;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    journal: PathBuf,
    /// Lines that could not be read.
    damaged_lines: usize,
    newer_lines: usize,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    id: u64,
    at: Timestamp,
    state: &'static str,
    /// False after a crash.
    finished: bool,
    undone_by: Option<u64>,
    undoes: Option<u64>,
    command: &'a str,
    argv: &'a [String],
    who: &'a Who,
    hostname: &'a str,
    boot_id: Option<&'a str>,
    version: &'a str,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    #[serde(flatten)]
    action: &'a Action,
    durable: bool,
    /// As it was written down; null after a crash.
    written: Option<&'a Ending>,
    state: &'static str,
    undone_by: Option<u64>,
    why: Option<&'a str>,
}

/// Writes it.
pub fn write(out: &mut dyn Write, listing: &Listing) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        journal: listing.directory.join(FILE),
        damaged_lines: listing.passed_over.damaged,
        newer_lines: listing.passed_over.newer,
        changes: listing.changes.iter().map(|one| change(one, listing)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn change<'a>(one: &'a Judged, listing: &Listing) -> Change<'a> {
    let begin = &one.change.begin;
    let is_running = listing.running == Some(begin.id);
    let (state, undone_by) = match one.state() {
        _ if is_running => ("running", None),
        State::InEffect => ("in_effect", None),
        State::InPart => ("in_part", None),
        State::Undone { by } => ("undone", Some(by)),
        State::Overtaken => ("overtaken", None),
        State::NotDone => ("not_done", None),
        State::Unknown => ("unknown", None),
    };
    Change {
        id: begin.id,
        at: begin.at,
        state,
        finished: one.change.end.is_some(),
        undone_by,
        undoes: begin.plan.undoes,
        command: &begin.plan.command,
        argv: &begin.argv,
        who: &begin.who,
        hostname: &begin.hostname,
        boot_id: begin.boot_id.as_deref(),
        version: &begin.version,
        steps: steps(one),
    }
}

fn steps<'a>(one: &'a Judged) -> Vec<Step<'a>> {
    let actions = one.actions().enumerate();
    let step = |(number, (action, state)): (usize, (&'a Action, &'a StepState))| {
        let (word, undone_by, why) = match state {
            StepState::InEffect => ("in_effect", None, None),
            StepState::NotDone { why } => ("not_done", None, why.as_deref()),
            StepState::Undone { by } => ("undone", Some(*by), None),
            StepState::Overtaken { why } => ("overtaken", None, Some(why.as_str())),
            StepState::Unknown { why } => ("unknown", None, Some(why.as_str())),
        };
        Step {
            action,
            durable: action.is_durable(),
            written: one.change.ending(number),
            state: word,
            undone_by,
            why,
        }
    };
    actions.map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::with_listing;
    use super::*;

    #[test]
    fn the_document_as_it_looks() {
        let mut out = Vec::new();
        with_listing(|listing| write(&mut out, listing).unwrap());
        insta::assert_snapshot!("json", String::from_utf8(out).unwrap());
    }
}
