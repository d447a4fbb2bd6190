//! What is told of a machine that has ended: what was wrong, the summary, and the status of the whole.

use std::fmt::Write;

use super::expected::Expectations;
use super::fallback;
use super::jobs::User;
use super::kernel::Kernel;
use super::machine::Run;
use super::results::{JobResult, Results, Tally};

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
    /// Judges what came out of a machine; `whole` says that no test was filtered out.
    pub fn new(kernel: Kernel, run: Run, expectations: &Expectations, whole: bool) -> Self {
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
                problems.extend(expectations.of(&kernel.suite).differences(&results, whole));
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

    /// What is wrong with the machine, a line each, then what the jobs that failed said; if it died, its console.
    pub fn wrong(&self, console: &str) -> String {
        let suite = &self.kernel.suite;
        let mut text = format!("{suite}: {:?}\n", self.verdict);
        for problem in &self.problems {
            // Writing into a string does not fail.
            let _ = writeln!(text, "{suite}: {problem}");
        }
        for job in self.results.jobs.iter().filter(|job| !problems_of(job).is_empty()) {
            let lines: Vec<_> = job.output.iter().chain(&job.errors).map(String::as_str).collect();
            let _ = writeln!(text, "--- {suite}: {} said:\n{}", job.name(), last(&lines));
        }
        if self.verdict > Verdict::Failed {
            let lines: Vec<_> = console.lines().collect();
            let _ = writeln!(text, "--- {suite}: the console:\n{}", last(&lines));
        }
        text
    }

    /// One line of the summary; [`heading`] is above it.
    pub fn line(&self) -> String {
        let tests = |user| {
            let tally = self.tally(user);
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

    /// The tests of one user; a look at missing modules counts as one.
    fn tally(&self, user: User) -> Tally {
        let mut sum = Tally::default();
        for job in self.results.jobs.iter().filter(|job| job.user == user) {
            let tally = if fallback::is(job) {
                fallback::tally(job)
            } else {
                job.tally()
            };
            sum.ok += tally.ok;
            sum.skipped += tally.skipped;
            sum.failed += tally.failed;
        }
        sum
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
fn last(lines: &[&str]) -> String {
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

fn problems_of(job: &JobResult) -> Vec<String> {
    if fallback::is(job) {
        fallback::problems(job)
    } else {
        job.problems()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn report(text: &str, timed_out: bool) -> Report {
        let run = Run {
            lines: text.lines().map(str::to_owned).collect(),
            boot: Some(Duration::from_millis(1500)),
            total: Duration::from_secs(20),
            timed_out,
        };
        let kernel: Kernel =
            toml::from_str("suite = 'sid'\nversion = '7.2-1'\nrelease = '7.2'\nwanted = []\nmodules = []").unwrap();
        Report::new(kernel, run, &Expectations::default(), true)
    }

    const JOB: &str = "#up 7.2 1.0\n#begin a/b root 1.0\no test x ... ok\no test result: ok. 1 passed\n#end 0 2.0\n";

    #[test]
    fn the_status_tells_how_far_a_machine_came() {
        assert_eq!(report("", false).verdict, Verdict::NeverUp);
        assert_eq!(report("#up 7.2 1.0\n", false).verdict, Verdict::Died);
        assert_eq!(report(JOB, false).verdict, Verdict::Died);
        assert_eq!(report(&format!("{JOB}#done 3.0"), false).verdict, Verdict::Passed);
        let skips = JOB.replace("o test result", "e skipped: x: no\no test result");
        assert_eq!(report(&format!("{skips}#done 3.0"), false).verdict, Verdict::Failed);
        let codes = [Verdict::Passed, Verdict::Failed, Verdict::Died, Verdict::NeverUp].map(|verdict| verdict as u8);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn a_machine_that_died_is_told_with_where_and_its_console() {
        let report = report(&format!("{JOB}#begin a/c user 2.0\n"), true);
        let text = report.wrong("Kernel panic - not syncing");
        for part in [
            "sid: a/c as user: never ended",
            "sid: the machine hung during a/c as user",
            "Kernel panic",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_summary_has_both_users() {
        let line = report(&format!("{JOB}#done 3.0"), false).line();
        assert!(
            line.contains("1/0/0") && line.contains("0/0/0") && line.contains(" 1.5 "),
            "{line}"
        );
    }
}
