//! Why the command line leads no further: help was asked for, or it cannot be read.

use clap::error::{ContextKind, ErrorKind};

/// What to print instead of doing something.
#[derive(Debug)]
pub enum Stop {
    /// To stdout; the user asked for it.
    Help(String),
    /// To stderr, on one line.
    Usage(String),
}

impl Stop {
    /// An option in front of a command it does not belong to.
    pub fn misplaced(option: &str, command: &str) -> Self {
        Self::Usage(format!(
            "--{option} stands before the command {command} and would be ignored; write it behind"
        ))
    }
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Self {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Help(error.render().to_string()),
            _ => Self::Usage(one_line(&error)),
        }
    }
}

/// The first paragraph of what clap would print, and its advice, on one line.
fn one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let paragraph = rendered.split("\n\n").next().unwrap_or_default();
    let text: Vec<&str> = paragraph.split_whitespace().collect();
    let text = text.join(" ");
    let what = text.strip_prefix("error: ").unwrap_or(&text);
    let advice = rendered
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("tip: "))
        .filter(|_| has_suggestion(error))
        .unwrap_or("listenq --help shows what there is");
    format!("{what}; {advice}")
}

/// Whether clap found something of a similar name (its other tips are about `--`, of no use here).
fn has_suggestion(error: &clap::Error) -> bool {
    [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ]
    .iter()
    .any(|kind| error.get(*kind).is_some())
}
