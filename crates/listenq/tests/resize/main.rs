//! `listenq resize` on the running kernel: what it changes, what it leaves alone, and what it refuses. Traffic is on
//! loopback or in namespaces of the test's own; the journal is in a temporary directory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "starts the real program, and has deadlines")]

mod asking;
#[path = "../support/compiled.rs"]
mod compiled;
mod containers;
mod input;
mod kinds;
mod load;
mod owner;
mod permissions;
mod programs;
mod races;
mod run;
mod verify;
