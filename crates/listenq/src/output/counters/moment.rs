//! What one look at the counters leaves behind, for a later look to be compared with.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::counter::Counters;
use model::{Namespace, NamespaceKey, Sample, Status};

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Wall time, for people.
    pub taken_at: Timestamp,
    /// Time since boot, suspend included.
    pub since_boot: Duration,
    /// Which boot that was; `None` if it could not be read.
    pub boot_id: Option<Arc<str>>,
    /// The namespaces.
    pub namespaces: BTreeMap<NamespaceKey, Remembered>,
}

/// One namespace as it was then.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remembered {
    /// Its name.
    pub name: Option<Arc<str>>,
    /// Its counters; `None` if they could not be read.
    pub counters: Option<Counters>,
    /// Drops of its listeners by the cookies of their sockets; `None` if they could not be read.
    pub drops: Option<HashMap<u64, u32>>,
}

impl Moment {
    /// What there is to remember of a sample.
    pub fn of(sample: &Sample) -> Self {
        let mut drops = drops(sample);
        let remember = |namespace: &Namespace| {
            let remembered = Remembered {
                name: namespace.name.clone(),
                counters: namespace.counters.clone(),
                drops: drops.remove(&namespace.key),
            };
            (namespace.key, remembered)
        };
        Self {
            taken_at: sample.taken_at,
            since_boot: sample.since_boot,
            boot_id: sample.host.boot_id.clone(),
            namespaces: sample.namespaces.iter().map(remember).collect(),
        }
    }
}

/// The drops of each namespace in which they could be read. One in which nothing listens is among them only if every
/// namespace could be read.
fn drops(sample: &Sample) -> HashMap<NamespaceKey, HashMap<u64, u32>> {
    let mut drops: HashMap<NamespaceKey, HashMap<u64, u32>> = HashMap::new();
    let is_whole = |source: &model::SourceHealth| source.name == "tcp" && source.status == Status::Ok;
    if sample.sources.iter().any(is_whole) {
        drops.extend(
            sample
                .namespaces
                .iter()
                .map(|namespace| (namespace.key, HashMap::new())),
        );
    }
    for socket in &sample.sockets {
        if let (Some(cookie), Some(count)) = (socket.cookie, socket.drops) {
            drops.entry(socket.namespace).or_default().insert(cookie, count);
        }
    }
    drops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{HOST, WEB, busy_host};

    #[test]
    fn drops_are_remembered_by_cookie_where_they_could_be_read() {
        let moment = Moment::of(&busy_host());
        let host = &moment.namespaces[&HOST];
        let drops = host.drops.as_ref().unwrap();
        assert_eq!((drops.get(&80), drops.get(&443)), (Some(&1204), Some(&3)));
        // A unix listener has none, nor one that only /proc showed.
        assert_eq!((drops.get(&41_000), drops.get(&631)), (None, None));
        assert_eq!(host.name.as_deref(), Some("host"));
    }

    #[test]
    fn no_listener_is_not_the_same_as_none_that_could_be_read() {
        let mut sample = busy_host();
        sample.sockets.clear();
        let web = |sample: &Sample| Moment::of(sample).namespaces[&WEB].drops.clone();
        assert_eq!(web(&sample), Some(HashMap::new()));
        sample.sources[0] = model::SourceHealth::unavailable("tcp", "no netlink");
        assert_eq!(web(&sample), None);
    }
}
