//! One listener per line, each complete in itself.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use model::{Document, Listener};
use serde::Serialize;

use super::json;

/// A listener with what else a line needs to be understood alone.
#[derive(Serialize)]
struct Row<'a> {
    schema_version: u32,
    taken_at: Timestamp,
    hostname: &'a str,
    #[serde(flatten)]
    listener: &'a Listener,
}

/// Writes the listeners.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(json::BUFFER, out);
    for listener in &document.listeners {
        let row = Row {
            schema_version: document.schema_version,
            taken_at: document.taken_at,
            hostname: &document.host.hostname,
            listener,
        };
        json::line(&mut out, &row)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, report};

    #[test]
    fn every_line_is_complete() {
        let mut out = Vec::new();
        let report = report(&busy_host());
        write(&mut out, &report.document).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), report.listeners().len());
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["schema_version"], 1);
            assert_eq!(value["hostname"], "web-1");
            assert_eq!(value["taken_at"], "2026-11-18T11:06:40Z");
        }
        insta::assert_snapshot!(text.lines().take(2).collect::<Vec<_>>().join("\n"));
    }
}
