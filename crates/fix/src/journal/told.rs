//! A change in one line, for the system log.

use super::Begin;
use crate::{Ending, Report};

/// So many actions are told one by one.
const ACTIONS: usize = 3;

/// “change 7 by root (sudo from alice): 127.0.0.1:8080: limit 5 → 512: done”.
pub fn line(begin: &Begin, report: &Report) -> String {
    let steps = report.steps.iter().take(ACTIONS);
    let mut told: Vec<String> = steps
        .map(|step| format!("{}: {}", step.action, ending(&step.ending)))
        .collect();
    if let more @ 1.. = report.steps.len().saturating_sub(ACTIONS) {
        told.push(format!("and {more} more"));
    }
    let undone = begin
        .plan
        .undoes
        .map_or(String::new(), |id| format!("undo of change {id}: "));
    let count = match (report.in_effect(), report.steps.len()) {
        (_, 1) => String::new(),
        (done, all) => format!("{done} of {all} done: "),
    };
    format!(
        "change {} by {}: {undone}{count}{}",
        begin.id,
        begin.who,
        told.join("; ")
    )
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Done => "done".to_owned(),
        Ending::Failed { why } => format!("failed: {why}"),
        Ending::Skipped { why } => format!("left out: {why}"),
        Ending::NotTried => "not tried".to_owned(),
        Ending::TakenBack => "taken back".to_owned(),
        Ending::LeftDone { why } => format!("done, and could not be taken back: {why}"),
    }
}
