//! `listenq undo` on real listeners in a namespace of their own (root only), with a journal of its own.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, have deadlines, and fail where they cannot go on"
)]

mod disk;
mod round;
mod scene;
mod several;
#[expect(dead_code, reason = "nothing here runs on a terminal")]
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/unfolded.rs"]
mod unfolded;
