//! One counter of one namespace per row.

use std::io::{self, Write};

use super::super::csv::write_record;
use super::super::sanitise::sanitise;
use super::document::{Document, NamespaceCounters, Row};

const COLUMNS: [&str; 12] = [
    "taken_at",
    "hostname",
    "window_seconds",
    "id",
    "netns",
    "namespace",
    "name",
    "total",
    "delta",
    "per_second",
    "reading_id",
    "meaning",
];

/// Writes the header line.
pub fn write_header(out: &mut dyn Write) -> io::Result<()> {
    write_record(out, COLUMNS.map(ToOwned::to_owned).into_iter())
}

/// Writes the counters. A value that is not known is empty; a namespace that could not be read has one row without a
/// counter.
pub fn write_rows(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    for namespace in &document.namespaces {
        let rows = namespace.counters.as_deref();
        for row in rows.into_iter().flatten() {
            write_record(out, record(document, namespace, Some(row)).into_iter())?;
        }
        if rows.is_none() {
            write_record(out, record(document, namespace, None).into_iter())?;
        }
    }
    Ok(())
}

fn record(document: &Document, namespace: &NamespaceCounters, row: Option<&Row>) -> [String; 12] {
    [
        document.taken_at.to_string(),
        sanitise(&document.host.hostname).into_owned(),
        cell(document.window_seconds),
        namespace.id.clone(),
        cell(namespace.netns),
        namespace
            .name
            .as_deref()
            .map(|name| sanitise(name).into_owned())
            .unwrap_or_default(),
        row.map(|row| row.name.clone()).unwrap_or_default(),
        cell(row.map(|row| row.total)),
        cell(row.and_then(|row| row.delta)),
        cell(row.and_then(|row| row.per_second)),
        namespace.reading_id.name().to_owned(),
        cell(row.and_then(|row| row.meaning)),
    ]
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::counters::fixture::{unreadable, window};

    fn written(document: &Document) -> String {
        let mut out = Vec::new();
        write_header(&mut out).unwrap();
        write_rows(&mut out, document).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_columns_and_rows() {
        insta::assert_snapshot!(written(&window().document));
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let text = written(&unreadable().document);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0][6], &rows[0][7], &rows[0][10]), ("", "", "unknown"));
    }
}
