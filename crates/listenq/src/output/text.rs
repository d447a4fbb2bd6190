//! Lines of styled text: how wide they are, how they are cut, and how they are written.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::screen::Screen;
use super::style::Style;

/// One line, or a part of one. Its text is safe: names went through [`super::screen::Glyphs::name`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    spans: Vec<(String, Style)>,
    width: usize,
}

impl Line {
    /// A line of one style.
    pub fn of(text: impl Into<String>, style: Style) -> Self {
        let mut line = Self::default();
        line.push(text, style);
        line
    }

    /// A line of no special style.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::of(text, Style::Plain)
    }

    /// Appends text.
    pub fn push(&mut self, text: impl Into<String>, style: Style) {
        let text = text.into();
        if !text.is_empty() {
            self.width += text.width();
            self.spans.push((text, style));
        }
    }

    /// Appends a line.
    pub fn append(&mut self, other: Self) {
        self.width += other.width;
        self.spans.extend(other.spans);
    }

    /// Appends spaces until it is so wide.
    pub fn pad_to(&mut self, width: usize) {
        self.push(" ".repeat(width.saturating_sub(self.width)), Style::Plain);
    }

    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Writes it, no wider than the screen, without the end of the line. Spaces at its end are left out.
    pub fn write(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        let mut room = screen.width.unwrap_or(usize::MAX).min(self.ink());
        for (text, style) in &self.spans {
            let shown = head(text, room);
            room -= shown.width();
            if screen.colour && !shown.is_empty() {
                write!(out, "{}{shown}{}", style.begin(), style.end())?;
            } else {
                out.write_all(shown.as_bytes())?;
            }
            if shown.len() < text.len() {
                break;
            }
        }
        Ok(())
    }

    /// Columns up to the last character that is no space.
    fn ink(&self) -> usize {
        let mut end = self.width;
        for (text, _) in self.spans.iter().rev() {
            let trimmed = text.trim_end_matches(' ');
            end -= text.len() - trimmed.len();
            if !trimmed.is_empty() {
                break;
            }
        }
        end
    }
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
pub fn keep_head(text: &str, room: usize, cut: &str) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    format!("{}{cut}", head(text, room - cut.width()))
}

/// Cuts the beginning away if it is too wide: the end of an address or a path says more.
pub fn keep_tail(text: &str, room: usize, cut: &str) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    if room == 0 {
        return String::new();
    }
    format!("{cut}{}", tail(text, room - cut.width()))
}

/// Breaks a sentence between words; what continues is indented.
pub fn wrap(sentence: &str, screen: &Screen) -> Vec<Line> {
    let room = screen.width.unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in sentence.split(' ') {
        if line.trim_start().is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(Line::plain(std::mem::replace(&mut line, format!("  {word}"))));
        }
    }
    lines.push(Line::plain(line));
    lines
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
