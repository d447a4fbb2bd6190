//! The catalogue of proofs: claims about listen queues that can be played on the running kernel.

mod accept_queue;
mod bench;
mod expected;
mod final_ack;
mod listeners;
mod names;
mod peers;
mod play;
mod record;
mod snapshot;

use crate::error::LabError;
use crate::require::Need;

use bench::Bench;

pub(crate) use play::main;
pub use play::prove;
pub use record::{Expectation, Observation, Phase, Reading, Record};

/// A claim that people make, and the experiment that decides it.
pub struct Proof {
    /// Its name, for the command line.
    pub name: &'static str,
    /// What is claimed, as people say it, right or wrong.
    pub claim: &'static str,
    /// What is true: the verdict if the proof holds.
    pub truth: &'static str,
    /// What it needs beyond a namespace.
    pub needs: &'static [Need],
    /// Plays it.
    play: fn(&mut Bench) -> Result<(), LabError>,
}

/// All proofs.
pub fn proofs() -> &'static [Proof] {
    &PROOFS
}

static PROOFS: [Proof; 5] = [
    accept_queue::HOLDS_ONE_MORE,
    accept_queue::FULL_DROPS_SYNS,
    accept_queue::OVERFLOWS_COUNT_PACKETS,
    final_ack::REFUSED,
    final_ack::ABORT_ON_OVERFLOW,
];

/// The proof with this name.
///
/// # Errors
/// [`LabError::UnknownProof`] with the names there are.
pub fn find_proof(name: &str) -> Result<&'static Proof, LabError> {
    PROOFS
        .iter()
        .find(|proof| proof.name == name)
        .ok_or_else(|| LabError::UnknownProof {
            name: name.into(),
            known: PROOFS.iter().map(|proof| proof.name).collect::<Vec<_>>().join(", "),
        })
}
