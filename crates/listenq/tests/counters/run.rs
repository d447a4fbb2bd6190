//! Scenes, and the real program inside them.

use std::process::Output;

use lab::Stage;
use serde_json::Value;

pub use crate::stage::stage;
use crate::support::listenq;
pub use crate::support::{assert_refused, text};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// Runs `listenq counters` in the namespace of a scene.
pub fn inside(stage: &Stage, arguments: &[&str]) -> Output {
    let command = [&[PROGRAM, "counters", "--netns", "self"], arguments].concat();
    stage.run_inside(command).unwrap()
}

/// Runs `listenq counters` in the namespace of the test.
pub fn here(arguments: &[&str]) -> Output {
    listenq().arg("counters").args(arguments).output().unwrap()
}

/// The only namespace of the JSON document.
pub fn namespace(stage: &Stage, arguments: &[&str]) -> Value {
    let output = inside(stage, &[&["-o", "json"], arguments].concat());
    let mut document = json(&output);
    assert_eq!(output.status.code(), Some(0), "{document:#}");
    let namespaces = document["namespaces"].as_array_mut().unwrap();
    assert_eq!(namespaces.len(), 1, "{namespaces:#?}");
    namespaces.remove(0)
}

pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// A number of one counter; `None` if it is null.
pub fn number(namespace: &Value, counter: &str, field: &str) -> Option<i64> {
    let rows = namespace["counters"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == counter);
    row.unwrap_or_else(|| panic!("no {counter} in {namespace:#}"))[field].as_i64()
}
