//! `listenq man` and `listenq completions`: made from the definitions that the parser itself uses.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{Cli, CompletionsArgs, ManArgs};
use crate::exit::Exit;

/// Prints a manual page, or writes all of them.
///
/// # Errors
/// A command that does not exist; a page that cannot be written.
pub fn man(arguments: &ManArgs) -> anyhow::Result<Exit> {
    if let Some(directory) = &arguments.dir {
        write_all(directory)?;
        return Ok(Exit::Fine);
    }
    let page = page(arguments.command.as_deref())?;
    let mut out = io::stdout().lock();
    out.write_all(&page)
        .and_then(|()| out.flush())
        .context("writing the page")?;
    Ok(Exit::Fine)
}

/// Prints what a shell needs to complete our options.
///
/// # Errors
/// When it cannot be written.
pub fn completions(arguments: &CompletionsArgs) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "listenq", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)
        .and_then(|()| out.flush())
        .context("writing the completions")?;
    Ok(Exit::Fine)
}

fn page(command: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let Some(name) = command else {
        return render(Cli::command());
    };
    let found = pages().into_iter().find(|(own, _)| own == name);
    let (_, definition) = found.with_context(|| format!("there is no command {name}; listenq --help lists them"))?;
    render(definition)
}

/// The commands and their definitions; building them gives each the name of its page, `listenq-list`.
fn pages() -> Vec<(String, clap::Command)> {
    let mut definition = Cli::command();
    definition.build();
    let commands = definition.get_subcommands();
    commands
        .map(|command| (command.get_name().to_owned(), command.clone()))
        .collect()
}

/// As `Man::render` does, but what is laid out by hand (tables, examples) stays as it is.
fn render(definition: clap::Command) -> anyhow::Result<Vec<u8>> {
    let about = definition.get_long_about().or_else(|| definition.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let after = definition.get_after_long_help().or_else(|| definition.get_after_help());
    let after = after.map(ToString::to_string);
    let has_commands = definition.get_subcommands().next().is_some();
    let man = Man::new(definition)
        // An empty date would be left out, and what follows taken for it. A real one would change with each build.
        .date(" ")
        .source(concat!("listenq ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    prose("DESCRIPTION", &about).to_writer(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(after) = after {
        prose("EXAMPLES", after.trim_start_matches("Examples:\n")).to_writer(&mut page)?;
    }
    if !has_commands {
        Roff::new()
            .control("SH", ["SEE ALSO"])
            .text([bold("listenq"), roman("(1)")])
            .to_writer(&mut page)?;
    }
    Ok(page)
}

/// A section of paragraphs; lines that begin with two spaces are laid out by hand.
fn prose(title: &str, text: &str) -> Roff {
    let mut section = Roff::new();
    section.control("SH", [title]);
    let mut is_by_hand = false;
    for line in text.lines() {
        let by_hand = line.starts_with("  ");
        if by_hand != is_by_hand {
            section.control(if by_hand { "nf" } else { "fi" }, []);
            is_by_hand = by_hand;
        }
        if line.is_empty() {
            section.control("PP", []);
        } else {
            section.text([roman(line)]);
        }
    }
    if is_by_hand {
        section.control("fi", []);
    }
    section
}

fn write_all(directory: &Path) -> anyhow::Result<()> {
    let own = ("listenq".to_owned(), Cli::command());
    let others = pages()
        .into_iter()
        .map(|(name, command)| (format!("listenq-{name}"), command));
    for (name, command) in std::iter::once(own).chain(others) {
        let path = directory.join(format!("{name}.1"));
        fs::write(&path, render(command)?).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_out_by_hand_is_not_filled() {
        let text = prose("X", "One\ntwo.\n\n  a  b\n  c  d\nlast").to_roff();
        let shape: Vec<&str> = text.lines().collect();
        assert_eq!(
            shape,
            [".SH X", "One", "two.", ".PP", ".nf", "  a  b", "  c  d", ".fi", "last"]
        );
    }

    #[test]
    fn a_page_is_titled_with_the_version_and_points_to_the_first_page() {
        let text = String::from_utf8(page(Some("lab")).unwrap()).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let title = format!(".TH listenq-lab 1 \" \" \"listenq {version}\" \"User Commands\"\n");
        assert!(text.contains(&title), "{text}");
        assert!(text.ends_with(".SH \"SEE ALSO\"\n\\fBlistenq\\fR(1)\n"), "{text}");
    }

    #[test]
    fn every_command_has_a_page() {
        let names: Vec<String> = pages().into_iter().map(|(name, _)| name).collect();
        for name in &names {
            let text = String::from_utf8(page(Some(name)).unwrap()).unwrap();
            assert!(text.contains(&format!("listenq\\-{name}")), "{name}: {text}");
        }
        assert!(names.contains(&"explain".to_owned()), "{names:?}");
        assert!(page(Some("nothing")).is_err());
    }

    #[test]
    fn pages_are_written_into_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        write_all(directory.path()).unwrap();
        assert!(directory.path().join("listenq.1").is_file());
        assert!(directory.path().join("listenq-explain.1").is_file());
        assert!(write_all(&directory.path().join("absent")).is_err());
    }
}
