//! The static binary of one kind of machine: built, looked at, run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::elf;
use super::target::Target;
use crate::command::run;
use crate::program::root;

/// Builds listenq below `folder`, and checks that it is static and starts.
pub fn build(target: &Target, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--locked", "--package", "listenq"])
        .args(["--target", target.triple, "--target-dir"])
        .arg(folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags()?.join("\u{1f}"))
        // Debian wants programs without symbols (Debian Policy 10.1).
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .current_dir(root());
    if !target.is_here() {
        command.env(target.linker_variable, target.cross_linker);
    }
    let status = command.status().context("start cargo")?;
    ensure!(status.success(), "listenq could not be built for {}", target.triple);
    let program = folder.join(target.triple).join("release/listenq");
    let bytes = fs::read(&program).with_context(|| format!("read {}", program.display()))?;
    elf::check_static(&bytes, target.elf_machine)
        .with_context(|| format!("{} is not the static program it should be", program.display()))?;
    Ok(program)
}

/// Static, and without a name of this host: the places of sources are told relative to what they belong to.
fn flags() -> anyhow::Result<Vec<String>> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let sysroot = run(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(vec![
        "-Ctarget-feature=+crt-static".to_owned(),
        format!("--remap-path-prefix={}=/cargo", cargo_home.display()),
        format!("--remap-path-prefix={}=/rust", sysroot.trim()),
        format!("--remap-path-prefix={}=/listenq", root().display()),
    ])
}

/// What a program, built for `target`, says; `None` where nothing here can run it.
pub fn says(target: &Target, program: &Path, arguments: &[&str]) -> anyhow::Result<Option<String>> {
    let mut command = if target.is_here() {
        Command::new(program)
    } else {
        let Some(emulator) = target.emulator() else {
            return Ok(None);
        };
        let mut command = Command::new(emulator);
        command.arg(program);
        command
    };
    run(command.args(arguments)).map(Some)
}
