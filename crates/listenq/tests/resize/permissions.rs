//! Who may resize what, and what is said to those who may not: nothing is changed then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::compiled::skip;
use crate::containers::for_everybody;
use crate::owner::Owner;
use crate::run::{PROGRAM, Said, is_root, limits};

const NOBODY: &[&str] = &[
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "--inh-caps=-all",
];
const WITHOUT_PTRACE: &[&str] = &["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"];

/// The two programs where everybody may run them, and a place for a journal that everybody may write.
struct Ground {
    _directories: [tempfile::TempDir; 2],
    owner: PathBuf,
    listenq: PathBuf,
    state: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let (first, owner) = for_everybody(std::env::current_exe().unwrap().to_str().unwrap());
        let (second, listenq) = for_everybody(PROGRAM);
        let state = tempfile::tempdir().unwrap();
        fs::set_permissions(state.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Self {
            _directories: [first, second],
            owner,
            listenq,
            state,
        }
    }

    fn owner(&self, before: &[&str]) -> Owner {
        Owner::through(before, &self.owner, "127.0.0.1:0 128")
    }

    fn resize(&self, before: &[&str], owner: &Owner) -> Said {
        let listenq = self.listenq.to_str().unwrap();
        let port = owner.port.to_string();
        let words = [
            before,
            &[listenq, "resize", "512", "--netns", "self", "--yes", "--port", &port],
        ]
        .concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("STATE_DIRECTORY", self.state.path());
        command.output().unwrap().into()
    }
}

fn limit(owner: &Owner) -> u64 {
    limits(&format!("--port {} --netns self", owner.port))[0]
}

/// One test changes the level; the other depends on it.
static LEVEL: Mutex<()> = Mutex::new(());

fn level() -> MutexGuard<'static, ()> {
    LEVEL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn yama() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?;
    Some(text.trim().to_owned())
}

#[test]
fn a_user_resizes_what_is_the_users_own() {
    let test = "a_user_resizes_what_is_the_users_own";
    if !is_root(test) {
        return;
    }
    let _level = level();
    if yama().is_some_and(|scope| scope != "0") {
        return skip(test, "kernel.yama.ptrace_scope 0", "it is set");
    }
    let ground = Ground::new();
    let owner = ground.owner(NOBODY);
    ground.resize(NOBODY, &owner).done();
    assert_eq!(limit(&owner), 512);
}

#[test]
fn another_users_program_is_left_alone() {
    if !is_root("another_users_program_is_left_alone") {
        return;
    }
    let ground = Ground::new();
    let owner = ground.owner(&["env"]);
    ground
        .resize(NOBODY, &owner)
        .refused(2, &["it cannot be seen who holds", "needs CAP_SYS_PTRACE", "try sudo"]);
    assert_eq!(limit(&owner), 128);
}

/// Such as one that has read a secret, or was started with more rights (prctl(2), `PR_SET_DUMPABLE`).
#[test]
fn a_program_that_hides_is_left_alone() {
    if !is_root("a_program_that_hides_is_left_alone") {
        return;
    }
    let ground = Ground::new();
    let mut owner = ground.owner(NOBODY);
    owner.order("hide");
    ground
        .resize(NOBODY, &owner)
        .refused(2, &["it cannot be seen who holds", "needs CAP_SYS_PTRACE"]);
    assert_eq!(limit(&owner), 128);
    ground.resize(&["env"], &owner).done();
    assert_eq!(limit(&owner), 512);
}

#[test]
fn root_without_the_capability_is_told_which_one() {
    if !is_root("root_without_the_capability_is_told_which_one") {
        return;
    }
    let ground = Ground::new();
    let owner = ground.owner(&["env"]);
    ground
        .resize(WITHOUT_PTRACE, &owner)
        .refused(2, &["needs CAP_SYS_PTRACE"]);
    assert_eq!(limit(&owner), 128);
}

/// Yama's levels, where the kernel has it; 3 cannot be taken back before the next boot, and is not tried.
#[test]
fn yama_forbids_and_is_named() {
    let test = "yama_forbids_and_is_named";
    if !is_root(test) {
        return;
    }
    let _level = level();
    let Some(before) = yama() else {
        return skip(test, "Yama", "this kernel has no kernel.yama.ptrace_scope");
    };
    if before == "3" {
        return skip(test, "kernel.yama.ptrace_scope below 3", "it is 3 until the next boot");
    }
    let _restored = Restored(before);
    let ground = Ground::new();
    for (scope, words) in [("1", "ptrace_scope is 1"), ("2", "ptrace_scope is 2")] {
        let owner = ground.owner(NOBODY);
        fs::write(SCOPE, scope).unwrap();
        let said = ground.resize(NOBODY, &owner);
        said.refused(2, &[words, "Nothing is changed"]);
        assert_eq!(limit(&owner), 128);
        ground.resize(&["env"], &owner).done();
        assert_eq!(limit(&owner), 512, "root may");
    }
}

const SCOPE: &str = "/proc/sys/kernel/yama/ptrace_scope";

struct Restored(String);

impl Drop for Restored {
    fn drop(&mut self) {
        let _ = fs::write(Path::new(SCOPE), &self.0);
    }
}
