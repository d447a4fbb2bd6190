//! Pages of the recorded proofs: what was done and seen, and the truth table of the counters.

use knowledge::{Topic, topics};
use lab::{Expectation, Phase, Proof, Provocation, Reading, Record, UNPROVOKED};

use super::{NOTICE, Page};

/// The proofs one by one, and the table over all of them.
pub fn pages() -> Vec<Page> {
    vec![proofs(), truth_table()]
}

fn kernel() -> String {
    lab::all_recorded()
        .first()
        .map(|record| record.kernel.clone())
        .unwrap_or_default()
}

fn proofs() -> Page {
    let mut text = format!(
        "{NOTICE}\n\n# The proofs\n\nEach was played in a network namespace of its own, recorded here on Linux {}, and \
         can be played on your kernel: `listenq explain NAME --prove`; `listenq explain --prove` plays them all. In \
         each step all counters that concern listeners are read before and after, with the queues and drops of each \
         listener: those named move by exactly what is expected, and the others do not move.\n\n",
        kernel()
    );
    for proof in lab::proofs() {
        line(&mut text, &format!("- [{0}](#{0}): {1}", proof.name, proof.claim));
    }
    for proof in lab::proofs() {
        section(&mut text, proof, lab::recorded(proof.name).as_ref());
    }
    Page {
        file: "proofs.md",
        text,
    }
}

/// Appends a line.
fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn section(text: &mut String, proof: &Proof, record: Option<&Record>) {
    line(text, &format!("\n<a id=\"{0}\"></a>\n\n## {0}\n", proof.name));
    line(text, &format!("Claim: {}\n\nTruth: {}", proof.claim, proof.truth));
    let about: Vec<String> = told_in(proof.name).map(|topic| format!("`{}`", topic.id)).collect();
    line(text, &format!("\nTold in {}.", about.join(", ")));
    let Some(record) = record else {
        return line(text, "\nNot recorded.");
    };
    line(text, "\n```");
    for (number, phase) in (1..).zip(&record.phases) {
        write_phase(text, number, phase);
    }
    for (name, value) in &record.answers {
        line(text, &format!("{name} = {value}"));
    }
    line(text, "```");
}

fn told_in(proof: &str) -> impl Iterator<Item = &'static Topic> {
    topics().filter(move |topic| topic.proofs.contains(&proof))
}

fn write_phase(text: &mut String, number: usize, phase: &Phase) {
    line(text, &format!("{number}. {}", phase.what));
    for command in &phase.commands {
        line(text, &format!("   $ {command}"));
    }
    let names = phase.readings.iter().map(|reading| reading.name.chars().count());
    let seen = phase.observations.iter().map(|seen| seen.name.chars().count());
    let width = names.chain(seen).max().unwrap_or(0);
    for observation in &phase.observations {
        line(text, &format!("   {:width$}  {}", observation.name, observation.seen));
    }
    for reading in &phase.readings {
        line(text, &format!("   {:width$}  {}", reading.name, moved(reading)));
    }
    line(text, &format!("   {} other numbers did not move\n", phase.unmoved));
}

fn moved(reading: &Reading) -> String {
    let reason = match &reading.expected {
        Expectation::MayMove(reason) => format!(", may move: {reason}"),
        _ => String::new(),
    };
    format!("{}{reason}", reading.change())
}

fn truth_table() -> Page {
    let records = lab::all_recorded();
    let provocations = lab::provocations(&records);
    let mut text = format!(
        "{NOTICE}\n\n# The truth table: what moves which counter, and by how much\n\nSeen in the [proofs](proofs.md) on \
         Linux {}, each movement exact: in the same step no other counter moved but those that its proof names. \
         `cargo test -p listenq-lab --test proofs` plays it on the kernel it runs on.\n\n",
        kernel()
    );
    line(&mut text, "| counter | moved by | when | proof |\n|---|---|---|---|");
    for one in &provocations {
        line(&mut text, &row(one));
    }
    line(&mut text, "\nNot provoked, and why:\n");
    for (counter, why) in UNPROVOKED {
        line(&mut text, &format!("- `{counter}`: {why}"));
    }
    Page {
        file: "truth-table.md",
        text,
    }
}

fn row(one: &Provocation) -> String {
    let phase = one.phase.replace('|', "\\|");
    format!(
        "| `{}` | {:+} | {phase} | [{proof}](proofs.md#{proof}) |",
        one.counter,
        one.delta,
        proof = one.proof
    )
}
