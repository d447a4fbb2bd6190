//! A change, for people.

use fix::Report;

use super::{Change, Decision, Outcome, rows};
use crate::output::page::Page;
use crate::output::sanitise::sanitise;

/// What would be done, and what to know before.
pub fn write_plan(page: &mut Page, change: &Change) {
    if let Some(nothing) = &change.nothing {
        page.paragraph(&sanitise(nothing));
    }
    if !change.plan.actions.is_empty() {
        page.heading("To change");
        rows::write_plan(page, &change.plan.actions);
    }
    if !change.notes.is_empty() {
        page.heading("Good to know");
        for note in &change.notes {
            page.item(&sanitise(note));
        }
    }
    if !change.plan.actions.is_empty() {
        // What becomes of it stands below.
        page.gap();
    }
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
    if !report.is_done() {
        rows::write_steps(page, &report.steps);
    }
    if report.in_effect() > 0 && outcome.change.plan.undoes.is_none() {
        page.text(&format!("Take it back: listenq undo {}", report.id));
    }
}

fn headline(report: &Report) -> String {
    let (all, id) = (report.steps.len(), report.id);
    match report.in_effect() {
        count if count == all => format!("Done, and read back (change {id} in the journal)"),
        0 => format!("Nothing is changed (change {id} in the journal)"),
        count => format!("{count} of {all} are changed (change {id} in the journal)"),
    }
}
