//! A test harness in small: runs cases by name, tells results as libtest does.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::panic::catch_unwind;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::lab::{self, LabError, Missing};

/// A test: panics if it fails, says what was missing if it could not be run.
pub type Case = (&'static str, fn() -> Outcome);
pub type Outcome = Result<(), Missing>;

/// Set for the second run, so that it does not start a third.
const AS_NOBODY: &str = "LISTENQ_LAB_TEST_AS_NOBODY";
const NOBODY: u32 = 65534;
/// How [`Missing`] speaks where not even a user namespace is allowed.
const NO_NAMESPACE: &str = "a network namespace is not to be had";

/// Runs the cases whose names contain the first plain argument, or all.
pub fn run(cases: &[Case]) -> ExitCode {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = wanted.unwrap_or_default();
    let chosen = cases.iter().filter(|(name, _)| name.contains(&wanted));
    if std::env::args().any(|argument| argument == "--list") {
        chosen.for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed, mut ignored) = (0, 0, 0);
    for (name, case) in chosen {
        let outcome = catch_unwind(|| match case() {
            Ok(()) => true,
            Err(missing) => {
                lab::skip_or_fail(name, &missing);
                false
            }
        });
        let (counter, word) = match outcome {
            Ok(true) => (&mut passed, "ok"),
            Ok(false) => (&mut ignored, "ignored"),
            Err(_) => (&mut failed, "FAILED"),
        };
        *counter += 1;
        println!("test {name} ... {word}");
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; {ignored} ignored");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Splits "cannot be run here" from "went wrong".
pub fn unless_missing<T>(result: Result<T, LabError>) -> Result<T, Missing> {
    match result {
        Ok(value) => Ok(value),
        Err(LabError::Missing(missing)) => Err(missing),
        Err(error) => panic!("{error}"),
    }
}

/// Looks again and again until `condition` gives something; panics after ten seconds.
#[expect(clippy::disallowed_methods, reason = "a test's deadline")]
pub fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "not within 10 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The system forbids user namespaces: no privilege of ours changes what nobody may do.
fn withheld(reason: &str) -> Missing {
    Missing {
        what: "a namespace for nobody".into(),
        reason: reason.into(),
        privilege: false,
    }
}

/// Whether there is another user as whom the cases can be run.
pub fn may_run_again() -> bool {
    lab::require::root().is_ok() && std::env::var_os(AS_NOBODY).is_none()
}

/// Runs all cases again as nobody, from a copy of this program that nobody can reach.
#[expect(clippy::disallowed_methods, reason = "a test starts itself again as another user")]
pub fn again_as_nobody() -> Outcome {
    if let Err(missing) = lab::require::user_namespaces() {
        return Err(withheld(&missing.reason));
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = directory.path().join("scenes");
    std::fs::copy("/proc/self/exe", &program).unwrap();
    let output = Command::new(&program)
        .env(AS_NOBODY, "1")
        // What only root can have is missing there, and rightly so.
        .env_remove("LISTENQ_REQUIRE_ROOT")
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "as nobody:\n{text}\n{errors}");
    if let Some(line) = errors.lines().find(|line| line.contains(NO_NAMESPACE)) {
        return Err(withheld(line));
    }
    // Only the freezer of cgroups is root's alone.
    assert!(text.ends_with("0 failed; 2 ignored\n"), "as nobody:\n{text}\n{errors}");
    Ok(())
}
