//! A test harness in small, for tests whose program plays parts of its own: runs cases beside each other, and again as
//! nobody; tells results as libtest does.

use std::collections::VecDeque;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};

use crate::lab::{self, Missing};

/// What a case that panics, one that passes and one that cannot be run come to.
pub type Outcome = Result<(), Missing>;

/// A test: panics if it fails, says what was missing if it could not be run.
pub struct Case {
    pub name: String,
    run: Box<dyn Fn() -> Outcome + Send + Sync>,
}

impl Case {
    pub fn new(name: &str, run: impl Fn() -> Outcome + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }
}

#[derive(Default)]
struct Count {
    passed: u32,
    failed: u32,
    ignored: u32,
}

/// Set for the second run, so that it does not start a third.
const AS_NOBODY: &str = "LISTENQ_LAB_TEST_AS_NOBODY";
const NOBODY: u32 = 65534;
/// How [`Missing`] speaks where not even a user namespace is allowed.
const NO_NAMESPACE: &str = "a network namespace is not to be had";

/// Runs the cases whose names contain the first plain argument, or all, so many `beside` each other; those of `then`
/// when all of `first` have ended.
pub fn run(first: Vec<Case>, beside: usize, then: Vec<Case>) -> ExitCode {
    let wanted = arguments().into_iter().find(|argument| !argument.starts_with('-'));
    let wanted = wanted.unwrap_or_default();
    let chosen = |cases: Vec<Case>| cases.into_iter().filter(|case| case.name.contains(&wanted)).collect();
    let (first, then): (Vec<Case>, Vec<Case>) = (chosen(first), chosen(then));
    if arguments().iter().any(|argument| argument == "--list") {
        first
            .iter()
            .chain(&then)
            .for_each(|case| println!("{}: test", case.name));
        return ExitCode::SUCCESS;
    }
    let count = Mutex::new(Count::default());
    let waiting = Mutex::new(VecDeque::from(first));
    std::thread::scope(|scope| {
        for _ in 0..beside {
            scope.spawn(|| {
                while let Some(case) = next(&waiting) {
                    run_one(&case, &count);
                }
            });
        }
    });
    for case in &then {
        run_one(case, &count);
    }
    let count = count.into_inner().unwrap();
    let word = if count.failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {} failed; {} ignored",
        count.passed, count.failed, count.ignored
    );
    if count.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}

fn next(waiting: &Mutex<VecDeque<Case>>) -> Option<Case> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn run_one(case: &Case, count: &Mutex<Count>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| match (case.run)() {
        Ok(()) => true,
        Err(missing) => {
            lab::skip_or_fail(&case.name, &missing);
            false
        }
    }));
    let mut count = count.lock().unwrap();
    let (counter, word) = match outcome {
        Ok(true) => (&mut count.passed, "ok"),
        Ok(false) => (&mut count.ignored, "ignored"),
        Err(_) => (&mut count.failed, "FAILED"),
    };
    *counter += 1;
    println!("test {} ... {word}", case.name);
}

/// The system forbids user namespaces: no privilege of ours changes what nobody may do.
fn withheld(reason: &str) -> Missing {
    Missing {
        what: "a namespace for nobody".into(),
        reason: reason.into(),
        privilege: false,
    }
}

/// The case that runs all others again as nobody, where there is that other user; `rightly` says of a line that tells of
/// a skip whether nobody has to do without what it names.
pub fn again_as_nobody(rightly: fn(&str) -> bool) -> Option<Case> {
    let may = lab::require::root().is_ok() && std::env::var_os(AS_NOBODY).is_none();
    may.then(|| Case::new("as_an_ordinary_user", move || run_as_nobody(rightly)))
}

/// Runs all cases from a copy of this program that nobody can reach.
#[expect(clippy::disallowed_methods, reason = "a test starts itself again as another user")]
fn run_as_nobody(rightly: fn(&str) -> bool) -> Outcome {
    if let Err(missing) = lab::require::user_namespaces() {
        return Err(withheld(&missing.reason));
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = directory.path().join("again");
    std::fs::copy("/proc/self/exe", &program).unwrap();
    let output = Command::new(&program)
        .env(AS_NOBODY, "1")
        // What only root can have is missing there, and rightly so.
        .env_remove("LISTENQ_REQUIRE_ROOT")
        .env_remove("LISTENQ_PRINT_ANSWERS")
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
    for line in errors.lines().filter(|line| line.starts_with("skipped:")) {
        assert!(rightly(line), "as nobody: {line}");
    }
    Ok(())
}
