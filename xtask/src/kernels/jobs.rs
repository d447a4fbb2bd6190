//! What is run in a machine: programs, as whom, with which modules loaded; written as a script for its init.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::binaries::Binary;
use super::choice;

/// A test that takes longer than this in an emulated machine hangs.
const LIMIT_SECONDS: u32 = 120;

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

/// All jobs. A filter chooses the binaries whose label contains it, else the tests whose name contains it.
pub fn all(binaries: &[Binary], filter: Option<&str>) -> Vec<Job> {
    let mut jobs = fallback(binaries);
    for user in User::ALL {
        jobs.extend(tests(binaries).map(|binary| test(binary, user)));
    }
    let Some(filter) = filter else { return jobs };
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

/// The test binaries that are run.
pub fn tests(binaries: &[Binary]) -> impl Iterator<Item = &Binary> {
    binaries
        .iter()
        .filter(|binary| binary.is_test && choice::left_out(binary).is_none())
}

fn test(binary: &Binary, user: User) -> Job {
    let skips = choice::skipped(binary).flat_map(|(test, _)| ["--skip".to_owned(), test.to_owned()]);
    Job {
        label: binary.label(),
        user,
        phase: Phase::WithAll,
        folder: binary.folder.clone(),
        command: std::iter::once(binary.path.display().to_string())
            .chain(skips)
            .collect(),
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
    let mut text = String::new();
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

    #[test]
    fn each_test_is_run_by_both_users_and_listenq_without_modules() {
        let jobs = all(&some(), None);
        let labels: Vec<_> = jobs.iter().map(|job| (job.label.as_str(), job.user)).collect();
        assert_eq!(
            labels,
            [
                ("fallback/without_diag", User::Root),
                ("fallback/without_diag", User::Nobody),
                ("fallback/without_tcp_diag", User::Root),
                ("fallback/without_tcp_diag", User::Nobody),
                ("lab/scenes", User::Root),
                ("listenq/scenes", User::Root),
                ("lab/scenes", User::Nobody),
                ("listenq/scenes", User::Nobody),
            ]
        );
    }

    #[test]
    fn a_filter_chooses_binaries_or_tests() {
        let jobs = all(&some(), Some("lab/"));
        assert!(jobs.len() == 2 && jobs.iter().all(|job| job.label == "lab/scenes"));
        let jobs = all(&some(), Some("half_open"));
        assert!(jobs.len() == 4 && jobs.iter().all(|job| job.command.ends_with(&["half_open".to_owned()])));
    }

    #[test]
    fn the_script_is_what_a_shell_reads() {
        let mut jobs = all(&some(), Some("lab/"));
        jobs[0].command.push("it's".into());
        let text = script(&jobs);
        assert!(
            text.contains("job 'lab/scenes' root 120 '/r/crates/lab' '/t/scenes-1' 'it'\\''s'\n"),
            "{text}"
        );
        let shell = std::process::Command::new("sh")
            .args(["-n", "-c", &text])
            .status()
            .unwrap();
        assert!(shell.success());
        let init = std::process::Command::new("sh")
            .args(["-n", "-c", include_str!("init.sh")])
            .status()
            .unwrap();
        assert!(init.success());
    }
}
