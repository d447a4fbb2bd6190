//! The capabilities as one document, schema_version 1.

use std::io::{self, Write};

use jiff::Timestamp;
use model::Host;
use model::document::SCHEMA_VERSION;
use serde::Serialize;

use super::{Capabilities, Feature, Grant};
use crate::behaviours::Behaviours;
use crate::output::json;
use crate::output::screen::Screen;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    host: &'a Host,
    uid: u32,
    capabilities: Vec<&'static str>,
    features: &'a [Feature],
    grants: &'a [Grant],
    behaviours: Option<Vec<Asked<'a>>>,
    behaviours_asked_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Asked<'a> {
    name: &'a str,
    question: &'a str,
    answer: Option<&'a str>,
    meaning: Option<&'a str>,
}

/// Writes the document.
pub fn write(out: &mut dyn Write, found: &Capabilities, screen: &Screen) -> io::Result<()> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        host: &found.host,
        uid: found.privileges.uid,
        capabilities: found.privileges.held.iter().map(|one| one.name()).collect(),
        features: &found.features,
        grants: &found.grants,
        behaviours: found.behaviours.as_ref().map(answers),
        behaviours_asked_at: found.behaviours.as_ref().map(|known| known.asked_at),
    };
    json::write(out, &document, screen)
}

fn answers(known: &Behaviours) -> Vec<Asked<'_>> {
    let answer = |behaviour: &'static lab::Behaviour| {
        let answer = known.answers.get(behaviour.name).map(String::as_str);
        Asked {
            name: behaviour.name,
            question: behaviour.question,
            answer,
            meaning: answer.and_then(|answer| behaviour.meaning(answer)),
        }
    };
    lab::behaviours().iter().map(answer).collect()
}
