//! `listenq explain --prove`: plays the proofs of a topic in a namespace of their own, on this kernel.

use std::path::PathBuf;
use std::thread;

use knowledge::{Found, Topic, find};
use lab::{LabError, Proof, Record};

use crate::exit::{Exit, complain};
use crate::output::explain::json::Proved;
use crate::output::explain::record::{self, Origin};
use crate::output::page::Page;

/// How many are played at the same time; most of a proof is waiting.
pub const TOGETHER: usize = 4;

/// What came of one proof.
pub struct Outcome {
    /// Which.
    pub proof: &'static Proof,
    /// What was done and seen.
    pub record: Record,
    /// Where.
    pub origin: Origin,
}

/// The proofs that somebody means: all if nothing is said, one by its own name, or those of a topic; `None` when
/// there is no such thing.
pub fn meant(asked: &str) -> Option<Vec<&'static Proof>> {
    if asked.is_empty() {
        return Some(lab::proofs().iter().collect());
    }
    if let Ok(proof) = lab::find_proof(asked) {
        return Some(vec![proof]);
    }
    let topic: &Topic = match find(asked) {
        Found::Topic(topic) => topic,
        Found::Several(several) => several.first().copied()?,
        Found::Nothing(_) => return None,
    };
    let proofs = topic.proofs.iter();
    Some(proofs.filter_map(|name| lab::find_proof(name).ok()).collect())
}

/// Plays some at the same time, each in a namespace of its own. Where one cannot be played, says what it would need,
/// and gives what was recorded.
pub fn play(proofs: &[&'static Proof]) -> (Vec<Outcome>, Exit) {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("listenq"));
    let results: Vec<_> = thread::scope(|scope| {
        let start = |proof: &&'static Proof| {
            let (program, proof) = (&program, *proof);
            (proof, scope.spawn(move || lab::prove(program, proof.name)))
        };
        let running: Vec<_> = proofs.iter().map(start).collect();
        running
            .into_iter()
            .map(|(proof, thread)| (proof, thread.join().unwrap_or_else(|_| Err(broken(proof)))))
            .collect()
    });
    let mut exit = Exit::Fine;
    let mut outcomes = Vec::new();
    for (proof, result) in results {
        match result {
            Ok(record) => {
                exit = worse(exit, if record.holds { Exit::Fine } else { Exit::Findings });
                outcomes.push(Outcome {
                    proof,
                    record,
                    origin: Origin::Played,
                });
            }
            Err(error) => {
                exit = worse(exit, Exit::Failed);
                outcomes.extend(not_played(proof, &error));
            }
        }
    }
    (outcomes, exit)
}

/// A thread that plays a proof does not panic; if it does after all, that is a proof that could not be played.
fn broken(proof: &Proof) -> LabError {
    LabError::Gone {
        who: format!("the proof {}", proof.name),
        what: "broke off".to_owned(),
    }
}

/// That something could not be played weighs more than that something differs: the answer is not whole.
pub fn worse(a: Exit, b: Exit) -> Exit {
    [Exit::Failed, Exit::Findings]
        .into_iter()
        .find(|exit| [a, b].contains(exit))
        .unwrap_or(Exit::Fine)
}

fn not_played(proof: &'static Proof, error: &LabError) -> Option<Outcome> {
    complain(&format!("{} cannot be played here: {error}", proof.name));
    let record = lab::recorded(proof.name)?;
    Some(Outcome {
        proof,
        record,
        origin: Origin::Recorded,
    })
}

impl Outcome {
    /// Everything that was done and seen.
    pub fn write(&self, page: &mut Page) {
        record::write(page, self.proof, &self.record, self.origin);
    }

    /// As a part of a document.
    pub fn proved(&self) -> Proved<'_> {
        Proved::new(self.proof, &self.record, self.origin)
    }
}

/// The verdict on each, and what differs.
pub fn write_verdicts(page: &mut Page, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let verdict = match (outcome.record.holds, outcome.origin) {
            (true, Origin::Played) => "holds",
            (false, Origin::Played) => "DIFFERS",
            (_, Origin::Recorded) => "recorded",
        };
        page.text(&format!("{verdict:9} {}", outcome.proof.name));
        page.beside("          ", "          ", outcome.proof.truth);
        outcome.record.differences().iter().for_each(|line| page.item(line));
    }
}

/// How many hold, of so many that were to be played.
pub fn count(outcomes: &[Outcome], all: usize) -> String {
    let played = outcomes.iter().filter(|outcome| outcome.origin == Origin::Played);
    let hold = played.clone().filter(|outcome| outcome.record.holds).count();
    let played = played.count();
    let rest = all.saturating_sub(played);
    if rest == 0 {
        format!("{hold} of {played} proofs hold on this kernel.")
    } else {
        format!("{hold} of {played} proofs hold on this kernel; {rest} could not be played here.")
    }
}
