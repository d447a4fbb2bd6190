//! The shared libraries of a program, which have to come along where it is to run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, ensure};

/// Gives the paths of the libraries that a program is linked to, its loader among them.
pub fn of(program: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    // ldd fails for a static program and says so.
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let alone = format!("{text}{said}");
        ensure!(
            alone.contains("not a dynamic executable"),
            "ldd {}: {alone}",
            program.display()
        );
        return Ok(Vec::new());
    }
    parse(&text)
}

/// `NAME => PATH (ADDRESS)`, `PATH (ADDRESS)` for the loader, or a name alone for what the kernel provides.
fn parse(text: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for line in text.lines() {
        let (name, rest) = line.trim().split_once(" => ").unwrap_or(("", line.trim()));
        if rest == "not found" {
            bail!("the library {name} is not on this host");
        }
        let path = rest.split(" (").next().unwrap_or_default();
        if path.starts_with('/') {
            paths.push(PathBuf::from(path));
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_are_read() {
        let text = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let paths = parse(text).unwrap();
        assert_eq!(
            paths,
            [
                PathBuf::from("/lib/x86_64-linux-gnu/libc.so.6"),
                "/lib64/ld-linux-x86-64.so.2".into()
            ]
        );
        assert_eq!(parse("\tstatically linked\n").unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_library_that_is_missing_is_named() {
        let error = parse("\tlibbpf.so.1 => not found\n").unwrap_err().to_string();
        assert!(error.contains("libbpf.so.1"), "{error}");
    }

    #[test]
    fn a_real_program_has_a_loader() {
        let paths = of(&std::env::current_exe().unwrap()).unwrap();
        let named = |part: &str| paths.iter().any(|path| path.to_string_lossy().contains(part));
        assert!(named("libc.so") && named("/ld-"), "{paths:?}");
    }
}
