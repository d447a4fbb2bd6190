//! What a change did, as a small table of before and after, and in words.

use fix::verify::{Outcome, Side};

use super::{Verified, rows};
use crate::output::page::Page;
use crate::output::screen::Screen;
use crate::output::style::Style;
use crate::output::text::Line;

/// Columns of a cell.
const CELL: usize = 20;
const LABEL: usize = 30;

/// Writes it.
pub fn write(page: &mut Page, verified: &Verified, screen: &Screen) {
    let verdict = &verified.verdict;
    let (word, style) = match verdict.outcome {
        Outcome::Better => ("Better", Style::Calm),
        Outcome::NoChange => ("No change seen", Style::Head),
        Outcome::Worse => ("Worse", Style::Danger),
        Outcome::CannotTell => ("It cannot be told whether it helped", Style::Warning),
    };
    // Below what was told of the change, which is another page.
    page.line(Line::default());
    page.line(Line::of(word, style));
    table(page, &verdict.before, &verdict.after, screen);
    page.gap();
    for sentence in &verdict.because {
        page.text(sentence);
    }
    if let Some(report) = &verified.taken_back {
        page.heading(&format!("Taken back (change {} in the journal)", report.id));
        rows::write_steps(page, &report.steps);
    }
}

fn table(page: &mut Page, before: &Side, after: &Side, screen: &Screen) {
    let unknown = screen.glyphs.unknown;
    let row = |label: &str, cell: &dyn Fn(&Side) -> Option<String>, style: Style| {
        let mut line = Line::plain("  ");
        line.push(label, style);
        line.pad_to(LABEL);
        line.push(&cell(before).unwrap_or_else(|| unknown.to_owned()), style);
        line.pad_to(LABEL + CELL);
        line.push(&cell(after).unwrap_or_else(|| unknown.to_owned()), style);
        line
    };
    let head = row("", &|side| Some(time(side, before)), Style::Head);
    page.line(head);
    page.line(row("packets refused", &refused, Style::Plain));
    page.line(row("fullest queue", &fullest, Style::Plain));
    page.line(row("left while they waited", &left, Style::Plain));
    page.line(row(
        "half-open",
        &|side| side.half_open.map(|count| count.to_string()),
        Style::Plain,
    ));
}

fn time(side: &Side, before: &Side) -> String {
    let when = if std::ptr::eq(side, before) { "before" } else { "after" };
    format!("{when} ({:.0} s)", side.seconds)
}

fn refused(side: &Side) -> Option<String> {
    let (count, rate) = (side.refused?, side.refused_per_second()?);
    Some(match count {
        0 => "none".to_owned(),
        count if rate < 10.0 => format!("{count}, {rate:.1}/s"),
        count => format!("{count}, {rate:.0}/s"),
    })
}

fn fullest(side: &Side) -> Option<String> {
    let queue = side.fullest?;
    let full = if queue.is_full() { ", full" } else { "" };
    Some(format!("{} of {}{full}", queue.length, queue.limit))
}

fn left(side: &Side) -> Option<String> {
    let left = side.left?;
    Some(match left.left {
        0 => "none".to_owned(),
        count => format!("{count} of {}", left.of),
    })
}
