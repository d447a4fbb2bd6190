//! The machines that binaries are built for, and whether this host can build for them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{find, run};

/// A kind of machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// As Rust and our tarballs call it.
    pub machine: &'static str,
    /// As Debian calls it.
    pub debian: &'static str,
    /// The target triple.
    pub triple: &'static str,
    /// `e_machine` of its programs (elf.h).
    pub elf_machine: u16,
    /// The linker that builds for it elsewhere.
    pub cross_linker: &'static str,
    /// The variable by which cargo is told the linker.
    pub linker_variable: &'static str,
    /// The programs that run its programs elsewhere; the first that is there is taken.
    pub emulators: [&'static str; 2],
}

/// x86-64.
const X86_64: Target = Target {
    machine: "x86_64",
    debian: "amd64",
    triple: "x86_64-unknown-linux-gnu",
    elf_machine: 62,
    cross_linker: "x86_64-linux-gnu-gcc",
    linker_variable: "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
    emulators: ["qemu-x86_64-static", "qemu-x86_64"],
};

/// arm64.
const ARM64: Target = Target {
    machine: "aarch64",
    debian: "arm64",
    triple: "aarch64-unknown-linux-gnu",
    elf_machine: 183,
    cross_linker: "aarch64-linux-gnu-gcc",
    linker_variable: "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
    emulators: ["qemu-aarch64-static", "qemu-aarch64"],
};

/// Both.
pub const ALL: [Target; 2] = [X86_64, ARM64];

impl Target {
    /// Whether its programs run here as they are.
    pub fn is_here(&self) -> bool {
        self.machine == std::env::consts::ARCH
    }

    /// Whether this is the one that `--require-arm64` is about.
    pub fn is_arm64(&self) -> bool {
        *self == ARM64
    }

    /// What this host lacks to build for it. rustup, where it is there, fetches the standard library.
    pub fn missing(&self) -> Option<String> {
        if !self.is_here() && find(self.cross_linker).is_none() {
            return Some(format!("there is no {}", self.cross_linker));
        }
        if self.has_standard_library() {
            return None;
        }
        let fetched = run(Command::new("rustup").args(["target", "add", self.triple]));
        let lacks = || format!("there is no Rust standard library for {}", self.triple);
        match fetched {
            Ok(_) if self.has_standard_library() => None,
            Ok(_) => Some(lacks()),
            Err(error) => Some(format!("{}: {}", lacks(), first_line(&error))),
        }
    }

    fn has_standard_library(&self) -> bool {
        let asked = ["--print", "target-libdir", "--target", self.triple];
        let folder = run(Command::new("rustc").args(asked)).unwrap_or_default();
        !folder.is_empty() && Path::new(folder.trim()).is_dir()
    }

    /// What runs its programs where they do not run as they are; `None` if nothing here does.
    pub fn emulator(&self) -> Option<PathBuf> {
        self.emulators.iter().find_map(|name| find(name))
    }
}

fn first_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_are_as_cargo_spells_them() {
        for target in &ALL {
            let triple = target.triple.to_uppercase().replace('-', "_");
            assert_eq!(target.linker_variable, format!("CARGO_TARGET_{triple}_LINKER"));
            assert!(target.triple.starts_with(target.machine));
        }
    }

    #[test]
    fn nothing_is_missing_to_build_for_this_host() {
        let here = ALL.iter().find(|target| target.is_here()).unwrap();
        assert_eq!(here.missing(), None);
    }
}
