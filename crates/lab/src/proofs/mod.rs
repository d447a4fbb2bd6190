//! The catalogue of proofs: claims about listen queues that can be played on the running kernel.

mod accept_queue;
mod behaviours;
mod bench;
mod clients;
mod compare;
mod cookies;
mod ends;
mod expected;
mod fast_open;
mod final_ack;
mod limits;
mod listeners;
mod mptcp;
mod mptcp_client;
mod names;
mod peers;
mod play;
mod record;
mod recorded;
mod requests;
mod reuseport;
mod signatures;
mod snapshot;
mod sockets;
mod stray;
mod syn_queue;
mod totals;
mod truth;
mod unix;

use crate::error::LabError;
use crate::require::Need;

use bench::Bench;

pub use behaviours::{Behaviour, behaviours, find_behaviour};
pub(crate) use play::main;
pub use play::prove;
pub use record::{Expectation, Observation, Phase, Reading, Record};
pub use recorded::{all_recorded, recorded};
pub use truth::{Provocation, UNPROVOKED, provocations};

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

static PROOFS: [Proof; 56] = [
    accept_queue::HOLDS_ONE_MORE,
    accept_queue::FULL_DROPS_SYNS,
    accept_queue::OVERFLOWS_COUNT_PACKETS,
    accept_queue::BOTH_FAMILIES,
    final_ack::REFUSED,
    final_ack::ABORT_ON_OVERFLOW,
    clients::REFUSED,
    clients::TAKES_A_SECOND,
    limits::SOMAXCONN_AND_RUNNING_LISTENERS,
    limits::SOMAXCONN_CAPS,
    limits::SECOND_LISTEN,
    limits::NEW_NAMESPACE,
    limits::SOCKETS_NAMESPACE,
    limits::USER_NAMESPACE,
    syn_queue::MAX_SYN_BACKLOG_WITH_COOKIES,
    syn_queue::MAX_SYN_BACKLOG_WITHOUT_COOKIES,
    syn_queue::LIMIT_IS_THE_BACKLOG,
    syn_queue::LISTEN_0_WITHOUT_COOKIES,
    syn_queue::FULL_SENDS_COOKIES,
    cookies::ALWAYS,
    cookies::NOT_FOR_THE_ACCEPT_QUEUE,
    cookies::FAILED,
    cookies::COUNT_AS_DROPS,
    syn_queue::COUNTS_ALL_LISTENERS,
    syn_queue::DEFER_ACCEPT,
    syn_queue::PRUNED_ABOVE_HALF,
    requests::EXPIRED,
    requests::TIMEOUTS_COUNT_SYN_ACKS,
    requests::SYN_RETRANSMISSIONS,
    requests::DUPLICATE_SYN,
    requests::WRONG_ACK,
    requests::OLD_TIMESTAMP,
    requests::TSECR,
    totals::ATTEMPT_FAILS_PROOF,
    totals::ESTAB_RESETS_PROOF,
    totals::PASSIVE_OPENS_PROOF,
    totals::CURR_ESTAB_PROOF,
    ends::DEAD_CONNECTIONS,
    ends::CLOSE_RESETS,
    reuseport::OWN_QUEUES,
    reuseport::WILDCARD_AND_ADDRESS,
    reuseport::MIGRATE_REQ,
    reuseport::NOBODY_LEFT,
    fast_open::QUEUED_AT_THE_SYN,
    fast_open::BAD_COOKIE,
    fast_open::QUEUE_FULL,
    fast_open::OLD_KEY_PROOF,
    fast_open::RESET_COUNTS_TWICE,
    mptcp::RIDES_ON_TCP,
    mptcp::JOIN,
    mptcp_client::WRONG_SYN_ACK,
    signatures::MD5_REFUSED,
    stray::STRAY_PACKETS,
    stray::SYN_CHALLENGE_PROOF,
    stray::TIME_WAIT,
    unix::FULL,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_hyphens_and_each_is_there_once() {
        let mut names: Vec<_> = PROOFS.iter().map(|proof| proof.name).collect();
        for name in &names {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(fits), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PROOFS.len());
    }

    #[test]
    fn a_claim_is_one_clause_and_its_truth_are_sentences() {
        for proof in &PROOFS {
            assert!(
                !proof.claim.ends_with('.'),
                "{}: a claim is put into a sentence",
                proof.name
            );
            assert!(proof.truth.ends_with(['.', ')']), "{}", proof.name);
            assert!(!proof.truth.contains("  "), "{}: a break in the text", proof.name);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = find_proof("no-such-proof").map(|proof| proof.name).unwrap_err();
        assert!(error.to_string().contains("final-ack-refused"), "{error}");
    }
}
