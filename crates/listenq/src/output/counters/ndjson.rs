//! One namespace per line, each complete in itself.

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::super::json;
use super::document::{Document, NamespaceCounters};

/// A namespace with what else a line needs to be understood alone.
#[derive(Serialize)]
struct Line<'a> {
    schema_version: u32,
    taken_at: Timestamp,
    hostname: &'a str,
    compared_with: Option<&'static str>,
    since: Option<Timestamp>,
    window_seconds: Option<f64>,
    #[serde(flatten)]
    namespace: &'a NamespaceCounters,
}

/// Writes the namespaces.
pub fn write(out: &mut dyn Write, document: &Document) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(json::BUFFER, out);
    for namespace in &document.namespaces {
        let line = Line {
            schema_version: document.schema_version,
            taken_at: document.taken_at,
            hostname: &document.host.hostname,
            compared_with: document.compared_with,
            since: document.since,
            window_seconds: document.window_seconds,
            namespace,
        };
        json::line(&mut out, &line)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::counters::fixture::window;

    #[test]
    fn every_line_is_complete() {
        let mut out = Vec::new();
        write(&mut out, &window().document).unwrap();
        let text = String::from_utf8(out).unwrap();
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(
                (&value["schema_version"], &value["hostname"]),
                (&1.into(), &"web-1".into())
            );
            assert_eq!(value["window_seconds"], 5.0);
        }
        insta::assert_snapshot!(text.lines().next().unwrap());
    }
}
