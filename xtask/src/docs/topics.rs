//! Pages of topics: one for each sort.

use knowledge::{CounterFacts, Kind, ProgramFacts, SetIt, SettingFacts, Source, Topic, Verdict, topics};

use super::{NOTICE, Page};

/// A page of all topics of one sort.
struct Sort {
    file: &'static str,
    title: &'static str,
    intro: &'static str,
    holds: fn(&Kind) -> bool,
}

const SORTS: [Sort; 8] = [
    Sort {
        file: "counters.md",
        title: "The counters",
        intro: "Every counter that concerns handshakes: what moves it, by how much, and what it does not tell. All are \
                per network namespace; none is per listener. `listenq counters` shows those of your host.",
        holds: |kind| matches!(kind, Kind::Counter(_)),
    },
    Sort {
        file: "sysctls.md",
        title: "The sysctls",
        intro: "What limits which queue, when a change takes effect, and on what.",
        holds: |kind| matches!(kind, Kind::Setting(_)),
    },
    Sort {
        file: "columns.md",
        title: "The columns of listenq, ss, netstat and /proc",
        intro: "The same column means other things for a listener than for a connection.",
        holds: |kind| matches!(kind, Kind::Column(_)),
    },
    Sort {
        file: "concepts.md",
        title: "The words",
        intro: "The two queues and what acts on them.",
        holds: |kind| matches!(kind, Kind::Concept),
    },
    Sort {
        file: "kernel-log.md",
        title: "Lines of the kernel log",
        intro: "What the kernel says, and what it means.",
        holds: |kind| matches!(kind, Kind::KernelLog),
    },
    Sort {
        file: "symptoms.md",
        title: "Symptoms",
        intro: "What users and programs see, how to tell whether a listen queue is behind it, and what else it can be.",
        holds: |kind| matches!(kind, Kind::Symptom),
    },
    Sort {
        file: "claims.md",
        title: "What people say, and what is true",
        intro: "Each claim can be played on your own kernel: `listenq explain NAME --prove`.",
        holds: |kind| matches!(kind, Kind::Claim(_)),
    },
    Sort {
        file: "programs.md",
        title: "Programs, and how their backlog is set for good",
        intro: "`listenq` shows what each listener got; this is where it asks for it.",
        holds: |kind| matches!(kind, Kind::Program(_)),
    },
];

/// One page for each sort that there is.
pub fn pages() -> Vec<Page> {
    SORTS.iter().map(page).collect()
}

fn page(sort: &Sort) -> Page {
    let all: Vec<&Topic> = topics().filter(|topic| (sort.holds)(&topic.kind)).collect();
    let mut text = format!("{NOTICE}\n\n# {}\n\n{}\n\n", sort.title, sort.intro);
    for topic in &all {
        put(
            &mut text,
            &format!("- [{}](#{}): {}", topic.title, topic.id, topic.summary),
        );
    }
    for topic in all {
        section(&mut text, topic);
    }
    Page { file: sort.file, text }
}

/// Appends a line.
fn put(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn section(text: &mut String, topic: &Topic) {
    put(text, &format!("\n<a id=\"{}\"></a>\n\n## {}\n", topic.id, topic.title));
    put(text, &format!("*{}*", topic.summary));
    facts(text, &topic.kind);
    for paragraph in topic.means {
        put(text, &format!("\n{paragraph}"));
    }
    list(text, "Often misread", topic.means_not.iter().map(ToString::to_string));
    list(text, "Which kernels", topic.kernels.iter().map(ToString::to_string));
    let looks = topic.look_at.iter();
    list(
        text,
        "Look at",
        looks.map(|look| format!("`{}`: {}", look.command, look.shows)),
    );
    if !topic.proofs.is_empty() {
        let links = topic.proofs.iter().map(|proof| format!("[{proof}](proofs.md#{proof})"));
        put(text, &format!("\nProved by {}.", links.collect::<Vec<_>>().join(", ")));
    }
    see_also(text, topic.see_also);
    let sources = topic.sources.iter().map(|source| text_of(*source));
    put(text, &format!("\nSources: {}.", sources.collect::<Vec<_>>().join("; ")));
}

fn list(text: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    put(text, &format!("\n{heading}:\n"));
    for item in items {
        put(text, &format!("- {item}"));
    }
}

fn facts(text: &mut String, kind: &Kind) {
    match kind {
        Kind::Counter(facts) => counter(text, facts),
        Kind::Setting(facts) => setting(text, facts),
        Kind::Program(facts) => program(text, facts),
        Kind::Claim(verdict) => put(text, &format!("\n**{}**", said(*verdict))),
        Kind::Column(_) | Kind::Concept | Kind::KernelLog | Kind::Symptom => {}
    }
}

fn counter(text: &mut String, facts: &CounterFacts) {
    let label = if facts.gauge { "Numbers" } else { "Counts" };
    put(text, &format!("\n{label}: {}", facts.unit));
}

fn setting(text: &mut String, facts: &SettingFacts) {
    put(text, "\n| | |\n|---|---|");
    for (label, value) in [
        ("default", facts.default),
        ("scope", facts.scope),
        ("takes effect", facts.takes_effect),
    ] {
        put(text, &format!("| {label} | {} |", cell(value)));
    }
    list(
        text,
        "Values",
        facts.values.iter().map(|(value, means)| format!("`{value}`: {means}")),
    );
    ways(text, facts.set);
}

fn program(text: &mut String, facts: &ProgramFacts) {
    put(text, "\n| | |\n|---|---|");
    put(text, &format!("| default backlog | {} |", cell(facts.default_backlog)));
    put(text, &format!("| takes effect | {} |", cell(facts.applies)));
    ways(text, facts.set);
}

fn ways(text: &mut String, ways: &[SetIt]) {
    for way in ways {
        put(text, &format!("\n{}:\n\n```\n{}\n```", way.place, way.line));
    }
}

/// A bar would end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "Right.",
        Verdict::HalfRight => "Half right.",
        Verdict::MostlyWrong => "Mostly wrong.",
        Verdict::Wrong => "Wrong.",
    }
}

fn see_also(text: &mut String, ids: &[&str]) {
    if ids.is_empty() {
        return;
    }
    let links = ids.iter().map(|id| format!("[{id}]({}#{id})", file_of(id)));
    put(text, &format!("\nSee also {}.", links.collect::<Vec<_>>().join(", ")));
}

/// The page that a topic is on.
fn file_of(id: &str) -> &'static str {
    let kind = knowledge::topic(id).map(|topic| topic.kind);
    let sort = SORTS.iter().find(|sort| kind.is_some_and(|kind| (sort.holds)(&kind)));
    sort.map_or("", |sort| sort.file)
}

/// As it is told elsewhere, with a place in the kernel set as code.
fn text_of(source: Source) -> String {
    match source {
        Source::Kernel(place) => format!("Linux `{place}`"),
        other => other.to_string(),
    }
}
