//! The options of `listenq lab`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;

use super::duration;

/// Which scene, for how long, and what to do in it.
#[derive(Args, Clone, Debug)]
pub struct LabArgs {
    /// The scene; without it all are listed, with what can be set
    pub name: Option<String>,

    /// How long to hold it (30s; with a COMMAND as long as that takes, at most 1h)
    #[arg(long = "for", value_name = "TIME", value_parser = parse_hold)]
    pub hold: Option<Duration>,

    /// Sets a number of the scene: backlog=5
    #[arg(long = "set", value_name = "NAME=NUMBER")]
    pub settings: Vec<String>,

    /// Run this in the namespace of the scene instead of waiting, and end with its status
    #[arg(last = true, value_name = "COMMAND", requires = "name")]
    pub command: Vec<OsString>,
}

fn parse_hold(text: &str) -> Result<Duration, String> {
    let hold = duration::parse(text).map_err(|error| error.to_string())?;
    if hold <= lab::LONGEST_HOLD {
        Ok(hold)
    } else {
        Err("a scene is held for 1h at most".to_owned())
    }
}
