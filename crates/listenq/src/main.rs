//! The command line of listenq: which command it is, and the status it ends with.

mod behaviours;
mod cli;
mod commands;
mod exit;
#[cfg(test)]
mod fixture;
mod output;
mod state;

use std::io::{self, Write};
use std::process::ExitCode;

use cli::{Command, Stop};
use exit::Exit;

fn main() -> ExitCode {
    // The processes of the lab and of `run` are re-executions of this program.
    let part = lab::main_if_asked(std::env::args_os()).or_else(|| fix::run::main_if_asked(std::env::args_os()));
    if let Some(code) = part {
        return code;
    }
    exit::status(run())
}

fn run() -> anyhow::Result<ExitCode> {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(Stop::Help(text)) => return print(&text),
        Err(Stop::Usage(message)) if cli::is_run(std::env::args_os()) => {
            exit::complain(&message);
            return Ok(fix::run::OWN_FAILURE.into());
        }
        Err(Stop::Usage(message)) => anyhow::bail!(message),
    };
    match cli.command {
        None => commands::list(cli.list, &cli.global).map(Into::into),
        Some(Command::List(list)) => commands::list(*list, &cli.global).map(Into::into),
        Some(Command::Explain(explain)) => commands::explain(&explain, &cli.global).map(Into::into),
        Some(Command::Capabilities(asked)) => commands::capabilities(&asked, &cli.global).map(Into::into),
        Some(Command::Man(man)) => commands::man(&man).map(Into::into),
        Some(Command::Completions(completions)) => commands::completions(&completions).map(Into::into),
        Some(Command::Counters(counters)) => commands::counters(*counters, &cli.global).map(Into::into),
        Some(Command::Resize(resize)) => commands::resize(&resize, &cli.global).map(Into::into),
        Some(Command::Tune(tune)) => commands::tune(*tune, &cli.global).map(Into::into),
        Some(Command::Run(run)) => Ok(commands::run(&run, &cli.global)),
        Some(Command::Undo(undo)) => commands::undo(undo, &cli.global).map(Into::into),
        Some(Command::Lab(lab)) => commands::lab(&lab),
    }
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Fine.into())
}
