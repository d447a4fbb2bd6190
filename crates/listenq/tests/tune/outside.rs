//! The command line: exit status, streams, what is refused.

use crate::run::{assert_refused, here, inside, json, stage, text};

#[test]
fn what_cannot_be_understood_is_status_2_and_one_line() {
    for arguments in [
        &["--somaxconn", "-1"][..],
        &["--somaxconn", "2147483648"],
        &["--somaxconn", "99999999999999999999999999999999999999999"],
        &["--somaxconn", "4k"],
        &["--somaxconn"],
        &["--tcp-syncookies", "3"],
        &["--tcp-abort-on-overflow", "2"],
        &["--tcp-synack-retries", "256"],
        &["--tcp-migrate-req", "2"],
        &["--tcp-fastopen", "-1"],
        &["--for", "10"],
        &["--netns", "pid:x"],
        &["--yes", "--dry-run"],
        &["--no-such"],
        &["-o", "csv"],
    ] {
        assert_refused(&here(arguments), 2);
    }
}

#[test]
fn no_such_namespace_is_status_3() {
    for (netns, said) in [
        (
            "no-such-namespace",
            "no network namespace is no-such-namespace; there are ",
        ),
        ("pid:4294967295", "there is no process 4294967295"),
    ] {
        let refused = assert_refused(&here(&["--netns", netns]), 3);
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn nothing_is_changed_without_being_told_to() {
    let Some(stage) = stage(
        "nothing_is_changed_without_being_told_to",
        "clamped",
        &[("clients", 65)],
    ) else {
        return;
    };
    let output = inside(&stage, &[]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("listenq tune --somaxconn 4096 --apply"), "{said}");
    assert_eq!(crate::run::sysctl(&stage, "core/somaxconn"), 64);
}

#[test]
fn it_does_not_ask_where_nobody_answers() {
    let Some(stage) = stage("it_does_not_ask_where_nobody_answers", "clamped", &[]) else {
        return;
    };
    let output = inside(&stage, &["--somaxconn", "8192", "--apply"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("add --yes"), "{}", text(&output.stderr));
    let output = inside(&stage, &["--somaxconn", "8192", "--apply", "-o", "json"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    assert_eq!(crate::run::sysctl(&stage, "core/somaxconn"), 64);
}

/// A file in /etc/sysctl.d is read for the host's own namespace alone.
#[test]
fn the_file_is_for_the_host_alone() {
    let Some(stage) = stage("the_file_is_for_the_host_alone", "clamped", &[]) else {
        return;
    };
    let output = inside(&stage, &["--somaxconn", "8192", "--apply", "--persist", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("--sysctl net.core.somaxconn=8192"), "{said}");
    assert_eq!(crate::run::sysctl(&stage, "core/somaxconn"), 64, "nothing half done");
    let belongs =
        &json(&inside(&stage, &["--somaxconn", "8192", "-o", "json"]))["namespaces"][0]["changes"][0]["belongs"];
    assert_eq!(belongs[0]["line"], "--sysctl net.core.somaxconn=8192");
}
