//! `listenq tune` from outside, on the real kernel: in scenes of the lab, in network and mount namespaces of the test's
//! own. What needs root says so; the rest runs as an ordinary user too.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests start programs, have deadlines, and fail where they cannot go on"
)]

mod apply;
mod boot;
mod outside;
mod propose;
mod run;
#[path = "../support/stage.rs"]
mod stage;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "no test of this command needs a terminal")]
mod support;
#[path = "../support/unfolded.rs"]
mod unfolded;
