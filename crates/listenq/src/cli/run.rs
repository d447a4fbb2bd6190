//! The options of `listenq run`, and which backlog they ask for.

use std::ffi::{OsStr, OsString};

use clap::Args;
use fix::run::Backlog;

/// The largest that listen(2) takes.
const MOST: u32 = i32::MAX.unsigned_abs();
/// The variable of the Listen() wrapper in Stevens' UNIX Network Programming.
pub const VARIABLE: &str = "LISTENQ";

/// Which backlog, for which program.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// The backlog that every listen() gets, also one that asks for more
    #[arg(long, value_name = "N", value_parser = parse, conflicts_with = "min")]
    backlog: Option<u32>,

    /// The backlog that a listen() gets that asks for less; one that asks for more gets what it asks for
    #[arg(long, value_name = "N", value_parser = parse)]
    min: Option<u32>,

    /// The program, with its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub command: Vec<OsString>,
}

impl RunArgs {
    /// What is asked for; an option wins over the variable.
    ///
    /// # Errors
    /// When nothing is, or the variable is no backlog.
    pub fn backlog(&self, variable: Option<&OsStr>) -> Result<Backlog, String> {
        let option = self.backlog.map(Backlog::Every).or(self.min.map(Backlog::AtLeast));
        match (option, variable.filter(|text| !text.is_empty())) {
            (Some(backlog), _) => Ok(backlog),
            (None, None) => Err(format!(
                "which backlog? write --backlog N or --min N, or set {VARIABLE}=N"
            )),
            (None, Some(text)) => {
                let text = text.to_string_lossy();
                parse(&text)
                    .map(Backlog::Every)
                    .map_err(|why| format!("{VARIABLE}: {why}"))
            }
        }
    }
}

fn parse(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(backlog @ 1..=MOST) => Ok(backlog),
        _ => Err(format!("`{text}` is no backlog; write a number from 1 to {MOST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, Stop};

    fn read(line: &str) -> Result<RunArgs, String> {
        match crate::cli::parse(line.split(' ').map(Into::into)) {
            Ok(cli) => match cli.command {
                Some(Command::Run(run)) => Ok(run),
                other => panic!("{other:?}"),
            },
            Err(Stop::Usage(message)) => Err(message),
            Err(Stop::Help(_)) => panic!("{line} asks for help"),
        }
    }

    fn backlog(line: &str, variable: Option<&str>) -> Result<Backlog, String> {
        read(line).unwrap().backlog(variable.map(OsStr::new))
    }

    #[test]
    fn everything_behind_the_command_is_its_own() {
        for line in [
            "listenq run --backlog 512 redis-server --port 0 -q --backlog 5",
            "listenq run --backlog 512 -- redis-server --port 0 -q --backlog 5",
            "listenq -q run --backlog=512 redis-server --port 0 -q --backlog 5",
        ] {
            let run = read(line).unwrap();
            assert_eq!(
                run.command,
                ["redis-server", "--port", "0", "-q", "--backlog", "5"],
                "{line}"
            );
            assert_eq!(run.backlog(None), Ok(Backlog::Every(512)));
        }
    }

    #[test]
    fn the_option_wins_over_the_variable() {
        assert_eq!(backlog("listenq run x", Some("7")), Ok(Backlog::Every(7)));
        assert_eq!(backlog("listenq run --min 9 x", Some("7")), Ok(Backlog::AtLeast(9)));
        assert_eq!(
            backlog("listenq run --backlog 9 x", Some("junk")),
            Ok(Backlog::Every(9))
        );
        for unset in [None, Some("")] {
            assert!(backlog("listenq run x", unset).unwrap_err().contains("LISTENQ=N"));
        }
        assert!(
            backlog("listenq run x", Some("0"))
                .unwrap_err()
                .starts_with("LISTENQ: `0` is no backlog")
        );
    }

    #[test]
    fn what_is_no_backlog() {
        for text in ["0", "-1", "2147483648", "99999999999999999999", "5x", "0x10", "1.5"] {
            let said = read(&format!("listenq run --backlog={text} x")).unwrap_err();
            assert!(
                said.contains("is no backlog; write a number from 1 to 2147483647"),
                "{said}"
            );
        }
        assert_eq!(
            backlog("listenq run --backlog 2147483647 x", None),
            Ok(Backlog::Every(MOST))
        );
        assert!(read("listenq run --backlog 5 --min 5 x").is_err());
        assert!(read("listenq run --backlog 5").is_err());
    }
}
