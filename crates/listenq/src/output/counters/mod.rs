//! How the answer of `listenq counters` is made and printed.

pub mod answer;
mod csv;
pub mod difference;
pub mod document;
mod drops;
#[cfg(test)]
mod fixture;
pub mod moment;
mod ndjson;
mod rows;
mod table;

use std::io::{self, Write};

use document::Document;

use super::screen::{Glyphs, Screen};
use super::text::Line;
use super::{closing, json};

/// The forms of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// For people.
    Table {
        /// With the counters that are 0 or did not move, too.
        all: bool,
    },
    /// One document.
    Json,
    /// One namespace per line.
    Ndjson,
    /// One counter of one namespace per row.
    Csv,
}

/// An answer, and what else there is to say.
#[derive(Clone, Debug)]
pub struct Report {
    /// The answer.
    pub document: Document,
    /// Why it is empty, and what there is instead.
    pub nothing: Option<String>,
    /// Whether counters were asked for by name: then they are shown though they are 0.
    pub is_by_name: bool,
}

impl View {
    /// Whether people read it: then what is remarked is a part of it, else it goes to stderr.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Table { .. })
    }

    /// Writes what stands once in front of all answers.
    pub fn write_header(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv => csv::write_header(out),
            _ => Ok(()),
        }
    }

    /// Writes an answer.
    pub fn write(self, out: &mut dyn Write, report: &Report, screen: &Screen, with_closing: bool) -> io::Result<()> {
        match self {
            Self::Table { .. } => {
                for line in self.lines(report, screen, with_closing) {
                    line.write(out, screen)?;
                    out.write_all(b"\n")?;
                }
                Ok(())
            }
            Self::Json => json::write(out, &report.document, screen),
            Self::Ndjson => ndjson::write(out, &report.document),
            Self::Csv => csv::write_rows(out, &report.document),
        }
    }

    /// The lines of an answer for people.
    pub fn lines(self, report: &Report, screen: &Screen, with_closing: bool) -> Vec<Line> {
        let all = matches!(self, Self::Table { all: true });
        table::lines(report, screen, all, with_closing)
    }
}

/// What could not be seen, and why: one sentence for each source that did not give all.
pub fn unseen(report: &Report, glyphs: &Glyphs) -> Vec<String> {
    let sources = report.document.sources.iter();
    sources
        .filter_map(|source| closing::complaint(source, glyphs))
        .collect()
}
