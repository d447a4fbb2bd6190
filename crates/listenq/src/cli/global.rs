//! The options that every command has.

use clap::{Args, ValueEnum};

/// How to talk to the user.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub struct GlobalArgs {
    /// Colour; auto means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: When,

    /// Nothing but the answer: no closing line, no remarks
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say of every source how well it could be read, how long the reading took, and the memory it took
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// When to do something that only suits a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Also into a pipe or file
    Always,
    /// Not at all
    Never,
}
