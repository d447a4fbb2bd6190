//! The options of `listenq undo`.

use clap::Args;

use super::change::ChangeArgs;

/// Which change, and how.
#[derive(Args, Clone, Debug)]
pub struct UndoArgs {
    /// The change to take back; without it, the last one that is still in effect
    #[arg(value_name = "ID", value_parser = clap::value_parser!(u64).range(1..))]
    pub id: Option<u64>,

    /// List the changes, the newest first, and what has become of each
    #[arg(long, conflicts_with_all = ["id", "yes", "dry_run"])]
    pub list: bool,

    /// How.
    #[command(flatten)]
    pub change: ChangeArgs,
}
