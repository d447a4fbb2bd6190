//! What is run in a machine: programs, as whom, with which modules loaded; written as a script for its init.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::binaries::Binary;
use super::choice;

/// A test that takes longer than this in an emulated machine hangs.
const LIMIT_SECONDS: u32 = 240;

/// Who runs a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// With all capabilities, and `LISTENQ_REQUIRE_ROOT`.
    Root,
    /// uid 65534, without any capability.
    Nobody,
}

impl User {
    /// Both, in the order of running.
    pub const ALL: [Self; 2] = [Self::Root, Self::Nobody];

    /// As it stands in the script, in results and in expected.toml.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Nobody => "user",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|user| user.name() == text)
    }
}

/// Which modules of sock_diag are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// None: netlink answers NLMSG_ERROR.
    WithoutDiag,
    /// inet_diag alone: netlink answers NLMSG_DONE with an error inside.
    WithoutTcpDiag,
    /// All.
    WithAll,
}

impl Phase {
    const ALL: [Self; 3] = [Self::WithoutDiag, Self::WithoutTcpDiag, Self::WithAll];

    /// The name of the script's function; of jobs that look at missing modules, too.
    pub fn name(self) -> &'static str {
        match self {
            Self::WithoutDiag => "without_diag",
            Self::WithoutTcpDiag => "without_tcp_diag",
            Self::WithAll => "with_all",
        }
    }
}

/// One program to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// `lab/scenes`, or `fallback/` and the name of the phase.
    pub label: String,
    user: User,
    phase: Phase,
    folder: PathBuf,
    command: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// What is left out for time, too.
    pub all: bool,
    /// The binaries whose label contains it, else the tests whose name contains it.
    pub filter: Option<&'a str>,
}

/// The jobs that are asked for.
pub fn chosen(binaries: &[Binary], asked: Asked<'_>) -> Vec<Job> {
    let mut jobs = fallback(binaries);
    for user in User::ALL {
        let tests = binaries.iter().filter(|binary| choice::is_run(binary, user, asked.all));
        jobs.extend(tests.map(|binary| test(binary, user)));
    }
    let Some(filter) = asked.filter else { return jobs };
    if jobs.iter().any(|job| job.label.contains(filter)) {
        jobs.retain(|job| job.label.contains(filter));
    } else {
        jobs.retain(|job| job.phase == Phase::WithAll);
        for job in &mut jobs {
            job.command.push(filter.to_owned());
        }
    }
    jobs
}

/// The binaries that the jobs need: their own, and the programs that tests start.
pub fn needed<'a>(binaries: &'a [Binary], jobs: &[Job]) -> impl Iterator<Item = &'a Binary> {
    binaries
        .iter()
        .filter(|binary| !binary.is_test || jobs.iter().any(|job| job.label == binary.label()))
}

fn test(binary: &Binary, user: User) -> Job {
    Job {
        label: binary.label(),
        user,
        phase: Phase::WithAll,
        folder: binary.folder.clone(),
        command: vec![binary.path.display().to_string()],
    }
}

/// listenq itself in a scene, while modules are missing and there is no modprobe.
fn fallback(binaries: &[Binary]) -> Vec<Job> {
    let listenq = binaries
        .iter()
        .find(|binary| !binary.is_test && binary.target == "listenq");
    let Some(listenq) = listenq.map(|binary| binary.path.display().to_string()) else {
        return Vec::new();
    };
    let arguments = ["lab", "never-accept", "--", &listenq, "-o", "json", "--netns", "self"];
    let command: Vec<_> = std::iter::once(listenq.as_str())
        .chain(arguments)
        .map(str::to_owned)
        .collect();
    let job = |phase: Phase, user| Job {
        label: format!("fallback/{}", phase.name()),
        user,
        phase,
        folder: "/".into(),
        command: command.clone(),
    };
    [Phase::WithoutDiag, Phase::WithoutTcpDiag]
        .into_iter()
        .flat_map(|phase| User::ALL.map(|user| job(phase, user)))
        .collect()
}

/// The script with a function for each phase.
pub fn script(jobs: &[Job]) -> String {
    // Snapshots are looked for from the root of the workspace, which insta asks cargo for otherwise.
    let root = quoted(&path(&crate::program::root()));
    let mut text = format!("export INSTA_WORKSPACE_ROOT={root} INSTA_UPDATE=no\n");
    for phase in Phase::ALL {
        let lines: String = jobs.iter().filter(|job| job.phase == phase).map(line).collect();
        // `:` because a function may not be empty.
        let _ = writeln!(text, "{}() {{\n    :\n{lines}}}", phase.name());
    }
    text
}

fn line(job: &Job) -> String {
    let command: Vec<_> = job.command.iter().map(|word| quoted(word)).collect();
    format!(
        "    job {} {} {LIMIT_SECONDS} {} {}\n",
        quoted(&job.label),
        job.user.name(),
        quoted(&path(&job.folder)),
        command.join(" ")
    )
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(package: &str, target: &str, is_test: bool) -> Binary {
        Binary {
            package: package.into(),
            target: target.into(),
            path: format!("/t/{target}-1").into(),
            folder: format!("/r/crates/{package}").into(),
            is_test,
        }
    }

    fn some() -> Vec<Binary> {
        vec![
            binary("lab", "scenes", true),
            binary("listenq", "listenq", false),
            binary("listenq", "scenes", true),
            binary("model", "unit", true),
        ]
    }

    fn everything(filter: Option<&str>) -> Vec<Job> {
        chosen(&some(), Asked { all: true, filter })
    }

    #[test]
    fn each_test_is_run_by_both_users_and_listenq_without_modules() {
        let jobs = everything(None);
        let labels: Vec<_> = jobs.iter().map(|job| (job.label.as_str(), job.user)).collect();
        let tests = ["lab/scenes", "listenq/scenes"];
        let looks = ["fallback/without_diag", "fallback/without_tcp_diag"];
        let mut expected: Vec<_> = looks
            .iter()
            .flat_map(|look| User::ALL.map(|user| (*look, user)))
            .collect();
        expected.extend(User::ALL.iter().flat_map(|user| tests.map(|test| (test, *user))));
        assert_eq!(labels, expected);
    }

    #[test]
    fn what_is_left_out_for_time_stays_outside() {
        let (binaries, jobs) = (some(), chosen(&some(), Asked::default()));
        assert!(jobs.iter().all(|job| job.label != "lab/scenes"));
        let inside: Vec<_> = needed(&binaries, &jobs).map(Binary::label).collect();
        assert_eq!(inside, ["listenq/listenq", "listenq/scenes"]);
    }

    #[test]
    fn a_filter_chooses_binaries_or_tests() {
        let jobs = everything(Some("lab/"));
        assert!(jobs.len() == 2 && jobs.iter().all(|job| job.label == "lab/scenes"));
        let jobs = everything(Some("half_open"));
        assert!(jobs.len() == 4 && jobs.iter().all(|job| job.command.ends_with(&["half_open".to_owned()])));
    }

    #[test]
    fn the_script_is_what_a_shell_reads() {
        let mut jobs = everything(Some("lab/"));
        jobs[0].command.push("it's".into());
        let text = script(&jobs);
        assert!(
            text.contains("job 'lab/scenes' root 240 '/r/crates/lab' '/t/scenes-1' 'it'\\''s'\n"),
            "{text}"
        );
        for text in [&text, include_str!("init.sh")] {
            let shell = std::process::Command::new("sh")
                .args(["-n", "-c", text])
                .status()
                .unwrap();
            assert!(shell.success());
        }
    }
}
