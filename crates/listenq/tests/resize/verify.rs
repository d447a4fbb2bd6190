//! `--verify`: the verdict agrees with what the scene does; worse is taken back; an interrupt is an answer.

use lab::{Launch, Stage};
use serde_json::Value;

use crate::run::{DEADLINE, PROGRAM, Said, inside, resize_inside, state};

/// Twenty clients a second come, one is accepted: the queue is full, and refuses.
fn overflowing(test: &str) -> Option<Stage> {
    if let Err(missing) = lab::require::user_namespaces() {
        lab::skip_or_fail(test, &missing);
        return None;
    }
    let launch = Launch::new(PROGRAM, "slow-accept");
    Some(Stage::launch(&launch.set("backlog", 5).set("rate", 1).set("arrivals", 20)).unwrap())
}

fn limit(stage: &Stage) -> String {
    let command = [
        PROGRAM,
        "--port",
        "8080",
        "--netns",
        "self",
        "--get",
        "accept_queue.limit",
    ];
    let said = Said::from(stage.run_inside(command).unwrap());
    said.stdout.trim().to_owned()
}

#[test]
fn drops_that_stop_are_better_and_drops_that_come_back_are_taken_back() {
    let Some(stage) = overflowing("drops_that_stop_are_better_and_drops_that_come_back_are_taken_back") else {
        return;
    };
    let better = resize_inside(
        &stage,
        "2000 --port 8080 --netns self --yes -o json --verify 2s --rollback",
    )
    .done();
    let document = better.json();
    let verify = &document["verify"];
    assert_eq!(verify["outcome"], "better", "{verify:#}");
    assert_eq!(verify["taken_back"], Value::Null);
    assert_eq!(verify["after"]["refused"], 0, "{verify:#}");
    assert!(verify["before"]["refused"].as_u64() >= Some(5), "{verify:#}");
    assert_eq!(verify["before"]["fullest"]["limit"], 5);
    assert_eq!(limit(&stage), "2000");

    let line = "5 --allow-shrink --port 8080 --netns self --yes --verify 2s --rollback";
    let worse = resize_inside(&stage, line);
    worse.refused(2, &["Worse", "More is refused", "Taken back (change 2 in the journal)"]);
    assert_eq!(limit(&stage), "2000");
}

#[test]
fn worse_is_left_where_nobody_asked_to_take_it_back() {
    let Some(stage) = overflowing("worse_is_left_where_nobody_asked_to_take_it_back") else {
        return;
    };
    resize_inside(&stage, "2000 --port 8080 --netns self --yes").done();
    let worse = resize_inside(&stage, "5 --allow-shrink --port 8080 --netns self --yes --verify 2s").done();
    assert!(worse.stdout.contains("Worse"), "{}", worse.stdout);
    assert_eq!(limit(&stage), "5");
}

/// Starts it, and interrupts it once it has said so, on either stream.
fn interrupted(stage: &Stage, line: &str, once: &str) -> Said {
    let journal = state();
    let command = format!("exec {} 2>&1", inside(journal.path(), line).join(" "));
    let mut command = stage.start_inside(["sh", "-c", &command]).unwrap();
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(once) {
        let mut chunk = [0; 4096];
        let length = std::io::Read::read(command.stdout(), &mut chunk).unwrap();
        assert!(length > 0, "ended: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&chunk[..length]);
    }
    command.interrupt().unwrap();
    let mut output = command.output(DEADLINE).unwrap();
    output.stdout.splice(0..0, bytes);
    output.into()
}

#[test]
fn an_interrupt_before_the_change_leaves_all_as_it_is() {
    let Some(stage) = overflowing("an_interrupt_before_the_change_leaves_all_as_it_is") else {
        return;
    };
    let said = interrupted(
        &stage,
        "2000 --port 8080 --netns self --yes --verify 1h",
        "before the change; Ctrl-C",
    );
    said.refused(2, &["interrupted before the change: nothing was changed"]);
    assert_eq!(limit(&stage), "5");
}

#[test]
fn an_interrupt_after_the_change_is_answered_with_what_was_seen() {
    let Some(stage) = overflowing("an_interrupt_after_the_change_is_answered_with_what_was_seen") else {
        return;
    };
    let said = interrupted(
        &stage,
        "2000 --port 8080 --netns self --yes --verify 1h",
        "Take it back",
    )
    .done();
    assert!(
        said.stdout.contains("refused") && said.stdout.contains("half-open"),
        "{}",
        said.stdout
    );
    assert_eq!(limit(&stage), "2000");
}
