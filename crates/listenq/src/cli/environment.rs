//! What the process finds around it that changes how it prints; read once, at the start.

use std::env;
use std::io::IsTerminal;

use rustix::termios::tcgetwinsize;

/// The surroundings of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Whether stdout is a terminal that takes control sequences.
    pub is_terminal: bool,
    /// Columns of the terminal.
    pub width: Option<usize>,
    /// Whether text is UTF-8 (LC_ALL, LC_CTYPE, LANG).
    pub utf8: bool,
    /// Whether colour is not wanted (NO_COLOR).
    pub no_color: bool,
}

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        Self {
            is_terminal: std::io::stdout().is_terminal() && variable("TERM").as_deref() != Some("dumb"),
            width: terminal_size().map(|(width, _)| width),
            utf8: is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(variable)),
            no_color: variable("NO_COLOR").is_some(),
        }
    }
}

/// Columns and rows of the terminal that stdout is; `None` when it is none or does not know.
pub fn terminal_size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}

/// A variable that is set and not empty: an empty one means nothing (POSIX for LC_*, no-color.org for NO_COLOR).
fn variable(name: &str) -> Option<String> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(|value| value.to_string_lossy().into_owned())
}

/// The first that is set decides (locale(7)).
fn is_utf8(variables: [Option<String>; 3]) -> bool {
    let locale = variables
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let utf8 = |variables: [&str; 3]| is_utf8(variables.map(|value| (!value.is_empty()).then(|| value.to_owned())));
        assert!(utf8(["", "", "en_GB.UTF-8"]));
        assert!(utf8(["C.utf8", "", "C"]));
        assert!(!utf8(["C", "", "en_GB.UTF-8"]));
        assert!(!utf8(["", "", ""]));
    }
}
