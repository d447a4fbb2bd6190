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
}
