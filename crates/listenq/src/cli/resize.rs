//! The options of `listenq resize`.

use std::time::Duration;

use clap::Args;

use super::change::ChangeArgs;
use super::duration::parse_watch;
use super::selection::SelectionArgs;

/// Which listeners, and to what.
#[derive(Args, Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch of the command line"
)]
pub struct ResizeArgs {
    /// The limit that they are to have; the accept queue holds one more
    #[arg(value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    pub limit: u32,

    /// Raise net.core.somaxconn of their network namespace first, if it is lower than N
    #[arg(long)]
    pub raise_somaxconn: bool,

    /// Also where N is smaller than the present limit
    #[arg(long)]
    pub allow_shrink: bool,

    /// Also listeners of several programs or network namespaces
    #[arg(long)]
    pub all: bool,

    /// Look for up to 5s before and so long after the change, and tell whether it helped: 60s
    #[arg(long, value_name = "DURATION", value_parser = parse_watch, conflicts_with = "dry_run")]
    pub verify: Option<Duration>,

    /// Take it back if it made things worse
    #[arg(long, requires = "verify")]
    pub rollback: bool,

    /// Which.
    #[command(flatten)]
    pub selection: SelectionArgs,

    /// How.
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// listen() takes an int, and a negative one as the largest there is (KERNEL.md 1.2): that is nobody's wish.
fn parse_limit(text: &str) -> Result<u32, String> {
    let most = i64::from(i32::MAX);
    match text.parse::<i64>() {
        Ok(limit) if (1..=most).contains(&limit) => u32::try_from(limit).map_err(|error| error.to_string()),
        Ok(0) => Err("a limit of 0 leaves room for one connection; 1 is the least that is set".to_owned()),
        Ok(limit) if limit < 0 => Err("a limit is a number of connections, from 1".to_owned()),
        Ok(_) => Err(format!("the kernel takes {most} at most")),
        Err(_) => Err("it is no number of connections".to_owned()),
    }
}
