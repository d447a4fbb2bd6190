//! The answer of `listenq counters`: schema_version 1, only ever added to.

use std::sync::Arc;

use jiff::Timestamp;
use knowledge::reading::{Dropper, Next, ReadingId, Span};
use model::{Host, SourceHealth};
use serde::{Serialize, Serializer};

/// One answer.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Version of the schema.
    pub schema_version: u32,
    /// When the counters were read.
    pub taken_at: Timestamp,
    /// The machine.
    pub host: Host,
    /// What they are compared with: `look`, `file`, `boot`; `None`: nothing.
    pub compared_with: Option<&'static str>,
    /// When the look was taken that they are compared with.
    pub since: Option<Timestamp>,
    /// Length of the time in which they moved.
    pub window_seconds: Option<f64>,
    /// How well each source could be read.
    pub sources: Vec<SourceHealth>,
    /// The namespaces, the gravest reading first.
    pub namespaces: Vec<NamespaceCounters>,
    /// Those that were there at the earlier look, and are not seen any more.
    pub gone: Vec<Gone>,
}

/// The counters of one namespace.
#[derive(Clone, Debug, Serialize)]
pub struct NamespaceCounters {
    /// Stable within the document.
    pub id: String,
    /// Inode of the namespace; `None` when the reader may not see it.
    pub netns: Option<u64>,
    /// `host`, its /run/netns name, pod uid or short container id.
    pub name: Option<Arc<str>>,
    /// Those that this kernel has and that were asked for; `None` when they could not be read.
    pub counters: Option<Vec<Row>>,
    /// Why nothing is said of what moved.
    pub note: Option<&'static str>,
    /// Drops of its listeners in that time (for totals: since each socket exists), most first, at most three.
    pub listeners: Vec<DropRow>,
    /// The reading, for programs.
    #[serde(serialize_with = "id_name")]
    pub reading_id: ReadingId,
    /// The reading, in words.
    pub reading: String,
    /// What to look at next.
    pub look_at: Vec<Look>,
    /// The time in which they moved.
    #[serde(skip)]
    pub span: Span,
}

/// One counter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `TcpExt.ListenOverflows`.
    pub name: String,
    /// Since the namespace was made.
    pub total: u64,
    /// By how much it moved; less than nothing for a gauge that went down.
    pub delta: Option<i64>,
    /// The same per second; `None` for a gauge.
    pub per_second: Option<f64>,
    /// What it counts.
    pub meaning: Option<&'static str>,
}

/// The drops of one listener, or of several at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DropRow {
    /// `0.0.0.0:80`.
    pub place: String,
    /// Its port.
    pub port: u16,
    /// Name of its oldest owner; `None` if it is not known or was not looked for.
    pub owner: Option<String>,
    /// How many.
    pub drops: u64,
}

/// A command that leads on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// As typed.
    pub command: String,
    /// What it shows.
    pub shows: &'static str,
}

/// A namespace that is not seen any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// As it was in the earlier look.
    pub id: String,
    /// Its inode number.
    pub netns: Option<u64>,
    /// Its name.
    pub name: Option<Arc<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn id_name<S: Serializer>(id: &ReadingId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.name())
}

impl From<Dropper> for DropRow {
    fn from(dropper: Dropper) -> Self {
        Self {
            place: dropper.place,
            port: dropper.port,
            owner: dropper.owner,
            drops: dropper.drops,
        }
    }
}

impl From<Next> for Look {
    fn from(next: Next) -> Self {
        Self {
            command: next.command,
            shows: next.shows,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::output::counters::fixture::since_file;

    /// The contract: a change here is a change of schema_version 1 and may only add.
    #[test]
    fn the_shape_of_the_document() {
        insta::assert_json_snapshot!(since_file().document);
    }
}
