//! The distribution kernels that tests are run on.

use anyhow::Context;

const DEBIAN: &str = "http://deb.debian.org/debian";
const SECURITY: &str = "http://deb.debian.org/debian-security";

/// The package that always depends on the newest kernel of its suite. The cloud flavour is a third of the size of the
/// general one; what concerns sockets is the same in both.
pub const PACKAGE: &str = "linux-image-cloud-amd64";

/// A Debian suite, for its newest kernel.
#[derive(Debug)]
pub struct Suite {
    /// What it is called on the command line and in expected.toml.
    pub name: &'static str,
    /// Where its packages are: base address and suite.
    sources: &'static [(&'static str, &'static str)],
    /// The suite to prefer among the sources.
    pub release: Option<&'static str>,
    /// What to take if it cannot be had.
    instead: Option<&'static str>,
    /// Run when nothing is chosen.
    by_default: bool,
}

/// Oldest first.
const SUITES: [Suite; 5] = [
    Suite {
        name: "bullseye",
        sources: &[(DEBIAN, "bullseye"), (SECURITY, "bullseye-security")],
        release: None,
        instead: None,
        by_default: true,
    },
    Suite {
        name: "bookworm",
        sources: &[(DEBIAN, "bookworm"), (SECURITY, "bookworm-security")],
        release: None,
        instead: None,
        by_default: true,
    },
    Suite {
        name: "trixie",
        sources: &[(DEBIAN, "trixie"), (SECURITY, "trixie-security")],
        release: None,
        instead: None,
        by_default: true,
    },
    Suite {
        name: "trixie-backports",
        sources: &[(DEBIAN, "trixie"), (DEBIAN, "trixie-backports")],
        release: Some("trixie-backports"),
        instead: None,
        by_default: false,
    },
    Suite {
        name: "sid",
        sources: &[(DEBIAN, "sid")],
        release: None,
        instead: Some("trixie-backports"),
        by_default: true,
    },
];

impl Suite {
    /// The suite to take if this one cannot be had.
    pub fn instead(&self) -> Option<&'static Self> {
        SUITES.iter().find(|suite| self.instead == Some(suite.name))
    }

    /// The text of its sources.list.
    pub fn sources(&self) -> String {
        sources(self.sources)
    }
}

/// The suites of these names; those run by default if none is named.
pub fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Suite>> {
    if names.is_empty() {
        return Ok(SUITES.iter().filter(|suite| suite.by_default).collect());
    }
    names.iter().map(|name| find(name)).collect()
}

/// The suite of this name.
pub fn find(name: &str) -> anyhow::Result<&'static Suite> {
    let known = || SUITES.map(|suite| suite.name).join(", ");
    SUITES
        .iter()
        .find(|suite| suite.name == name)
        .with_context(|| format!("no kernel is called {name}; there are {}", known()))
}

/// The text of a sources.list for these addresses and suites.
pub fn sources(sources: &[(&str, &str)]) -> String {
    let line = |(address, suite): &(&str, &str)| {
        format!("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {address} {suite} main\n")
    };
    sources.iter().map(line).collect()
}

/// The text of a sources.list for the programs of a Debian host, newer ones of its backports included.
pub fn host_sources(codename: &str) -> String {
    sources(&[(DEBIAN, codename), (DEBIAN, &format!("{codename}-backports"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_kernels_are_run_and_the_newest_has_a_substitute() {
        let names: Vec<_> = chosen(&[]).unwrap().iter().map(|suite| suite.name).collect();
        assert_eq!(names, ["bullseye", "bookworm", "trixie", "sid"]);
        assert_eq!(
            find("sid").unwrap().instead().map(|suite| suite.name),
            Some("trixie-backports")
        );
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = chosen(&["buster".to_owned()]).unwrap_err().to_string();
        assert!(
            error.contains("buster") && error.contains("bookworm, trixie"),
            "{error}"
        );
    }

    #[test]
    fn each_source_is_a_line() {
        let text = find("trixie").unwrap().sources();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("debian-security trixie-security main\n"), "{text}");
    }
}
