//! What the paper is like that is printed on: its width, its characters, its colours.

use std::borrow::Cow;

use super::sanitise::{ascii, sanitise};

/// The paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns; `None` when nothing has to be cut.
    pub width: Option<usize>,
    /// Whether it is a terminal, which shows bars and takes cursor movements.
    pub is_terminal: bool,
    /// Whether it shows colour.
    pub colour: bool,
    /// Which characters it has.
    pub glyphs: &'static Glyphs,
}

/// The characters beyond ASCII that are used, and what stands for them where there is only ASCII.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A value that is not known.
    pub unknown: &'static str,
    /// Between the ends of a range.
    pub to: &'static str,
    /// In place of what was cut away.
    pub cut: &'static str,
    /// In front of a line that belongs to the row above.
    pub below: &'static str,
    /// Between two parts of a line.
    pub dot: &'static str,
    /// The parts of a bar: a cell filled by 1/n … n/n.
    pub bar: &'static [&'static str],
    /// Whether names may be shown in UTF-8.
    utf8: bool,
}

/// For a locale with UTF-8.
pub const UTF8: Glyphs = Glyphs {
    unknown: "–",
    to: "–",
    cut: "…",
    below: "└",
    dot: "·",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    utf8: true,
};

/// For any other.
pub const ASCII: Glyphs = Glyphs {
    unknown: "-",
    to: "-",
    cut: "~",
    below: "`-",
    dot: "|",
    bar: &["-", "="],
    utf8: false,
};

impl Glyphs {
    /// A name that others chose, safe to show.
    pub fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.utf8 { sanitise(text) } else { ascii(text) }
    }

    /// A text of ours, its lines and arrows drawn with the characters there are.
    pub fn drawn<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.utf8 || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        text.chars().for_each(|character| push_plain(&mut plain, character));
        Cow::Owned(plain)
    }
}

/// What stands for a character of ours where there is only ASCII.
fn push_plain(text: &mut String, character: char) {
    match character {
        '│' => text.push('|'),
        '─' | '–' | '−' => text.push('-'),
        '├' | '┤' | '┬' | '┼' | '└' | '┌' => text.push('+'),
        '▶' => text.push('>'),
        '◀' => text.push('<'),
        '▼' => text.push('v'),
        '“' | '”' => text.push('"'),
        '’' => text.push('\''),
        '…' => text.push_str("..."),
        '→' => text.push_str("->"),
        '×' => text.push('x'),
        '·' => text.push('*'),
        '≥' => text.push_str(">="),
        '≤' => text.push_str("<="),
        '≈' => text.push('~'),
        '½' => text.push_str("1/2"),
        '¾' => text.push_str("3/4"),
        'µ' => text.push('u'),
        other if other.is_ascii() => text.push(other),
        _ => text.push('?'),
    }
}
