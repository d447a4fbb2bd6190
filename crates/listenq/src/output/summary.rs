//! The totals of each namespace.

use std::io::{self, Write};

use model::Listener;
use model::document::{NamespaceReport, Totals};

use super::closing;
use super::report::Report;
use super::screen::Screen;
use super::style::Style;
use super::table::Sheet;
use super::text::{Line, keep_head, wrap};

const TITLES: [&str; 4] = ["NAMESPACE", "LISTENERS", "WAITING", "HALF-OPEN"];

/// A line for each namespace, one for all of them together, and what could not be seen.
pub fn sheet(report: &Report, screen: &Screen, with_closing: bool) -> Sheet {
    let mut rows = rows(report, screen).into_iter();
    let unseen = if with_closing {
        closing::unseen(report, screen.glyphs)
    } else {
        Vec::new()
    };
    Sheet {
        head: rows.next(),
        total: rows.len(),
        rows: rows.map(|row| vec![row]).collect(),
        foot: unseen.iter().flat_map(|sentence| wrap(sentence, screen)).collect(),
    }
}

/// Writes all of it.
pub fn write(out: &mut dyn Write, report: &Report, screen: &Screen, with_closing: bool) -> io::Result<()> {
    let sheet = sheet(report, screen, with_closing);
    for line in sheet.head.iter().chain(sheet.rows.iter().flatten()).chain(&sheet.foot) {
        line.write(out, screen)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn rows(report: &Report, screen: &Screen) -> Vec<Line> {
    let totals: Vec<(String, Totals)> = namespaces(report)
        .map(|namespace| {
            (
                screen.glyphs.name(name(namespace)).into_owned(),
                totals(report, namespace),
            )
        })
        .collect();
    let mut rows: Vec<[String; 4]> = totals
        .iter()
        .map(|(name, totals)| cells(name.clone(), *totals, screen))
        .collect();
    if rows.len() > 1 {
        let all = totals.iter().map(|(_, totals)| *totals).reduce(add);
        rows.extend(all.map(|all| cells("all".to_owned(), all, screen)));
    }
    let room = screen.width.map_or(usize::MAX, |width| width.saturating_sub(33).max(9));
    for row in &mut rows {
        row[0] = keep_head(&row[0], room, screen.glyphs.cut).into_owned();
    }
    let width = rows
        .iter()
        .map(|row| Line::plain(&*row[0]).width())
        .max()
        .unwrap_or(0)
        .max(TITLES[0].len());
    let titles = TITLES.map(ToOwned::to_owned);
    let head = line(&titles, width, Style::Head);
    std::iter::once(head)
        .chain(rows.iter().map(|row| line(row, width, Style::Plain)))
        .collect()
}

/// Those in which something was asked for and found.
fn namespaces(report: &Report) -> impl Iterator<Item = &NamespaceReport> {
    report.document.namespaces.iter().filter(|namespace| {
        !report.is_narrowed
            || report
                .listeners()
                .iter()
                .any(|listener| listener.namespace == namespace.key)
    })
}

fn name(namespace: &NamespaceReport) -> &str {
    namespace.name.as_deref().unwrap_or(&namespace.id)
}

/// The totals of the namespace, or of what was asked for in it.
fn totals(report: &Report, namespace: &NamespaceReport) -> Totals {
    if !report.is_narrowed {
        return namespace.totals;
    }
    let own = || {
        report
            .listeners()
            .iter()
            .filter(|listener| listener.namespace == namespace.key)
    };
    let half_open = |listener: &Listener| listener.syn_queue.map_or(Some(0), |queue| queue.length.map(u64::from));
    Totals {
        listeners: own().count(),
        waiting: own().map(|listener| listener.accept_queue.length.map(u64::from)).sum(),
        half_open: own().map(half_open).sum(),
    }
}

/// A sum with an unknown part is unknown.
fn add(a: Totals, b: Totals) -> Totals {
    let sum = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
    Totals {
        listeners: a.listeners + b.listeners,
        waiting: sum(a.waiting, b.waiting),
        half_open: sum(a.half_open, b.half_open),
    }
}

fn cells(name: String, totals: Totals, screen: &Screen) -> [String; 4] {
    let number = |value: Option<u64>| value.map_or_else(|| screen.glyphs.unknown.to_owned(), |value| value.to_string());
    [
        name,
        totals.listeners.to_string(),
        number(totals.waiting),
        number(totals.half_open),
    ]
}

fn line(cells: &[String; 4], width: usize, style: Style) -> Line {
    let mut line = Line::of(&*cells[0], style);
    line.pad_to(width);
    for (cell, title) in cells.iter().zip(TITLES).skip(1) {
        line.put(format_args!("  {cell:>width$}", width = title.len()), style);
    }
    line
}

#[cfg(test)]
mod tests {
    use model::Selection;

    use super::*;
    use crate::fixture::{asked, busy_host, report, report_on};
    use crate::output::screen::UTF8;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        let screen = Screen {
            width: Some(80),
            is_terminal: true,
            colour: false,
            glyphs: &UTF8,
        };
        write(&mut out, report, &screen, true).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn totals_of_each_namespace() {
        insta::assert_snapshot!("summary", written(&report(&busy_host())));
    }

    #[test]
    fn totals_of_what_was_asked_for() {
        let selection = Selection {
            ports: vec!["443".parse().unwrap()],
            ..Selection::default()
        };
        insta::assert_snapshot!(
            "summary_of_a_port",
            written(&report_on(&busy_host(), &asked(selection)))
        );
    }
}
