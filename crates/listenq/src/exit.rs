//! The exit status, and how a failure is told.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::output::sanitise::sanitise;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is fine.
    Fine,
    /// `--check` found a listener in danger.
    Findings,
    /// It could not do what was asked.
    Failed,
    /// Nothing to look at.
    Nothing,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::Nothing => 3,
        })
    }
}

/// The status for a command that ended in one way or the other; a failure is told on stderr.
///
/// A reader that has closed its end of the pipe has seen enough: that is no failure.
pub fn status(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => Exit::Fine.into(),
        Err(error) => {
            complain(&one_line(&error));
            Exit::Failed.into()
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        kind == Some(io::ErrorKind::BrokenPipe)
    })
}

/// The error and its causes; a cause that the text before it already contains is not repeated.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
    }
    line
}

/// One line to stderr. What others have chosen (names, paths) may be in it, so it is sanitised.
pub fn complain(message: &str) {
    // There is nowhere to tell that stderr is closed.
    let _ = writeln!(io::stderr(), "listenq: {}", sanitise(message));
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure_however_deep() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_closed_pipe(&anyhow::Error::new(closed()).context("write stdout")));
        let by_json: io::Error = serde_json::Error::io(closed()).into();
        assert!(is_closed_pipe(&by_json.into()));
        assert!(!is_closed_pipe(&io::Error::from(io::ErrorKind::StorageFull).into()));
    }

    #[test]
    fn causes_are_told_once() {
        let cause = Err::<(), _>(io::Error::other("no such thing"));
        let error = cause
            .context("x cannot be read: no such thing")
            .context("sample")
            .unwrap_err();
        assert_eq!(one_line(&error), "sample: x cannot be read: no such thing");
    }
}
