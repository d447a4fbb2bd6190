//! The changes, for people: a line for each, and below it what it changed.

use std::io::{self, Write};

use fix::journal::state::{Judged, State, StepState};
use model::Action;

use super::{Listing, time};
use crate::output::page::Page;
use crate::output::sanitise::sanitise;
use crate::output::screen::Screen;
use crate::output::style::Style;
use crate::output::text::{Line, columns};

/// So many actions of a change are shown one by one.
const ACTIONS: usize = 8;
const HEAD: [&str; 5] = ["ID", "STATE", "WHEN", "COMMAND", "BY"];

/// Writes them.
pub fn write(out: &mut dyn Write, listing: &Listing, screen: &Screen) -> io::Result<()> {
    if listing.changes.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; 5]> = listing.changes.iter().map(|one| row(one, listing, screen)).collect();
    let widths = widths(&rows);
    let mut page = Page::new(screen);
    page.line(line(&HEAD.map(str::to_owned), &widths, Style::Head));
    for (one, row) in listing.changes.iter().zip(&rows) {
        page.line(line(row, &widths, Style::Plain));
        write_actions(&mut page, one, widths[0] + 2);
    }
    page.write(out, screen)
}

fn row(one: &Judged, listing: &Listing, screen: &Screen) -> [String; 5] {
    let begin = &one.change.begin;
    let command = match begin.plan.undoes {
        Some(id) => format!("{} {id}", begin.plan.command),
        None => begin.plan.command.clone(),
    };
    [
        begin.id.to_string(),
        state(one, listing),
        time(begin.at, &listing.zone),
        screen.glyphs.name(&command).into_owned(),
        screen.glyphs.name(&begin.who.to_string()).into_owned(),
    ]
}

fn widths(rows: &[[String; 5]]) -> [usize; 5] {
    let mut widths = HEAD.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = columns(cell).max(*width);
        }
    }
    widths
}

/// Numbers stand at the right of their column.
fn line(cells: &[String; 5], widths: &[usize; 5], style: Style) -> Line {
    let mut line = Line::default();
    let mut end = 0;
    for (number, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let indent = if number == 0 { width - columns(cell) } else { 0 };
        line.pad_to(end + indent);
        line.push(cell, style);
        end += width + 2;
    }
    line
}

fn state(one: &Judged, listing: &Listing) -> String {
    if listing.running == Some(one.change.begin.id) {
        return "running".to_owned();
    }
    let state = match one.state() {
        State::InEffect => "in effect".to_owned(),
        State::InPart => "in part".to_owned(),
        State::Undone { by } => format!("undone by {by}"),
        State::Overtaken => "overtaken".to_owned(),
        State::NotDone => "not done".to_owned(),
        State::Unknown => "not known".to_owned(),
    };
    match one.change.end {
        Some(_) => state,
        None => format!("unfinished, {state}"),
    }
}

fn write_actions(page: &mut Page, one: &Judged, indent: usize) {
    let (first, next) = (" ".repeat(indent), " ".repeat(indent + 2));
    for (action, state) in one.actions().take(ACTIONS) {
        page.beside(&first, &next, &told(action, state));
    }
    if let more @ 1.. = one.steps.len().saturating_sub(ACTIONS) {
        page.beside(&first, &next, &format!("and {more} more (-o json has all)"));
    }
}

/// What has become of an action is said where the state of the change does not say it.
fn told(action: &Action, state: &StepState) -> String {
    let text = match state {
        StepState::InEffect | StepState::Undone { .. } | StepState::NotDone { why: None } => action.to_string(),
        StepState::Overtaken { why } => format!("{action}; {why}"),
        StepState::NotDone { why: Some(why) } => format!("{action}; not done: {why}"),
        StepState::Unknown { why } => format!("{action}; not known: {why}"),
    };
    sanitise(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::with_listing;
    use super::*;
    use crate::fixture::PIPE;
    use crate::output::screen::ASCII;

    fn written(screen: &Screen) -> String {
        let mut out = Vec::new();
        with_listing(|listing| write(&mut out, listing, screen).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_changes_as_they_look() {
        insta::assert_snapshot!("list", written(&PIPE));
    }

    #[test]
    fn names_of_others_do_nothing_to_the_terminal() {
        let ascii = Screen { glyphs: &ASCII, ..PIPE };
        for text in [written(&PIPE), written(&ascii)] {
            assert!(!text.contains('\x1b') && text.contains("\\x1b"), "{text}");
        }
        assert!(written(&ascii).is_ascii());
    }
}
