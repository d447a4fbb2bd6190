//! The whole answer of `listenq -o json`: schema_version 1, only ever added to.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::counter::Counters;
use crate::health::SourceHealth;
use crate::listener::Listener;
use crate::namespace::NamespaceKey;
use crate::sample::{Host, Sample};
use crate::setting::Settings;
use crate::window::Window;

/// Version of the schema.
pub const SCHEMA_VERSION: u32 = 1;

/// One answer: the host, how well it could be read, its namespaces and its listeners.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When the sample was taken.
    pub taken_at: Timestamp,
    /// The machine.
    pub host: Host,
    /// How well each source could be read.
    pub sources: Vec<SourceHealth>,
    /// The namespaces.
    pub namespaces: Vec<NamespaceReport>,
    /// The listeners, most endangered first.
    pub listeners: Vec<Listener>,
}

impl Document {
    /// Puts a sample and what was derived from it together.
    pub fn new(sample: &Sample, window: Window) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            taken_at: sample.taken_at,
            host: sample.host.clone(),
            sources: sample.sources.clone(),
            namespaces: window.namespaces,
            listeners: window.listeners,
        }
    }
}

/// A namespace with its totals.
#[derive(Clone, Debug, Serialize)]
pub struct NamespaceReport {
    /// Stable within the document; listeners refer to it.
    pub id: String,
    /// Inode of the namespace; `None` when the reader may not see it.
    pub netns: Option<u64>,
    /// `host`, its /run/netns name, pod uid or short container id.
    pub name: Option<Arc<str>>,
    /// Sums over its listeners.
    pub totals: Totals,
    /// Its settings.
    pub sysctls: Settings,
    /// Its counters; `None` when they could not be read.
    pub counters: Option<Counters>,
    /// Whether it is the reader's own.
    #[serde(skip)]
    pub is_own: bool,
    /// Its key in the sample.
    #[serde(skip)]
    pub key: NamespaceKey,
}

/// Sums over the listeners of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many listen.
    pub listeners: usize,
    /// Connections that wait for accept(); `None` when one of the lengths is unknown.
    pub waiting: Option<u64>,
    /// Half-open connections; `None` when they were not counted.
    pub half_open: Option<u64>,
}

/// Nothing listens, so nothing waits; what is half-open was not counted.
impl Default for Totals {
    fn default() -> Self {
        Self {
            listeners: 0,
            waiting: Some(0),
            half_open: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespace::{HalfOpen, LocalEnd};
    use crate::sample::fixture::{listener, sample, unix_listener};

    /// The contract: a change here is a change of schema_version 1 and may only add.
    #[test]
    fn the_shape_of_the_document() {
        let mut taken = sample(vec![listener("0.0.0.0", 80), unix_listener("/run/app.sock")]);
        let local = LocalEnd {
            address: "10.0.0.1".parse().unwrap(),
            port: 80,
            interface: 0,
        };
        taken.namespaces[0].half_open = Some(vec![HalfOpen {
            local,
            count: 3,
            young: 2,
        }]);
        let window = Window::new(None, &taken);
        insta::assert_json_snapshot!(Document::new(&taken, window));
    }
}
