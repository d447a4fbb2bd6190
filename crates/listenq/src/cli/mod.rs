//! The command line as it is written; what it means is decided in [`resolve`].

mod capabilities;
mod change;
pub mod counters;
mod documents;
mod duration;
mod environment;
mod explain;
mod global;
mod help;
mod lab;
mod list;
mod output;
mod resize;
pub mod resolve;
mod run;
mod selection;
mod tune;
mod undo;
mod usage;

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use capabilities::CapabilitiesArgs;
pub use change::ChangeArgs;
pub use counters::CountersArgs;
pub use documents::{CompletionsArgs, ManArgs};
pub use environment::{Environment, terminal_size};
pub use explain::{ExplainArgs, TextFormat};
pub use global::GlobalArgs;
pub use lab::LabArgs;
pub use list::ListArgs;
pub use resize::ResizeArgs;
pub use run::{RunArgs, VARIABLE as LISTENQ};
pub use tune::{TuneArgs, option as tune_option};
pub use undo::UndoArgs;
pub use usage::Stop;

/// The whole command line.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "listenq",
    version,
    about = help::ABOUT,
    long_about = help::LONG_ABOUT,
    after_help = "listenq --help explains the columns and shows examples.",
    after_long_help = help::EXAMPLES,
    args_override_self = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    subcommand_help_heading = "Commands",
)]
pub struct Cli {
    /// What to do; to list, if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The options of `list`.
    #[command(flatten)]
    pub list: ListArgs,

    /// The options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The commands.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// List the listeners (the same as no command at all)
    #[command(after_long_help = help::EXAMPLES, args_override_self = true)]
    List(Box<ListArgs>),
    /// Show the kernel's counters of refusals: totals, or what moves, and what that means
    #[command(long_about = help::COUNTERS, after_long_help = help::COUNTERS_EXAMPLES, args_override_self = true)]
    Counters(Box<CountersArgs>),
    /// What a counter, sysctl, column, symptom or log line means, with this host's values
    #[command(after_help = help::EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Change the limit of live listeners, without a restart of their program
    #[command(long_about = help::RESIZE, after_long_help = help::RESIZE_EXAMPLES, args_override_self = true)]
    Resize(Box<ResizeArgs>),
    /// Other values for sysctls: proposed from what is measured, or chosen; now, and at boot
    #[command(long_about = help::TUNE, after_long_help = help::TUNE_EXAMPLES, args_override_self = true)]
    Tune(Box<TuneArgs>),
    /// Run a program and give another backlog to each of its listen() calls
    #[command(long_about = help::RUN, after_long_help = help::RUN_EXAMPLES)]
    Run(RunArgs),
    /// Take a change back, or list the changes and what has become of each
    #[command(long_about = help::UNDO, after_long_help = help::UNDO_EXAMPLES, args_override_self = true)]
    Undo(UndoArgs),
    /// Build a real overload in a throw-away network namespace, to see what it looks like
    #[command(after_help = help::LAB_EXAMPLES)]
    Lab(LabArgs),
    /// What can be seen and done here, and the exact lines that would bring the rest
    Capabilities(CapabilitiesArgs),
    /// Print what a shell needs to complete the options: bash, zsh, fish, elvish, powershell
    #[command(after_help = help::COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page: listenq man | man -l -
    Man(ManArgs),
}

/// Reads the command line.
///
/// # Errors
/// [`Stop::Help`] when help or the version was asked for, [`Stop::Usage`] when it cannot be read.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Cli, Stop> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    refuse_options_before_command(&matches)?;
    Ok(Cli::from_arg_matches(&matches)?)
}

/// Whether a command line that cannot be read is one of `run`, whose own failures have a status of their own.
pub fn is_run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> bool {
    // The values of --color, the only global option that has one, are no commands.
    let is_word = |argument: &std::ffi::OsString| {
        let text = argument.to_string_lossy();
        !text.starts_with('-') && !["auto", "always", "never"].contains(&&*text)
    };
    arguments
        .into_iter()
        .skip(1)
        .find(is_word)
        .is_some_and(|word| word == "run")
}

/// Options of `list` in front of a command would be read and then ignored.
fn refuse_options_before_command(matches: &ArgMatches) -> Result<(), Stop> {
    let Some((command, _)) = matches.subcommand() else {
        return Ok(());
    };
    let given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let definition = Cli::command();
    let misplaced = definition
        .get_arguments()
        .find(|argument| !argument.is_global_set() && given(argument.get_id().as_str()));
    match misplaced.and_then(clap::Arg::get_long) {
        Some(option) => Err(Stop::misplaced(option, command)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Cli, Stop> {
        parse(line.split_whitespace().map(Into::into))
    }

    fn usage(line: &str) -> String {
        match read(line).unwrap_err() {
            Stop::Usage(message) => message,
            Stop::Help(_) => panic!("{line} asks for help"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_anywhere_and_others_after_the_command() {
        assert!(read("listenq -q list").unwrap().global.quiet);
        assert!(read("listenq list -q").unwrap().global.quiet);
        assert_eq!(
            usage("listenq --port 80 list"),
            "--port stands before the command list and would be ignored; write it behind"
        );
        assert!(usage("listenq --no-syn list").starts_with("--no-syn stands before"));
    }

    #[test]
    fn an_option_that_repeats_is_no_error() {
        assert!(read("listenq --unix --unix --no-syn --no-syn -o csv -o json").is_ok());
        assert!(read("listenq list --unix --unix -o csv -o json").is_ok());
    }

    #[test]
    fn errors_are_one_line_with_what_to_do() {
        for (line, message) in [
            (
                "listenq --prot 80",
                "unexpected argument '--prot' found; a similar argument exists: '--port'",
            ),
            (
                "listenq --port 80x",
                "invalid value '80x' for '--port <N[-M]>': `80x` is no port and no range of ports; write 80 or 8000-8099",
            ),
            (
                "listenq -o xml",
                "invalid value 'xml' for '--output <FORMAT>' [possible values: table, wide, json, ndjson, csv]",
            ),
            (
                "listenq --watch 5",
                "invalid value '5' for '--watch [<INTERVAL>]': `5` is no duration; write 500ms, 10s, 5m, 2h or 7d",
            ),
            (
                "listenq --watch --check",
                "the argument '--watch [<INTERVAL>]' cannot be used with '--check'",
            ),
            (
                "listenq lst",
                "unrecognized subcommand 'lst'; a similar subcommand exists: 'list'",
            ),
            (
                "listenq --get syn_queue.lenght",
                "invalid value 'syn_queue.lenght' for '--get <FIELD>': there is no field `syn_queue.lenght`; the nearest is syn_queue.length",
            ),
        ] {
            let said = usage(line);
            assert!(said.starts_with(message), "{line}: {said}");
            assert!(!said.contains('\n'), "{said}");
        }
    }
    /// What an explanation sends people to has to be there.
    #[test]
    fn the_commands_that_topics_name_exist() {
        let looks =
            knowledge::topics().flat_map(|topic| topic.look_at.iter().map(move |look| (topic.id, look.command)));
        let mut own = 0;
        for (id, command) in looks.filter(|(_, command)| command.starts_with("listenq")) {
            let alone = command.split([';', '|', '>']).next().unwrap_or_default();
            let said = read(&alone.replace("--port N", "--port 80").replace("UPSTREAM_PORT", "80"))
                .map_err(|stop| format!("{stop:?}"));
            assert!(said.is_ok(), "{id}: {command}: {}", said.unwrap_err());
            own += 1;
        }
        assert!(own > 100, "{own}");
    }

    #[test]
    fn the_help() {
        insta::assert_snapshot!("short_help", Cli::command().render_help());
        insta::assert_snapshot!("long_help", Cli::command().render_long_help());
        for command in ["lab", "explain", "counters", "resize", "tune", "run", "undo"] {
            let Err(Stop::Help(help)) = read(&format!("listenq {command} --help")) else {
                panic!("no help for {command}");
            };
            insta::assert_snapshot!(format!("{command}_help"), help);
        }
    }
}
