//! The one time that everything in a package has, so that the same commit gives the same bytes.

use std::process::Command;

use anyhow::Context;

use crate::command::run;
use crate::program::root;

/// Seconds since 1970: `SOURCE_DATE_EPOCH` (reproducible-builds.org), else the time of the commit.
pub fn seconds() -> anyhow::Result<u64> {
    if let Ok(asked) = std::env::var("SOURCE_DATE_EPOCH") {
        return asked
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH is no number of seconds: {asked}"));
    }
    let text = run(Command::new("git")
        .args(["log", "-1", "--format=%ct"])
        .current_dir(root()))
    .context("set SOURCE_DATE_EPOCH where there is no git repository")?;
    text.trim().parse().context("the time of the commit")
}

/// Whether files are changed that belong to the repository: what is packed is no commit then.
pub fn is_changed() -> bool {
    let status = ["status", "--porcelain", "--untracked-files=no"];
    run(Command::new("git").args(status).current_dir(root())).is_ok_and(|text| !text.is_empty())
}

/// A time as Debian changelogs have it (RFC 5322, UTC).
pub fn as_date(seconds: u64) -> anyhow::Result<String> {
    let asked = [format!("--date=@{seconds}"), "--utc".into(), "--rfc-email".into()];
    Ok(run(Command::new("date").args(asked))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_as_debian_has_it() {
        assert_eq!(as_date(1_763_637_000).unwrap(), "Thu, 20 Nov 2025 11:10:00 +0000");
    }
}
