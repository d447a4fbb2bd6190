//! `cargo xtask kernels`: boots kernels of distributions and runs our tests there.

mod apt;
mod binaries;
mod choice;
mod expected;
mod fallback;
mod initramfs;
mod jobs;
mod kernel;
mod libraries;
mod machine;
mod matrix;
mod modules;
mod report;
mod results;
mod suites;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;

use binaries::Binary;
use expected::{Expectations, Expected};
use jobs::{Asked, User};
use kernel::Kernel;
use machine::Accelerator;
use matrix::Matrix;
use report::{Report, Verdict};

/// What to run, and on which kernels.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Options {
    /// Only this kernel (may repeat)
    #[arg(long, value_name = "SUITE")]
    only: Vec<String>,

    /// Only the test binaries with this in their name (lab/scenes), else the tests
    #[arg(long, value_name = "TEXT")]
    test: Option<String>,

    /// Run also what is left out for time
    #[arg(long)]
    all: bool,

    /// Take what is found to be expected from now on: tests/kernels/expected.toml (runs all)
    #[arg(long, conflicts_with = "test")]
    write: bool,

    /// Look for newer kernels than the cached ones
    #[arg(long)]
    update: bool,

    /// Keep consoles and results, and say where
    #[arg(long)]
    keep: bool,

    /// Say which kernels and tests are run, and which tests are left out and why
    #[arg(long)]
    list: bool,

    /// A shell with this kernel, on this terminal
    #[arg(long, value_name = "SUITE", conflicts_with_all = ["only", "test", "write", "list"])]
    shell: Option<String>,
}

/// Runs the matrix.
///
/// # Errors
/// What is needed could not be had: programs, kernels, test binaries. What machines do is told by the status.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.list {
        list()?;
        return Ok(ExitCode::SUCCESS);
    }
    let cache =
        std::env::var_os("LISTENQ_KERNEL_CACHE").map_or_else(|| crate::program::target().join("kernels"), Into::into);
    tools::provide(&cache)?;
    let kernels = kernels(options, &cache)?;
    let binaries = binaries::build()?;
    let asked = Asked {
        all: options.all || options.write,
        filter: options.test.as_deref(),
    };
    let jobs = jobs::chosen(&binaries, asked);
    ensure!(!jobs.is_empty(), "there are no tests to run");
    let work = cache.join("work");
    fs::create_dir_all(&work).with_context(|| format!("make {}", work.display()))?;
    let initrd = initramfs::build(&work, &kernels, &binaries, &jobs)?;
    if let (Some(_), Some(kernel)) = (&options.shell, kernels.first()) {
        machine::shell(Accelerator::here(), &kernel.image(), &initrd)?;
        return Ok(ExitCode::SUCCESS);
    }
    let reports = boot(options, kernels, &initrd, &work)?;
    if options.keep {
        println!("consoles and results are in {}", work.display());
    } else {
        fs::remove_dir_all(&work).with_context(|| format!("remove {}", work.display()))?;
    }
    let worst = reports.iter().map(|report| report.verdict).max();
    Ok(ExitCode::from(worst.unwrap_or(Verdict::NeverUp) as u8))
}

fn kernels(options: &Options, cache: &Path) -> anyhow::Result<Vec<Kernel>> {
    let named: Vec<_> = options.only.iter().chain(&options.shell).cloned().collect();
    let suites = suites::chosen(&named)?.into_iter();
    suites
        .map(|suite| Kernel::provide(cache, suite, options.update))
        .collect()
}

/// Boots all kernels, tells what they said, and takes it for expected if asked to.
fn boot(options: &Options, kernels: Vec<Kernel>, initrd: &Path, work: &Path) -> anyhow::Result<Vec<Report>> {
    let file = expected_file();
    let mut expectations = Expectations::read(&file)?;
    let matrix = Matrix {
        initrd: initrd.to_owned(),
        work: work.to_owned(),
        accelerator: Accelerator::here(),
        whole: options.test.is_none(),
        expectations: &expectations,
    };
    println!("{} kernels, {:?}", kernels.len(), matrix.accelerator);
    let begin = Instant::now();
    let reports = matrix.run(kernels)?;
    println!("{}", matrix::summary(&reports));
    println!("all machines together took {:.1} s", begin.elapsed().as_secs_f64());
    if options.write {
        for report in reports.iter().filter(|report| report.results.done) {
            let found = Expected::found(&report.kernel.version, &report.results);
            expectations.renew(&report.kernel.suite, found);
        }
        expectations.write(&file)?;
    }
    Ok(reports)
}

fn expected_file() -> PathBuf {
    crate::program::root().join("tests/kernels/expected.toml")
}

fn list() -> anyhow::Result<()> {
    for suite in suites::chosen(&[])? {
        println!("kernel: {}", suite.name);
    }
    for binary in binaries::build()?.iter().filter(|binary| binary.is_test) {
        for user in User::ALL {
            println!("{}", line(binary, user));
        }
    }
    Ok(())
}

fn line(binary: &Binary, user: User) -> String {
    let name = format!("{} as {}", binary.label(), user.name());
    match choice::left_out(binary, user) {
        None => format!("run: {name}"),
        Some(rule) if rule.for_time => format!("run with --all: {name}: {}", rule.why),
        Some(rule) => format!("left out: {name}: {}", rule.why),
    }
}
