//! The options of `listenq list`, which are also those of `listenq` without a command.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::duration::parse_interval;
use super::output::OutputArgs;
use super::selection::SelectionArgs;

/// Everything `list` can be told.
#[derive(Args, Clone, Debug, Default)]
pub struct ListArgs {
    /// Which listeners.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// In which form.
    #[command(flatten)]
    pub output: OutputArgs,

    /// For how long, and what to make of it.
    #[command(flatten)]
    pub watching: WatchingArgs,

    /// From where.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Looking again, and judging.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Watching and judging")]
pub struct WatchingArgs {
    /// Look again every second, or every INTERVAL (500ms, 10s, 5m), until SIGINT
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "1s", value_parser = parse_interval)]
    pub watch: Option<Duration>,

    /// Exit 1 if a listener is high or full (2 if that could not be told of some)
    #[arg(long, conflicts_with = "watch")]
    pub check: bool,

    /// Mark the listeners that a limit of N (it holds N+1) would not have been enough for
    #[arg(long, value_name = "N")]
    pub would_overflow_at: Option<u32>,
}

/// What is read, and where it is mounted.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Do not count half-open connections nor look into the accept queues
    #[arg(long)]
    pub no_syn: bool,

    /// Do not look for the processes that own the sockets
    #[arg(long)]
    pub no_owners: bool,

    /// Where procfs is mounted
    #[arg(long, value_name = "PATH")]
    pub procfs: Option<PathBuf>,

    /// Where sysfs is mounted; the list reads nothing there
    #[arg(long, value_name = "PATH")]
    pub sysfs: Option<PathBuf>,

    /// Where the cgroup file systems are mounted
    #[arg(long, value_name = "PATH")]
    pub cgroupfs: Option<PathBuf>,
}
