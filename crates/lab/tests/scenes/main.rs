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
#[path = "../harness/mod.rs"]
mod harness;
mod life;
mod readings;
mod waiting;

use std::process::ExitCode;

use harness::{Case, Outcome};
use listenq_lab as lab;

/// A case and its name.
type Named = (&'static str, fn() -> Outcome);

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
    let cases = each_scene::CASES.into_iter().chain(life::CASES);
    let cases = cases.map(|(name, run)| Case::new(name, run));
    let again = harness::again_as_nobody(is_roots_alone);
    harness::run(cases.chain(again).collect(), 1, Vec::new())
}

/// The freezer of cgroups, and up to Linux 6.1 the somaxconn of a user namespace.
fn is_roots_alone(line: &str) -> bool {
    line.contains("root is not to be had")
        || line.contains("somaxconn is not to be had")
        || line.contains("MPTCP is not")
}
