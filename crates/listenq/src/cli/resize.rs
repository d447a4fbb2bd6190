//! The options of `listenq resize`.

use clap::Args;

use super::change::ChangeArgs;
use super::selection::SelectionArgs;

/// Which listeners, and to what.
#[derive(Args, Clone, Debug)]
pub struct ResizeArgs {
    /// The limit that they are to have; the accept queue holds one more
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pub limit: u32,

    /// Which.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// How.
    #[command(flatten)]
    pub change: ChangeArgs,
}
