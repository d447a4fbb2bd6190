//! A Debian package, built by dpkg-deb from a folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use super::afresh;
use super::control;
use super::files::File;
use crate::command::{find, run};

/// What the control file says besides its fixed lines.
pub struct About<'a> {
    /// Of the package: `0.1.0-1`.
    pub version: &'a str,
    /// `amd64`
    pub architecture: &'a str,
    /// Of everything in it, in seconds since 1970.
    pub seconds: u64,
}

/// Packs files into `package`; `stage` is made for that and removed again.
pub fn pack(about: &About<'_>, files: &[File], stage: &Path, package: &Path) -> anyhow::Result<()> {
    ensure!(find("dpkg-deb").is_some(), "there is no dpkg-deb (Debian package dpkg)");
    afresh(stage)?;
    fill(stage, files)?;
    let size = control::installed_size(files);
    let texts = [
        File::text(
            "DEBIAN/control",
            control::control(about.version, about.architecture, size).as_bytes(),
        ),
        File::text("DEBIAN/md5sums", md5sums(stage, files)?.as_bytes()),
        File::program("DEBIAN/postrm", control::POSTRM.as_bytes()),
    ];
    fill(stage, &texts)?;
    run(Command::new("dpkg-deb")
        // Times that are later, those of the files just written, become this one.
        .env("SOURCE_DATE_EPOCH", about.seconds.to_string())
        // Ubuntu would take zstd, which Debian 11 cannot read.
        .args(["--root-owner-group", "-Zxz", "--build"])
        .args([stage, package]))?;
    fs::remove_dir_all(stage).with_context(|| format!("remove {}", stage.display()))
}

/// Writes files below a folder, with permissions that do not depend on the umask.
fn fill(stage: &Path, files: &[File]) -> anyhow::Result<()> {
    let allow = |place: &Path, mode| {
        fs::set_permissions(place, Permissions::from_mode(mode))
            .with_context(|| format!("set the permissions of {}", place.display()))
    };
    allow(stage, 0o755)?;
    for folder in control::folders(files) {
        let place = stage.join(folder);
        fs::create_dir_all(&place).with_context(|| format!("make {}", place.display()))?;
        allow(&place, 0o755)?;
    }
    for file in files {
        let place = stage.join(&file.path);
        fs::write(&place, &file.bytes).with_context(|| format!("write {}", place.display()))?;
        allow(&place, file.mode())?;
    }
    Ok(())
}

/// With these `dpkg --verify` finds what has been changed.
fn md5sums(stage: &Path, files: &[File]) -> anyhow::Result<String> {
    let mut paths: Vec<_> = files.iter().map(|file| &file.path).collect();
    paths.sort();
    run(Command::new("md5sum").arg("--").args(paths).current_dir(stage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_what_dpkg_reads_and_the_same_each_time() {
        let about = About {
            version: "0.1.0-1",
            architecture: "amd64",
            seconds: 1_700_000_000,
        };
        let files = [
            File::program("usr/bin/listenq", b"program"),
            File::text("usr/share/text", b"text"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let packages = ["one.deb", "two.deb"].map(|name| folder.path().join(name));
        for package in &packages {
            pack(&about, &files, &folder.path().join("stage"), package).unwrap();
        }
        let [one, two] = packages.each_ref().map(|package| fs::read(package).unwrap());
        assert!(one == two);
        let list = run(Command::new("dpkg-deb").arg("--contents").arg(&packages[0])).unwrap();
        assert!(list.contains("-rwxr-xr-x root/root         7 2023-11-14"), "{list}");
        let field = run(Command::new("dpkg-deb")
            .arg("--field")
            .arg(&packages[0])
            .arg("Installed-Size"))
        .unwrap();
        assert_eq!(field.trim(), "5");
        assert!(!folder.path().join("stage").exists());
    }
}
