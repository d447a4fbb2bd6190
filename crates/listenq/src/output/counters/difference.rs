//! By how much counters moved since what they are compared with.

use std::collections::BTreeMap;

use knowledge::Topic;
use knowledge::reading::Span;
use model::counter::{Counter, Counters};
use model::{Namespace, NamespaceKey, Sample};

use super::moment::Moment;

/// What the counters are compared with.
#[derive(Clone, Copy, Debug)]
pub enum Base<'a> {
    /// Nothing: totals.
    Nothing,
    /// An earlier look of this run.
    Look(&'a Moment),
    /// A saved reading.
    File(&'a Moment),
    /// Boot, at which the counters of this namespace, the initial one, began; `None` if it is not known.
    Boot(Option<NamespaceKey>),
}

impl<'a> Base<'a> {
    /// The earlier look.
    pub fn moment(self) -> Option<&'a Moment> {
        match self {
            Self::Look(moment) | Self::File(moment) => Some(moment),
            Self::Nothing | Self::Boot(_) => None,
        }
    }

    /// Its name in documents.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Look(_) => Some("look"),
            Self::File(_) => Some("file"),
            Self::Boot(_) => Some("boot"),
        }
    }

    /// The time since then.
    pub fn span(self, sample: &Sample) -> Span {
        match self {
            Self::Nothing => Span::Made,
            Self::Boot(_) => Span::Boot(sample.since_boot),
            Self::Look(moment) | Self::File(moment) => {
                Span::Window(sample.since_boot.saturating_sub(moment.since_boot))
            }
        }
    }
}

/// By how much the counters of one namespace moved, and in which time.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Of each counter; `None` where there is nothing to compare with.
    pub deltas: Option<BTreeMap<Counter, i64>>,
    /// The time.
    pub span: Span,
    /// Why there is nothing to compare with, though it was asked for.
    pub note: Option<&'static str>,
}

const AGE_UNKNOWN: &str = "how long this namespace exists is not known, so nothing is told since boot";
const NOT_SEEN: &str = "this namespace was not there at the earlier look, or could not be seen then";
const NOT_READ: &str = "its counters could not be read at the earlier look";
const WENT_BACK: &str = "its counters went back, so another namespace has taken its inode number since";

impl Difference {
    /// That of a namespace in a sample.
    pub fn of(namespace: &Namespace, sample: &Sample, base: Base) -> Self {
        let span = base.span(sample);
        let Some(now) = &namespace.counters else {
            return Self::none(span, None);
        };
        match base {
            Base::Nothing => Self::none(span, None),
            Base::Boot(Some(initial)) if initial == namespace.key => Self {
                deltas: between(|_| Some(0), now),
                span,
                note: None,
            },
            Base::Boot(_) => Self::none(Span::Made, Some(AGE_UNKNOWN)),
            Base::Look(moment) | Base::File(moment) => Self::since(moment, namespace.key, now, span),
        }
    }

    fn since(moment: &Moment, key: NamespaceKey, now: &Counters, span: Span) -> Self {
        let before = moment.namespaces.get(&key).map(|remembered| &remembered.counters);
        let deltas = match before {
            None => Err(NOT_SEEN),
            Some(None) => Err(NOT_READ),
            Some(Some(before)) => between(|counter| before.get(counter), now).ok_or(WENT_BACK),
        };
        match deltas {
            Ok(deltas) => Self {
                deltas: Some(deltas),
                span,
                note: None,
            },
            Err(note) => Self::none(span, Some(note)),
        }
    }

    fn none(span: Span, note: Option<&'static str>) -> Self {
        Self {
            deltas: None,
            span,
            note,
        }
    }

    /// As counters, without gauges that went down; the totals, where totals are what is told.
    pub fn moved(&self, totals: Option<&Counters>) -> Option<Counters> {
        match (&self.deltas, self.span) {
            (Some(deltas), _) => {
                let mut moved = Counters::default();
                for (counter, delta) in deltas {
                    if let Ok(delta) = u64::try_from(*delta) {
                        moved.set(*counter, delta);
                    }
                }
                Some(moved)
            }
            (None, Span::Made) => totals.cloned(),
            (None, _) => None,
        }
    }

    /// Whether nothing moved, gauges included; of totals, whether all are 0.
    pub fn is_still(&self, totals: Option<&Counters>) -> bool {
        match &self.deltas {
            Some(deltas) => deltas.values().all(|delta| *delta == 0),
            None => totals.into_iter().flat_map(Counters::iter).all(|(_, value)| value == 0),
        }
    }

    /// The rate of a counter. A gauge has none: it is not a number of events.
    pub fn per_second(&self, counter: Counter) -> Option<f64> {
        let delta = *self.deltas.as_ref()?.get(&counter)?;
        let seconds = self.span.seconds().filter(|_| !is_gauge(counter))?;
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
        Some(delta as f64 / seconds)
    }
}

/// `None` if a counter went back: it only ever grows while a namespace lives (64 bits do not wrap).
fn between(before: impl Fn(Counter) -> Option<u64>, now: &Counters) -> Option<BTreeMap<Counter, i64>> {
    let mut deltas = BTreeMap::new();
    for (counter, now) in now.iter() {
        let Some(earlier) = before(counter) else { continue };
        if now < earlier && !is_gauge(counter) {
            return None;
        }
        let distance = i64::try_from(now.abs_diff(earlier)).unwrap_or(i64::MAX);
        deltas.insert(counter, if now < earlier { -distance } else { distance });
    }
    Some(deltas)
}

/// Numbers of what there is now (tcp_set_state, mptcp_set_state), which go down too.
const GAUGES: [&str; 2] = ["Tcp.CurrEstab", "MPTcpExt.MPCurrEstab"];

fn is_gauge(counter: Counter) -> bool {
    GAUGES.contains(&counter.name().as_str())
}

/// What there is to know of a counter.
pub fn topic(counter: Counter) -> Option<&'static Topic> {
    let name = counter.name();
    let (group, name) = name.split_once('.')?;
    knowledge::counter(group, name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use knowledge::Kind;

    use super::*;
    use crate::fixture::{HOST, WEB, sample};

    fn counter(name: &str) -> Counter {
        let (group, name) = name.split_once('.').unwrap();
        Counter::find(group, name).unwrap()
    }

    fn counters(values: &[(&str, u64)]) -> Counters {
        let mut counters = Counters::default();
        for (name, value) in values {
            counters.set(counter(name), *value);
        }
        counters
    }

    /// A look at a host whose namespace has these counters, so many seconds after boot.
    fn look(values: &[(&str, u64)], seconds: u64) -> Sample {
        let mut sample = sample(Vec::new());
        sample.since_boot = Duration::from_secs(seconds);
        sample.namespaces[0].counters = Some(counters(values));
        sample
    }

    fn between_looks(before: &[(&str, u64)], now: &[(&str, u64)]) -> Difference {
        let now = look(now, 104);
        Difference::of(&now.namespaces[0], &now, Base::Look(&Moment::of(&look(before, 100))))
    }

    #[test]
    fn counters_grow_and_gauges_go_both_ways() {
        let moved = between_looks(
            &[("TcpExt.ListenDrops", 3), ("Tcp.CurrEstab", 9)],
            &[("TcpExt.ListenDrops", 43), ("Tcp.CurrEstab", 7)],
        );
        let deltas = moved.deltas.as_ref().unwrap();
        assert_eq!(deltas[&counter("TcpExt.ListenDrops")], 40);
        assert_eq!(deltas[&counter("Tcp.CurrEstab")], -2);
        assert_eq!(moved.per_second(counter("TcpExt.ListenDrops")), Some(10.0));
        assert_eq!(moved.per_second(counter("Tcp.CurrEstab")), None);
        assert_eq!(moved.moved(None), Some(counters(&[("TcpExt.ListenDrops", 40)])));
        assert!(!moved.is_still(None));
    }

    #[test]
    fn a_gauge_alone_is_movement_too() {
        let moved = between_looks(&[("Tcp.CurrEstab", 9)], &[("Tcp.CurrEstab", 7)]);
        assert!(!moved.is_still(None));
        assert!(between_looks(&[("Tcp.CurrEstab", 9)], &[("Tcp.CurrEstab", 9)]).is_still(None));
    }

    #[test]
    fn a_counter_that_went_back_is_another_namespace() {
        let moved = between_looks(
            &[("TcpExt.ListenDrops", 3), ("Tcp.PassiveOpens", 5)],
            &[("TcpExt.ListenDrops", 9), ("Tcp.PassiveOpens", 4)],
        );
        assert_eq!((moved.deltas, moved.note), (None, Some(WENT_BACK)));
    }

    /// The counters of a module appear when it is loaded.
    #[test]
    fn a_counter_that_was_not_there_before_has_no_difference() {
        let moved = between_looks(&[], &[("MPTcpExt.MPCapableSYNRX", 4)]);
        assert_eq!(moved.deltas, Some(BTreeMap::new()));
    }

    #[test]
    fn what_cannot_be_compared_is_told_why() {
        let now = look(&[("TcpExt.ListenDrops", 9)], 104);
        let mut before = Moment::of(&now);
        before.namespaces.remove(&HOST);
        before.namespaces.get_mut(&WEB).unwrap().counters = None;
        let note = |position: usize| {
            let difference = Difference::of(&now.namespaces[position], &now, Base::File(&before));
            assert_eq!(difference.moved(now.namespaces[position].counters.as_ref()), None);
            difference.note
        };
        assert_eq!((note(0), note(1)), (Some(NOT_SEEN), Some(NOT_READ)));
    }

    #[test]
    fn only_the_initial_namespace_began_at_boot() {
        let now = look(&[("TcpExt.ListenDrops", 50)], 100);
        let base = Base::Boot(Some(HOST));
        let host = Difference::of(&now.namespaces[0], &now, base);
        assert_eq!(host.per_second(counter("TcpExt.ListenDrops")), Some(0.5));
        let web = Difference::of(&now.namespaces[1], &now, base);
        assert_eq!(
            (web.deltas.as_ref(), web.span, web.note),
            (None, Span::Made, Some(AGE_UNKNOWN))
        );
        // Its totals are told all the same.
        assert!(web.moved(now.namespaces[1].counters.as_ref()).is_some());
        assert_eq!(
            Difference::of(&now.namespaces[0], &now, Base::Boot(None)).note,
            Some(AGE_UNKNOWN)
        );
    }

    #[test]
    fn extremes_do_not_overflow() {
        let moved = between_looks(&[("Tcp.PassiveOpens", 0)], &[("Tcp.PassiveOpens", u64::MAX)]);
        assert_eq!(moved.deltas.unwrap()[&counter("Tcp.PassiveOpens")], i64::MAX);
        let moved = between_looks(&[("Tcp.CurrEstab", u64::MAX)], &[("Tcp.CurrEstab", 0)]);
        assert_eq!(moved.deltas.unwrap()[&counter("Tcp.CurrEstab")], -i64::MAX);
    }

    #[test]
    fn what_is_known_of_counters_agrees_on_which_are_gauges() {
        for counter in Counter::all() {
            if let Some(Kind::Counter(facts)) = topic(counter).map(|topic| topic.kind) {
                assert_eq!(facts.gauge, is_gauge(counter), "{}", counter.name());
            }
        }
    }
}
