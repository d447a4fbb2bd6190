//! A change as one document: schema_version 1, only ever added to.

use std::io::{self, Write};

use fix::Ending;
use model::Action;
use model::document::SCHEMA_VERSION;
use serde::Serialize;

use super::{Decision, Outcome};

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    command: &'a str,
    /// Number in the journal; null when nothing was carried out.
    id: Option<u64>,
    undoes: Option<u64>,
    carried_out: bool,
    steps: Vec<Step<'a>>,
    notes: &'a [String],
    nothing: Option<&'a str>,
}

#[derive(Serialize)]
struct Step<'a> {
    #[serde(flatten)]
    action: &'a Action,
    durable: bool,
    #[serde(flatten)]
    ending: Option<&'a Ending>,
}

/// Writes it.
pub fn write(out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
    let report = match outcome.decision {
        Decision::CarriedOut(report) => Some(report),
        Decision::Shown | Decision::Declined => None,
    };
    let plan = &outcome.change.plan;
    let ending = |number: usize| Some(&report?.steps.get(number)?.ending);
    let steps = plan.actions.iter().enumerate().map(|(number, action)| Step {
        action,
        durable: action.is_durable(),
        ending: ending(number),
    });
    let document = Document {
        schema_version: SCHEMA_VERSION,
        command: &plan.command,
        id: report.map(|report| report.id),
        undoes: plan.undoes,
        carried_out: report.is_some(),
        steps: steps.collect(),
        notes: &outcome.change.notes,
        nothing: outcome.change.nothing.as_deref(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
