//! Every scene, as the user who runs the tests and (if that is root) as an ordinary user too:
//! its facts against readings made without the lab's own reader.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test"
)]

mod each_scene;
mod harness;
mod life;
mod readings;

use std::process::ExitCode;

use harness::Case;
use listenq_lab as lab;

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    if let Some(code) = life::caller_if_asked() {
        return code;
    }
    if let Some(code) = readings::knocker_if_asked() {
        return code;
    }
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(each_scene::CASES);
    cases.extend(life::CASES);
    if harness::may_run_again() {
        cases.push(("as_an_ordinary_user", harness::again_as_nobody));
    }
    harness::run(&cases)
}
