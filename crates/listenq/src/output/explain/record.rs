//! What a proof did and saw, as people read it.

use lab::{Expectation, Observation, Phase, Proof, Reading, Record};

use crate::output::page::Page;
use crate::output::style::Style;
use crate::output::text::{Line, columns};

/// Where a record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was played just now.
    Played,
    /// It was recorded on the kernel it names.
    Recorded,
}

/// Writes what was claimed, done and seen, and the verdict.
pub fn write(page: &mut Page, proof: &Proof, record: &Record, origin: Origin) {
    page.title(proof.name, "proof");
    page.pairs(&[("Claim", proof.claim), ("Truth", proof.truth)]);
    page.gap();
    page.indented(&played(record, origin));
    for (number, phase) in (1..).zip(&record.phases) {
        write_phase(page, number, phase);
    }
    page.gap();
    verdict(page, record, origin);
}

fn played(record: &Record, origin: Origin) -> String {
    let (kernel, milliseconds) = (&record.kernel, record.milliseconds);
    match origin {
        Origin::Played => {
            format!("Played on Linux {kernel}, in a network namespace of its own, in {milliseconds} ms.")
        }
        Origin::Recorded => {
            format!(
                "RECORDED on Linux {kernel}, where it was played in a network namespace of its own; not played here."
            )
        }
    }
}

fn write_phase(page: &mut Page, number: usize, phase: &Phase) {
    page.gap();
    page.beside(&format!("  {number}. "), "     ", &phase.what);
    for command in &phase.commands {
        page.beside("     $ ", "       ", command);
    }
    let names = phase.readings.iter().map(|reading| &*reading.name);
    let seen = phase.observations.iter().map(|seen| &*seen.name);
    let width = names.chain(seen).map(columns).max().unwrap_or(0).min(44);
    for observation in &phase.observations {
        row(
            page,
            width,
            &observation.name,
            &seen_of(observation),
            observation.as_expected,
        );
    }
    for reading in &phase.readings {
        row(page, width, &reading.name, &moved(reading), reading.as_expected);
    }
    page.line(Line::of(
        format!("     {} other numbers were read and did not move", phase.unmoved),
        Style::Faint,
    ));
}

fn row(page: &mut Page, width: usize, name: &str, text: &str, as_expected: bool) {
    let style = if as_expected { Style::Plain } else { Style::Danger };
    let mut line = Line::plain(format!("     {name}"));
    line.pad_to(width + 7);
    line.push(text, style);
    page.line(line);
}

/// `nothing`, or with what was expected instead.
fn seen_of(observation: &Observation) -> String {
    if observation.as_expected {
        observation.seen.clone()
    } else {
        format!("{}, expected {}", observation.seen, observation.expected.join(" or "))
    }
}

/// `0 → 5  (+5)`, or with what was expected instead.
fn moved(reading: &Reading) -> String {
    let told = match &reading.expected {
        expected if !reading.as_expected => format!(", expected {expected}"),
        Expectation::MayMove(reason) => format!(", may move: {reason}"),
        _ => String::new(),
    };
    format!("{}{told}", reading.change())
}

fn verdict(page: &mut Page, record: &Record, origin: Origin) {
    if record.holds {
        let text = match origin {
            Origin::Played => "This kernel does as the truth says; every number moved by exactly what was expected.",
            Origin::Recorded => "That kernel did as the truth says.",
        };
        page.indented(text);
    } else {
        page.indented("It was NOT as expected:");
        record.differences().iter().for_each(|line| page.item(line));
    }
    for (name, value) in &record.answers {
        page.indented(&format!("{name} = {value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{PIPE, printed};

    fn reading(name: &str, after: i64, expected: Expectation, as_expected: bool) -> Reading {
        Reading {
            name: name.into(),
            before: Some(0),
            after: Some(after),
            expected,
            as_expected,
        }
    }

    fn record(readings: Vec<Reading>, seen: &str) -> Record {
        let observation = Observation {
            name: "answer to the SYN".into(),
            seen: seen.into(),
            expected: vec!["nothing".into()],
            as_expected: seen == "nothing",
        };
        let phase = Phase {
            what: "one client sends its SYN".into(),
            commands: vec!["198.51.100.1:1024 > 127.0.0.1:8080 SYN".into()],
            observations: vec![observation],
            readings,
            unmoved: 41,
        };
        let mut record = Record {
            proof: "accept-queue-full-drops-syns".into(),
            kernel: "6.18.44".into(),
            milliseconds: 9,
            phases: vec![phase],
            answers: [("full_accept_queue_drops_syns".into(), "always".into())].into(),
            failure: None,
            holds: false,
        };
        record.holds = record.differences().is_empty();
        record
    }

    fn told(record: &Record, origin: Origin) -> String {
        let proof = lab::find_proof(&record.proof).unwrap();
        printed(&PIPE, |page| {
            write(page, proof, record, origin);
        })
    }

    #[test]
    fn a_proof_that_holds() {
        let readings = vec![
            reading("TcpExt.ListenDrops", 1, Expectation::Moves(1), true),
            reading(
                "TcpExt.TCPTimeouts",
                2,
                Expectation::MayMove("a timer may fire".into()),
                true,
            ),
        ];
        insta::assert_snapshot!("holds", told(&record(readings, "nothing"), Origin::Played));
    }

    #[test]
    fn a_proof_that_differs_says_where() {
        let readings = vec![reading("TcpExt.ListenDrops", 3, Expectation::Moves(1), false)];
        insta::assert_snapshot!("differs", told(&record(readings, "RST"), Origin::Played));
    }

    #[test]
    fn what_was_recorded_says_so() {
        let text = told(&record(Vec::new(), "nothing"), Origin::Recorded);
        assert!(text.contains("RECORDED on Linux 6.18.44"), "{text}");
        assert!(!text.contains("This kernel"), "{text}");
    }
}
