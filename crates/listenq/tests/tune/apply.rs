//! What is changed at once, and what is not.

use std::fs;

use lab::Namespace;

use crate::run::{assert_refused, here, inside, inside_with, json, stage, sysctl, text, unfolded, unshared};

#[test]
fn it_is_changed_read_back_and_written_down() {
    let Some(stage) = stage("it_is_changed_read_back_and_written_down", "clamped", &[]) else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let values = [
        "--somaxconn",
        "8192",
        "--tcp-synack-retries",
        "3",
        "--apply",
        "--yes",
        "-o",
        "json",
    ];
    let output = inside_with(&stage, directory.path(), &values);
    let document = json(&output);
    assert_eq!(output.status.code(), Some(0), "{document:#}");
    assert_eq!(
        (
            sysctl(&stage, "core/somaxconn"),
            sysctl(&stage, "ipv4/tcp_synack_retries")
        ),
        (8192, 3)
    );
    let endings: Vec<_> = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["ending"])
        .collect();
    assert_eq!(endings, ["done", "done"]);
    assert!(
        fs::read_to_string(directory.path().join("journal"))
            .unwrap()
            .contains("net.core.somaxconn")
    );
    // The listener of the scene has its limit still.
    let listeners = stage.run_inside([
        crate::run::PROGRAM,
        "--netns",
        "self",
        "--tcp",
        "--get",
        "accept_queue.limit",
    ]);
    assert_eq!(text(&listeners.unwrap().stdout).trim(), "64");
    // It holds already, and that is fine.
    let again = inside(&stage, &values[..6]);
    assert_eq!(again.status.code(), Some(0));
    assert!(
        text(&again.stdout).contains("Nothing to change"),
        "{}",
        text(&again.stdout)
    );
}

#[test]
fn only_looking_changes_nothing() {
    let Some(stage) = stage("only_looking_changes_nothing", "clamped", &[]) else {
        return;
    };
    let output = inside(&stage, &["--somaxconn", "8192", "--apply", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("net.core.somaxconn: 64 → 8192"),
        "{}",
        text(&output.stdout)
    );
    assert_eq!(sysctl(&stage, "core/somaxconn"), 64);
}

/// What a container's runtime does to /proc/sys.
#[test]
fn a_read_only_proc_sys_is_said_and_nothing_is_half_done() {
    let script = "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys
        \"$0\" tune --somaxconn 8192 --tcp-synack-retries 3 --apply --yes || echo status $?
        cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/tcp_synack_retries";
    let Some(output) = unshared("a_read_only_proc_sys_is_said_and_nothing_is_half_done", script) else {
        return;
    };
    let said = text(&output.stdout);
    assert!(
        unfolded(said).contains("Read-only file system"),
        "{said}{}",
        text(&output.stderr)
    );
    assert!(said.contains("Nothing is changed"), "{said}");
    assert!(said.ends_with("status 2\n4096\n5\n"), "{said}");
}

#[test]
fn several_namespaces_are_changed_only_when_all_are_meant() {
    let test = "several_namespaces_are_changed_only_when_all_are_meant";
    if let Err(missing) = lab::require::root() {
        return lab::skip_or_fail(test, &missing);
    }
    let names = ["a", "b"].map(|name| format!("listenq-tune-{}-{name}", std::process::id()));
    let spaces = names.each_ref().map(|name| Namespace::named(name).unwrap());
    let selection = ["--netns", &names[0], "--netns", &names[1]];
    let values = ["--tcp-synack-retries", "4", "--apply", "--yes"];
    let refused = assert_refused(&here(&[&selection[..], &values].concat()), 2);
    assert!(refused.contains(&names[0]) && refused.contains("--all"), "{refused}");
    let retries = |space: &Namespace| {
        let read = || fs::read_to_string("/proc/sys/net/ipv4/tcp_synack_retries").unwrap();
        space.run(read).unwrap().trim().to_owned()
    };
    assert_eq!(spaces.each_ref().map(retries), ["5", "5"]);
    let output = here(&[&selection[..], &values, &["--all"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(spaces.each_ref().map(retries), ["4", "4"]);
    // It belongs where the namespace is made.
    let said = text(&output.stdout);
    assert!(
        said.contains(&format!("ip netns exec {} sysctl -w", names[0])),
        "{said}"
    );
}
