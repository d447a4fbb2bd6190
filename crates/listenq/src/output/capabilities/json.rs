//! The capabilities as one document, schema_version 1.

use std::io::{self, Write};

use model::Host;
use model::document::SCHEMA_VERSION;
use serde::Serialize;

use super::{Capabilities, Feature, Grant};
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
    };
    json::write(out, &document, screen)
}
