//! The programs this host needs to boot other kernels, installed through apt where they are missing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};

use super::apt::{Apt, Installed};
use super::suites;
use crate::command::{find, run};

/// A program, and the Debian package that has it.
const NEEDED: [(&str, &str); 13] = [
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("busybox", "busybox-static"),
    ("cpio", "cpio"),
    ("depmod", "kmod"),
    ("dpkg-deb", "dpkg"),
    ("xz", "xz-utils"),
    ("ldd", "libc-bin"),
    ("strip", "binutils"),
    ("ss", "iproute2"),
    ("ip", "iproute2"),
    ("nstat", "iproute2"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
];

/// QEMU 7.2 crashed in 14 of 184 boots of Debian 6.12.107, QEMU 10.0.2 in none of 525.
const OLDEST_QEMU: u32 = 10;

/// Makes sure that all programs are there.
pub fn provide(cache: &Path) -> anyhow::Result<()> {
    let mut missing: Vec<_> = NEEDED
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    if qemu_version().is_none_or(|version| version < OLDEST_QEMU) && !missing.contains(&"qemu-system-x86") {
        missing.push("qemu-system-x86");
    }
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        install(cache, &missing)?;
    }
    let version = qemu_version().context("qemu-system-x86_64 does not tell its version")?;
    ensure!(
        version >= OLDEST_QEMU,
        "QEMU {OLDEST_QEMU} is needed, this is {version}"
    );
    Ok(())
}

fn install(cache: &Path, packages: &[&str]) -> anyhow::Result<()> {
    let by_hand = || format!("install {} (QEMU {OLDEST_QEMU} or newer)", packages.join(" "));
    if !rustix::process::geteuid().is_root() || find("apt-get").is_none() {
        bail!(
            "something is missing here, and without root and apt nothing is installed: {}",
            by_hand()
        );
    }
    println!("installing {}", packages.join(" "));
    let release = std::fs::read_to_string("/etc/os-release").context("read /etc/os-release")?;
    let codename = codename(&release).with_context(|| format!("this is no Debian that we know: {}", by_hand()))?;
    let apt = Apt::new(
        &cache.join("apt/host"),
        &suites::host_sources(codename),
        None,
        &Installed::Host,
    )?;
    apt.update()?;
    // Bookworm's own QEMU is 7.2.
    let backports = format!("{codename}-backports");
    apt.install(packages, (codename == "bookworm").then_some(backports.as_str()))
}

/// `VERSION_CODENAME` of an os-release file of Debian.
fn codename(release: &str) -> Option<&str> {
    let field = |name: &str| {
        let line = release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim_matches('"'))
    };
    field("VERSION_CODENAME").filter(|_| field("ID") == Some("debian"))
}

fn qemu_version() -> Option<u32> {
    let text = run(Command::new("qemu-system-x86_64").arg("--version")).ok()?;
    major(&text)
}

/// `QEMU emulator version 10.0.2 (Debian …)`
fn major(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("version ")?;
    rest.split(['.', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_qemu_is_read() {
        let text = "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)\nCopyright";
        assert_eq!(major(text), Some(10));
        assert_eq!(major("QEMU emulator version 7.2.22"), Some(7));
        assert_eq!(major("nothing"), None);
    }

    #[test]
    fn only_debian_has_a_codename_for_us() {
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=bookworm\n"), Some("bookworm"));
        assert_eq!(codename("VERSION_CODENAME=\"trixie\"\nID=\"debian\""), Some("trixie"));
        assert_eq!(codename("ID=ubuntu\nVERSION_CODENAME=noble\n"), None);
        assert_eq!(codename(""), None);
    }
}
