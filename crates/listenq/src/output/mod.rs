//! How a report is printed: one file per form, and what the forms have in common.

mod bar;
pub mod capabilities;
mod cells;
pub mod change;
pub mod closing;
pub mod counters;
mod csv;
pub mod explain;
pub mod fields;
mod get;
pub mod json;
mod ndjson;
pub mod order;
pub mod page;
mod parallel;
mod remarks;
pub mod report;
pub mod sanitise;
pub mod screen;
pub mod style;
pub mod summary;
mod table;
pub mod text;
pub mod tune;
pub mod undo;

use std::io::{self, Write};

use fields::Field;
use report::Report;
use screen::Screen;

pub use table::{Detail, Sheet, Table};

/// The forms of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// For people.
    Table(Detail),
    /// One document.
    Json,
    /// One listener per line.
    Ndjson,
    /// One listener per row.
    Csv,
    /// One value per line.
    Get(Field),
    /// Totals of each namespace.
    Summary,
}

impl View {
    /// Whether people read it: then what is remarked is a part of it, else it goes to stderr.
    pub fn is_for_people(&self) -> bool {
        matches!(self, Self::Table(_) | Self::Summary)
    }

    /// Writes what stands once in front of all reports.
    pub fn write_header(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv => csv::write_header(out),
            _ => Ok(()),
        }
    }

    /// Writes a report.
    pub fn write(&self, out: &mut dyn Write, report: &Report, screen: &Screen, with_closing: bool) -> io::Result<()> {
        match self {
            Self::Table(detail) => Table::new(report, screen, *detail, with_closing).write(out, screen),
            Self::Json => json::write(out, &report.document, screen),
            Self::Ndjson => ndjson::write(out, &report.document),
            Self::Csv => csv::write_rows(out, &report.document),
            Self::Get(field) => get::write(out, &report.document, field),
            Self::Summary => summary::write(out, report, screen, with_closing),
        }
    }
}
