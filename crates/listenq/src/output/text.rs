//! Lines of styled text: how wide they are, how they are cut, and how they are written.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::screen::Screen;
use super::style::Style;

/// Between words that stay on one line.
pub const NO_BREAK: char = '\u{a0}';

/// One line, or a part of one. Its text is safe: names went through [`super::screen::Glyphs::name`].
///
/// All its text is in one string, so that a line that is cleared and filled again needs no new memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// Where in the text each style ends.
    ends: Vec<(usize, Style)>,
    width: usize,
}

impl Line {
    /// A line of one style.
    pub fn of(text: impl AsRef<str>, style: Style) -> Self {
        let mut line = Self::default();
        line.push(text.as_ref(), style);
        line
    }

    /// A line of no special style.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::of(text, Style::Plain)
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.width = 0;
    }

    /// Appends text.
    pub fn push(&mut self, text: &str, style: Style) {
        self.text.push_str(text);
        self.width += columns(text);
        self.end_style(style);
    }

    /// Appends what `format_args!` makes.
    pub fn put(&mut self, text: fmt::Arguments, style: Style) {
        let start = self.text.len();
        // Writing to a String does not fail.
        let _ = self.text.write_fmt(text);
        self.width += columns(&self.text[start..]);
        self.end_style(style);
    }

    /// Appends a line.
    pub fn append(&mut self, other: &Self) {
        let start = self.text.len();
        self.text.push_str(&other.text);
        self.width += other.width;
        self.ends
            .extend(other.ends.iter().map(|(end, style)| (start + end, *style)));
    }

    /// Appends spaces until it is so wide.
    pub fn pad_to(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width);
        self.text.extend(std::iter::repeat_n(' ', missing));
        self.width += missing;
        self.end_style(Style::Plain);
    }

    fn end_style(&mut self, style: Style) {
        let end = self.text.len();
        match self.ends.last_mut() {
            Some((before, _)) if *before == end => {}
            Some((before, last)) if *last == style => *before = end,
            _ if end == 0 => {}
            _ => self.ends.push((end, style)),
        }
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Writes it, no wider than the screen, without the end of the line. Spaces at its end are left out.
    pub fn write(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        let text = self.text.trim_end_matches(' ');
        let text = screen.width.map_or(text, |width| head(text, width));
        if !screen.colour {
            return out.write_all(text.as_bytes());
        }
        let mut start = 0;
        for (end, style) in &self.ends {
            let end = (*end).min(text.len());
            if start < end {
                write!(out, "{}{}{}", style.begin(), &text[start..end], style.end())?;
            }
            start = end;
        }
        Ok(())
    }
}

/// Columns a text takes. Most is ASCII, of which each character takes one: control characters are escapes here.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The beginning of a text that fits into so many columns.
fn head(text: &str, room: usize) -> &str {
    let mut width = 0;
    for (position, character) in text.char_indices() {
        width += character.width().unwrap_or(0);
        if width > room {
            return &text[..position];
        }
    }
    text
}

/// The end of a text that fits into so many columns.
fn tail(text: &str, room: usize) -> &str {
    let mut width = 0;
    for (position, character) in text.char_indices().rev() {
        width += character.width().unwrap_or(0);
        if width > room {
            return &text[position + character.len_utf8()..];
        }
    }
    text
}

/// Cuts the end away if it is too wide.
pub fn keep_head<'a>(text: &'a str, room: usize, cut: &str) -> Cow<'a, str> {
    if columns(text) <= room {
        return Cow::Borrowed(text);
    }
    if room == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}{cut}", head(text, room - columns(cut))))
}

/// Cuts the beginning away if it is too wide: the end of an address or a path says more.
pub fn keep_tail<'a>(text: &'a str, room: usize, cut: &str) -> Cow<'a, str> {
    if columns(text) <= room {
        return Cow::Borrowed(text);
    }
    if room == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{cut}{}", tail(text, room - columns(cut))))
}

/// Breaks a sentence between words; what continues is indented.
pub fn wrap(sentence: &str, screen: &Screen) -> Vec<Line> {
    let lines = fold(sentence, "", "  ", screen.width.unwrap_or(usize::MAX));
    lines.into_iter().map(Line::plain).collect()
}

/// Breaks a text between words, into lines of `room` columns where words allow it: `first` stands in front of the
/// first line, `next` in front of the others. A no-break space does not break and is printed as a space.
pub fn fold(text: &str, first: &str, next: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut has_words = false;
    for word in text.split(' ') {
        if !has_words {
            line.push_str(word);
        } else if columns(&line) + 1 + columns(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(std::mem::replace(&mut line, format!("{next}{word}")));
        }
        has_words = has_words || !word.is_empty();
    }
    lines.push(line);
    lines.into_iter().map(|line| line.replace(NO_BREAK, " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::screen::UTF8;

    fn screen(width: usize, colour: bool) -> Screen {
        Screen {
            width: Some(width),
            is_terminal: true,
            colour,
            glyphs: &UTF8,
        }
    }

    fn written(line: &Line, width: usize, colour: bool) -> String {
        let mut out = Vec::new();
        line.write(&mut out, &screen(width, colour)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_cut_at_the_edge_and_its_style_ends() {
        let mut line = Line::of("full", Style::Danger);
        line.push(" 日本", Style::Plain);
        assert_eq!(line.width(), 9);
        assert_eq!(written(&line, 8, false), "full 日");
        assert_eq!(written(&line, 2, true), "\x1b[1;31mfu\x1b[0m");
    }

    #[test]
    fn spaces_at_the_end_are_not_written() {
        let mut line = Line::plain("ab ");
        line.pad_to(10);
        assert_eq!(written(&line, 80, false), "ab");
        assert_eq!(written(&Line::plain("   "), 80, false), "");
    }

    #[test]
    fn cutting_keeps_within_the_room() {
        assert_eq!(keep_tail("/run/systemd/private", 10, "…"), "…d/private");
        assert_eq!(keep_head("systemd-resolve", 10, "…"), "systemd-r…");
        assert_eq!(keep_head("日本語", 4, "…"), "日…");
        assert_eq!(keep_tail("日本語", 4, "…"), "…語");
        assert_eq!(keep_head("abc", 3, "…"), "abc");
        assert_eq!(keep_head("abc", 1, "…"), "…");
        assert_eq!(keep_tail("abc", 0, "…"), "");
    }

    #[test]
    fn sentences_break_between_words() {
        let lines: Vec<String> = wrap("one two three four", &screen(9, false))
            .iter()
            .map(|line| written(line, 80, false))
            .collect();
        assert_eq!(lines, ["one two", "  three", "  four"]);
        assert_eq!(wrap("unbreakable", &screen(3, false)).len(), 1);
    }
}
