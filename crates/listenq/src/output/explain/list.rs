//! All topics, by sort, and all proofs.

use knowledge::{Kind, Topic, topics};

use crate::output::page::Page;

/// The sorts in the order in which they are listed.
const HEADINGS: [&str; 8] = [
    "Counters",
    "Sysctls",
    "Columns",
    "Concepts",
    "Lines of the kernel log",
    "Symptoms",
    "What people say",
    "Programs",
];

/// Lists them.
pub fn write(page: &mut Page) {
    for heading in HEADINGS {
        let all = topics().filter(|topic| heading_of(&topic.kind) == heading);
        let pairs: Vec<_> = all.map(|topic| (topic.id, shown(topic))).collect();
        if !pairs.is_empty() {
            page.heading(heading);
            page.pairs(&pairs);
        }
    }
    page.heading("Proofs: listenq explain NAME --prove");
    let proofs: Vec<_> = lab::proofs().iter().map(|proof| (proof.name, proof.claim)).collect();
    page.pairs(&proofs);
}

fn heading_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Counter(_) => "Counters",
        Kind::Setting(_) => "Sysctls",
        Kind::Column(_) => "Columns",
        Kind::Concept => "Concepts",
        Kind::KernelLog => "Lines of the kernel log",
        Kind::Symptom => "Symptoms",
        Kind::Claim(_) => "What people say",
        Kind::Program(_) => "Programs",
    }
}

/// What is told beside the id: a claim itself says more than its correction.
fn shown(topic: &Topic) -> &'static str {
    match topic.kind {
        Kind::Claim(_) => topic.title,
        _ => topic.summary,
    }
}
