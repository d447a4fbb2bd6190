//! Several changes at once: one at a time, and each is there to be undone.

use std::fs::File;
use std::time::Instant;

use rustix::fs::{FlockOperation, flock};

use crate::scene::{BEFORE, Scene, has_open, succeeded};
use crate::support::{DEADLINE, assert_refused, text};
use crate::unfolded::unfolded;

fn lock(scene: &Scene) -> File {
    let lock = File::open(scene.states().join("journal.lock")).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    lock
}

#[test]
fn changes_that_meet_do_not_mix() {
    let Some(scene) = Scene::new("meet") else {
        return;
    };
    let children: Vec<_> = (100..104).map(|limit| scene.resize(limit).spawn().unwrap()).collect();
    let outputs: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let won = outputs.iter().filter(|output| output.status.success()).count();
    // One that came too late says that the limit has changed since it was shown.
    for output in outputs.iter().filter(|output| !output.status.success()) {
        let said = unfolded(text(&output.stdout));
        assert!(said.contains("when the plan was made"), "{output:?}");
    }
    let changes = scene.changes();
    let ids: Vec<u64> = changes.iter().map(|change| change["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [4, 3, 2, 1]);
    assert_eq!(changes[0]["finished"], true);
    for _ in 0..won {
        scene.must(&["undo", "--yes"]);
    }
    assert_eq!(scene.limit(), BEFORE);
    assert_refused(&scene.run(&["undo", "--yes"]), 2);
}

#[test]
fn undo_waits_for_a_change_that_is_running() {
    let Some(scene) = Scene::new("running") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    let whole = std::fs::read_to_string(scene.journal()).unwrap();
    // As it is while a change is carried out: the lock is held, and there is no end yet.
    let begin = whole.lines().next().unwrap();
    std::fs::write(scene.journal(), format!("{begin}\n")).unwrap();
    let held = lock(&scene);
    assert_eq!(scene.states_of_changes(), ["running"]);
    let undo = scene.command(&["undo", "--yes"]).spawn().unwrap();
    let end = Instant::now() + DEADLINE;
    while !has_open(undo.id(), &scene.states().join("journal.lock")) {
        assert!(Instant::now() < end, "it does not wait");
        std::thread::yield_now();
    }
    std::fs::write(scene.journal(), whole).unwrap();
    drop(held);
    succeeded(&undo.wait_with_output().unwrap());
    assert_eq!(
        (scene.limit(), scene.states_of_changes()),
        (BEFORE, vec!["in_effect".into(), "undone".into()])
    );
}

#[test]
fn a_change_that_does_not_end_is_named() {
    let Some(scene) = Scene::new("stuck") else {
        return;
    };
    succeeded(&scene.resize(512).output().unwrap());
    let whole = std::fs::read_to_string(scene.journal()).unwrap();
    std::fs::write(scene.journal(), format!("{}\n", whole.lines().next().unwrap())).unwrap();
    let held = lock(&scene);
    let said = assert_refused(&scene.run(&["undo", "--yes"]), 2);
    assert!(
        said.contains("another change has not ended after 10 s: change 1, resize of root in process "),
        "{said}"
    );
    drop(held);
    assert_eq!(scene.states_of_changes(), ["in_effect"]);
    let listed = scene.must(&["undo", "--list"]);
    assert!(listed.contains("unfinished, in effect"), "{listed}");
    scene.must(&["undo", "--yes"]);
    assert_eq!(scene.limit(), BEFORE);
}
