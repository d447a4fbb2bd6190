//! A change as one document: schema_version 1, only ever added to.

use std::io::{self, Write};

use fix::verify::Verdict;
use fix::{Ending, Plan, Report};
use model::Action;
use model::document::SCHEMA_VERSION;
use serde::Serialize;

use super::{Outcome, Verified};

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
    /// Only with --verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    verify: Option<Verify<'a>>,
}

#[derive(Serialize)]
struct Verify<'a> {
    #[serde(flatten)]
    verdict: &'a Verdict,
    /// How taking it back ended; null when that was not done.
    taken_back: Option<&'a Report>,
}

/// An action, and how it ended; without an ending it was not carried out.
#[derive(Serialize)]
pub struct Step<'a> {
    #[serde(flatten)]
    action: &'a Action,
    durable: bool,
    #[serde(flatten)]
    ending: Option<&'a Ending>,
}

/// The steps of a plan, and what became of them.
pub fn steps<'a>(plan: &'a Plan, report: Option<&'a Report>) -> Vec<Step<'a>> {
    let ending = |number: usize| Some(&report?.steps.get(number)?.ending);
    let step = |(number, action): (usize, &'a Action)| Step {
        action,
        durable: action.is_durable(),
        ending: ending(number),
    };
    plan.actions.iter().enumerate().map(step).collect()
}

/// Writes it.
pub fn write(out: &mut dyn Write, outcome: &Outcome, verified: Option<&Verified>) -> io::Result<()> {
    let report = outcome.decision.report();
    let plan = &outcome.change.plan;
    let document = Document {
        schema_version: SCHEMA_VERSION,
        command: &plan.command,
        id: report.map(|report| report.id),
        undoes: plan.undoes,
        carried_out: report.is_some(),
        steps: steps(plan, report),
        notes: &outcome.change.notes,
        nothing: outcome.change.nothing.as_deref(),
        verify: verified.map(|verified| Verify {
            verdict: &verified.verdict,
            taken_back: verified.taken_back.as_ref(),
        }),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
