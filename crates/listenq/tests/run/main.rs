//! `listenq run` with real programs: what their listen() calls get, as the kernel tells it to themselves; how they
//! end; and what becomes of them when listenq is killed. Runs as root and as an ordinary user alike.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, have deadlines, and fail where they cannot go on"
)]

mod calls;
#[path = "../support/compiled.rs"]
mod compiled;
mod ends;
mod guardian;
mod harness;
mod refused;
mod servers;
mod signals;
#[path = "../support/mod.rs"]
mod support;
