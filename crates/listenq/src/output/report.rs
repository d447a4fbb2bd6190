//! What there is to say to the user about one window: the listeners that were asked for, in order.

use std::collections::HashMap;

use model::{Document, Listener, Sample, Selection, Window};

use super::order::Order;

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Which listeners.
    pub selection: Selection,
    /// In which order.
    pub order: Order,
    /// A limit to measure lengths and peaks against.
    pub threshold: Option<u32>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Report {
    /// Length of the window; `None` for a single sample.
    pub seconds: Option<f64>,
    /// The document, of whose listeners only those are left that were asked for.
    pub document: Document,
    /// Why none is left, and the nearest thing that exists.
    pub nothing: Option<String>,
    /// Whether unix listeners were asked for, so that idle ones are shown too.
    pub asks_for_unix: bool,
    /// Whether only some listeners were asked for.
    pub is_narrowed: bool,
    /// The limit that listeners were measured against.
    pub threshold: Option<u32>,
    members: HashMap<u64, Member>,
}

/// The place of a listener among the members of its SO_REUSEPORT group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// From 1, by inode.
    pub position: usize,
    /// How many there are, whether they were asked for or not.
    pub count: usize,
}

impl Report {
    /// Selects, measures and sorts.
    pub fn new(sample: &Sample, window: Window, asked: &Asked) -> Self {
        let seconds = window.seconds;
        let mut document = Document::new(sample, window);
        let members = members(&document.listeners);
        let nothing = select(&mut document, &asked.selection);
        if let Some(limit) = asked.threshold {
            measure(&mut document.listeners, limit);
        }
        asked.order.sort(&mut document.listeners);
        Self {
            seconds,
            document,
            nothing,
            asks_for_unix: asked.selection.asks_for_unix(),
            is_narrowed: !asked.selection.is_everything(),
            threshold: asked.threshold,
            members,
        }
    }

    /// The listeners that were asked for.
    pub fn listeners(&self) -> &[Listener] {
        &self.document.listeners
    }

    /// Those that deserve a row of their own: unix listeners at which nothing waits do not, unless asked for.
    pub fn rows(&self) -> impl Iterator<Item = &Listener> {
        self.listeners().iter().filter(|listener| self.has_row(listener))
    }

    /// Those that have no row.
    pub fn folded(&self) -> impl Iterator<Item = &Listener> {
        self.listeners().iter().filter(|listener| !self.has_row(listener))
    }

    fn has_row(&self, listener: &Listener) -> bool {
        self.asks_for_unix || !listener.is_quiet_unix()
    }

    /// The place of a listener in its group, if it is in one.
    pub fn member(&self, listener: &Listener) -> Option<Member> {
        listener.reuseport_group?;
        self.members.get(&listener.inode).copied()
    }

    /// The name of a namespace that is not our own, or its id.
    pub fn foreign_namespace(&self, listener: &Listener) -> Option<&str> {
        let namespace = self
            .document
            .namespaces
            .iter()
            .find(|namespace| namespace.key == listener.namespace)?;
        (!namespace.is_own).then(|| namespace.name.as_deref().unwrap_or(&namespace.id))
    }
}

/// Leaves only what was asked for; if that is nothing, says why.
fn select(document: &mut Document, selection: &Selection) -> Option<String> {
    let namespaces = &document.namespaces;
    let is_asked = |listener: &Listener| selection.matches(listener, namespaces);
    if document.listeners.iter().any(is_asked) {
        document.listeners.retain(is_asked);
        return None;
    }
    let nothing = selection.explain_nothing(&document.listeners, namespaces);
    document.listeners.clear();
    Some(nothing)
}

/// A queue of this limit holds one more; what is above that would have been refused.
fn measure(listeners: &mut [Listener], limit: u32) {
    let holds = u64::from(limit) + 1;
    for listener in listeners {
        let queue = &listener.accept_queue;
        let peak = queue.peak.as_ref().map(|peak| peak.length);
        let highest = queue.length.max(peak);
        listener.would_overflow = highest.map(|length| u64::from(length) > holds);
    }
}

/// The inode of a socket is unique on the host, so a group needs no other name than its lowest.
fn members(listeners: &[Listener]) -> HashMap<u64, Member> {
    let mut groups: HashMap<u64, Vec<u64>> = HashMap::new();
    for listener in listeners {
        if let Some(group) = listener.reuseport_group {
            groups.entry(group).or_default().push(listener.inode);
        }
    }
    let mut members = HashMap::new();
    for mut inodes in groups.into_values() {
        inodes.sort_unstable();
        let count = inodes.len();
        let numbered = inodes.into_iter().zip(1..);
        members.extend(numbered.map(|(inode, position)| (inode, Member { position, count })));
    }
    members
}

#[cfg(test)]
mod tests {
    use model::selection::Family;

    use super::*;
    use crate::fixture::{asked, busy_host, report, report_on, sample, tcp};

    #[test]
    fn only_what_was_asked_for_is_left() {
        let selection = Selection {
            ports: vec!["80-443".parse().unwrap()],
            ..Selection::default()
        };
        let report = report_on(&busy_host(), &asked(selection));
        let ports: Vec<_> = report.listeners().iter().filter_map(|listener| listener.port).collect();
        assert_eq!(ports, [80, 443]);
        assert_eq!(report.nothing, None);
    }

    #[test]
    fn nothing_is_explained() {
        let selection = Selection {
            ports: vec!["81".parse().unwrap()],
            ..Selection::default()
        };
        let nothing = report_on(&busy_host(), &asked(selection)).nothing.unwrap();
        assert!(nothing.contains("the nearest is 0.0.0.0:80"), "{nothing}");
        assert_eq!(
            report(&sample(vec![])).nothing.as_deref(),
            Some("no listening socket was found")
        );
    }

    #[test]
    fn what_the_other_options_leave_is_searched_for_the_nearest() {
        let selection = Selection {
            ports: vec!["80".parse().unwrap()],
            namespaces: vec!["web".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(
            report_on(&busy_host(), &asked(selection)).nothing.unwrap(),
            "among what the other options leave, nothing listens on port 80; \
             the nearest is 127.0.0.1:5432 (postgres, pid 71)"
        );
    }

    #[test]
    fn idle_unix_listeners_have_rows_only_when_asked_for() {
        let all = report(&busy_host());
        assert_eq!((all.listeners().len(), all.folded().count()), (26, 15));
        let selection = Selection {
            families: vec![Family::Unix],
            ..Selection::default()
        };
        let unix = report_on(&busy_host(), &asked(selection));
        assert_eq!((unix.rows().count(), unix.folded().count()), (16, 0));
    }

    #[test]
    fn a_limit_holds_one_more_than_it_says() {
        let measured = |length| {
            let asked = Asked {
                threshold: Some(10),
                ..Asked::default()
            };
            report_on(&sample(vec![tcp("0.0.0.0", 80, length, 4096)]), &asked).listeners()[0].would_overflow
        };
        assert_eq!(measured(11), Some(false));
        assert_eq!(measured(12), Some(true));
    }

    #[test]
    fn members_of_a_group_are_numbered_even_if_only_one_was_asked_for() {
        let report = report(&busy_host());
        let place = |inode| {
            let listener = report
                .listeners()
                .iter()
                .find(|listener| listener.inode == inode)
                .unwrap();
            report.member(listener)
        };
        assert_eq!(place(31_000), Some(Member { position: 1, count: 2 }));
        assert_eq!(place(31_001), Some(Member { position: 2, count: 2 }));
        assert_eq!(place(20_080), None);
    }
}
