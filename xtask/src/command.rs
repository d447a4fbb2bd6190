//! Programs that do one thing and end, with what they said if they fail.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// The lines of a program that failed that are shown.
const SHOWN: usize = 20;

/// Runs a program to its end and gives what it wrote to stdout.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .env("LC_ALL", "C.UTF-8")
        .output()
        .with_context(|| format!("start {name}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = said.lines().chain(errors.lines()).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN)..];
    bail!("{name}: {}:\n{}", output.status, last.join("\n"))
}

/// Where a program is, as a shell would find it; the folders of an administrator are looked at too.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|place| place.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_with_what_was_said() {
        let error = run(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit status: 3") && text.ends_with("one\ntwo"), "{text}");
    }

    #[test]
    fn programs_are_found_by_name() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-such-program-of-listenq"), None);
    }
}
