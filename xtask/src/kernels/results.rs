//! What a machine told on its second serial port: its jobs, their tests, and what they said about the kernel.

use std::collections::BTreeMap;

use super::jobs::User;

/// The last line begins with it.
pub const DONE: &str = "#done";

/// Everything that one machine told.
#[derive(Debug, Default)]
pub struct Results {
    /// `uname -r`, once the init runs.
    pub release: Option<String>,
    /// In the order in which they were run.
    pub jobs: Vec<JobResult>,
    /// The init came to its end.
    pub done: bool,
}

/// What a program said and how it ended.
#[derive(Debug)]
pub struct JobResult {
    pub label: String,
    pub user: User,
    pub output: Vec<String>,
    pub errors: Vec<String>,
    /// `None` if it never ended.
    pub code: Option<i32>,
    /// How long it took, by the clock of the machine.
    pub seconds: f64,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Failed,
    Ignored,
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub ok: usize,
    pub skipped: usize,
    pub failed: usize,
}

impl Results {
    /// Reads the lines; what belongs to no job is passed over.
    pub fn parse(lines: &[String]) -> Self {
        let mut results = Self::default();
        for line in lines {
            match line.split_once(' ') {
                Some(("#up", rest)) => results.release = rest.split(' ').next().map(str::to_owned),
                Some(("#begin", rest)) => results.jobs.extend(JobResult::begin(rest)),
                Some((DONE, _)) => results.done = true,
                Some((kind, rest)) => {
                    if let Some(job) = results.jobs.last_mut() {
                        job.take(kind, rest);
                    }
                }
                None => {}
            }
        }
        results
    }
}

impl JobResult {
    /// `LABEL USER UPTIME`
    fn begin(rest: &str) -> Option<Self> {
        let mut words = rest.split(' ');
        let (label, user, uptime) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            label: label.to_owned(),
            user: User::parse(user)?,
            output: Vec::new(),
            errors: Vec::new(),
            code: None,
            seconds: -uptime.parse::<f64>().ok()?,
        })
    }

    fn take(&mut self, kind: &str, rest: &str) {
        match kind {
            "o" => self.output.push(rest.to_owned()),
            "e" => self.errors.push(rest.to_owned()),
            "#end" => {
                let (code, uptime) = rest.split_once(' ').unwrap_or((rest, ""));
                self.code = code.parse().ok();
                self.seconds += uptime.parse().unwrap_or(0.0);
            }
            _ => {}
        }
    }

    /// `lab/scenes as root`
    pub fn name(&self) -> String {
        format!("{} as {}", self.label, self.user.name())
    }

    /// Each test and how it ended: `test NAME ... ok`.
    pub fn tests(&self) -> impl Iterator<Item = (&str, Outcome)> {
        self.output.iter().filter_map(|line| {
            let (name, word) = line.strip_prefix("test ")?.split_once(" ... ")?;
            let outcome = match word.split(',').next()? {
                "ok" => Outcome::Ok,
                "FAILED" => Outcome::Failed,
                "ignored" => Outcome::Ignored,
                _ => return None,
            };
            Some((name, outcome))
        })
    }

    /// What could not be run and why: `skipped: NAME: REASON`.
    pub fn skips(&self) -> impl Iterator<Item = (&str, &str)> {
        self.said("skipped: ").filter_map(|rest| rest.split_once(": "))
    }

    /// What was found out about the kernel: `answer: NAME=VALUE`.
    pub fn answers(&self) -> BTreeMap<&str, &str> {
        self.said("answer: ").filter_map(|rest| rest.split_once('=')).collect()
    }

    fn said(&self, prefix: &'static str) -> impl Iterator<Item = &str> {
        let lines = self.output.iter().chain(&self.errors);
        lines.filter_map(move |line| line.strip_prefix(prefix))
    }

    /// A test that was skipped ends as `ok` in libtest, and as `ignored` in harnesses of our own.
    pub fn tally(&self) -> Tally {
        let count = |wanted| self.tests().filter(|(_, outcome)| *outcome == wanted).count();
        let skips: Vec<_> = self.skips().map(|(name, _)| name).collect();
        let ignored = count(Outcome::Ignored);
        let told = self
            .tests()
            .filter(|(name, outcome)| *outcome == Outcome::Ignored && skips.contains(name))
            .count();
        Tally {
            ok: count(Outcome::Ok).saturating_sub(skips.len() - told.min(skips.len())),
            skipped: skips.len() + ignored - told,
            failed: count(Outcome::Failed),
        }
    }

    /// What is wrong, apart from what was expected to be different.
    pub fn problems(&self) -> Vec<String> {
        let failed = self.tests().filter(|(_, outcome)| *outcome == Outcome::Failed);
        let mut problems: Vec<_> = failed
            .map(|(name, _)| format!("{}: {name} failed", self.name()))
            .collect();
        let ended = self.output.iter().any(|line| line.starts_with("test result: "));
        match self.code {
            None => problems.push(format!("{}: never ended", self.name())),
            // timeout(1) kills what hangs.
            Some(137) => problems.push(format!("{}: killed, it took too long", self.name())),
            Some(0) if ended => {}
            Some(0) => problems.push(format!("{}: told no result", self.name())),
            Some(code) if problems.is_empty() => problems.push(format!("{}: ended with status {code}", self.name())),
            Some(_) => {}
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Results {
        Results::parse(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    const RUN: &str = "SeaBIOS\n#up 6.1.0-56-cloud-amd64 1.59\n#begin lab/scenes root 2.00\no running 3 tests\n\
        o test idle ... ok\no test mptcp ... ignored\no test burst ... FAILED\no \no test result: FAILED. 1 passed\n\
        e skipped: mptcp: MPTCP is missing: Protocol not supported\ne answer: tcp.full_test=greater\n#end 101 5.50\n\
        #begin probe/live user 6.00\no test a ... ok\no test b ... ok\no test c ... ignored, takes long\n\
        e skipped: b: root is missing\no test result: ok. 2 passed\n#end 0 6.25\n#done 6.30\n";

    #[test]
    fn jobs_tests_skips_and_answers_are_read() {
        let results = parse(RUN);
        assert_eq!(results.release.as_deref(), Some("6.1.0-56-cloud-amd64"));
        assert!(results.done && results.jobs.len() == 2);
        let job = &results.jobs[0];
        assert_eq!((job.name().as_str(), job.code), ("lab/scenes as root", Some(101)));
        assert!((job.seconds - 3.5).abs() < 1e-9);
        let skips: Vec<_> = job.skips().collect();
        assert_eq!(skips, [("mptcp", "MPTCP is missing: Protocol not supported")]);
        assert_eq!(job.answers().get("tcp.full_test"), Some(&"greater"));
    }

    #[test]
    fn what_was_skipped_is_not_counted_as_ok() {
        let results = parse(RUN);
        let tally = |ok, skipped, failed| Tally { ok, skipped, failed };
        assert_eq!(results.jobs[0].tally(), tally(1, 1, 1));
        assert_eq!(results.jobs[1].tally(), tally(1, 2, 0));
    }

    #[test]
    fn a_failure_is_named_once() {
        let results = parse(RUN);
        assert_eq!(results.jobs[0].problems(), ["lab/scenes as root: burst failed"]);
        assert_eq!(results.jobs[1].problems(), Vec::<String>::new());
    }

    #[test]
    fn an_end_without_results_is_a_problem() {
        for (end, problem) in [
            ("#end 0 3.0", "told no result"),
            ("#end 101 3.0", "ended with status 101"),
            ("#end 137 3.0", "killed, it took too long"),
            ("", "never ended"),
        ] {
            let results = parse(&format!("#begin a/b user 1.0\no running 1 test\n{end}\n"));
            assert_eq!(results.jobs[0].problems(), [format!("a/b as user: {problem}")]);
        }
    }

    #[test]
    fn noise_before_the_first_job_is_passed_over() {
        let results = parse("o lost\n#end 0 1\nnoise\n\n#begin\n#begin a/b nobody-we-know 1\n");
        assert!(results.jobs.is_empty() && results.release.is_none() && !results.done);
    }
}
