//! The counters of one namespace in columns, each with what it means.

use knowledge::reading::{Span, rate};

use super::super::screen::Screen;
use super::super::style::Style;
use super::super::text::{Line, wrap};
use super::document::Row;

/// Between two columns.
const GAP: usize = 2;
/// The least that is given to what a counter means; where there is less beside it, it goes below.
const MEANING: usize = 36;

/// A head, and one line for each counter; more where its meaning has to be broken.
pub fn lines(rows: &[&Row], span: Span, screen: &Screen) -> Vec<Line> {
    let titles: &[&str] = match span {
        Span::Made => &["TOTAL", "COUNTER"],
        Span::Boot(_) | Span::Window(_) => &["MOVED", "PER SECOND", "TOTAL", "COUNTER"],
    };
    let cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, titles.len(), screen)).collect();
    let widths: Vec<usize> = (0..titles.len())
        .map(|column| {
            let longest = cells.iter().map(|cells| cells[column].len()).max();
            longest.unwrap_or(0).max(titles[column].len())
        })
        .collect();
    let titles: Vec<String> = titles.iter().map(ToString::to_string).collect();
    let mut head = aligned(&titles, &widths, Style::Head);
    if rows.iter().any(|row| row.meaning.is_some()) {
        head.push("MEANING", Style::Head);
    }
    let mut lines = vec![head];
    for (row, cells) in rows.iter().zip(&cells) {
        lines.extend(with_meaning(aligned(cells, &widths, Style::Plain), row.meaning, screen));
    }
    lines
}

fn cells(row: &Row, columns: usize, screen: &Screen) -> Vec<String> {
    let unknown = || screen.glyphs.unknown.to_owned();
    let moved = match row.delta {
        Some(0) => "0".to_owned(),
        Some(delta) => format!("{delta:+}"),
        None => unknown(),
    };
    let cells = [
        moved,
        row.per_second.map_or_else(unknown, rate),
        row.total.to_string(),
        row.name.clone(),
    ];
    let left_out = cells.len().saturating_sub(columns);
    cells.into_iter().skip(left_out).collect()
}

/// Numbers end, the name begins where its column does; behind it begins the meaning.
fn aligned(cells: &[String], widths: &[usize], style: Style) -> Line {
    let mut line = Line::default();
    let mut end = 0;
    for (position, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let is_name = position + 1 == cells.len();
        let start = if is_name {
            end
        } else {
            end + width - cell.chars().count().min(*width)
        };
        line.pad_to(start);
        line.push(cell, style);
        end += width + GAP;
        line.pad_to(end);
    }
    line
}

fn with_meaning(mut line: Line, meaning: Option<&str>, screen: &Screen) -> Vec<Line> {
    let Some(meaning) = meaning else { return vec![line] };
    let beside = line.width();
    let room = screen.width.map(|width| width.saturating_sub(beside));
    let mut lines = Vec::new();
    let indent = if room.is_none_or(|room| room >= MEANING) {
        beside
    } else {
        lines.push(std::mem::take(&mut line));
        2 * GAP
    };
    let narrow = Screen {
        width: screen.width.map(|width| width.saturating_sub(indent)),
        ..*screen
    };
    for part in wrap(meaning, &narrow) {
        let mut whole = std::mem::take(&mut line);
        whole.pad_to(indent);
        whole.append(&part);
        lines.push(whole);
    }
    lines
}
