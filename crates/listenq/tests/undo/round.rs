//! A change, its undo, the undo of the undo; and what can no longer be taken back.

use std::fs::OpenOptions;
use std::io::Write as _;

use crate::scene::{BEFORE, Scene, succeeded};
use crate::support::{assert_refused, text};

#[test]
fn there_and_back_and_there_again() {
    let Some(scene) = Scene::new("round") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    assert_eq!(
        (scene.limit(), scene.states_of_changes()),
        (512, vec!["in_effect".into()])
    );
    let shown = scene.must(&["undo", "--dry-run"]);
    assert!(
        shown.contains("limit 512 → 5") && shown.contains("It takes back change 1: resize, "),
        "{shown}"
    );
    assert_eq!(scene.limit(), 512);

    scene.must(&["undo", "--yes"]);
    assert_eq!(
        (scene.limit(), scene.states_of_changes()),
        (BEFORE, vec!["in_effect".into(), "undone".into()])
    );
    let logged = scene.logged();
    let place = format!("{} in {}", scene.address, scene.name);
    assert!(
        logged[0].starts_with("change 1 by root: ") && logged[0].ends_with(&format!("{place}: limit 5 → 512: done")),
        "{logged:?}"
    );
    assert!(
        logged[1].ends_with(&format!("undo of change 1: {place}: limit 512 → 5: done")),
        "{logged:?}"
    );
    assert_eq!(logged.len(), 2);

    let said = assert_refused(&scene.run(&["undo", "--yes"]), 2);
    assert!(
        said.contains("none of the 1 changes in the journal is still in effect"),
        "{said}"
    );
    assert!(said.contains("journal of that user's own"), "{said}");
    let said = assert_refused(&scene.run(&["undo", "1", "--yes"]), 2);
    assert!(said.contains("change 1 was already undone by change 2, 20"), "{said}");

    scene.must(&["undo", "2", "--yes"]);
    assert_eq!(
        (scene.limit(), scene.states_of_changes()[2].clone()),
        (512, "in_effect".to_owned())
    );
    scene.must(&["undo", "-q", "--yes"]);
    assert_eq!(scene.limit(), BEFORE);
    assert_eq!(scene.changes()[0]["undoes"], 1);
    let listed = scene.must(&["undo", "--list"]);
    assert!(
        listed.lines().any(|line| line.starts_with(" 1  undone by 4")),
        "{listed}"
    );
}

#[test]
fn what_a_lower_limit_refuses_is_said_before() {
    let Some(scene) = Scene::new("lower") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    let clients = scene.clients(10);
    let said = scene.must(&["undo", "--yes", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&said).unwrap();
    let wanted = format!(
        "{}: 10 connections wait, and a limit of 5 holds 6. They stay, but new ones are refused until only 5 wait.",
        scene.address
    );
    assert!(
        document["notes"].as_array().unwrap().contains(&wanted.into()),
        "{document:#}"
    );
    assert_eq!(document["undoes"], 1);
    let port = scene.address.port().to_string();
    let length = scene.must(&["--port", &port, "--netns", &scene.name, "--get", "accept_queue.length"]);
    assert_eq!(length.trim(), "10", "those that wait stay");
    drop(clients);
}

#[test]
fn a_listener_that_was_changed_or_is_gone_is_left_as_it_is() {
    let Some(mut scene) = Scene::new("since") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    scene.listen(77);
    for arguments in [&["undo", "1", "--yes"][..], &["undo", "1", "--dry-run", "-o", "json"]] {
        let said = assert_refused(&scene.run(arguments), 2);
        assert!(said.contains("limit 5 → 512: its limit is 77 now"), "{said}");
    }
    assert_eq!(
        (scene.limit(), scene.states_of_changes()),
        (77, vec!["overtaken".into()])
    );
    scene.listener = None;
    let said = assert_refused(&scene.run(&["undo", "1", "--yes"]), 2);
    assert!(said.contains("the listener is gone"), "{said}");
    let said = assert_refused(&scene.run(&["undo", "--yes"]), 2);
    assert!(said.contains("none of the 1 changes"), "{said}");
}

#[test]
fn a_change_of_another_boot_has_ended_by_itself() {
    let Some(scene) = Scene::new("boot") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    let lines = std::fs::read_to_string(scene.journal()).unwrap();
    let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(lines.contains(boot_id.trim()));
    std::fs::write(scene.journal(), lines.replace(boot_id.trim(), "another")).unwrap();
    let said = assert_refused(&scene.run(&["undo", "1", "--yes"]), 2);
    assert!(
        said.contains("The host was restarted since: 1 of its live changes ended with that"),
        "{said}"
    );
    assert_eq!(scene.limit(), 512);
}

#[test]
fn damaged_lines_do_no_harm() {
    let Some(scene) = Scene::new("damaged") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    let mut journal = OpenOptions::new().append(true).open(scene.journal()).unwrap();
    journal
        .write_all(b"\0\xff\n{\"schema_version\":9,\"id\":40}\n{\"event\":\"begin\",\"id\":41")
        .unwrap();
    let output = scene.run(&["undo", "--yes"]);
    succeeded(&output);
    let said = text(&output.stderr);
    assert!(
        said.contains("2 damaged lines") && said.contains("1 lines of the journal are of another version"),
        "{said}"
    );
    assert_eq!((scene.limit(), scene.changes()[0]["id"].as_u64()), (BEFORE, Some(42)));
}

#[test]
fn what_cannot_be_asked_or_understood_is_refused() {
    let Some(scene) = Scene::new("refused") else {
        return;
    };
    let said = assert_refused(&scene.run(&["undo"]), 2);
    assert!(said.contains("nothing was changed yet"), "{said}");
    let nothing = scene.run(&["undo", "--list", "-o", "json"]);
    assert_eq!(nothing.status.code(), Some(3));
    assert!(text(&nothing.stdout).contains("\"changes\": []"));
    assert_refused(&scene.run(&["undo", "--list"]), 3);
    succeeded(&scene.resize(512).output().unwrap());
    for arguments in [
        &["undo", "0"][..],
        &["undo", "x"],
        &["undo", "1", "--list"],
        &["undo", "--list", "--yes"],
        &["undo", "-o", "json"],
        &["undo", "7"],
    ] {
        assert_refused(&scene.run(arguments), 2);
    }
    let output = scene.run(&["undo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it would have to ask"), "{output:?}");
    assert_eq!(scene.limit(), 512);
}
