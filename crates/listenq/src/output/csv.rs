//! One listener per row, under one header line of paths.

use std::io::{self, Write};

use model::Document;
use serde_json::Value;

use super::fields::{CSV, at};
use super::sanitise::sanitise;

/// Writes the header line.
pub fn write_header(out: &mut dyn Write) -> io::Result<()> {
    let header = ["taken_at", "hostname"].into_iter().chain(CSV.iter().copied());
    write_record(out, header.map(ToOwned::to_owned))
}

/// Writes the listeners. A value that is not known is empty.
pub fn write_rows(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let taken_at = document.taken_at.to_string();
    for listener in &document.listeners {
        let value = serde_json::to_value(listener)?;
        let head = [taken_at.clone(), sanitise(&document.host.hostname).into_owned()];
        let values = CSV.iter().map(|path| cell(at(&value, path)));
        write_record(out, head.into_iter().chain(values))?;
    }
    Ok(())
}

/// Writes one row. It is made in memory and written whole, so that an error of the writer keeps its kind.
pub fn write_record(out: &mut dyn Write, record: impl Iterator<Item = String>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::with_capacity(256));
    writer.write_record(record).map_err(io::Error::from)?;
    let row = writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&row)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => sanitise(text).into_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, report};

    fn written() -> String {
        let mut out = Vec::new();
        write_header(&mut out).unwrap();
        write_rows(&mut out, &report(&busy_host()).document).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_columns_and_rows() {
        insta::assert_snapshot!(written().lines().take(9).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn every_row_has_every_column() {
        let text = written();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), CSV.len() + 2);
        assert_eq!(reader.records().map(Result::unwrap).count(), 26);
    }

    #[test]
    fn names_cannot_harm_a_terminal_nor_begin_a_new_row() {
        assert_eq!(cell(&Value::from("a\n\u{1b}[2J\"")), "a\\x0a\\x1b[2J\"");
    }
}
