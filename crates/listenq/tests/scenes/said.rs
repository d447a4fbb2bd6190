//! What the real program says inside a scene.

use std::process::Output;

use lab::Stage;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_listenq");

/// Runs listenq inside the scene.
pub fn run(stage: &Stage, arguments: &[&str]) -> Output {
    stage.run_inside([&[PROGRAM], arguments].concat()).unwrap()
}

/// The document that listenq prints in the namespace of the test.
#[expect(clippy::disallowed_methods, reason = "starts the real program")]
pub fn from_outside(arguments: &[&str]) -> Value {
    let output = std::process::Command::new(PROGRAM).args(arguments).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Its exit status.
pub fn status(stage: &Stage, arguments: &[&str]) -> Option<i32> {
    run(stage, arguments).status.code()
}

/// The listeners of its JSON document.
pub fn listeners(stage: &Stage, arguments: &[&str]) -> Vec<Value> {
    let output = run(stage, &[&["-o", "json"], arguments].concat());
    let mut document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)));
    match document["listeners"].take() {
        Value::Array(listeners) => listeners,
        other => panic!("listeners is {other}"),
    }
}

/// The TCP listeners of the first samples of a watch: one line each, until `samples` samples are there.
pub fn watched(stage: &Stage, samples: usize) -> Vec<Value> {
    let count = listeners(stage, &["--netns", "self", "--tcp"]).len();
    let script = format!(
        "{PROGRAM} --watch 300ms -o ndjson --tcp --netns self | head -n {}",
        count * samples
    );
    let output = stage.run_inside(["sh", "-c", &script]).unwrap();
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
