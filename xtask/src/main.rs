//! Developer chores: `cargo xtask dist`, `cargo xtask docs`, `cargo xtask kernels`, `cargo xtask overhead`,
//! `cargo xtask soak`.
#![expect(clippy::disallowed_methods, reason = "chores start programs and measure time")]
#![expect(clippy::print_stdout, reason = "their results are for the terminal")]

mod command;
mod dist;
mod docs;
mod kernels;
mod measure;
mod overhead;
mod program;

use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Parser;

/// Developer chores of listenq.
#[derive(Parser)]
enum Chore {
    /// Write the pages of docs/ that are made from the knowledge crate and the recorded proofs.
    Docs,
    /// Measure what listenq costs, beside `ss`, in one run on this machine (needs root).
    Overhead {
        /// Put the figures into docs/overhead.md.
        #[arg(long)]
        write: bool,
    },
    /// Run the long tests whole; CI runs them at a tenth.
    Soak,
    /// Run our tests on the kernels of distributions, in emulated machines; see docs/kernels.md.
    Kernels(kernels::Options),
    /// Build static binaries, tarballs and Debian packages into target/dist; see docs/packages.md.
    Dist(dist::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    match Chore::parse() {
        Chore::Docs => docs::run()?,
        Chore::Overhead { write } => overhead::run(write)?,
        Chore::Soak => soak()?,
        Chore::Dist(options) => dist::run(&options)?,
        Chore::Kernels(options) => return kernels::run(&options),
    }
    Ok(ExitCode::SUCCESS)
}

/// The tests named `soak_…` read their length from `LISTENQ_SOAK_SECONDS`.
fn soak() -> anyhow::Result<()> {
    let status = std::process::Command::new("cargo")
        .args(["test", "--workspace", "--", "soak_", "--nocapture"])
        .env("LISTENQ_SOAK_SECONDS", "60")
        .status()
        .context("start cargo")?;
    ensure!(status.success(), "a soak failed");
    Ok(())
}
