//! Every proof, on the running kernel, as the user who runs the tests and (if that is root) as an
//! ordinary user too; and what the records of all of them say together.
//!
//! With `LISTENQ_PRINT_ANSWERS=1` each answer in which kernels differ is a line `answer: NAME=VALUE`
//! on stderr.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

mod harness;
mod together;

use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use harness::{Case, Outcome};
use lab::{LabError, Record};
use listenq_lab as lab;

/// The records of the proofs played so far.
static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    let mut proofs: Vec<_> = lab::proofs().iter().collect();
    // The longest first, or all would wait for it in the end.
    proofs.sort_by_key(|proof| Reverse(lab::recorded(proof.name).map(|record| record.milliseconds)));
    let mut cases: Vec<Case> = proofs.into_iter().map(case).collect();
    if harness::may_run_again() {
        cases.insert(0, Case::new("as_an_ordinary_user", harness::again_as_nobody));
    }
    harness::run(cases, together::cases())
}

fn case(proof: &'static lab::Proof) -> Case {
    Case::new(proof.name, move || play(proof.name))
}

/// Plays a proof and keeps its record for the cases that look at all of them.
fn play(name: &str) -> Outcome {
    let record = match lab::prove(Path::new("/proc/self/exe"), name) {
        Ok(record) => record,
        Err(LabError::Missing(missing)) => return Err(missing),
        Err(error) => panic!("{error}"),
    };
    print_answers(&record);
    assert!(record.holds, "{:#?}", record.differences());
    RECORDS.lock().unwrap().push(record);
    Ok(())
}

fn print_answers(record: &Record) {
    if std::env::var_os("LISTENQ_PRINT_ANSWERS").is_none_or(|value| value != "1") {
        return;
    }
    for (name, value) in &record.answers {
        let _ = writeln!(io::stderr(), "answer: {name}={value}");
    }
}
