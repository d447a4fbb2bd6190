//! A page of prose: titles, paragraphs and lists, broken at a width that reads well.

use std::io::{self, Write};

use super::screen::{Glyphs, Screen};
use super::style::Style;
use super::text::{Line, columns, fold};

/// Longer lines are hard to follow with the eye, however wide the terminal is.
const WIDEST: usize = 96;
/// In a pipe, as manual pages have it.
const IN_A_PIPE: usize = 80;

/// What is to be printed, line by line.
#[derive(Debug)]
pub struct Page {
    lines: Vec<Line>,
    room: usize,
    glyphs: &'static Glyphs,
}

impl Page {
    /// An empty one for this screen.
    pub fn new(screen: &Screen) -> Self {
        Self {
            lines: Vec::new(),
            room: screen.width.unwrap_or(IN_A_PIPE).min(WIDEST),
            glyphs: screen.glyphs,
        }
    }

    /// A title, and beside it what sort of thing it is.
    pub fn title(&mut self, text: &str, sort: &str) {
        self.gap();
        let mut lines = fold(&self.glyphs.drawn(text), "", "", self.room);
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            self.lines.push(Line::of(line, Style::Head));
        }
        let mut line = Line::of(&last, Style::Head);
        if columns(&last) + columns(sort) + 2 > self.room {
            self.lines.push(std::mem::take(&mut line));
        } else {
            line.push("  ", Style::Plain);
        }
        line.push(sort, Style::Faint);
        self.lines.push(line);
    }

    /// A heading within the page.
    pub fn heading(&mut self, text: &str) {
        self.gap();
        self.lines.push(Line::of(self.glyphs.drawn(text), Style::Head));
    }

    /// A paragraph, with an empty line before it.
    pub fn paragraph(&mut self, text: &str) {
        self.gap();
        self.text(text);
    }

    /// A paragraph that follows what is above it closely.
    pub fn text(&mut self, text: &str) {
        self.folded(text, "", "");
    }

    /// An item of a list.
    pub fn item(&mut self, text: &str) {
        self.folded(text, "  - ", "    ");
    }

    /// A text under a heading.
    pub fn indented(&mut self, text: &str) {
        self.folded(text, "  ", "  ");
    }

    /// A label and what belongs to it, below others of its kind: the labels take `width` columns.
    pub fn pair(&mut self, label: &str, width: usize, text: &str) {
        let width = width.min(self.room / 2);
        if columns(label) > width {
            self.indented(label);
            let indent = " ".repeat(width + 4);
            return self.folded(text, &indent, &indent);
        }
        let gap = " ".repeat(width - columns(label) + 2);
        self.folded(text, &format!("  {label}{gap}"), &" ".repeat(width + 4));
    }

    /// [`Self::pair`] for each, with labels as wide as the widest.
    pub fn pairs<'a>(&mut self, pairs: &[(&'a str, &'a str)]) {
        let width = pairs.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
        for (label, text) in pairs {
            self.pair(label, width, text);
        }
    }

    /// A text whose first line stands beside `first` and whose other lines stand beside `next`.
    pub fn beside(&mut self, first: &str, next: &str, text: &str) {
        self.folded(text, first, next);
    }

    /// A line as it is.
    pub fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// An empty line, unless there is one already.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// Prints it.
    pub fn write(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        for line in &self.lines {
            line.write(out, screen)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn folded(&mut self, text: &str, first: &str, next: &str) {
        let (text, first, next) = (
            self.glyphs.drawn(text),
            self.glyphs.drawn(first),
            self.glyphs.drawn(next),
        );
        let lines = fold(&text, &first, &next, self.room);
        self.lines.extend(lines.into_iter().map(Line::plain));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{PIPE, printed};

    #[test]
    fn text_is_broken_and_lists_hang() {
        let narrow = Screen {
            width: Some(24),
            ..PIPE
        };
        let text = printed(&narrow, |page| {
            page.title("A title of three lines or more", "concept");
            page.paragraph("one two three four five six");
            page.heading("List");
            page.item("alpha beta gamma delta epsilon");
            page.pair("label", 7, "what belongs to it");
        });
        let expected = "\
A title of three lines
or more  concept

one two three four five
six

List
  - alpha beta gamma
    delta epsilon
  label    what belongs
           to it
";
        assert_eq!(text, expected);
    }

    #[test]
    fn in_a_pipe_a_page_is_as_wide_as_a_manual() {
        let text = printed(&PIPE, |page| page.text(&"word ".repeat(100)));
        assert!(text.lines().all(|line| line.len() <= IN_A_PIPE), "{text}");
    }
}
