//! Playing a proof: in a process of its own, in a namespace of its own.

use std::path::Path;
use std::process::{Child, ExitCode};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bench::Bench;
use super::record::Record;
use super::{Proof, find_proof};
use crate::clock::{Deadline, Stopwatch, wait_until};
use crate::control::{Control, Incoming};
use crate::error::{During, Failure, LabError};
use crate::require::Need;
use crate::{cpu, isolate, rtnetlink, spawn};

/// The longest that a proof may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often a proof is begun that must be faster than a timer and is not.
const ATTEMPTS: u32 = 3;
/// How long a process that has told its record may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// The whole request to the process that plays.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    proof: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum Report {
    Done(Record),
    Failed(Failure),
}

/// Plays a proof in a throw-away network namespace on the running kernel, in a process of its own:
/// `program` is started again and must call [`crate::main_if_asked`] first. As an ordinary user the
/// namespace is made within a user namespace. It takes 30 s at most, most proofs far less than one.
///
/// # Errors
/// An unknown name; [`LabError::Missing`] where the machine or the user lacks what the proof
/// needs; [`LabError::TooSlow`]; a process that died. A proof that does not hold is no error: the record says so.
pub fn prove(program: &Path, name: &str) -> Result<Record, LabError> {
    let proof = find_proof(name)?;
    for _ in 1..ATTEMPTS {
        match prove_once(program, proof) {
            Err(LabError::TooSlow) => {}
            result => return result,
        }
    }
    prove_once(program, proof)
}

fn prove_once(program: &Path, proof: &Proof) -> Result<Record, LabError> {
    let name = proof.name;
    let request = Request { proof: name.into() };
    let (mut child, mut control) = spawn::part(program, crate::PROOF, name, &request)?;
    let report = control.receive(Deadline::after(LIMIT)).during("hear", "the proof");
    end(&mut child, matches!(report, Ok(Incoming::Message(_))));
    match report? {
        Incoming::Message(Report::Done(record)) => Ok(record),
        Incoming::Message(Report::Failed(failure)) => Err(failure.into()),
        Incoming::Closed => Err(gone(name, "ended without a record")),
        Incoming::Quiet => Err(gone(name, "took too long")),
    }
}

/// Waits for the process's end, or brings it about.
fn end(child: &mut Child, told: bool) {
    let limit = if told { END_LIMIT } else { Duration::ZERO };
    let ended = wait_until(limit, || child.try_wait().map(|status| status.is_some()));
    if !matches!(ended, Ok(true)) {
        // It may have ended just now; either way nothing of it is left after wait().
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Plays the process's part.
pub(crate) fn main() -> ExitCode {
    let Ok(mut control) = Control::from_stdin() else {
        return ExitCode::FAILURE;
    };
    let report = match asked(&mut control) {
        Ok(record) => Report::Done(record),
        Err(error) => Report::Failed(error.into()),
    };
    match control.send(&report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn asked(control: &mut Control) -> Result<Record, LabError> {
    let request: Request = control.request("the caller")?;
    let proof = find_proof(&request.proof)?;
    proof.needs.iter().try_for_each(|need| need.check())?;
    if proof.needs.contains(&Need::UserNamespace) {
        isolate::enter_user_namespace()?;
    } else {
        isolate::enter()?;
    }
    rtnetlink::loopback_up()?;
    // The queue of the loopback interface, and the timers of half-open connections, are those of
    // one CPU: see Wire::settle.
    cpu::stay_here()?;
    play(proof)
}

fn play(proof: &Proof) -> Result<Record, LabError> {
    let watch = Stopwatch::start();
    let mut bench = Bench::new()?;
    let failure = match (proof.play)(&mut bench) {
        Ok(()) => None,
        Err(error @ (LabError::Missing(_) | LabError::TooSlow)) => return Err(error),
        // What was recorded up to here says more than the error alone.
        Err(error) => Some(error.to_string()),
    };
    let (phases, answers) = bench.finish();
    let holds = failure.is_none() && !phases.is_empty() && phases.iter().all(super::Phase::as_expected);
    Ok(Record {
        proof: proof.name.into(),
        kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
        milliseconds: u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX),
        phases,
        answers,
        failure,
        holds,
    })
}

fn gone(name: &str, what: &str) -> LabError {
    LabError::Gone {
        who: format!("proof {name}"),
        what: what.into(),
    }
}
