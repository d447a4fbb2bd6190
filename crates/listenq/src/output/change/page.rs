//! A change, for people.

use fix::{Ending, Report};
use model::Action;

use super::{Change, Decision, Outcome};
use crate::output::page::Page;
use crate::output::sanitise::sanitise;

/// What would be done, and what to know before.
pub fn write_plan(page: &mut Page, change: &Change) {
    if let Some(nothing) = &change.nothing {
        page.paragraph(&sanitise(nothing));
    }
    if !change.plan.actions.is_empty() {
        page.heading("To change");
        for (action, number) in change.plan.actions.iter().zip(1..) {
            page.beside(&format!("  {number}. "), "     ", &told(action));
        }
    }
    if !change.notes.is_empty() {
        page.heading("Good to know");
        for note in &change.notes {
            page.item(&sanitise(note));
        }
    }
    page.gap();
}

/// What became of it.
pub fn write_outcome(page: &mut Page, outcome: &Outcome, is_quiet: bool) {
    let Decision::CarriedOut(report) = outcome.decision else {
        return;
    };
    if report.is_done() && is_quiet {
        return;
    }
    page.heading(&headline(report));
    for (step, number) in report.steps.iter().zip(1..) {
        let text = format!("{}: {}", told(&step.action), ending(&step.ending));
        page.beside(&format!("  {number}. "), "     ", &text);
    }
    if report.in_effect() > 0 && outcome.change.plan.undoes.is_none() {
        page.gap();
        page.text(&format!("Take it back: listenq undo {}", report.id));
    }
}

fn headline(report: &Report) -> String {
    let (all, id) = (report.steps.len(), report.id);
    match report.in_effect() {
        count if count == all => format!("Done and read back (change {id} in the journal)"),
        0 => format!("Nothing is changed (change {id} in the journal)"),
        count => format!("{count} of {all} are changed (change {id} in the journal)"),
    }
}

fn told(action: &Action) -> String {
    sanitise(&action.to_string()).into_owned()
}

fn ending(ending: &Ending) -> String {
    let text = match ending {
        Ending::Done => "done".to_owned(),
        Ending::Failed { why } => format!("failed: {why}"),
        Ending::Skipped { why } => format!("left out: {why}"),
        Ending::NotTried => "not tried".to_owned(),
        Ending::TakenBack => "taken back, since another failed".to_owned(),
        Ending::LeftDone { why } => format!("done, and could not be taken back: {why}"),
    };
    sanitise(&text).into_owned()
}
