//! `listenq run`: a program, each of whose listen() gets another backlog.

use std::env;
use std::process::ExitCode;

use anyhow::anyhow;
use fix::run::{Ended, Event, OWN_FAILURE};

use crate::cli::{GlobalArgs, LISTENQ, RunArgs};
use crate::exit::complain;

/// Runs the program and ends as it has ended; 125 when that cannot be done.
pub fn run(arguments: &RunArgs, global: &GlobalArgs) -> ExitCode {
    match attempt(arguments, global) {
        Ok(Ended::Code(code)) => u8::try_from(code).unwrap_or(u8::MAX).into(),
        Ok(Ended::Signal(signal)) => {
            fix::run::die_by(signal);
            u8::try_from(128 + signal).unwrap_or(u8::MAX).into()
        }
        Err(error) => {
            complain(&format!("run: {error:#}"));
            OWN_FAILURE.into()
        }
    }
}

fn attempt(arguments: &RunArgs, global: &GlobalArgs) -> anyhow::Result<Ended> {
    let backlog = arguments
        .backlog(env::var_os(LISTENQ).as_deref())
        .map_err(|why| anyhow!(why))?;
    let mut tally = Tally::default();
    let ended = fix::run::run(&arguments.command, backlog, &mut |event| {
        tally.count(event);
        if !global.quiet {
            complain(&event.to_string());
        }
    })?;
    if global.verbose {
        complain(&tally.to_string());
    }
    Ok(ended)
}

/// What is said at the end with -v.
#[derive(Debug, Default)]
struct Tally {
    calls: u64,
    raised: u64,
    other: u64,
}

impl Tally {
    fn count(&mut self, event: &Event) {
        if let Event::Listen(listen) = event {
            self.calls += 1;
            if listen.is_raised() {
                self.raised += 1;
            } else if listen.is_left() {
                self.other += 1;
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { calls, raised, other } = self;
        write!(
            f,
            "{calls} calls of listen(): {raised} raised, {other} left as they were or failed"
        )
    }
}
