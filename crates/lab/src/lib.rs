//! Real servers and clients with a chosen fault, in a throw-away network namespace.
//!
//! A [`Scene`] is one fault ("never accepts", "half-open clients"…). A [`Stage`] is a process with
//! a network namespace of its own in which one scene is built; what was built is told as data
//! ([`Facts`]), so that a test can compare it with what a tool shows. [`Namespace`] is the smaller
//! sibling for code that wants to run inside a fresh namespace in its own process (root only).
//!
//! A [`Proof`] is a claim about listen queues and the experiment that decides it on the running kernel:
//! [`prove`] plays it, and the [`Record`] says what was done, which counters moved and by how much.
//! Everything that a phase does not name must stand still, so a proof that holds proves something.
//!
//! All processes of the lab are re-executions of the host program, so the host program calls
//! [`main_if_asked`] before anything else:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     if let Some(code) = listenq_lab::main_if_asked(std::env::args_os()) {
//!         return code;
//!     }
//!     // … the program's own work …
//!     std::process::ExitCode::SUCCESS
//! }
//! ```
//!
//! Who does what:
//! * the **caller** holds a [`Stage`]: a child process and the control socket to it;
//! * the **stage process** enters the namespace, builds the scene, tells the facts, obeys orders
//!   until the control socket closes or its time is over, and cleans up;
//! * a **proof** is played by one process, its listeners, programs and hand-made peers included;
//! * **actors** are the servers and clients: processes of their own, named `lab-…`, that die with
//!   the stage.
//!
//! Nothing leaves the namespace: it has a loopback interface only.
//!
//! Empty on anything but Linux, where the program says in one line why (its build script).
#![cfg(target_os = "linux")]

mod actor;
mod clock;
mod control;
mod cpu;
mod diag;
mod error;
mod facts;
mod flood;
mod freezer;
mod isolate;
mod namespace;
mod peer;
mod procnet;
mod proofs;
pub mod require;
mod rtnetlink;
mod scenes;
mod settings;
mod site;
mod sockopt;
mod spawn;
mod stage;
mod stage_process;
mod sysctl;
mod target;
mod veth;

use std::ffi::OsString;
use std::process::ExitCode;

pub use error::{LabError, Missing};
pub use facts::{Expected, Facts, ListenerFacts, ProcessFacts, Protocol, QueueContent};
pub use namespace::{Mount, Namespace};
pub use proofs::{
    Behaviour, Expectation, Observation, Phase, Proof, Provocation, Reading, Record, UNPROVOKED, all_recorded,
    behaviours, find_behaviour, find_proof, proofs, prove, provocations, recorded,
};
pub use require::{Need, skip_or_fail};
pub use scenes::{Scene, find, scenes};
pub use settings::{Parameter, Settings};
pub use stage::{Inside, Launch, Stage};
pub use veth::{has_link, veth_pair};

/// The longest time a stage holds its scene, whatever was asked.
pub const LONGEST_HOLD: std::time::Duration = std::time::Duration::from_secs(3600);

/// The hidden first argument of a stage process.
const STAGE: &str = "lab-stage";
/// The hidden first argument of a process that plays a proof.
const PROOF: &str = "lab-proof";
/// The hidden first argument of an actor process.
const ACTOR: &str = "lab-actor";

/// Plays the part of a stage, an actor or a proof if `arguments` (with the program's name first, as
/// [`std::env::args_os`] gives them) ask for it; `None` otherwise.
///
/// Must be called while the process has one thread: a user namespace can only be entered then.
pub fn main_if_asked(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let part = arguments.into_iter().nth(1)?;
    if part == STAGE {
        Some(stage_process::main())
    } else if part == ACTOR {
        Some(actor::main())
    } else if part == PROOF {
        Some(proofs::main())
    } else {
        None
    }
}
