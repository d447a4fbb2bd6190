//! The options of `listenq explain`.

use clap::{Args, ValueEnum};

/// What to explain, and how.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// A counter, sysctl, column, symptom, program or claim, by any name; or a line of the kernel log
    ///
    /// Several words need no quotes. Without it: the way of a connection through both queues.
    #[arg(value_name = "TOPIC", allow_hyphen_values = false)]
    pub topic: Vec<String>,

    /// Play it in a throw-away network namespace on this kernel; without a TOPIC everything that can be played
    #[arg(long)]
    pub prove: bool,

    /// List the topics, and what can be proved
    #[arg(long, conflicts_with_all = ["topic", "prove"])]
    pub list: bool,

    /// Form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: TextFormat,
}

/// The forms of an answer in words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people
    #[default]
    Text,
    /// One document
    Json,
}
