//! What is refused, in which words, with which status; and that nothing is changed then.

use std::net::TcpListener;

use lab::{Launch, Stage};

use crate::owner::Owner;
use crate::run::{PROGRAM, is_root, limits, listenq, may_touch_own, resize, resize_inside, state};

fn somaxconn() -> u64 {
    let text = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    text.trim().parse().unwrap()
}

#[test]
fn what_is_no_limit_is_refused() {
    for (limit, words) in [
        ("0", "1 is the least"),
        ("-5", "a number of connections, from 1"),
        ("2147483648", "2147483647 at most"),
        ("99999999999999999999", "no number"),
        ("many", "no number"),
        ("", "<N>"),
    ] {
        resize(&format!("{limit} --port 1 --yes")).refused(2, &[words]);
    }
    resize("5 --port 1 --rollback --yes").refused(2, &["--verify"]);
    resize("5 --port 1 --verify 10ms --yes").refused(2, &["from 1s to 1d"]);
    resize("5 --port 1 --verify 5s --dry-run").refused(2, &["cannot be used with"]);
}

#[test]
fn nothing_is_refused_silently_nor_done_halfway() {
    let owner = Owner::new(128);
    let one = format!("--port {} --netns self", owner.port);
    resize("512 --yes").refused(2, &["it is not said which of the"]);
    resize(&format!("{} {one} --yes", somaxconn() + 1)).refused(2, &["net.core.somaxconn of", "--raise-somaxconn"]);
    resize(&format!("5 {one} --yes")).refused(2, &["a limit of 128, and 5 is smaller", "--allow-shrink"]);
    resize(&format!("512 {one}")).refused(2, &["To change", "no terminal", "--yes"]);
    resize(&format!("512 {one} -o json")).refused(2, &["--yes", "--dry-run"]);
    resize("512 --netns pid:4194304 --yes").refused(3, &["there is no process 4194304"]);
    resize(&format!("128 {one} --yes")).refused(0, &["is 128 already: nothing to do"]);
    assert_eq!(limits(&one), [128]);
}

#[test]
fn nothing_that_matches_is_status_3_with_the_nearest_and_an_empty_document() {
    let owner = Owner::new(128);
    let other = owner.port - 1;
    let _taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let said = resize(&format!("512 --address 127.66.66.66 --port {other} --yes -o json"));
    assert_eq!(said.status, Some(3), "{}", said.stderr);
    assert!(said.stderr.contains("the nearest is"), "{}", said.stderr);
    let document = said.json();
    assert_eq!(document["steps"].as_array().map(Vec::len), Some(0), "{document}");
    assert_eq!(document["carried_out"], false);
}

#[test]
fn a_dry_run_changes_nothing_and_writes_nothing() {
    let owner = Owner::new(128);
    let one = format!("--port {} --netns self", owner.port);
    let journal = state();
    let mut command = listenq(journal.path());
    let output = command
        .args(["resize", "512", "--dry-run"])
        .args(one.split(' '))
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("limit 128 → 512"), "{text}");
    assert_eq!(limits(&one), [128]);
    assert_eq!(std::fs::read_dir(journal.path()).unwrap().count(), 0);
}

#[test]
fn several_programs_are_listed_and_left_alone() {
    if !may_touch_own("several_programs_are_listed_and_left_alone") {
        return;
    }
    let owner = Owner::new(128);
    // The test's own listener: another process, but of the same program. So a copy under another name.
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("other-program");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let other = Owner::through(&[], &copy, "127.0.0.1:0 128");
    let both = format!("--port {} --port {} --netns self", owner.port, other.port);
    resize(&format!("512 {both} --yes")).refused(
        2,
        &[
            "2 programs",
            "--all",
            "other-program (pid",
            &format!("127.0.0.1:{}", owner.port),
        ],
    );
    assert_eq!(limits(&both), [128, 128]);
    resize(&format!("512 {both} --yes --all")).done();
    assert_eq!(limits(&both), [512, 512]);
}

/// As a container's runtime mounts it.
#[test]
fn where_proc_sys_is_read_only_nothing_is_left_half_done() {
    if !is_root("where_proc_sys_is_read_only_nothing_is_left_half_done") {
        return;
    }
    let stage = Stage::launch(&Launch::new(PROGRAM, "never-accept").set("rate", 0)).unwrap();
    let journal = state();
    let script = format!(
        "mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && \
         STATE_DIRECTORY={} exec {PROGRAM} resize 5000 --port 8080 --netns self --raise-somaxconn --yes",
        journal.path().display()
    );
    let said = stage.run_inside(["unshare", "-m", "sh", "-c", &script]).unwrap();
    crate::run::Said::from(said).refused(2, &["Nothing is changed", "write", "container", "not tried"]);
    let unchanged = resize_inside(&stage, "4 --port 8080 --netns self --yes");
    unchanged.refused(0, &["is 4 already"]);
}

#[test]
fn somaxconn_is_raised_first_and_in_the_namespace_of_the_socket() {
    if !is_root("somaxconn_is_raised_first_and_in_the_namespace_of_the_socket") {
        return;
    }
    let host = somaxconn();
    let stage = Stage::launch(&Launch::new(PROGRAM, "never-accept").set("rate", 0)).unwrap();
    let line = format!("{} --netns pid:{} --port 8080 --yes", host + 5000, stage.pid());
    resize(&line).refused(2, &["net.core.somaxconn of"]);
    let said = resize(&format!("{line} --raise-somaxconn -o json")).done().json();
    assert_eq!(said["steps"][0]["name"], "net.core.somaxconn");
    assert_eq!(said["steps"][1]["ending"], "done");
    assert_eq!(
        limits(&format!("--netns pid:{} --port 8080", stage.pid())),
        [host + 5000]
    );
    assert_eq!(somaxconn(), host, "ours is as it was");
}
