//! The index over made-up trees, and over this very machine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use model::Status;

use super::*;

const START: Duration = Duration::from_secs(1000);

/// A made-up /proc.
struct Tree(tempfile::TempDir);

impl Tree {
    /// With a process 1 that may be looked at, in the first pid namespace.
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.process(1, "init", 1, &[]);
        std::fs::create_dir(tree.path("1/ns")).unwrap();
        symlink("pid:[4026531836]", tree.path("1/ns/pid")).unwrap();
        tree
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn process(&self, pid: u32, comm: &str, started: u64, links: &[(u32, &str)]) {
        let dir = self.path(&pid.to_string());
        std::fs::create_dir_all(dir.join("fd")).unwrap();
        std::fs::create_dir_all(dir.join("task")).unwrap();
        std::fs::write(dir.join("stat"), stat_line(pid, comm, started)).unwrap();
        std::fs::write(dir.join("statm"), "100 50 3\n").unwrap();
        std::fs::write(dir.join("cgroup"), format!("0::/system.slice/{pid}.service\n")).unwrap();
        symlink("/usr/sbin/nginx (deleted)", dir.join("exe")).unwrap();
        for (fd, link) in links {
            symlink(link, dir.join("fd").join(fd.to_string())).unwrap();
        }
    }

    fn link(&self, pid: u32, fd: u32, link: &str) {
        symlink(link, self.path(&format!("{pid}/fd/{fd}"))).unwrap();
    }

    fn unlink(&self, pid: u32, fd: u32) {
        std::fs::remove_file(self.path(&format!("{pid}/fd/{fd}"))).unwrap();
    }

    fn end(&self, pid: u32) {
        std::fs::remove_dir_all(self.path(&pid.to_string())).unwrap();
    }

    fn index(&self) -> OwnerIndex {
        OwnerIndex::new(Roots {
            proc: self.0.path().into(),
            ..Roots::default()
        })
    }
}

fn stat_line(pid: u32, comm: &str, started: u64) -> String {
    format!("{pid} ({comm}) S 1 7 7 0 -1 0 1 0 0 0 3 4 0 0 20 0 1 0 {started} 1000 20\n")
}

/// Pids and descriptors of the owners; `None` as the index has it.
fn owners(index: &OwnerIndex, inode: u64) -> Option<Vec<(u32, u32)>> {
    Some(index.owners(inode)?.iter().map(|owner| (owner.pid, owner.fd)).collect())
}

fn seconds(after: u64) -> Duration {
    START + Duration::from_secs(after)
}

#[test]
fn owners_are_oldest_first_with_their_lowest_descriptor() {
    let tree = Tree::new();
    tree.process(
        30,
        "worker",
        500,
        &[(7, "socket:[4711]"), (10, "socket:[4711]"), (9, "socket:[1]")],
    );
    tree.process(
        40,
        ") (",
        400,
        &[(12, "socket:[4711]"), (3, "/dev/null"), (4, "anon_inode:[eventpoll]")],
    );
    tree.process(20, "twin", 500, &[(5, "socket:[4711]"), (6, "socket:[47110]")]);
    let mut index = tree.index();
    let report = index.refresh(&[4711], START);
    assert!(report.walked && report.error.is_none(), "{report:?}");
    assert_eq!(
        (report.processes, report.denied, report.descriptors, report.hidden),
        (4, 0, 8, false)
    );
    assert_eq!(report.health().status, Status::Ok);
    assert_eq!(owners(&index, 4711), Some(vec![(40, 12), (20, 5), (30, 7)]));
    let oldest = index.owners(4711).unwrap()[0].clone();
    assert_eq!(
        (&*oldest.comm, oldest.executable.as_deref(), oldest.started),
        (") (", Some("nginx"), 400)
    );
    assert_eq!(index.cgroup(40).unwrap().unit.as_deref(), Some("40.service"));
    assert_eq!(owners(&index, 1), None, "it was not asked for");
    assert!(index.cgroup(1).is_none(), "it owns nothing that was asked for");
}

#[test]
fn nobody_is_told_from_unknown() {
    let tree = Tree::new();
    let mut index = tree.index();
    assert_eq!(owners(&index, 9), None, "nothing was looked at yet");
    index.refresh(&[9], START);
    assert_eq!(
        owners(&index, 9),
        Some(vec![]),
        "every process was read and none holds it"
    );
    assert_eq!(owners(&index, 8), None, "it was not asked for");
    assert_eq!(
        owners(&index, 0),
        Some(vec![]),
        "without an inode there is no file to hold"
    );
}

#[test]
fn a_pid_namespace_of_its_own_may_hide_owners() {
    let tree = Tree::new();
    std::fs::remove_file(tree.path("1/ns/pid")).unwrap();
    symlink("pid:[4026532001]", tree.path("1/ns/pid")).unwrap();
    let mut index = tree.index();
    let report = index.refresh(&[9], START);
    assert!(report.hidden);
    assert_eq!(report.health().status, Status::Degraded);
    assert_eq!(owners(&index, 9), None);
    tree.end(1);
    assert!(
        tree.index().refresh(&[9], START).hidden,
        "hidepid: process 1 is not listed"
    );
}

#[test]
fn without_procfs_nothing_is_known() {
    let mut index = OwnerIndex::new(Roots {
        proc: "/nonexistent".into(),
        ..Roots::default()
    });
    let report = index.refresh(&[9], START);
    assert!(report.error.as_ref().is_some_and(ProcfsError::is_gone));
    assert_eq!(report.health().status, Status::Unavailable);
    assert_eq!(owners(&index, 9), None);
}

#[test]
fn a_steady_refresh_does_not_walk() {
    let tree = Tree::new();
    tree.process(30, "worker", 500, &[(7, "socket:[4711]")]);
    let mut index = tree.index();
    let mut walked = Vec::new();
    let mut checked = Vec::new();
    for second in 0..=60 {
        let report = index.refresh(&[4711], seconds(second));
        walked.extend(report.walked.then_some(second));
        checked.extend(report.checked.then_some(second));
        assert_eq!(report.processes, 2, "what the last walk saw stays known");
    }
    assert_eq!(walked, [0, 30, 60]);
    assert_eq!(checked, [5, 10, 15, 20, 25, 35, 40, 45, 50, 55]);
}

#[test]
fn an_ownerless_socket_is_searched_for_at_intervals() {
    let tree = Tree::new();
    let mut index = tree.index();
    let walked: Vec<u64> = (0..=25)
        .filter(|second| index.refresh(&[9], seconds(*second)).walked)
        .collect();
    assert_eq!(walked, [0, 10, 20]);
}

#[test]
fn nothing_wanted_means_nothing_read() {
    let tree = Tree::new();
    let mut index = tree.index();
    assert!((0..100).all(|second| !index.refresh(&[0], seconds(second)).walked));
    assert!((0..100).all(|second| !index.refresh(&[], seconds(second)).walked));
}

#[test]
fn a_new_socket_is_walked_for_but_not_too_often() {
    let tree = Tree::new();
    tree.process(30, "worker", 500, &[(7, "socket:[1]"), (8, "socket:[2]")]);
    let mut index = tree.index();
    index.refresh(&[1], START);
    let half = START + Duration::from_millis(500);
    assert!(!index.refresh(&[1, 2], half).walked);
    assert_eq!(owners(&index, 2), None, "unknown until it is looked for");
    assert!(index.refresh(&[1, 2], seconds(1)).walked);
    assert_eq!(owners(&index, 2), Some(vec![(30, 8)]));
}

#[test]
fn walks_are_farther_apart_the_more_they_read() {
    let mut index = Tree::new().index();
    for (descriptors, seconds) in [(0, 1), (6_000, 1), (100_000, 15), (200_000, 30), (usize::MAX, 30)] {
        index.extent.descriptors = descriptors;
        assert_eq!(index.walk_apart(), Duration::from_secs(seconds), "{descriptors}");
    }
}

#[test]
fn an_heir_is_found_by_the_next_full_walk() {
    let tree = Tree::new();
    tree.process(30, "old", 500, &[(7, "socket:[1]")]);
    let mut index = tree.index();
    index.refresh(&[1], START);
    tree.process(31, "heir", 600, &[(3, "socket:[1]")]);
    assert!(!index.refresh(&[1], seconds(29)).walked);
    assert!(index.refresh(&[1], seconds(30)).walked);
    assert_eq!(owners(&index, 1), Some(vec![(30, 7), (31, 3)]));
}

#[test]
fn owners_that_let_go_are_dropped_at_the_next_check() {
    let tree = Tree::new();
    tree.process(30, "closes", 500, &[(7, "socket:[1]"), (8, "socket:[2]")]);
    tree.process(31, "stays", 600, &[(3, "socket:[1]")]);
    let mut index = tree.index();
    index.refresh(&[1], START);
    tree.unlink(30, 7);
    tree.link(30, 7, "socket:[77]");
    let report = index.refresh(&[1], seconds(5));
    assert!(report.checked && !report.walked, "another owner is known: {report:?}");
    assert_eq!(owners(&index, 1), Some(vec![(31, 3)]));
    assert!(index.cgroup(30).is_none());
}

#[test]
fn the_last_owner_that_goes_makes_a_walk() {
    let tree = Tree::new();
    tree.process(30, "ends", 500, &[(7, "socket:[1]")]);
    let mut index = tree.index();
    index.refresh(&[1], START);
    tree.end(30);
    let report = index.refresh(&[1], seconds(5));
    assert!(report.checked && report.walked);
    assert_eq!(owners(&index, 1), Some(vec![]));
}

#[test]
fn a_pid_that_was_given_again_is_another_process() {
    let tree = Tree::new();
    tree.process(30, "first", 500, &[(7, "socket:[1]")]);
    let mut index = tree.index();
    index.refresh(&[1], START);
    tree.end(30);
    tree.process(30, "second", 900, &[(7, "socket:[1]")]);
    assert!(index.refresh(&[1], seconds(5)).walked);
    assert_eq!(&*index.owners(1).unwrap()[0].comm, "second");
}

#[test]
fn what_is_garbled_is_passed_over() {
    let tree = Tree::new();
    tree.process(30, "garbled", 500, &[(7, "socket:[1]")]);
    std::fs::write(tree.path("30/stat"), "30 (garbled").unwrap();
    tree.process(
        31,
        "good",
        600,
        &[
            (3, "socket:[1]"),
            (4, "socket:[]"),
            (5, "socket:[99999999999999999999]"),
        ],
    );
    std::fs::write(tree.path("31/cgroup"), "nonsense\n").unwrap();
    tree.link(31, 6, &"x".repeat(3000));
    std::fs::write(tree.path("31/fd/+7"), "").unwrap();
    std::fs::write(tree.path("32"), "not a directory").unwrap();
    let mut index = tree.index();
    index.refresh(&[1], START);
    assert_eq!(owners(&index, 1), Some(vec![(31, 3)]));
    assert!(index.cgroup(31).is_none());
}

#[test]
fn many_processes_are_read_by_several_threads() {
    let tree = Tree::new();
    for pid in 100..300 {
        tree.process(
            pid,
            "worker",
            u64::from(pid),
            &[(pid, "socket:[1]"), (1, &format!("socket:[{pid}]"))],
        );
    }
    let mut index = tree.index();
    assert_eq!(index.refresh(&[1, 150, 299], START).processes, 201);
    assert_eq!(owners(&index, 1), Some((100..300).map(|pid| (pid, pid)).collect()));
    assert_eq!(owners(&index, 150), Some(vec![(150, 1)]));
}

#[test]
fn a_process_whose_first_thread_has_ended_still_owns() {
    let tree = Tree::new();
    tree.process(30, "threads", 500, &[]);
    for tid in [30, 33, 34] {
        std::fs::create_dir_all(tree.path(&format!("30/task/{tid}/fd"))).unwrap();
    }
    symlink("socket:[1]", tree.path("30/task/33/fd/5")).unwrap();
    if std::fs::metadata(tree.path("30/task")).unwrap().nlink() != 5 {
        let name = "a_process_whose_first_thread_has_ended_still_owns";
        return eprintln!("skipped: {name}: this file system does not count directories as links, as procfs does");
    }
    let mut index = tree.index();
    index.refresh(&[1], START);
    assert_eq!(owners(&index, 1), Some(vec![(30, 5)]));
    assert!(
        !index.refresh(&[1], seconds(5)).walked,
        "the check looks through the same thread"
    );
}

#[test]
fn denied_processes_are_counted() {
    let tree = Tree::new();
    for (pid, memory) in [(30, "100 50 3\n"), (31, "0 0 0\n")] {
        tree.process(pid, "other", 500, &[(7, "socket:[1]")]);
        std::fs::write(tree.path(&format!("{pid}/statm")), memory).unwrap();
        let mode = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(tree.path(&format!("{pid}/fd")), mode).unwrap();
    }
    let mut index = tree.index();
    let report = std::thread::scope(|scope| scope.spawn(|| refresh_without_capabilities(&mut index)).join()).unwrap();
    assert_eq!(
        (report.processes, report.denied),
        (3, 1),
        "a kernel thread has no descriptors"
    );
    assert!(report.health().reason.unwrap().contains("1 of 3 processes"));
    assert_eq!(owners(&index, 1), None);
}

/// Capabilities belong to the thread: root, too, is denied what the mode denies.
fn refresh_without_capabilities(index: &mut OwnerIndex) -> ScanReport {
    let mut sets = rustix::thread::capabilities(None).unwrap();
    sets.effective = rustix::thread::CapabilitySet::empty();
    rustix::thread::set_capabilities(None, sets).unwrap();
    index.refresh(&[1], START)
}

fn inode(path: impl AsRef<Path>) -> u64 {
    std::fs::metadata(path).unwrap().ino()
}

fn listener() -> (TcpListener, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let inode = inode(format!("/proc/self/fd/{}", listener.as_raw_fd()));
    (listener, inode)
}

/// A process that holds the socket as its standard input, and says so.
#[allow(clippy::disallowed_methods, reason = "a test needs a second process")]
fn heir(socket: OwnedFd) -> Child {
    let mut child = std::process::Command::new("sh")
        .args(["-c", "echo ready; exec sleep 60 >/dev/null"])
        .stdin(Stdio::from(socket))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "ready\n");
    child
}

#[test]
fn an_own_listener_is_owned_by_this_process_and_its_heir() {
    let (listener, inode) = listener();
    let fd = u32::try_from(listener.as_raw_fd()).unwrap();
    let own = std::process::id();
    let mut index = OwnerIndex::new(Roots::default());
    index.refresh(&[inode], START);
    // Another test of this process may be starting a program, which holds everything until its exec.
    assert!(owners(&index, inode).unwrap().contains(&(own, fd)));
    let found = index.owners(inode).unwrap();
    let name = std::env::current_exe()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .map(str::to_owned);
    let this = found.iter().find(|owner| owner.pid == own).unwrap();
    assert_eq!(this.executable.as_deref(), name.as_deref());

    let mut child = heir(listener.try_clone().unwrap().into());
    index.refresh(&[inode], seconds(30));
    let both = owners(&index, inode).unwrap();
    let position = |wanted| both.iter().position(|owner| *owner == wanted);
    assert!(
        position((own, fd)).unwrap() < position((child.id(), 0)).unwrap(),
        "oldest first: {both:?}"
    );

    drop(listener);
    index.refresh(&[inode], seconds(35));
    let left = owners(&index, inode).unwrap();
    assert!(
        left.contains(&(child.id(), 0)) && !left.iter().any(|(pid, _)| *pid == own),
        "{left:?}"
    );

    child.kill().unwrap();
    child.wait().unwrap();
    index.refresh(&[inode], seconds(40));
    assert!(owners(&index, inode).is_none_or(|owners| !owners.iter().any(|(pid, _)| *pid == child.id())));
}
