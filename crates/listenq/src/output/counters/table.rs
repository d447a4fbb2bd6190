//! The answer for people: a block for each namespace in which there is something to see, with its reading.

use std::time::Duration;

use knowledge::reading::{DECISIVE, Span, span};

use super::super::screen::{Glyphs, Screen};
use super::super::style::Style;
use super::super::text::{Line, wrap};
use super::document::{Gone, Look, NamespaceCounters, Row};
use super::{Report, rows, unseen};

/// The most namespaces that are named in one sentence.
const NAMED: usize = 5;

/// All of it.
pub fn lines(report: &Report, screen: &Screen, all: bool, with_closing: bool) -> Vec<Line> {
    let table = Table {
        report,
        screen,
        all,
        with_closing,
    };
    let namespaces = report.document.namespaces.iter();
    let (shown, folded): (Vec<_>, Vec<_>) = namespaces.partition(|namespace| table.has_block(namespace));
    let blocks = shown.iter().map(|namespace| table.block(namespace));
    let parts = blocks.chain([table.closing(&folded)]).filter(|lines| !lines.is_empty());
    parts.collect::<Vec<_>>().join(&Line::default())
}

struct Table<'a> {
    report: &'a Report,
    screen: &'a Screen,
    all: bool,
    with_closing: bool,
}

impl Table<'_> {
    /// A calm namespace of several in which nothing is to be seen has none.
    fn has_block(&self, namespace: &NamespaceCounters) -> bool {
        let is_only = self.report.document.namespaces.len() == 1;
        let mut rows = namespace.counters.iter().flatten();
        self.all || is_only || !namespace.reading_id.is_calm() || rows.any(has_moved)
    }

    fn block(&self, namespace: &NamespaceCounters) -> Vec<Line> {
        let mut lines = vec![self.title(namespace)];
        let shown = |row: &&Row| self.all || self.report.is_by_name || has_moved(row);
        let mut shown: Vec<&Row> = namespace.counters.iter().flatten().filter(shown).collect();
        shown.sort_by_key(|row| !is_decisive(row));
        if !shown.is_empty() {
            lines.extend(rows::lines(&shown, namespace.span, self.screen));
            lines.push(Line::default());
        }
        lines.extend(self.reading(namespace));
        if self.with_closing {
            lines.extend(next(&namespace.look_at));
        }
        lines
    }

    /// “host · 5.0 s”.
    fn title(&self, namespace: &NamespaceCounters) -> Line {
        let glyphs = self.screen.glyphs;
        let name = match (namespace.name.as_deref(), namespace.netns) {
            (Some("host"), _) => "host".to_owned(),
            (Some(name), Some(netns)) => format!("{} (netns {netns})", glyphs.name(name)),
            (Some(name), None) => glyphs.name(name).into_owned(),
            (None, _) => format!("netns {}", namespace.id),
        };
        let time = match namespace.span {
            Span::Made => "since it was made".to_owned(),
            Span::Boot(length) => format!("since boot, {} ago", span(length)),
            Span::Window(length) => span(length),
        };
        let mut line = Line::of(name, Style::Head);
        line.push(&format!(" {} {time}", glyphs.dot), Style::Plain);
        line
    }

    fn reading(&self, namespace: &NamespaceCounters) -> Vec<Line> {
        let note = namespace.note.filter(|note| !namespace.reading.contains(note));
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        wrap(
            &self.screen.glyphs.name(&format!("{}{note}", namespace.reading)),
            self.screen,
        )
    }

    /// What is said below the blocks.
    fn closing(&self, folded: &[&NamespaceCounters]) -> Vec<Line> {
        let mut said = Vec::new();
        if !folded.is_empty() {
            said.push(self.folded(folded));
        }
        if !self.report.document.gone.is_empty() {
            said.push(self.gone(&self.report.document.gone));
        }
        if self.with_closing {
            said.extend(unseen(self.report, self.screen.glyphs));
        }
        said.iter().flat_map(|sentence| wrap(sentence, self.screen)).collect()
    }

    /// “Nothing moved in 5.0 s in 3 more namespaces: a, b, c.”
    fn folded(&self, folded: &[&NamespaceCounters]) -> String {
        let document = &self.report.document;
        let more = if folded.len() < document.namespaces.len() {
            " more"
        } else {
            ""
        };
        let of = if folded.len() == 1 { "namespace" } else { "namespaces" };
        let names = folded
            .iter()
            .map(|namespace| namespace.name.as_deref().unwrap_or(&namespace.id));
        let names = named(names, self.screen.glyphs);
        let what = match document.window_seconds.filter(|_| document.since.is_some()) {
            Some(seconds) if self.report.is_by_name => {
                format!("None of these counters moved in {}", span(duration(seconds)))
            }
            Some(seconds) => format!("Nothing moved in {}", span(duration(seconds))),
            None => "All these counters are 0".to_owned(),
        };
        format!("{what} in {}{more} {of}: {names}.", folded.len())
    }

    fn gone(&self, gone: &[Gone]) -> String {
        let names = gone.iter().map(|gone| gone.name.as_deref().unwrap_or(&gone.id));
        format!("Not seen any more: {}.", named(names, self.screen.glyphs))
    }
}

/// Something to see: it moved; where that is not known or not asked for, it is not 0.
fn has_moved(row: &Row) -> bool {
    row.delta.map_or(row.total != 0, |delta| delta != 0)
}

/// What the reading is made from stands first.
fn is_decisive(row: &Row) -> bool {
    let name = row.name.strip_prefix("TcpExt.");
    name.is_some_and(|name| DECISIVE.contains(&name))
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// The first few by name.
fn named<'a>(names: impl Iterator<Item = &'a str>, glyphs: &Glyphs) -> String {
    let names: Vec<_> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| glyphs.name(name)).collect();
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", shown.join(", "))
}

/// “Next: listenq --port 80 -o wide   how full it is, …”
fn next(commands: &[Look]) -> Vec<Line> {
    let width = commands.iter().map(|look| look.command.len()).max().unwrap_or(0);
    let line = |(position, look): (usize, &Look)| {
        let lead = if position == 0 { "Next:" } else { "     " };
        let mut line = Line::plain(format!("{lead} {:width$}", look.command));
        line.push(&format!("   {}", look.shows), Style::Faint);
        line
    };
    commands.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::counters::View;
    use crate::output::counters::fixture::{calm, since_file, totals, unreadable, window};
    use crate::output::screen::{ASCII, UTF8};

    fn on_paper(report: &Report, width: Option<usize>, all: bool, glyphs: &'static Glyphs) -> String {
        let screen = Screen {
            width,
            is_terminal: width.is_some(),
            colour: false,
            glyphs,
        };
        let mut out = Vec::new();
        View::Table { all }.write(&mut out, report, &screen, true).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_moved_in_a_window() {
        insta::assert_snapshot!("window", on_paper(&window(), None, false, &UTF8));
        insta::assert_snapshot!("window_100", on_paper(&window(), Some(100), false, &UTF8));
        insta::assert_snapshot!("window_60_ascii", on_paper(&window(), Some(60), false, &ASCII));
    }

    #[test]
    fn totals_of_two_namespaces() {
        insta::assert_snapshot!("totals", on_paper(&totals(), Some(100), false, &UTF8));
    }

    #[test]
    fn since_a_saved_reading() {
        insta::assert_snapshot!("since_file", on_paper(&since_file(), Some(100), false, &UTF8));
    }

    #[test]
    fn nothing_moved() {
        let text = on_paper(&calm(), None, false, &UTF8);
        assert_eq!(text, "Nothing moved in 5.0 s in 2 namespaces: host, web.\n");
        let by_name = Report {
            is_by_name: true,
            ..calm()
        };
        assert_eq!(
            on_paper(&by_name, None, false, &UTF8),
            "None of these counters moved in 5.0 s in 2 namespaces: host, web.\n"
        );
        let mut one = calm();
        one.document.namespaces.truncate(1);
        assert_eq!(
            on_paper(&one, None, false, &UTF8),
            "host · 5.0 s\nNothing moved in 5.0 s.\nNext: listenq   how full each queue is now\n"
        );
        let all = on_paper(&one, None, true, &UTF8);
        assert!(all.contains("TcpExt.ListenOverflows"), "{all}");
    }

    #[test]
    fn what_could_not_be_read_is_never_calm() {
        let text = on_paper(&unreadable(), None, false, &UTF8);
        assert!(
            text.contains("The counters could not be read, so nothing can be said of the queues."),
            "{text}"
        );
        assert!(text.contains("Not seen: counters: no such file."), "{text}");
    }

    #[test]
    fn names_of_others_cannot_harm_a_terminal() {
        let mut report = totals();
        report.document.namespaces[0].name = Some("a\u{1b}[2J".into());
        report.document.namespaces[0].reading = "x\u{202e}y.".to_owned();
        let text = on_paper(&report, None, false, &UTF8);
        assert!(text.contains("a\\x1b[2J") && text.contains("x\\u{202e}y."), "{text}");
    }

    #[test]
    fn many_names_are_cut_short() {
        let names = vec!["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(named(names.into_iter(), &UTF8), "a, b, c, d, e and 2 more");
    }
}
