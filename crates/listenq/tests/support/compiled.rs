//! Programs compiled for tests, static: those of tests/run/programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lab::Missing;

/// Programs of `programs/`, compiled once for all tests of this process.
struct Programs {
    directory: tempfile::TempDir,
}

/// Where programs are that were compiled before, on machines without a compiler (`cargo xtask kernels`).
const COMPILED_BEFORE: &str = "LISTENQ_TEST_PROGRAMS";

/// A program of `programs/`, static; `None` when it cannot be compiled here, which is said.
pub fn compiled(test: &str, name: &str) -> Option<PathBuf> {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    static COMPILING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    if let Some(folder) = std::env::var_os(COMPILED_BEFORE) {
        return Some(Path::new(&folder).join(name));
    }
    let programs = PROGRAMS.get_or_init(|| Programs {
        directory: tempfile::tempdir().unwrap(),
    });
    let _alone = COMPILING.lock().unwrap();
    let path = programs.directory.path().join(name);
    if path.exists() {
        return Some(path);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run/programs/build.sh");
    let output = Command::new("sh")
        .arg(script)
        .arg(programs.directory.path())
        .arg(name)
        .output()
        .unwrap();
    if output.status.success() {
        return Some(path);
    }
    skip(
        test,
        "a C compiler for this program",
        &String::from_utf8_lossy(&output.stderr),
    );
    None
}

pub fn skip(test: &str, what: &str, why: &str) {
    let missing = Missing {
        what: what.into(),
        reason: why.lines().next().unwrap_or_default().into(),
        privilege: false,
    };
    lab::skip_or_fail(test, &missing);
}
