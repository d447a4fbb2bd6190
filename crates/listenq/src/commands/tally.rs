//! What a watch has seen from its beginning to its end.

use std::collections::HashMap;
use std::time::Duration;

use model::{Listener, NamespaceKey, State};

use crate::output::closing::name;
use crate::output::report::Report;
use crate::output::screen::Glyphs;

/// The most listeners that are remembered.
const MOST: usize = 1000;
/// The most that are named at the end.
const NAMED: usize = 5;

/// The worst of all samples.
#[derive(Debug, Default)]
pub struct Tally {
    samples: u64,
    began: Option<Duration>,
    ended: Duration,
    most_listeners: usize,
    endangered: HashMap<Identity, Worst>,
    forgotten: u64,
}

/// What stays the same while a socket lives.
type Identity = (NamespaceKey, u64, Option<u64>);

#[derive(Debug)]
struct Worst {
    name: String,
    state: State,
    length: u32,
    limit: Option<u32>,
    refused: f64,
}

impl Tally {
    /// Takes a report into account.
    pub fn add(&mut self, report: &Report, since_boot: Duration) {
        self.samples += 1;
        self.began.get_or_insert(since_boot);
        self.ended = since_boot;
        self.most_listeners = self.most_listeners.max(report.listeners().len());
        for listener in report.listeners() {
            if let Some(state) = listener.state.filter(|state| state.is_endangered()) {
                self.add_endangered(listener, state, report);
            }
        }
    }

    fn add_endangered(&mut self, listener: &Listener, state: State, report: &Report) {
        let identity = (listener.namespace, listener.inode, listener.cookie);
        if self.endangered.len() >= MOST && !self.endangered.contains_key(&identity) {
            self.forgotten += 1;
            return;
        }
        let worst = self.endangered.entry(identity).or_insert_with(|| Worst {
            name: name(listener, report, &crate::output::screen::UTF8),
            state,
            length: 0,
            limit: listener.accept_queue.limit,
            refused: 0.0,
        });
        worst.state = worst.state.min(state);
        let length = listener.accept_queue.length.unwrap_or(0);
        if length >= worst.length {
            (worst.length, worst.limit) = (length, listener.accept_queue.limit);
        }
        worst.refused += refused(listener, state, report.seconds);
    }

    /// “12 samples in 11 s: 1 of 14 listeners was at risk: 0.0.0.0:80 (dropping, up to 129/128, 312 drops).”
    pub fn sentence(&self, glyphs: &Glyphs) -> String {
        let seconds = self
            .ended
            .saturating_sub(self.began.unwrap_or(self.ended))
            .as_secs_f64();
        let samples = if self.samples == 1 {
            "1 sample".to_owned()
        } else {
            format!("{} samples", self.samples)
        };
        let watched = format!("{samples} in {seconds:.0} s");
        let listeners = self.most_listeners;
        if listeners == 0 {
            return format!("{watched}: there was no such listener.");
        }
        if self.endangered.is_empty() {
            return format!("{watched}: no listener of {listeners} was seen at risk.");
        }
        let mut worst: Vec<&Worst> = self.endangered.values().collect();
        worst.sort_by(|a, b| {
            a.state
                .cmp(&b.state)
                .then_with(|| b.refused.total_cmp(&a.refused))
                .then_with(|| a.name.cmp(&b.name))
        });
        let mut named: Vec<String> = worst.iter().take(NAMED).map(|worst| worst.describe(glyphs)).collect();
        let more = worst.len().saturating_sub(NAMED);
        if more > 0 {
            let least = if self.forgotten > 0 { "at least " } else { "" };
            named.push(format!("and {least}{more} more"));
        }
        let was = if worst.len() == 1 { "was" } else { "were" };
        format!(
            "{watched}: {} of {listeners} listeners {was} at risk: {}.",
            worst.len(),
            named.join(", ")
        )
    }
}

/// What was refused in the window. In any other state what the counter counted is noise.
fn refused(listener: &Listener, state: State, seconds: Option<f64>) -> f64 {
    let rate = listener.drops.as_ref().and_then(|drops| drops.per_second);
    match (state, rate, seconds) {
        (State::Dropping, Some(rate), Some(seconds)) => rate * seconds,
        _ => 0.0,
    }
}

impl Worst {
    fn describe(&self, glyphs: &Glyphs) -> String {
        let limit = self
            .limit
            .map_or_else(|| glyphs.unknown.to_owned(), |limit| limit.to_string());
        let drops = if self.refused > 0.0 {
            format!(", {:.0} drops", self.refused)
        } else {
            String::new()
        };
        format!(
            "{} ({}, up to {}/{limit}{drops})",
            glyphs.name(&self.name),
            self.state.name(),
            self.length
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, busy_host_later, report, sample, tcp};
    use crate::output::report::{Asked, Report};
    use crate::output::screen::UTF8;

    #[test]
    fn a_quiet_watch_claims_no_more_than_it_saw() {
        let mut tally = Tally::default();
        let calm = sample(vec![tcp("0.0.0.0", 80, 3, 128)]);
        for second in 0..12 {
            tally.add(&report(&calm), Duration::from_secs(second));
        }
        assert_eq!(
            tally.sentence(&UTF8),
            "12 samples in 11 s: no listener of 1 was seen at risk."
        );
    }

    #[test]
    fn a_watch_of_nothing_does_not_say_that_all_was_well() {
        let mut tally = Tally::default();
        tally.add(&report(&sample(vec![])), Duration::ZERO);
        assert_eq!(tally.sentence(&UTF8), "1 sample in 0 s: there was no such listener.");
    }

    #[test]
    fn the_worst_of_all_samples_is_told() {
        let mut tally = Tally::default();
        let before = busy_host();
        tally.add(&report(&before), before.since_boot);
        let (after, window) = busy_host_later();
        let since_boot = after.since_boot;
        tally.add(&Report::new(&after, window, &Asked::default()), since_boot);
        assert_eq!(
            tally.sentence(&UTF8),
            "2 samples in 4 s: 3 of 26 listeners were at risk: 0.0.0.0:80 (dropping, up to 129/128, 40 drops), \
             /run/app.sock (full, up to 6/5), 10.0.0.1:443 (high, up to 3411/4096)."
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut tally = Tally::default();
        let many = sample((1..=1200).map(|port| tcp("0.0.0.0", port, 6, 5)).collect());
        tally.add(&report(&many), Duration::ZERO);
        assert_eq!(tally.endangered.len(), MOST);
        assert!(tally.sentence(&UTF8).ends_with("and at least 995 more."));
    }
}
