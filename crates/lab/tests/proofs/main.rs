//! Every proof, on the running kernel, as the user who runs the tests and (if that is root) as an
//! ordinary user too; and what the records of all of them say together.
//!
//! With `LISTENQ_PRINT_ANSWERS=1` each answer in which kernels differ is a line `answer: NAME=VALUE`
//! on stderr.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

#[path = "../harness/mod.rs"]
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

/// Proofs wait for timers most of their time, if they take any.
const BESIDE_EACH_OTHER: usize = 8;

/// The records of the proofs played so far.
static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    let mut proofs: Vec<_> = lab::proofs().iter().collect();
    // The longest first, or all would wait for it in the end.
    proofs.sort_by_key(|proof| Reverse(lab::recorded(proof.name).map(|record| record.milliseconds)));
    let again = harness::again_as_nobody(is_rightly_missing);
    let cases = again.into_iter().chain(proofs.into_iter().map(case));
    harness::run(cases.collect(), BESIDE_EACH_OTHER, together::cases())
}

/// Nothing is kept for root but the somaxconn that a user namespace lacks up to Linux 6.1; the rest is what a kernel
/// may lack.
fn is_rightly_missing(line: &str) -> bool {
    [
        "somaxconn is not",
        "MPTCP is not",
        "IPv6 is not",
        "a second key of Fast Open is not",
        "MD5 signatures is not",
    ]
    .iter()
    .any(|what| line.contains(what))
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
