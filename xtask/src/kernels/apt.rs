//! apt with a state of its own, so that the host's lists and choices are neither used nor changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::command::run;

/// How often something is fetched before giving up; apt itself tries each file three times.
const ATTEMPTS: u32 = 3;

/// A folder with configuration, lists and archives for one set of sources.
pub struct Apt {
    options: Vec<String>,
    release: Option<&'static str>,
}

/// A package of one version.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
}

/// Which packages apt takes for already installed.
pub enum Installed {
    /// None, so that every dependency is told.
    Nothing,
    /// Those of this host.
    Host,
}

impl Apt {
    /// Prepares the folder; fetches nothing.
    pub fn new(
        folder: &Path,
        sources: &str,
        release: Option<&'static str>,
        installed: &Installed,
    ) -> anyhow::Result<Self> {
        for part in [
            "etc/sources.list.d",
            "etc/preferences.d",
            "state/lists/partial",
            "cache/archives/partial",
        ] {
            let part = folder.join(part);
            fs::create_dir_all(&part).with_context(|| format!("make {}", part.display()))?;
        }
        fs::write(folder.join("etc/sources.list"), sources).context("write sources.list")?;
        let status = match installed {
            Installed::Nothing => {
                fs::write(folder.join("state/status"), "").context("write an empty status")?;
                folder.join("state/status")
            }
            Installed::Host => PathBuf::from("/var/lib/dpkg/status"),
        };
        Ok(Self {
            options: options(folder, &status),
            release,
        })
    }

    /// Fetches the lists of packages.
    pub fn update(&self) -> anyhow::Result<()> {
        attempts("fetch the lists of packages", || {
            // Without this a suite that cannot be reached is a warning, and an old list would do.
            run(self.command("apt-get").args(["update", "--error-on=any"])).map(drop)
        })
    }

    /// What installing `package` would bring.
    pub fn resolve(&self, package: &str) -> anyhow::Result<Vec<Package>> {
        let mut command = self.command("apt-get");
        command.args(["install", "--print-uris", "--yes", "--no-install-recommends"]);
        if let Some(release) = self.release {
            command.args(["--target-release", release]);
        }
        let text = run(command.arg(package))?;
        Ok(text.lines().filter_map(package_of).collect())
    }

    /// Downloads packages into `folder`.
    pub fn download(&self, packages: &[&Package], folder: &Path) -> anyhow::Result<()> {
        let wanted: Vec<_> = packages
            .iter()
            .map(|package| format!("{}={}", package.name, package.version))
            .collect();
        attempts(&format!("download {}", wanted.join(" ")), || {
            run(self
                .command("apt-get")
                .arg("download")
                .args(&wanted)
                .current_dir(folder))
            .map(drop)
        })
    }

    /// Installs packages on this host; `release` says of which suite they shall be preferred.
    pub fn install(&self, packages: &[&str], release: Option<&str>) -> anyhow::Result<()> {
        attempts(&format!("install {}", packages.join(" ")), || {
            let mut command = self.command("apt-get");
            command
                .env("DEBIAN_FRONTEND", "noninteractive")
                // Somebody else may be installing something.
                .args(["install", "--yes", "--no-install-recommends"])
                .args(["-o", "DPkg::Lock::Timeout=300"]);
            if let Some(release) = release {
                command.args(["--target-release", release]);
            }
            run(command.args(packages)).map(drop)
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(&self.options);
        command
    }
}

fn options(folder: &Path, status: &Path) -> Vec<String> {
    let at = |part: &str| folder.join(part).display().to_string();
    let settings = [
        format!("Dir::Etc={}", at("etc")),
        format!("Dir::State={}", at("state")),
        format!("Dir::State::status={}", status.display()),
        format!("Dir::Cache={}", at("cache")),
        // Some mirrors are late to renew the signature of sid's lists; the signature itself is checked.
        "Acquire::Check-Valid-Until=false".into(),
        "Acquire::Retries=3".into(),
        "Acquire::Languages=none".into(),
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".into(),
        // apt's own user may not enter every folder.
        "APT::Sandbox::User=".into(),
    ];
    settings
        .into_iter()
        .flat_map(|setting| ["-o".to_owned(), setting])
        .collect()
}

/// Reads a line of `apt-get --print-uris`: `'ADDRESS' NAME_VERSION_ARCHITECTURE.deb SIZE [HASH]`.
fn package_of(line: &str) -> Option<Package> {
    let (_, rest) = line.strip_prefix('\'')?.split_once("' ")?;
    let mut parts = rest.split(' ').next()?.strip_suffix(".deb")?.split('_');
    let (name, version, _architecture) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Package {
        name: name.to_owned(),
        // The colon after an epoch may not stand in a file's name.
        version: version.replace("%3a", ":"),
    })
}

fn attempts(what: &str, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match work() {
            Ok(()) => return Ok(()),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error).with_context(|| format!("{what}: {ATTEMPTS} attempts failed")),
        None => bail!("{what}: not attempted"),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[test]
    fn packages_are_read_from_addresses() {
        let line = "'http://deb.debian.org/debian/pool/main/l/linux/linux-modules-7.2.13%2bdeb14-cloud-amd64_7.2.13-1_amd64.deb' linux-modules-7.2.13+deb14-cloud-amd64_7.2.13-1_amd64.deb 23451956 MD5Sum:ef57";
        let package = package_of(line).unwrap();
        assert_eq!(package.name, "linux-modules-7.2.13+deb14-cloud-amd64");
        assert_eq!(package.version, "7.2.13-1");
        let epoch = package_of("'http://x/q_1%253a10.0_amd64.deb' q_1%3a10.0_amd64.deb 1 ").unwrap();
        assert_eq!(epoch.version, "1:10.0");
    }

    #[test]
    fn other_lines_are_no_packages() {
        for line in [
            "Reading package lists...",
            "",
            "'http://x/InRelease' x_InRelease 7",
            "'http://x/a.deb' a.deb 1",
            "'",
        ] {
            assert_eq!(package_of(line), None, "{line}");
        }
    }

    #[test]
    fn what_failed_three_times_is_named() {
        let mut count = 0;
        let error = attempts("download linux", || {
            count += 1;
            bail!("connection refused")
        });
        let error = format!("{:#}", error.unwrap_err());
        assert_eq!(
            (count, error.as_str()),
            (3, "download linux: 3 attempts failed: connection refused")
        );
    }

    #[test]
    fn what_works_the_second_time_is_fine() {
        let mut count = 0;
        let result = attempts("download", || {
            count += 1;
            ensure!(count > 1, "no");
            Ok(())
        });
        assert!(result.is_ok() && count == 2);
    }
}
