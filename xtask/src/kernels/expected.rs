//! What is known to be different on each kernel: tests/kernels/expected.toml.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::jobs::User;
use super::results::{JobResult, Results};

const HEADER: &str = "\
# What is known to be different on each kernel; compared by `cargo xtask kernels`, renewed by `cargo xtask kernels --write`.
# version: the package it was last renewed with. skipped: by user and test binary, each test that says it cannot be run there,
# with its reason. answers: what the proofs found out about the kernel.
";

/// The whole file, by suite.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Expectations {
    kernels: BTreeMap<String, Expected>,
}

/// One kernel's part.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The version of the package.
    #[serde(default)]
    pub version: String,
    /// User, test binary, test: reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    skipped: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// Name: value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    answers: BTreeMap<String, String>,
}

impl Expectations {
    /// Reads the file; none is an empty one.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("read {}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// Writes the file.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = format!("{HEADER}\n{}", toml::to_string(self)?);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        fs::write(path, text).with_context(|| format!("write {}", path.display()))
    }

    /// The part of a suite.
    pub fn of(&self, suite: &str) -> Expected {
        self.kernels.get(suite).cloned().unwrap_or_default()
    }

    /// Replaces the part of a suite.
    pub fn renew(&mut self, suite: &str, expected: Expected) {
        self.kernels.insert(suite.to_owned(), expected);
    }
}

impl Expected {
    /// What a machine told, as it would stand in the file.
    pub fn found(version: &str, results: &Results) -> Self {
        let mut found = Self {
            version: version.to_owned(),
            ..Self::default()
        };
        for job in &results.jobs {
            for (test, reason) in job.skips() {
                let tests = found.skipped.entry(job.user.name().to_owned()).or_default();
                let tests = tests.entry(job.label.clone()).or_default();
                tests.insert(test.to_owned(), reason.to_owned());
            }
            let answers = job.answers().into_iter();
            found
                .answers
                .extend(answers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        found
    }

    /// Everything that is different from what was expected, a line each. Where only some tests were run, what was not
    /// heard of says nothing.
    pub fn differences(&self, results: &Results, whole: bool) -> Vec<String> {
        let mut lines: Vec<_> = results
            .jobs
            .iter()
            .flat_map(|job| self.differing_skips(job, whole))
            .collect();
        lines.extend(disagreements(&results.jobs));
        let found = Self::found("", results);
        for (name, value) in &found.answers {
            match self.answers.get(name) {
                Some(expected) if expected == value => {}
                Some(expected) => lines.push(format!("answer {name} is {value}, expected {expected}")),
                None => lines.push(format!("answer {name} is {value}, none was expected")),
            }
        }
        if whole {
            let missing = self
                .answers
                .iter()
                .filter(|(name, _)| !found.answers.contains_key(*name));
            lines.extend(missing.map(|(name, value)| format!("answer {name} was not given, expected {value}")));
        }
        lines
    }

    fn differing_skips(&self, job: &JobResult, whole: bool) -> Vec<String> {
        let none = BTreeMap::new();
        let expected = self
            .skipped
            .get(job.user.name())
            .and_then(|users| users.get(&job.label));
        let expected = expected.unwrap_or(&none);
        let found: BTreeMap<_, _> = job.skips().collect();
        let mut lines = Vec::new();
        for (test, reason) in &found {
            match expected.get(*test) {
                Some(known) if known == reason => {}
                Some(known) => lines.push(format!(
                    "{}: {test} is skipped: {reason}; expected: {known}",
                    job.name()
                )),
                None => lines.push(format!("{}: {test} is skipped: {reason}", job.name())),
            }
        }
        if whole {
            let missing = expected.iter().filter(|(test, _)| !found.contains_key(test.as_str()));
            lines.extend(
                missing.map(|(test, known)| format!("{}: {test} is not skipped, expected: {known}", job.name())),
            );
        }
        lines
    }
}

/// A kernel gives one answer, whoever asks.
fn disagreements(jobs: &[JobResult]) -> Vec<String> {
    let mut first: BTreeMap<&str, (&str, User)> = BTreeMap::new();
    let mut lines = Vec::new();
    for job in jobs {
        for (name, value) in job.answers() {
            let (known, user) = *first.entry(name).or_insert((value, job.user));
            if known != value {
                lines.push(format!(
                    "answer {name} is {known} as {} and {value} as {}",
                    user.name(),
                    job.user.name()
                ));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Results {
        Results::parse(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    const RUN: &str = "#begin lab/scenes root 1.0\ne skipped: mptcp: no MPTCP\ne answer: syn.full=greater\n#end 0 2.0\n\
        #begin lab/scenes user 2.0\ne skipped: frozen: no root\ne answer: syn.full=greater\n#end 0 3.0\n#done 3.0\n";

    #[test]
    fn what_was_found_is_expected_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kernels/expected.toml");
        let mut expectations = Expectations::read(&path).unwrap();
        assert_eq!(expectations.of("sid"), Expected::default());
        let results = results(RUN);
        expectations.renew("sid", Expected::found("7.2.13-1", &results));
        expectations.write(&path).unwrap();
        let again = Expectations::read(&path).unwrap().of("sid");
        assert_eq!(again, expectations.of("sid"));
        assert_eq!(again.version, "7.2.13-1");
        assert_eq!(again.differences(&results, true), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_named() {
        let text = "[sid]\n[sid.skipped.root.\"lab/scenes\"]\nmptcp = \"none\"\nidle = \"no net\"\n\
            [sid.answers]\n\"syn.full\" = \"equal\"\nlost = \"1\"\n";
        let expectations: Expectations = toml::from_str(text).unwrap();
        let expected = expectations.of("sid");
        let whole = [
            "lab/scenes as root: mptcp is skipped: no MPTCP; expected: none",
            "lab/scenes as root: idle is not skipped, expected: no net",
            "lab/scenes as user: frozen is skipped: no root",
            "answer syn.full is greater, expected equal",
            "answer lost was not given, expected 1",
        ];
        assert_eq!(expected.differences(&results(RUN), true), whole);
        let part = expected.differences(&results(RUN), false);
        assert_eq!(part, [whole[0], whole[2], whole[3]]);
    }

    #[test]
    fn two_answers_to_one_question_are_named() {
        let run = "#begin a/b root 1\ne answer: x=1\n#end 0 1\n#begin a/b user 1\no answer: x=2\n#end 0 1\n";
        let lines = Expected::default().differences(&results(run), true);
        assert_eq!(lines[0], "answer x is 1 as root and 2 as user");
    }

    #[test]
    fn a_slip_in_the_file_is_an_error() {
        assert!(toml::from_str::<Expectations>("[sid]\nskiped = 1\n").is_err());
    }
}
