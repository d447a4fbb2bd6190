//! One field of every listener, one value per line.

use std::io::{self, Write};

use model::Document;
use serde_json::Value;

use super::fields::Field;
use super::json;
use super::sanitise::sanitise;

/// Writes the values. Text is bare, but its control characters are escaped: a name must not make two lines
/// of one. Objects and lists are JSON; what is not known is `null`.
pub fn write(mut out: &mut dyn Write, document: &Document, field: &Field) -> io::Result<()> {
    for listener in &document.listeners {
        match field.of(listener)? {
            Value::String(text) => writeln!(out, "{}", sanitise(&text))?,
            other => json::line(&mut out, &other)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, report};

    fn values(path: &str) -> Vec<String> {
        let mut out = Vec::new();
        write(&mut out, &report(&busy_host()).document, &path.parse().unwrap()).unwrap();
        String::from_utf8(out).unwrap().lines().map(ToOwned::to_owned).collect()
    }

    #[test]
    fn numbers_text_unknown_and_objects() {
        assert_eq!(values("accept_queue.length")[..3], ["129", "6", "3411"]);
        assert_eq!(values("owners.0.comm")[..3], ["nginx", "app\\x1b[2J", "haproxy"]);
        assert_eq!(values("port")[..2], ["80", "null"]);
        assert_eq!(
            values("backlog")[0],
            r#"{"requested":null,"effective":128,"clamped":null}"#
        );
        assert_eq!(values("port").len(), 26);
    }
}
