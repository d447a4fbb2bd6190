//! The table: which columns there are and how they share the width.

use std::io::{self, Write};

use model::{Listener, Protocol};

use super::cells::{self, Context, Numbers};
use super::closing;
use super::parallel::by_parts;
use super::remarks;
use super::report::Report;
use super::screen::Screen;
use super::style::Style;
use super::text::Line;

/// Between two columns.
const GAP: usize = 2;
/// The least that place and owner together are given before bars are left out.
const NAMES: usize = 28;
/// The shortest bar that tells something.
const SHORTEST_BAR: usize = 4;

/// How much is told of each listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What fits the width.
    Normal,
    /// Everything, however wide.
    Wide,
}

/// As much of a table as fits a page.
#[derive(Debug, Default)]
pub struct Sheet {
    /// The titles of the columns; none if there are no rows.
    pub head: Option<Line>,
    /// The first rows, each with what belongs under it.
    pub rows: Vec<Vec<Line>>,
    /// How many rows there are in all.
    pub total: usize,
    /// What has no row, and the closing lines.
    pub foot: Vec<Line>,
}

/// A table, laid out.
pub struct Table<'a> {
    columns: &'static [Column],
    widths: Vec<usize>,
    context: Context<'a>,
    foot: Vec<Line>,
}

struct Column {
    title: &'static str,
    align: Align,
    cell: Cell,
}

/// Appends what the column says of a listener.
type Cell = fn(&mut Line, &Listener, &Context);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

const NORMAL: [Column; 6] = [
    left("STATE", cells::state),
    left("ACCEPT QUEUE", cells::accept_queue),
    right("SYN QUEUE", cells::syn_queue),
    right("DROPS", cells::drops),
    left("LISTENER", cells::place),
    left("OWNER", cells::owner),
];
/// Where there are only unix listeners: they have no SYN queue, and a full one makes connect() wait.
const UNIX: [Column; 4] = [
    left("STATE", cells::state),
    left("ACCEPT QUEUE", cells::accept_queue),
    left("LISTENER", cells::place),
    left("OWNER", cells::owner),
];

const WIDE: [Column; 15] = [
    left("STATE", cells::state),
    left("PROTO", cells::protocol),
    left("ACCEPT QUEUE", cells::accept_queue),
    left("SYN QUEUE", cells::syn_queue_wide),
    right("DROPS", cells::drops),
    left("LISTENER", cells::place_wide),
    left("NETNS", cells::namespace),
    left("OWNER", cells::owner),
    left("UNIT", cells::unit),
    left("CONTAINER", cells::container),
    right("UID", cells::uid),
    right("INODE", cells::inode),
    right("COOKIE", cells::cookie),
    left("QUEUED", cells::content),
    left("CGROUP", cells::cgroup),
];

const fn left(title: &'static str, cell: Cell) -> Column {
    Column {
        title,
        align: Align::Left,
        cell,
    }
}

const fn right(title: &'static str, cell: Cell) -> Column {
    Column {
        title,
        align: Align::Right,
        cell,
    }
}

impl<'a> Table<'a> {
    /// Lays the table out.
    pub fn new(report: &'a Report, screen: &Screen, detail: Detail, with_closing: bool) -> Self {
        let columns = columns(report, detail);
        let (context, widths) = lay_out(report, screen, detail, columns);
        let mut foot: Vec<Line> = folded(report).into_iter().collect();
        if with_closing {
            foot.extend(report.rows().next().map(|_| Line::default()));
            foot.extend(closing::lines(report, screen));
        }
        Self {
            columns,
            widths,
            context,
            foot,
        }
    }

    /// Its beginning: no more rows than so many.
    pub fn sheet(self, most: usize) -> Sheet {
        let rows: Vec<Vec<Line>> = self.rows().take(most).map(|listener| self.block(listener)).collect();
        Sheet {
            head: self.head(),
            rows,
            total: self.rows().count(),
            foot: self.foot,
        }
    }

    /// Writes all of it.
    pub fn write(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        self.head().iter().try_for_each(|line| put(line, out, screen))?;
        let rows: Vec<&Listener> = self.rows().collect();
        for part in by_parts(&rows, |rows| self.written(rows, screen)) {
            out.write_all(&part?)?;
        }
        self.foot.iter().try_for_each(|line| put(line, out, screen))
    }

    /// Some rows and what belongs under them.
    fn written(&self, rows: &[&Listener], screen: &Screen) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(rows.len() * self.widths.iter().map(|width| width + GAP).sum::<usize>());
        let (mut line, mut cell) = (Line::default(), Line::default());
        for listener in rows {
            self.fill(&mut line, &mut cell, listener);
            put(&line, &mut out, screen)?;
            let remarks = remarks::lines(listener, &self.context);
            remarks.iter().try_for_each(|line| put(line, &mut out, screen))?;
        }
        Ok(out)
    }

    fn rows(&self) -> impl Iterator<Item = &'a Listener> {
        self.context.report.rows()
    }

    /// The titles of the columns, if there is anything under them.
    fn head(&self) -> Option<Line> {
        self.rows().next()?;
        let mut line = Line::default();
        let mut end = 0;
        for (column, width) in self.columns.iter().zip(&self.widths) {
            column.align(&mut line, end, *width, &Line::of(column.title, Style::Head));
            end += width + GAP;
        }
        Some(line)
    }

    /// The row of a listener and the remarks under it.
    fn block(&self, listener: &Listener) -> Vec<Line> {
        let mut row = Line::default();
        self.fill(&mut row, &mut Line::default(), listener);
        let mut lines = vec![row];
        lines.extend(remarks::lines(listener, &self.context));
        lines
    }

    fn fill(&self, row: &mut Line, cell: &mut Line, listener: &Listener) {
        row.clear();
        let mut end = 0;
        for (column, width) in self.columns.iter().zip(&self.widths) {
            cell.clear();
            (column.cell)(cell, listener, &self.context);
            column.align(row, end, *width, cell);
            end += width + GAP;
        }
    }
}

fn put(line: &Line, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
    line.write(out, screen)?;
    out.write_all(b"\n")
}

impl Column {
    /// Appends a cell to a row, in the columns from `start` on.
    fn align(&self, row: &mut Line, start: usize, width: usize, cell: &Line) {
        let indent = match self.align {
            Align::Left => 0,
            Align::Right => width.saturating_sub(cell.width()),
        };
        row.pad_to(start + indent);
        row.append(cell);
    }
}

fn columns(report: &Report, detail: Detail) -> &'static [Column] {
    let is_unix = |listener: &Listener| listener.protocol == Protocol::Unix;
    match detail {
        Detail::Wide => &WIDE,
        Detail::Normal if report.rows().all(is_unix) => &UNIX,
        Detail::Normal => &NORMAL,
    }
}

/// “14 idle unix listeners; --unix lists them”. One whose length is not known is not called idle.
fn folded(report: &Report) -> Option<Line> {
    let count = report.folded().count();
    let unknown = report.folded().filter(|listener| listener.state.is_none()).count();
    let (listeners, them) = if count == 1 {
        ("listener", "it")
    } else {
        ("listeners", "them")
    };
    let what = match unknown {
        0 => format!("{count} idle unix {listeners}"),
        _ if unknown == count => format!("{count} unix {listeners} of unknown length"),
        _ => format!("{count} unix {listeners}, idle or ({unknown}) of unknown length"),
    };
    (count > 0).then(|| Line::of(format!("{what}; --unix lists {them}"), Style::Faint))
}

/// Decides how wide the bars, the places and the owners may be, and with that every column.
fn lay_out<'a>(report: &'a Report, screen: &Screen, detail: Detail, columns: &[Column]) -> (Context<'a>, Vec<usize>) {
    let mut context = Context {
        report,
        glyphs: screen.glyphs,
        numbers: Numbers::of(report),
        is_wide: detail == Detail::Wide,
        bar: bar_cells(screen),
        place_room: usize::MAX,
        owner_room: usize::MAX,
    };
    let mut widths = measure(columns, &context);
    let (Some(width), Detail::Normal) = (screen.width, detail) else {
        return (context, widths);
    };
    let missing = (others(&widths) + NAMES).saturating_sub(width);
    if context.bar > 0 && missing > 0 {
        let left = context.bar.saturating_sub(missing);
        context.bar = if left < SHORTEST_BAR { 0 } else { left };
        widths = measure(columns, &context);
    }
    let room = width.saturating_sub(others(&widths));
    if let [.., place, owner] = widths.as_mut_slice() {
        (context.place_room, context.owner_room) = share(room, *place, *owner);
        *place = context.place_room.min(*place);
        *owner = context.owner_room.min(*owner);
    }
    (context, widths)
}

/// No bars where they could not be drawn over or would be read by a program.
fn bar_cells(screen: &Screen) -> usize {
    match screen.width {
        _ if !screen.is_terminal => 0,
        Some(width) if width >= 140 => 16,
        Some(width) if width >= 100 => 12,
        _ => 8,
    }
}

/// What the columns in front of place and owner, which are the last two, take with all gaps.
fn others(widths: &[usize]) -> usize {
    let others: usize = widths.iter().rev().skip(2).sum();
    others + GAP * widths.len().saturating_sub(1)
}

/// Shares the room between places and owners: who needs less than its part leaves the rest to the other.
fn share(room: usize, place: usize, owner: usize) -> (usize, usize) {
    let owner = owner.min((room * 2 / 5).max(room.saturating_sub(place)));
    (place.min(room - owner), owner)
}

/// The width of each column by its title and cells.
fn measure(columns: &[Column], context: &Context) -> Vec<usize> {
    let rows: Vec<&Listener> = context.report.rows().collect();
    let parts = by_parts(&rows, |rows| measure_part(columns, context, rows));
    let titles = columns.iter().map(|column| column.title.len());
    titles
        .enumerate()
        .map(|(column, title)| parts.iter().map(|part| part[column]).fold(title, usize::max))
        .collect()
}

fn measure_part(columns: &[Column], context: &Context, rows: &[&Listener]) -> Vec<usize> {
    let mut widths = vec![0; columns.len()];
    let mut cell = Line::default();
    for listener in rows {
        for (column, width) in columns.iter().zip(&mut widths) {
            cell.clear();
            (column.cell)(&mut cell, listener, context);
            *width = cell.width().max(*width);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use model::Selection;
    use model::selection::Family;

    use super::*;
    use crate::fixture::{PIPE, asked, busy_host, busy_host_later, report, report_on, sample, tcp, unix};
    use crate::output::report::Asked;
    use crate::output::screen::{ASCII, Glyphs, UTF8};

    fn screen(width: usize, glyphs: &'static Glyphs) -> Screen {
        Screen {
            width: Some(width),
            is_terminal: true,
            colour: false,
            glyphs,
        }
    }

    fn written(report: &Report, screen: &Screen, detail: Detail) -> String {
        let mut out = Vec::new();
        Table::new(report, screen, detail, true)
            .write(&mut out, screen)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    fn normal(width: usize) -> String {
        written(&report(&busy_host()), &screen(width, &UTF8), Detail::Normal)
    }

    #[test]
    fn as_wide_as_the_terminal() {
        for width in [60, 80, 120, 200] {
            insta::assert_snapshot!(format!("table_{width}"), normal(width));
        }
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        use unicode_width::UnicodeWidthStr;
        for width in [1, 10, 20, 40, 60, 79, 100, 141] {
            let screen = screen(width, &UTF8);
            let report = report(&busy_host());
            let table = Table::new(&report, &screen, Detail::Normal, false);
            let mut out = Vec::new();
            table.write(&mut out, &screen).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
        }
    }

    #[test]
    fn into_a_pipe_nothing_is_cut_and_there_are_no_bars() {
        insta::assert_snapshot!("table_pipe", written(&report(&busy_host()), &PIPE, Detail::Normal));
    }

    #[test]
    fn without_utf8_everything_is_ascii() {
        let selection = Selection {
            families: vec![Family::Unix, Family::Tcp],
            ..Selection::default()
        };
        let text = written(
            &report_on(&busy_host(), &asked(selection)),
            &screen(80, &ASCII),
            Detail::Normal,
        );
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!("table_ascii", text);
    }

    #[test]
    fn wide_tells_everything() {
        insta::assert_snapshot!("wide", written(&report(&busy_host()), &PIPE, Detail::Wide));
    }

    #[test]
    fn unix_listeners_with_who_waits() {
        let selection = Selection {
            families: vec![Family::Unix],
            ..Selection::default()
        };
        let report = report_on(&busy_host(), &asked(selection));
        insta::assert_snapshot!("unix", written(&report, &screen(80, &UTF8), Detail::Normal));
    }

    #[test]
    fn a_unix_listener_of_unknown_length_is_not_called_idle() {
        let blind = |inode| model::ListeningSocket {
            length: None,
            limit: None,
            ..unix(b"/x", inode, 0, 0)
        };
        let said = |sockets| folded(&report(&sample(sockets)));
        let line = |text: &str| Some(Line::of(text, Style::Faint));
        assert_eq!(
            said(vec![unix(b"/y", 1, 0, 5)]),
            line("1 idle unix listener; --unix lists it")
        );
        assert_eq!(
            said(vec![blind(1)]),
            line("1 unix listener of unknown length; --unix lists it")
        );
        let mixed = vec![unix(b"/y", 1, 0, 5), blind(2), blind(3)];
        assert_eq!(
            said(mixed),
            line("3 unix listeners, idle or (2) of unknown length; --unix lists them")
        );
        assert_eq!(said(vec![tcp("0.0.0.0", 80, 0, 5)]), None);
    }

    #[test]
    fn in_a_watch_drops_have_a_rate() {
        let (sample, window) = busy_host_later();
        let report = Report::new(
            &sample,
            window,
            &Asked {
                threshold: Some(128),
                ..Asked::default()
            },
        );
        insta::assert_snapshot!("watch", written(&report, &screen(80, &UTF8), Detail::Normal));
    }

    #[test]
    fn colour_ends_where_it_began() {
        let coloured = Screen {
            colour: true,
            ..screen(80, &UTF8)
        };
        let text = written(
            &report(&sample(vec![tcp("0.0.0.0", 80, 6, 5)])),
            &coloured,
            Detail::Normal,
        );
        insta::assert_snapshot!("colour", text.replace('\x1b', "ESC"));
    }

    #[test]
    fn room_is_shared_and_never_exceeded() {
        assert_eq!(share(50, 20, 20), (20, 20));
        assert_eq!(share(30, 40, 10), (20, 10));
        assert_eq!(share(30, 10, 40), (10, 20));
        assert_eq!(share(30, 40, 40), (18, 12));
        assert_eq!(share(0, 40, 40), (0, 0));
    }
}
