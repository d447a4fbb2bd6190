//! `listenq counters` against the real kernel: inside scenes of the lab its numbers are those of `nstat`, and its
//! reading names what the scene did. Runs as root and as an ordinary user alike.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests start programs, have deadlines, and fail where they cannot go on"
)]

mod files;
mod nstat;
mod outside;
mod readings;
mod run;
#[path = "../support/stage.rs"]
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
