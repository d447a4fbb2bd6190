//! Readings that are saved, and what moved since.

use std::fs;
use std::path::Path;

use lab::Stage;
use serde_json::Value;

use crate::run::{assert_refused, here, inside, json, number, stage, text};

fn save(stage: &Stage, path: &Path) {
    let output = inside(stage, &["-q", "--save", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn diff(stage: &Stage, path: &Path) -> Value {
    json(&inside(stage, &["-o", "json", "--diff", path.to_str().unwrap()]))
}

/// A directory that the stage's user may write to, whoever that is.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn what_moved_since_a_saved_reading() {
    let Some(stage) = stage("diff", "never-accept", &[]) else {
        return;
    };
    let directory = directory();
    let path = directory.path().join("reading.json");
    save(&stage, &path);
    let saved: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let own = |document: &Value| document["namespaces"][0]["id"].clone();
    let document = diff(&stage, &path);
    let of_scene = saved["namespaces"].as_array().unwrap();
    let of_scene = of_scene.iter().find(|one| one["id"] == own(&document)).unwrap();
    let before = of_scene["counters"]["TcpExt.ListenDrops"].as_i64().unwrap();
    let seen = &document["namespaces"][0];
    let total = number(seen, "TcpExt.ListenDrops", "total").unwrap();
    assert_eq!(number(seen, "TcpExt.ListenDrops", "delta"), Some(total - before));
    assert_eq!(
        (&document["compared_with"], &document["since"]),
        (&"file".into(), &saved["taken_at"])
    );
    assert!(document["window_seconds"].as_f64() > Some(0.0));
    assert_eq!(document["gone"], serde_json::json!([]));
    // Compared and saved in one go: the next reading begins here.
    let path = path.to_str().unwrap();
    let rolled = inside(&stage, &["-q", "--diff", path, "--save", path]);
    assert_eq!(rolled.status.code(), Some(0), "{}", text(&rolled.stderr));
}

fn change(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut saved: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut saved);
    fs::write(path, saved.to_string()).unwrap();
}

#[test]
fn a_reading_of_another_boot_is_compared_with_nothing() {
    let directory = directory();
    let path = directory.path().join("reading");
    let file = path.to_str().unwrap();
    assert_eq!(here(&["-q", "--save", file]).status.code(), Some(0));
    change(&path, |saved| {
        saved["boot_id"] = "00000000-0000-0000-0000-000000000000".into();
    });
    let said = assert_refused(&here(&["--diff", file]), 2);
    assert!(said.contains("was saved before the last boot"), "{said}");
    change(&path, |saved| saved["boot_id"] = Value::Null);
    let said = assert_refused(&here(&["--diff", file]), 2);
    assert!(said.contains("cannot be told"), "{said}");
}

#[test]
fn namespaces_that_came_went_or_are_another_are_said_to_be_so() {
    let Some(stage) = stage("changes", "idle", &[]) else {
        return;
    };
    let directory = directory();
    let path = directory.path().join("reading");
    save(&stage, &path);
    let own = diff(&stage, &path)["namespaces"][0]["id"].clone();
    let with_own = |act: &dyn Fn(&mut Value)| {
        change(&path, |saved| {
            let all = saved["namespaces"].as_array_mut().unwrap();
            act(all.iter_mut().find(|one| one["id"] == own).unwrap());
        });
    };
    let note = || {
        let document = diff(&stage, &path);
        let seen = &document["namespaces"][0];
        assert_eq!(
            (&seen["reading_id"], number(seen, "Tcp.PassiveOpens", "delta")),
            (&"unknown".into(), None)
        );
        seen["note"].as_str().unwrap().to_owned()
    };
    with_own(&|one| one["counters"]["Tcp.PassiveOpens"] = 999_999_999.into());
    assert!(note().contains("its counters went back"));
    with_own(&|one| one["counters"] = Value::Null);
    assert!(note().contains("could not be read at the earlier look"));
    with_own(&|one| one["id"] = "1".into());
    assert!(note().contains("was not there at the earlier look"));
    // All that is asked for is the own namespace, and that of the file is another.
    let everywhere = stage
        .run_inside([
            crate::run::PROGRAM,
            "counters",
            "-o",
            "json",
            "--diff",
            path.to_str().unwrap(),
        ])
        .unwrap();
    let gone = json(&everywhere)["gone"].clone();
    assert!(gone.as_array().unwrap().iter().any(|one| one["id"] == "1"), "{gone:#}");
}

#[test]
fn files_that_are_no_saved_reading_are_refused_in_one_line() {
    let directory = directory();
    let path = directory.path().join("file");
    let file = path.to_str().unwrap();
    for (content, said) in [
        ("", "is no saved reading"),
        ("{", "is no saved reading"),
        ("\u{1b}[2J", "is no saved reading"),
        (r#"{"schema_version":1,"kind":"something"}"#, "another kind of file"),
        (r#"{"schema_version":1,"kind":"listenq counters"}"#, "missing field"),
        (
            r#"{"schema_version":99,"kind":"listenq counters"}"#,
            "newer listenq (schema_version 99)",
        ),
    ] {
        fs::write(&path, content).unwrap();
        let refused = assert_refused(&here(&["--diff", file]), 2);
        assert!(refused.contains(said) && refused.contains(file), "{content}: {refused}");
    }
    for (file, said) in [
        (directory.path().to_str().unwrap(), "Is a directory"),
        ("/nonexistent/file", "No such file"),
    ] {
        let refused = assert_refused(&here(&["--diff", file]), 2);
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn nothing_but_a_reading_is_replaced() {
    let directory = directory();
    let path = directory.path().join("precious");
    fs::write(&path, "precious").unwrap();
    for (file, said) in [
        (path.to_str().unwrap(), "is no saved reading"),
        (directory.path().to_str().unwrap(), "is a directory"),
        ("/dev/full", "is no regular file"),
        ("/nonexistent/file", "No such file"),
    ] {
        let refused = assert_refused(&here(&["--save", file]), 2);
        assert!(refused.contains(said) && refused.contains(file), "{refused}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    assert!(fs::metadata("/dev/full").unwrap().file_type() != fs::metadata(&path).unwrap().file_type());
}

/// A file system of one page: what was saved before stays whole, and nothing is left beside it.
#[test]
fn a_full_disk_leaves_what_was_there() {
    let Some(stage) = stage("full-disk", "idle", &[]) else {
        return;
    };
    let program = crate::run::PROGRAM;
    // The stage has a user namespace or is root, so it may mount in a mount namespace of its own.
    let script = format!(
        "mount -t tmpfs -o size=64k none /mnt && cd /mnt && {program} counters -q --netns self --save r >/dev/null \
         && head -c 100000 /dev/zero >fill 2>/dev/null; cp r /dev/shm/listenq-$$.before; \
         {program} counters -q --save r; echo status $?; cmp r /dev/shm/listenq-$$.before && ls -A; \
         rm /dev/shm/listenq-$$.before"
    );
    let output = stage.run_inside(["unshare", "-m", "sh", "-c", &script]).unwrap();
    let (said, refused) = (text(&output.stdout), text(&output.stderr));
    assert!(said.ends_with("status 2\nfill\nr\n"), "{said}{refused}");
    assert!(
        refused.contains("listenq: writing r: No space left on device"),
        "{refused}"
    );
}
