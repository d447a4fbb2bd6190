//! The kernel modules that the tests need: found with what they depend on, unpacked, and put in the order of loading.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::command::run;

/// What is loaded; init.sh keeps those of sock_diag for last. What a kernel has built in, or has not (mptcp_diag in 5.10),
/// is passed over.
pub const WANTED: [&str; 6] = ["veth", "inet_diag", "tcp_diag", "mptcp_diag", "unix_diag", "sch_netem"];

/// Copies the wanted modules of an unpacked package into `folder`, uncompressed, and gives their names in the order of
/// loading.
pub fn collect(unpacked: &Path, release: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    // The packages come without the lists that depmod makes.
    run(Command::new("depmod").arg("--basedir").arg(unpacked).arg(release))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for module in WANTED {
        let mut command = Command::new("modprobe");
        command.args(["--show-depends", "--set-version", release, "--dirname"]);
        // A module that this kernel does not have is an error of modprobe's.
        let Ok(text) = run(command.arg(unpacked).arg(module)) else {
            continue;
        };
        add(&mut files, &text);
    }
    files.iter().map(|file| copy(file, folder)).collect()
}

/// Reads what `modprobe --show-depends` says: `insmod FILE [OPTIONS]` or `builtin NAME`, in the order of loading.
fn add(files: &mut Vec<PathBuf>, text: &str) {
    for line in text.lines() {
        let Some(file) = line.strip_prefix("insmod ").and_then(|rest| rest.split(' ').next()) else {
            continue;
        };
        let file = PathBuf::from(file);
        if !files.contains(&file) {
            files.push(file);
        }
    }
}

fn copy(file: &Path, folder: &Path) -> anyhow::Result<String> {
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} has no name", file.display()))?;
    let Some(plain) = name.strip_suffix(".xz") else {
        ensure!(
            file.extension().is_some_and(|extension| extension == "ko"),
            "{name} is compressed in a way that is not known here"
        );
        fs::copy(file, folder.join(name)).with_context(|| format!("copy {}", file.display()))?;
        return Ok(name.to_owned());
    };
    let target = folder.join(plain);
    let output = fs::File::create(&target).with_context(|| format!("make {}", target.display()))?;
    let status = Command::new("xz")
        .args(["--decompress", "--stdout"])
        .arg(file)
        .stdout(Stdio::from(output))
        .status()
        .context("start xz")?;
    ensure!(status.success(), "xz cannot unpack {}", file.display());
    Ok(plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_modules_depend_on_is_loaded_once_and_first() {
        let mut files = Vec::new();
        add(
            &mut files,
            "insmod /m/net/inet_diag.ko.xz \ninsmod /m/net/tcp_diag.ko.xz \n",
        );
        add(&mut files, "builtin mptcp\n");
        add(
            &mut files,
            "insmod /m/net/inet_diag.ko.xz \ninsmod /m/net/mptcp_diag.ko.xz debug=1\n",
        );
        let names: Vec<_> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
        assert_eq!(names, ["inet_diag.ko.xz", "tcp_diag.ko.xz", "mptcp_diag.ko.xz"]);
    }

    #[test]
    fn modules_are_copied_and_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a.ko");
        fs::write(&plain, "module").unwrap();
        let target = folder.path().join("out");
        fs::create_dir(&target).unwrap();
        assert_eq!(copy(&plain, &target).unwrap(), "a.ko");
        assert_eq!(fs::read_to_string(target.join("a.ko")).unwrap(), "module");
        let odd = folder.path().join("a.ko.zst");
        fs::write(&odd, "").unwrap();
        assert!(copy(&odd, &target).unwrap_err().to_string().contains("compressed"));
    }
}
