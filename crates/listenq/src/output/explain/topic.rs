//! A topic as people read it.

use knowledge::{CounterFacts, Kind, ProgramFacts, SetIt, SettingFacts, Tool, Topic, Verdict};

use crate::output::page::Page;
use crate::output::text::Line;

/// What the topic says, whatever the host.
pub fn write(page: &mut Page, topic: &Topic) {
    page.title(topic.title, sort(&topic.kind));
    // A claim's summary is what is true in its place.
    page.text(topic.summary);
    for text in topic.means {
        page.paragraph(text);
    }
    facts(page, &topic.kind);
    list(page, "Often misread", topic.means_not);
    list(page, "Which kernels", topic.kernels);
}

/// Where to go from here, and where it is written.
pub fn write_end(page: &mut Page, topic: &Topic) {
    let looks: Vec<_> = topic.look_at.iter().map(|look| (look.command, look.shows)).collect();
    if !looks.is_empty() {
        page.heading("Look at");
        page.pairs(&looks);
    }
    let proofs = format!("listenq explain {} --prove", topic.id);
    let see = topic.see_also.join(", ");
    let sources = topic
        .sources
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    let ends = [
        ("Prove it", if topic.proofs.is_empty() { "" } else { &proofs }),
        ("See also", &see),
        ("Sources", &sources),
    ];
    page.gap();
    for (label, text) in ends.iter().filter(|(_, text)| !text.is_empty()) {
        page.pair(label, 8, text);
    }
}

fn list(page: &mut Page, heading: &str, items: &[&str]) {
    if items.is_empty() {
        return;
    }
    page.heading(heading);
    for item in items {
        page.item(item);
    }
}

fn facts(page: &mut Page, kind: &Kind) {
    match kind {
        Kind::Counter(facts) => counter(page, facts),
        Kind::Setting(facts) => setting(page, facts),
        Kind::Program(facts) => program(page, facts),
        Kind::Column(_) | Kind::Concept | Kind::KernelLog | Kind::Symptom | Kind::Claim(_) => {}
    }
}

fn counter(page: &mut Page, facts: &CounterFacts) {
    page.gap();
    page.pair(if facts.gauge { "Numbers" } else { "Counts" }, 8, facts.unit);
}

fn setting(page: &mut Page, facts: &SettingFacts) {
    page.gap();
    page.pairs(&[
        ("Default", facts.default),
        ("Scope", facts.scope),
        ("Takes effect", facts.takes_effect),
    ]);
    if !facts.values.is_empty() {
        page.heading("Values");
        page.pairs(facts.values);
    }
    ways(page, "Set it", facts.set);
}

fn program(page: &mut Page, facts: &ProgramFacts) {
    page.gap();
    page.pairs(&[
        ("Default backlog", facts.default_backlog),
        ("Takes effect", facts.applies),
    ]);
    ways(page, "Set for good", facts.set);
}

/// Places, each with what is written there.
fn ways(page: &mut Page, heading: &str, ways: &[SetIt]) {
    if ways.is_empty() {
        return;
    }
    page.heading(heading);
    for way in ways {
        page.indented(way.place);
        for line in way.line.lines() {
            page.line(Line::plain(format!("      {line}")));
        }
    }
}

/// What sort of thing it is, in words.
pub fn sort(kind: &Kind) -> &'static str {
    match kind {
        Kind::Counter(facts) if facts.gauge => "number now, per network namespace",
        Kind::Counter(_) => "counter, per network namespace",
        Kind::Setting(_) => "sysctl",
        Kind::Column(Tool::Listenq) => "column of listenq",
        Kind::Column(Tool::Ss) => "column of ss",
        Kind::Column(Tool::Netstat) => "column of netstat",
        Kind::Column(Tool::Proc) => "field in /proc",
        Kind::Concept => "concept",
        Kind::KernelLog => "line of the kernel log",
        Kind::Symptom => "symptom",
        Kind::Claim(verdict) => said(*verdict),
        Kind::Program(_) => "program",
    }
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "this is right",
        Verdict::HalfRight => "this is half right",
        Verdict::MostlyWrong => "this is mostly wrong",
        Verdict::Wrong => "this is wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{PIPE, printed};

    fn shown(topic: &Topic) -> String {
        printed(&PIPE, |page| {
            write(page, topic);
            write_end(page, topic);
        })
    }

    /// One of each sort, as it is printed.
    #[test]
    fn each_sort_of_topic() {
        for id in [
            "listen-overflows",
            "somaxconn",
            "ss-recv-q",
            "accept-queue",
            "connection-timed-out",
            "nginx",
            "max-syn-backlog-sizes-the-syn-queue",
        ] {
            insta::assert_snapshot!(id, shown(knowledge::topic(id).unwrap()));
        }
    }

    #[test]
    fn every_topic_is_printed_within_the_page() {
        for topic in knowledge::topics() {
            let text = shown(topic);
            assert!(text.contains(topic.summary.split(' ').next().unwrap()), "{}", topic.id);
            assert!(!text.contains("\n\n\n"), "{}: two empty lines", topic.id);
        }
    }
}
