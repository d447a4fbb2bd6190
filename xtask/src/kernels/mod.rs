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
mod modules;
mod program;
mod report;
mod results;
mod suites;
mod tools;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;

use binaries::Binary;
use expected::{Expectations, Expected};
use kernel::Kernel;
use machine::Accelerator;
use report::{Report, Verdict};

/// Each machine keeps a core busy, or two.
const AT_A_TIME: usize = 2;

/// What to run, and on which kernels.
#[derive(Args)]
pub struct Options {
    /// Only this kernel (may repeat)
    #[arg(long, value_name = "SUITE")]
    only: Vec<String>,

    /// Only test binaries, else tests, with this in their name
    #[arg(long, value_name = "TEXT")]
    test: Option<String>,

    /// Take what is found to be expected from now on: tests/kernels/expected.toml
    #[arg(long, conflicts_with = "test")]
    write: bool,

    /// Look for newer kernels than the cached ones
    #[arg(long)]
    update: bool,

    /// Keep consoles and results, and say where
    #[arg(long)]
    keep: bool,

    /// Say which kernels and tests there are, and which tests are left out and why
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
    let cache = cache();
    tools::provide(&cache)?;
    let named: Vec<_> = options.only.iter().chain(&options.shell).cloned().collect();
    let kernels: anyhow::Result<Vec<_>> = suites::chosen(&named)?
        .into_iter()
        .map(|suite| Kernel::provide(&cache, suite, options.update))
        .collect();
    let kernels = kernels?;
    let binaries = binaries::build()?;
    let begin = Instant::now();
    let jobs = jobs::all(&binaries, options.test.as_deref());
    ensure!(!jobs.is_empty(), "there are no tests to run");
    let work = cache.join("work");
    fs::create_dir_all(&work).with_context(|| format!("make {}", work.display()))?;
    let initrd = initramfs::build(&work, &kernels, &binaries, &jobs)?;
    let accelerator = Accelerator::here();
    if let (Some(_), Some(kernel)) = (&options.shell, kernels.first()) {
        machine::shell(accelerator, &kernel.image(), &initrd)?;
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} machines, {accelerator:?}; archive made in {:.1} s",
        kernels.len(),
        begin.elapsed().as_secs_f64()
    );
    let matrix = Matrix {
        initrd,
        work,
        accelerator,
        whole: options.test.is_none(),
        expectations: Mutex::new(Expectations::read(&expected_file())?),
        write: options.write,
    };
    let reports = matrix.run(kernels)?;
    tell(&reports, begin);
    if options.write {
        matrix.expectations().write(&expected_file())?;
    }
    if options.keep {
        println!("consoles and results are in {}", matrix.work.display());
    } else {
        fs::remove_dir_all(&matrix.work).with_context(|| format!("remove {}", matrix.work.display()))?;
    }
    let worst = reports.iter().map(|report| report.verdict).max();
    Ok(ExitCode::from(worst.unwrap_or(Verdict::NeverUp) as u8))
}

fn cache() -> PathBuf {
    std::env::var_os("LISTENQ_KERNEL_CACHE").map_or_else(|| crate::program::target().join("kernels"), PathBuf::from)
}

fn expected_file() -> PathBuf {
    crate::program::root().join("tests/kernels/expected.toml")
}

/// Everything the machines have in common.
struct Matrix {
    initrd: PathBuf,
    work: PathBuf,
    accelerator: Accelerator,
    whole: bool,
    expectations: Mutex<Expectations>,
    write: bool,
}

impl Matrix {
    fn expectations(&self) -> std::sync::MutexGuard<'_, Expectations> {
        self.expectations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs some at a time, the newest first because they are the slowest; gives the reports in the order of kernels.
    fn run(&self, kernels: Vec<Kernel>) -> anyhow::Result<Vec<Report>> {
        let waiting: Mutex<VecDeque<_>> = Mutex::new(kernels.into_iter().enumerate().rev().collect());
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || {
            let mut reports = Vec::new();
            while let Some((place, kernel)) = next() {
                reports.push((place, self.machine(kernel)?));
            }
            anyhow::Ok(reports)
        };
        let done: anyhow::Result<Vec<_>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
            let join = |worker: thread::ScopedJoinHandle<'_, _>| worker.join().ok().context("a worker panicked")?;
            workers.into_iter().map(join).collect()
        });
        let mut reports: Vec<_> = done?.into_iter().flatten().collect();
        reports.sort_by_key(|(place, _)| *place);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    }

    fn machine(&self, kernel: Kernel) -> anyhow::Result<Report> {
        let mut report = self.attempt(kernel.clone(), self.accelerator)?;
        // Nothing of ours has run yet, so nothing of ours is hidden by a second attempt.
        if report.verdict == Verdict::NeverUp {
            report = self.attempt(kernel, Accelerator::Tcg)?;
        }
        if self.write && report.results.done {
            let found = Expected::found(&report.kernel.version, &report.results);
            let mut expectations = self.expectations();
            expectations.renew(&report.kernel.suite, found);
        }
        Ok(report)
    }

    fn attempt(&self, kernel: Kernel, accelerator: Accelerator) -> anyhow::Result<Report> {
        let console = self.work.join(format!("{}.console", kernel.suite));
        let run = machine::boot(accelerator, &kernel.image(), &self.initrd, &console)?;
        let file = self.work.join(format!("{}.results", kernel.suite));
        fs::write(&file, run.lines.join("\n")).with_context(|| format!("write {}", file.display()))?;
        let expected = self.expectations().of(&kernel.suite);
        let report = Report::new(kernel, run, &expected, self.whole);
        show(&report, &console);
        Ok(report)
    }
}

/// Says at once what is wrong with a machine.
fn show(report: &Report, console: &Path) {
    let suite = &report.kernel.suite;
    let mut text = format!("{suite}: {:?}\n", report.verdict);
    for problem in &report.problems {
        text += &format!("{suite}: {problem}\n");
    }
    for said in report.said() {
        text += &format!("{said}\n");
    }
    if report.verdict > Verdict::Failed {
        let bytes = fs::read(console).unwrap_or_default();
        let lines = String::from_utf8_lossy(&bytes);
        text += &format!(
            "--- the console of {suite}:\n{}\n",
            report::last(&lines.lines().collect::<Vec<_>>())
        );
    }
    print!("{text}");
}

fn tell(reports: &[Report], begin: Instant) {
    println!("\nseconds of each job, in its machine's own time:");
    for report in reports {
        println!("{}", report.times());
    }
    println!("\n{}", report::heading());
    for report in reports {
        println!("{}", report.line());
    }
    println!(
        "* tests ok/skipped/failed; all machines took {:.1} s",
        begin.elapsed().as_secs_f64()
    );
}

fn list() -> anyhow::Result<()> {
    for suite in suites::chosen(&[])? {
        println!("kernel: {}", suite.name);
    }
    for binary in binaries::build()?.iter().filter(|binary| binary.is_test) {
        println!("{}", line(binary));
    }
    Ok(())
}

fn line(binary: &Binary) -> String {
    let label = binary.label();
    if let Some(why) = choice::left_out(binary) {
        return format!("left out: {label}: {why}");
    }
    let skipped: String = choice::skipped(binary)
        .map(|(test, why)| format!("\nleft out: {label} {test}: {why}"))
        .collect();
    format!("run: {label}{skipped}")
}
