//! What is told of a machine that has ended: what was wrong, the summary, and the status of the whole.

use super::expected::Expected;
use super::fallback;
use super::jobs::User;
use super::kernel::Kernel;
use super::machine::Run;
use super::results::{JobResult, Results};

/// The lines of a program or console that are shown where something is wrong.
const SHOWN: usize = 60;

/// How it went on one kernel, the worst last: these are exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As expected.
    Passed = 0,
    /// Something failed or was different.
    Failed = 1,
    /// The machine came up, then hung or panicked.
    Died = 2,
    /// The machine never came up.
    NeverUp = 3,
}

/// One kernel's report.
#[derive(Debug)]
pub struct Report {
    pub kernel: Kernel,
    pub run: Run,
    pub results: Results,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
    pub verdict: Verdict,
}

impl Report {
    /// Judges what came out of a machine; `whole` says that all tests were run.
    pub fn new(kernel: Kernel, run: Run, expected: &Expected, whole: bool) -> Self {
        let results = Results::parse(&run.lines);
        let mut problems: Vec<_> = results.jobs.iter().flat_map(problems_of).collect();
        let verdict = match (&results.release, results.done) {
            (None, _) => {
                problems.push("the machine never came up".into());
                Verdict::NeverUp
            }
            (Some(_), false) => {
                let how = if run.timed_out { "hung" } else { "died" };
                let last = results.jobs.last().map_or_else(|| "the start".into(), JobResult::name);
                problems.push(format!("the machine {how} during {last}"));
                Verdict::Died
            }
            (Some(_), true) => {
                problems.extend(expected.differences(&results, whole));
                if problems.is_empty() {
                    Verdict::Passed
                } else {
                    Verdict::Failed
                }
            }
        };
        Self {
            kernel,
            run,
            results,
            problems,
            verdict,
        }
    }

    /// What the jobs that failed said.
    pub fn said(&self) -> impl Iterator<Item = String> {
        let failed = self.results.jobs.iter().filter(|job| !problems_of(job).is_empty());
        failed.map(|job| {
            let lines: Vec<_> = job.output.iter().chain(&job.errors).map(String::as_str).collect();
            format!("--- {} said:\n{}", job.name(), last(&lines))
        })
    }

    /// One line of the summary; [`heading`] is above it.
    pub fn line(&self) -> String {
        let tests = |user| {
            let tally = self.results.tally(user);
            format!("{}/{}/{}", tally.ok, tally.skipped, tally.failed)
        };
        let boot = self
            .run
            .boot
            .map_or("-".into(), |boot| format!("{:.1}", boot.as_secs_f64()));
        row(&[
            &self.kernel.suite,
            &self.kernel.version,
            self.results.release.as_deref().unwrap_or("-"),
            &tests(User::Root),
            &tests(User::Nobody),
            &boot,
            &format!("{:.1}", self.run.total.as_secs_f64()),
            &format!("{:?}", self.verdict),
        ])
    }

    /// Where the time went: each job and its seconds, the longest first.
    pub fn times(&self) -> String {
        let mut jobs: Vec<_> = self.results.jobs.iter().collect();
        jobs.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        let parts: Vec<_> = jobs
            .iter()
            .map(|job| format!("{} {:.1}", job.name(), job.seconds))
            .collect();
        format!("{}: {}", self.kernel.suite, parts.join(", "))
    }
}

/// The first line of the summary.
pub fn heading() -> String {
    row(&[
        "suite", "package", "uname -r", "as root*", "as user*", "boot s", "total s", "verdict",
    ])
}

fn row(cells: &[&str; 8]) -> String {
    let [suite, version, release, root, user, boot, total, verdict] = cells;
    format!("{suite:16}  {version:18}  {release:26}  {root:>9}  {user:>9}  {boot:>6}  {total:>7}  {verdict}")
}

/// The end of a text.
pub fn last(lines: &[&str]) -> String {
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

fn problems_of(job: &JobResult) -> Vec<String> {
    if job.label.starts_with("fallback/") {
        fallback::problems(job)
    } else {
        job.problems()
    }
}
