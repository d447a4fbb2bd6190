//! The options of every command that changes something.

use clap::Args;

use super::explain::TextFormat;

/// Whether to ask, and how to answer.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Changing")]
pub struct ChangeArgs {
    /// Carry it out without asking
    #[arg(short, long, conflicts_with = "dry_run")]
    pub yes: bool,

    /// Only show what would be done
    #[arg(long)]
    pub dry_run: bool,

    /// Form of the answer; json asks nothing and needs --yes or --dry-run
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: TextFormat,
}
