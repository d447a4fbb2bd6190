//! SHA256SUMS, as `sha256sum --check` reads it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

/// Its name.
pub const FILE: &str = "SHA256SUMS";

/// Writes the sums of files into the folder that they are in.
pub fn write(folder: &Path, files: &[PathBuf]) -> anyhow::Result<PathBuf> {
    let mut text = String::new();
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(text, "{:x}  {name}", Sha256::digest(&bytes))?;
    }
    let path = folder.join(FILE);
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_what_sha256sum_checks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tar.gz");
        fs::write(&file, "abc").unwrap();
        write(folder.path(), &[file]).unwrap();
        let checked = std::process::Command::new("sha256sum")
            .args(["--check", FILE])
            .current_dir(folder.path())
            .output();
        assert_eq!(String::from_utf8_lossy(&checked.unwrap().stdout), "a.tar.gz: OK\n");
    }
}
