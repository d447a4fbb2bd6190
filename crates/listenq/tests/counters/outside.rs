//! The command line from outside: exit status, streams, namespaces.

use std::fs::File;
use std::process::{Command, Stdio};

use lab::Stage;
use serde_json::Value;

use crate::run::{PROGRAM, assert_refused, here, json, number, stage, text};

#[test]
fn what_cannot_be_understood_is_status_2_and_one_line() {
    for arguments in [
        &["--for", "0s"][..],
        &["--for", "5"],
        &["--for", "1s", "--watch"],
        &["--diff", "x", "--since-boot"],
        &["--watch", "--save", "x"],
        &["-o", "wide"],
        &["--netns", "pid:x"],
        &["--no-such"],
    ] {
        assert_refused(&here(arguments), 2);
    }
    let said = assert_refused(&here(&["--procfs", "/nonexistent"]), 2);
    assert!(said.contains("--procfs"), "{said}");
}

#[test]
fn nothing_to_look_at_is_status_3_and_the_document_is_still_printed() {
    for (arguments, said) in [
        (&["xyzzy"][..], "there is no counter `xyzzy`; the nearest are "),
        (
            &["--netns", "no-such-namespace"],
            "no network namespace is no-such-namespace; there are ",
        ),
        (&["--netns", "pid:4294967295"], "there is no process 4294967295"),
    ] {
        let refused = assert_refused(&here(&[&["-q"], arguments].concat()), 3);
        assert!(refused.contains(said), "{refused}");
        let output = here(&[&["-q", "-o", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(3));
        let document = json(&output);
        assert_eq!(
            (&document["schema_version"], &document["namespaces"]),
            (&1.into(), &serde_json::json!([]))
        );
    }
}

#[test]
fn a_counter_that_is_named_is_shown_though_it_is_0() {
    let Some(stage) = stage("by-name", "idle", &[]) else {
        return;
    };
    let command = [PROGRAM, "counters", "--netns", "self", "TcpExtListenOverflows"];
    let output = stage.run_inside(command).unwrap();
    let said = text(&output.stdout);
    assert!(
        said.contains("TcpExt.ListenOverflows") && !said.contains("PassiveOpens"),
        "{said}"
    );
}

#[test]
fn only_the_initial_namespace_is_told_since_boot() {
    let Some(stage) = stage("since-boot", "idle", &[]) else {
        return;
    };
    let output = stage
        .run_inside([PROGRAM, "counters", "--since-boot", "-o", "json"])
        .unwrap();
    let document = json(&output);
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    assert!((document["window_seconds"].as_f64().unwrap() - uptime).abs() < 60.0);
    let namespaces = document["namespaces"].as_array().unwrap();
    let scene = namespaces.iter().find(|one| is_of(one, &stage)).unwrap();
    assert_eq!(number(scene, "Tcp.PassiveOpens", "delta"), None);
    assert!(
        scene["note"]
            .as_str()
            .unwrap()
            .contains("how long this namespace exists is not known")
    );
    // Where kernel threads are to be seen, so is the initial namespace.
    let told: Vec<_> = namespaces.iter().filter(|one| one["note"].is_null()).collect();
    if std::fs::read("/proc/2/cmdline").is_ok_and(|arguments| arguments.is_empty()) {
        assert_eq!(told.len(), 1, "{namespaces:#?}");
        let total = number(told[0], "Tcp.PassiveOpens", "total");
        assert_eq!(number(told[0], "Tcp.PassiveOpens", "delta"), total);
    }
}

/// Counters of another namespace are readable without any privilege (KERNEL.md 3).
#[test]
fn a_scene_is_seen_from_outside() {
    let Some(stage) = stage("outside", "never-accept", &[("rate", 0)]) else {
        return;
    };
    let document = json(&here(&["-o", "json"]));
    let namespaces = document["namespaces"].as_array().unwrap();
    let scene = namespaces.iter().find(|one| is_of(one, &stage)).unwrap();
    assert_eq!(scene["reading_id"], "accept-queue-full", "{scene:#}");
    let command = scene["look_at"][0]["command"].as_str().unwrap();
    assert!(
        command.ends_with(&format!("--netns {}", scene["id"].as_str().unwrap())),
        "{command}"
    );
}

/// Whether it is the namespace of the scene.
fn is_of(namespace: &Value, stage: &Stage) -> bool {
    let link = std::fs::read_link(format!("/proc/{}/ns/net", stage.pid())).unwrap();
    link.to_str() == Some(&format!("net:[{}]", namespace["netns"]))
}

/// A procfs that shows the own namespace and nothing of it.
#[test]
fn counters_that_cannot_be_read_are_unknown_and_status_2() {
    let proc = tempfile::tempdir().unwrap();
    let own = proc.path().join("thread-self/ns");
    std::fs::create_dir_all(&own).unwrap();
    std::os::unix::fs::symlink("net:[5]", own.join("net")).unwrap();
    let path = proc.path().to_str().unwrap();
    let output = here(&["--procfs", path, "-q", "-o", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let document = json(&output);
    let namespace = &document["namespaces"][0];
    assert_eq!(
        (&namespace["counters"], &namespace["reading_id"]),
        (&Value::Null, &"unknown".into())
    );
    let source = |one: &&Value| one["name"] == "counters";
    let source = document["sources"].as_array().unwrap().iter().find(source).unwrap();
    assert_eq!(source["status"], "unavailable");
    let table = here(&["--procfs", path]);
    let said = text(&table.stdout);
    assert!(
        said.contains("The counters could not be read, so nothing can be said of the queues."),
        "{said}"
    );
    assert!(
        said.contains("Not seen: counters: ") && said.contains("net/snmp"),
        "{said}"
    );
}

#[test]
fn streams_that_fail() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(PROGRAM)
        .args(["counters", "-q"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).starts_with("listenq: writing the answer: No space left"),
        "{output:?}"
    );
    for form in ["table", "json", "ndjson", "csv"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(["counters", "-q", "-o", form]).stdout(Stdio::from(writer));
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{form}");
    }
}
