//! Topics and proofs as documents, schema_version 1.

use knowledge::{Kind, ProgramFacts, SetIt, SettingFacts, Topic};
use lab::{Proof, Record};
use model::document::SCHEMA_VERSION;
use serde::Serialize;
use serde_json::{Value, json};

use super::record::Origin;
use super::topic::sort;

/// A topic, whatever the host.
pub fn topic(topic: &Topic) -> Value {
    let looks = topic.look_at.iter();
    let looks: Vec<Value> = looks
        .map(|look| json!({"command": look.command, "shows": look.shows}))
        .collect();
    json!({
        "id": topic.id,
        "title": topic.title,
        "sort": sort(&topic.kind),
        "names": topic.names,
        "summary": topic.summary,
        "facts": facts(&topic.kind),
        "means": topic.means,
        "means_not": topic.means_not,
        "kernels": topic.kernels,
        "look_at": looks,
        "proofs": topic.proofs,
        "see_also": topic.see_also,
        "sources": topic.sources.iter().map(|source| source.text()).collect::<Vec<_>>(),
    })
}

fn facts(kind: &Kind) -> Value {
    match kind {
        Kind::Counter(facts) => {
            json!({"group": facts.group, "name": facts.name, "unit": facts.unit, "gauge": facts.gauge})
        }
        Kind::Setting(facts) => setting(facts),
        Kind::Program(facts) => program(facts),
        Kind::Column(_) | Kind::Concept | Kind::KernelLog | Kind::Symptom | Kind::Claim(_) => Value::Null,
    }
}

fn setting(facts: &SettingFacts) -> Value {
    let values = facts
        .values
        .iter()
        .map(|(value, means)| json!({"value": value, "means": means}));
    json!({
        "name": facts.name,
        "default": facts.default,
        "scope": facts.scope,
        "takes_effect": facts.takes_effect,
        "values": values.collect::<Vec<_>>(),
        "set": ways(facts.set),
    })
}

fn program(facts: &ProgramFacts) -> Value {
    json!({
        "processes": facts.processes,
        "default_backlog": facts.default_backlog,
        "applies": facts.applies,
        "set": ways(facts.set),
    })
}

fn ways(ways: &[SetIt]) -> Vec<Value> {
    ways.iter()
        .map(|way| json!({"place": way.place, "line": way.line}))
        .collect()
}

/// One proof and what came of it.
#[derive(Serialize)]
pub struct Proved<'a> {
    claim: &'a str,
    truth: &'a str,
    origin: &'static str,
    #[serde(flatten)]
    record: &'a Record,
}

impl<'a> Proved<'a> {
    /// Puts them together.
    pub fn new(proof: &'a Proof, record: &'a Record, origin: Origin) -> Self {
        Self {
            claim: proof.claim,
            truth: proof.truth,
            origin: match origin {
                Origin::Played => "played",
                Origin::Recorded => "recorded",
            },
            record,
        }
    }
}

/// The whole answer.
#[derive(Serialize)]
pub struct Document<'a> {
    schema_version: u32,
    topics: Vec<Value>,
    proofs: Vec<Proved<'a>>,
}

impl<'a> Document<'a> {
    /// Of these topics, likeliest first, and these proofs.
    pub fn new(topics: &[&Topic], proofs: Vec<Proved<'a>>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            topics: topics.iter().map(|found| topic(found)).collect(),
            proofs,
        }
    }
}
