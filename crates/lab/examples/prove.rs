//! `prove` lists the proofs, `prove NAME…` plays some, `prove all` every one.
#![expect(clippy::print_stdout, reason = "an example to try the proofs by hand")]

use std::path::Path;
use std::process::ExitCode;

use listenq_lab as lab;

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    let names: Vec<_> = std::env::args().skip(1).collect();
    if names.is_empty() {
        for proof in lab::proofs() {
            println!("{:42} {}", proof.name, proof.claim);
        }
    }
    let all = names.iter().any(|name| name == "all");
    let asked = lab::proofs().iter().map(|proof| proof.name);
    let mut holds = true;
    for name in asked.filter(|name| all || names.iter().any(|asked| asked == name)) {
        match lab::prove(Path::new("/proc/self/exe"), name) {
            Ok(record) => {
                holds &= record.holds;
                show(&record);
            }
            Err(error) => println!("== {name}: {error}"),
        }
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn show(record: &lab::Record) {
    let verdict = if record.holds { "holds" } else { "DOES NOT HOLD" };
    println!("== {} {verdict} ({} ms)", record.proof, record.milliseconds);
    for phase in &record.phases {
        println!("-- {}", phase.what);
        phase.commands.iter().for_each(|command| println!("     $ {command}"));
        phase.observations.iter().for_each(|seen| println!("     {seen}"));
        phase.readings.iter().for_each(|reading| println!("     {reading}"));
        println!("     {} others did not move", phase.unmoved);
    }
    record
        .answers
        .iter()
        .for_each(|(question, answer)| println!("   {question}: {answer}"));
    if let Some(failure) = &record.failure {
        println!("   failed: {failure}");
    }
}
