//! Plays every proof and prints the records, one per line: the text of `recorded/proofs.json`.
//!
//! `cargo run -p listenq-lab --example record-proofs > crates/lab/recorded/proofs.new` and, if it ends
//! well, rename the file. (The old one is part of the program that writes the new one.)
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is the file")]

use std::path::Path;
use std::process::ExitCode;

use listenq_lab as lab;

fn main() -> ExitCode {
    if let Some(code) = lab::main_if_asked(std::env::args_os()) {
        return code;
    }
    match records() {
        Ok(lines) => {
            println!("[\n{}\n]", lines.join(",\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("record-proofs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn records() -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut lines = Vec::new();
    for proof in lab::proofs() {
        let record = lab::prove(Path::new("/proc/self/exe"), proof.name)?;
        if !record.holds {
            return Err(format!("{}: {}", proof.name, record.differences().join("; ")).into());
        }
        lines.push(serde_json::to_string(&record)?);
    }
    Ok(lines)
}
