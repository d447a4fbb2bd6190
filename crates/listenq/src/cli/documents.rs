//! The options of `listenq man` and `listenq completions`, which are made from the definitions of the command line.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Which manual page, and where to.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// The command it is of; without it, listenq itself
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,

    /// Write the pages of all commands into this directory, which has to exist
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}

/// For which shell.
#[derive(Args, Clone, Debug)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
