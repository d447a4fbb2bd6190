//! A Debian package installed, used and purged on a copy-on-write view of this host's root, which is thrown away.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::afresh;

/// Tries a package; `folder` is made for that and removed again.
pub fn run(package: &Path, folder: &Path) -> anyhow::Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "--try needs root");
    afresh(folder)?;
    // In a mount namespace of its own: what the script mounts ends with it.
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-eu", "-c", include_str!("try.sh"), "try.sh"])
        .args([folder, package])
        .arg(include_str!("use.sh"))
        .status()
        .context("start unshare")?;
    ensure!(status.success(), "the trial of {} failed", package.display());
    fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_scripts_are_what_a_shell_reads() {
        for text in [include_str!("try.sh"), include_str!("use.sh")] {
            let shell = std::process::Command::new("sh").args(["-n", "-c", text]).status();
            assert!(shell.unwrap().success());
        }
    }
}
