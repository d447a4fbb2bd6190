//! The real program, in namespaces and with a directory of states of its own.

use std::path::Path;
use std::process::{Command, Output};

use lab::Stage;
use serde_json::Value;

pub use crate::stage::stage;
use crate::support::listenq;
pub use crate::support::{assert_refused, text};
pub use crate::unfolded::unfolded;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// Runs `listenq tune` in the namespaces of the test.
pub fn here(arguments: &[&str]) -> Output {
    let state = tempfile::tempdir().unwrap();
    listenq()
        .env("STATE_DIRECTORY", state.path())
        .arg("tune")
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs `listenq tune` in the namespace of a scene, with a directory of states.
pub fn inside_with(stage: &Stage, directory: &Path, arguments: &[&str]) -> Output {
    let directory = format!("STATE_DIRECTORY={}", directory.display());
    let command = [
        &["env", &directory, "LC_ALL=C.UTF-8", PROGRAM, "tune", "--netns", "self"],
        arguments,
    ]
    .concat();
    stage.run_inside(command).unwrap()
}

/// [`inside_with`] one that is gone afterwards.
pub fn inside(stage: &Stage, arguments: &[&str]) -> Output {
    inside_with(stage, tempfile::tempdir().unwrap().path(), arguments)
}

/// Runs `script` in a network and mount namespace of its own, an ordinary user as root of a user namespace, in which
/// somaxconn has to be there; `$0` is the program.
pub fn unshared(test: &str, script: &str) -> Option<Output> {
    const HIDDEN: i32 = 77;
    let mut flags = vec!["--net", "--mount"];
    if lab::require::root().is_err() {
        if let Err(missing) = lab::require::user_namespaces() {
            lab::skip_or_fail(test, &missing);
            return None;
        }
        flags.extend(["--user", "--map-root-user"]);
    }
    let output = private(
        &flags,
        &format!("test -e /proc/sys/net/core/somaxconn || exit {HIDDEN}\n{script}"),
    )?;
    if output.status.code() == Some(HIDDEN) {
        lab::skip_or_fail(test, &hidden_somaxconn());
        return None;
    }
    Some(output)
}

pub fn hidden_somaxconn() -> lab::Missing {
    lab::Missing {
        what: "/proc/sys/net/core/somaxconn".to_owned(),
        reason: "up to Linux 6.1 a user namespace has none".to_owned(),
        privilege: false,
    }
}

/// Runs `script` in a mount namespace of its own, in the host's network namespace (root only); `$0` is the program.
pub fn mounts(test: &str, script: &str) -> Option<Output> {
    if let Err(missing) = lab::require::root() {
        lab::skip_or_fail(test, &missing);
        return None;
    }
    private(&["--mount"], script)
}

fn private(flags: &[&str], script: &str) -> Option<Output> {
    let state = tempfile::tempdir().unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(flags).args(["sh", "-ec", script, PROGRAM]);
    unshare.env("STATE_DIRECTORY", state.path()).env("LC_ALL", "C.UTF-8");
    match unshare.output() {
        Ok(output) => Some(output),
        Err(error) => {
            let missing = lab::Missing {
                what: "unshare".to_owned(),
                reason: error.to_string(),
                privilege: false,
            };
            lab::skip_or_fail("unshare", &missing);
            None
        }
    }
}

pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// A sysctl of the namespace of a scene.
pub fn sysctl(stage: &Stage, path: &str) -> i64 {
    let output = stage.run_inside(["cat", &format!("/proc/sys/net/{path}")]).unwrap();
    text(&output.stdout).trim().parse().unwrap()
}
