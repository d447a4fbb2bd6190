//! Several machines at a time, each with its kernel, all with the same tests.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use anyhow::Context;

use super::expected::Expectations;
use super::kernel::Kernel;
use super::machine::{self, Accelerator};
use super::report::{self, Report, Verdict};

/// Each machine keeps a core busy, or two.
const AT_A_TIME: usize = 2;

/// Everything the machines have in common.
pub struct Matrix<'a> {
    /// The archive they start with.
    pub initrd: PathBuf,
    /// Where consoles and results are put.
    pub work: PathBuf,
    pub accelerator: Accelerator,
    /// All tests are run, none is filtered out.
    pub whole: bool,
    pub expectations: &'a Expectations,
}

impl Matrix<'_> {
    /// Runs some at a time, the newest first because they are the slowest; gives the reports in the order of kernels.
    pub fn run(&self, kernels: Vec<Kernel>) -> anyhow::Result<Vec<Report>> {
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
            workers.into_iter().map(join).collect()
        });
        let mut reports: Vec<_> = done?.into_iter().flatten().collect();
        reports.sort_by_key(|(place, _)| *place);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    }

    fn machine(&self, kernel: Kernel) -> anyhow::Result<Report> {
        let report = self.attempt(kernel.clone(), self.accelerator)?;
        // Nothing of ours has run yet, so nothing of ours is hidden by a second attempt.
        if report.verdict == Verdict::NeverUp {
            return self.attempt(kernel, Accelerator::Tcg);
        }
        Ok(report)
    }

    fn attempt(&self, kernel: Kernel, accelerator: Accelerator) -> anyhow::Result<Report> {
        let console = self.work.join(format!("{}.console", kernel.suite));
        let run = machine::boot(accelerator, &kernel.image(), &self.initrd, &console)?;
        let file = self.work.join(format!("{}.results", kernel.suite));
        fs::write(&file, run.lines.join("\n")).with_context(|| format!("write {}", file.display()))?;
        let report = Report::new(kernel, run, self.expectations, self.whole);
        print!("{}", report.wrong(&text(&console)));
        Ok(report)
    }
}

fn text(console: &Path) -> String {
    String::from_utf8_lossy(&fs::read(console).unwrap_or_default()).into_owned()
}

fn join<T>(worker: ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    worker.join().ok().context("a worker panicked")?
}

/// The summary of all reports.
pub fn summary(reports: &[Report]) -> String {
    let times: Vec<_> = reports.iter().map(Report::times).collect();
    let lines: Vec<_> = reports.iter().map(Report::line).collect();
    format!(
        "\nseconds of each job, in its machine's own time:\n{}\n\n{}\n{}\n* tests: ok/skipped/failed",
        times.join("\n"),
        report::heading(),
        lines.join("\n")
    )
}
