//! The options that say in which form the answer is printed.

use clap::{Args, ValueEnum};

use crate::output::fields::Field;
use crate::output::order::Order;

/// In which form to print.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What is printed")]
pub struct OutputArgs {
    /// Form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Format,

    /// Only this field, one value per line, by its path in -o json: syn_queue.length, owners.0.pid
    ///
    /// Text is printed bare, with control characters escaped; what is not known is printed as null;
    /// an object or a list as JSON on one line.
    #[arg(short, long, value_name = "FIELD", conflicts_with = "output")]
    pub get: Option<Field>,

    /// Totals of each namespace: listeners, waiting, half-open
    #[arg(short, long, conflicts_with_all = ["output", "get", "sort"])]
    pub summary: bool,

    /// Order of the listeners
    #[arg(long, value_name = "BY", value_enum, default_value_t)]
    pub sort: Order,
}

/// The forms of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; as wide as the terminal
    #[default]
    Table,
    /// The table with everything that is known, as wide as that takes
    Wide,
    /// One document, schema_version 1 (pretty on a terminal, else on one line)
    Json,
    /// One listener per line
    Ndjson,
    /// One listener per row, one header line
    Csv,
}
