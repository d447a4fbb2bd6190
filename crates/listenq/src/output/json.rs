//! JSON of which nothing can harm a terminal: the document, and how its text is escaped.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::sanitise::is_unsafe;
use super::screen::Screen;

/// Bytes that are gathered before they are written.
pub const BUFFER: usize = 1 << 16;

/// Writes a document: indented on a terminal, on one line elsewhere.
pub fn write<T: Serialize + ?Sized>(out: &mut dyn Write, document: &T, screen: &Screen) -> io::Result<()> {
    // JSON is written in pieces of a few bytes; a buffer whose type is known takes them without a call each.
    let mut out = BufWriter::with_capacity(BUFFER, out);
    if screen.is_terminal {
        serialize(&mut out, document, Safe(PrettyFormatter::new()))?;
        out.write_all(b"\n")?;
    } else {
        line(&mut out, document)?;
    }
    out.flush()
}

/// Writes a value on one line.
pub fn line<T: Serialize + ?Sized>(out: &mut impl Write, value: &T) -> io::Result<()> {
    serialize(&mut *out, value, Safe(CompactFormatter))?;
    out.write_all(b"\n")
}

fn serialize<T: Serialize + ?Sized>(out: impl Write, value: &T, formatter: impl Formatter) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    Ok(value.serialize(&mut serializer)?)
}

/// Writes characters that serde_json leaves as they are (DEL, C1, bidirectional overrides) as `\uXXXX`:
/// the same text for a parser.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return writer.write_all(fragment.as_bytes());
        }
        for part in fragment.split_inclusive(is_unsafe) {
            let bad = part.chars().next_back().filter(|character| is_unsafe(*character));
            let good = part.len() - bad.map_or(0, char::len_utf8);
            writer.write_all(&part.as_bytes()[..good])?;
            for unit in bad
                .iter()
                .flat_map(|character| character.encode_utf16(&mut [0; 2]).to_vec())
            {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, report};
    use crate::output::screen::UTF8;

    fn document(is_terminal: bool) -> String {
        let mut out = Vec::new();
        let screen = Screen {
            width: None,
            is_terminal,
            colour: false,
            glyphs: &UTF8,
        };
        write(&mut out, &report(&busy_host()).document, &screen).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_text_is_escaped_and_read_back_as_it_was() {
        let hostile = "a\u{1b}[2J\u{7f}\u{9b}\u{202e}ü\u{e0041}\"\\";
        let mut out = Vec::new();
        line(&mut out, hostile).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"a\\u001b[2J\\u007f\\u009b\\u202eü\\udb40\\udc41\\\"\\\\\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }

    #[test]
    fn both_forms_are_the_same_document() {
        let (pretty, compact) = (document(true), document(false));
        assert_eq!(compact.lines().count(), 1);
        assert!(pretty.lines().count() > 100);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&pretty), read(&compact));
        assert_eq!(
            read(&pretty),
            serde_json::to_value(report(&busy_host()).document).unwrap()
        );
    }

    #[test]
    fn the_document_as_it_looks() {
        let document = document(true);
        let first_listener = document.find(r#""inode": 31001"#).unwrap();
        insta::assert_snapshot!(document[..first_listener].to_owned());
    }
}
