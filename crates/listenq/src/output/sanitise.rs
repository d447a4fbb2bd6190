//! Names that others chose (processes, paths, units), made safe for a terminal.
//!
//! A control character could move the cursor, set the title of the window or answer a query; a bidirectional
//! override or an invisible character could make one name look like another. Each is shown as the escape it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything that does not print as itself written as an escape: `\x1b`, `\u{202e}`.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) {
            push_escape(&mut safe, character);
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// The same for a terminal that does not take UTF-8: every character beyond ASCII is an escape too.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return sanitise(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) || !character.is_ascii() {
            push_escape(&mut safe, character);
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

fn push_escape(text: &mut String, character: char) {
    // Writing to a String does not fail.
    let _ = if character.is_ascii() {
        write!(text, "\\x{:02x}", u32::from(character))
    } else {
        write!(text, "\\u{{{:x}}}", u32::from(character))
    };
}

/// Whether a character does something other than to show itself.
pub fn is_unsafe(character: char) -> bool {
    character.is_control() || (!character.is_ascii() && is_invisible(character))
}

/// Unicode's format characters (general category Cf), the line separators, fillers that look like nothing,
/// and the tag characters.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_not_copied() {
        for name in ["nginx", "@/tmp/.X11-unix/X0", "Größe", "日本", "a b", "\\x1b"] {
            assert!(matches!(sanitise(name), Cow::Borrowed(_)), "{name}");
        }
    }

    #[test]
    fn what_moves_the_cursor_or_the_reading_is_shown_as_an_escape() {
        for (hostile, shown) in [
            ("\x1b[2Jx", "\\x1b[2Jx"),
            ("a\nb\tc\r\0", "a\\x0ab\\x09c\\x0d\\x00"),
            ("\x7f", "\\x7f"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("txt\u{202e}exe", "txt\\u{202e}exe"),
            ("ssh\u{200b}d", "ssh\\u{200b}d"),
            ("\u{2066}\u{e0041}", "\\u{2066}\\u{e0041}"),
        ] {
            assert_eq!(sanitise(hostile), shown);
        }
    }

    #[test]
    fn nothing_unsafe_is_left_of_any_character() {
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let text = character.to_string();
            assert!(!sanitise(&text).chars().any(char::is_control));
            assert!(
                ascii(&text).bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                "{character:?}"
            );
        }
    }
}
