//! What a proof did and saw, as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What came out of one proof on one kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The proof's name.
    pub proof: String,
    /// The kernel's release, as `uname -r` prints it.
    pub kernel: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// What was done and read, in order.
    pub phases: Vec<Phase>,
    /// Which of several possible behaviours this kernel showed, by the behaviour's name (see
    /// [`crate::behaviours`]).
    pub answers: BTreeMap<String, String>,
    /// What kept the proof from being played to its end, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether it was played to its end and everything was as expected.
    pub holds: bool,
}

/// One step of a proof: something was done, and everything was read before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// What was done, in words.
    pub what: String,
    /// The same as commands, system calls and packets. May be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// What was seen besides numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<Observation>,
    /// The numbers that were expected to move, and those that moved without it.
    pub readings: Vec<Reading>,
    /// How many others were read and did not move, as expected.
    pub unmoved: u32,
}

/// One number, before and after a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What it is: `TcpExt.ListenOverflows`, `drops of the listener`, `accept queue length`…
    pub name: String,
    /// Its value before; `None` for what the phase itself made.
    pub before: Option<i64>,
    /// Its value after; `None` for what is there no more.
    pub after: Option<i64>,
    /// What was expected.
    pub expected: Expectation,
    /// Whether that is what was seen.
    pub as_expected: bool,
}

/// What is expected of a number during a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// It changes by exactly this.
    Moves(i64),
    /// It has exactly this value afterwards.
    Becomes(i64),
    /// Its value afterwards is one of these or between them.
    Between(i64, i64),
    /// It does not change.
    Unmoved,
    /// It may change, for the reason given.
    MayMove(String),
    /// It is gone afterwards.
    Vanishes,
}

/// Something seen that is no number: the result of a call, the answer to a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What was looked at ("answer to the SYN").
    pub name: String,
    /// What was seen ("nothing").
    pub seen: String,
    /// What was expected, one of these.
    pub expected: Vec<String>,
    /// Whether that is what was seen.
    pub as_expected: bool,
}

impl Record {
    /// What was not as expected, one line each; empty if the proof holds.
    pub fn differences(&self) -> Vec<String> {
        let of_phases = self.phases.iter().flat_map(|phase| {
            let readings = phase.readings.iter().filter(|reading| !reading.as_expected);
            let observations = phase.observations.iter().filter(|seen| !seen.as_expected);
            let lines = readings.map(ToString::to_string);
            lines
                .chain(observations.map(ToString::to_string))
                .map(move |line| format!("{}: {line}", phase.what))
        });
        of_phases.chain(self.failure.clone()).collect()
    }
}

impl Phase {
    /// Whether all was as expected.
    pub fn as_expected(&self) -> bool {
        self.readings.iter().all(|reading| reading.as_expected) && self.observations.iter().all(|seen| seen.as_expected)
    }
}

impl Reading {
    /// What it was, what it is, and the difference: `0 → 5  (+5)`.
    pub fn change(&self) -> String {
        let value = |value: Option<i64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        let (before, after) = (value(self.before), value(self.after));
        match (self.before, self.after) {
            (Some(earlier), Some(later)) => format!("{before} → {after}  ({:+})", later - earlier),
            _ => format!("{before} → {after}"),
        }
    }

    /// Judges a number by what was expected of it.
    pub(super) fn judge(name: &str, before: Option<i64>, after: Option<i64>, expected: Expectation) -> Self {
        // What a phase makes starts at 0: a new listener has nothing in its queues.
        let moved = after.map(|after| after - before.unwrap_or(0));
        let as_expected = match &expected {
            Expectation::Moves(by) => moved == Some(*by),
            Expectation::Becomes(value) => after == Some(*value),
            Expectation::Between(least, most) => after.is_some_and(|after| (*least..=*most).contains(&after)),
            Expectation::Unmoved => moved == Some(0),
            Expectation::MayMove(_) => after.is_some(),
            Expectation::Vanishes => after.is_none(),
        };
        Self {
            name: name.into(),
            before,
            after,
            expected,
            as_expected,
        }
    }
}

impl Observation {
    pub(super) fn judge(name: &str, seen: &str, expected: &[&str]) -> Self {
        Self {
            name: name.into(),
            seen: seen.into(),
            expected: expected.iter().map(|&text| text.into()).collect(),
            as_expected: expected.contains(&seen),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: Option<i64>| value.map_or("none".into(), |value| value.to_string());
        let (before, after) = (value(self.before), value(self.after));
        write!(f, "{} {before} -> {after}", self.name)?;
        if self.as_expected {
            return Ok(());
        }
        write!(f, ", expected {}", self.expected)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moves(by) => write!(f, "{by:+}"),
            Self::Becomes(value) => write!(f, "{value}"),
            Self::Between(least, most) => write!(f, "{least} to {most}"),
            Self::Unmoved => f.write_str("no change"),
            Self::MayMove(reason) => write!(f, "any change: {reason}"),
            Self::Vanishes => f.write_str("none"),
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.seen)?;
        if self.as_expected {
            return Ok(());
        }
        write!(f, ", expected {}", self.expected.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(before: i64, after: i64, expected: Expectation) -> bool {
        Reading::judge("x", Some(before), Some(after), expected).as_expected
    }

    #[test]
    fn a_number_is_judged_by_its_difference_or_its_value() {
        assert!(seen(5, 8, Expectation::Moves(3)));
        assert!(!seen(5, 9, Expectation::Moves(3)));
        assert!(seen(5, 3, Expectation::Becomes(3)));
        assert!(!seen(5, 8, Expectation::Becomes(3)));
        assert!(seen(5, 5, Expectation::Unmoved));
        assert!(!seen(5, 6, Expectation::Unmoved));
        assert!(seen(5, 99, Expectation::MayMove("a timer".into())));
    }

    #[test]
    fn what_is_new_starts_at_nothing_and_what_is_gone_is_told() {
        assert!(Reading::judge("x", None, Some(2), Expectation::Moves(2)).as_expected);
        assert!(!Reading::judge("x", None, Some(1), Expectation::Unmoved).as_expected);
        assert!(Reading::judge("x", Some(1), None, Expectation::Vanishes).as_expected);
        assert!(!Reading::judge("x", Some(1), None, Expectation::Unmoved).as_expected);
    }

    #[test]
    fn a_record_survives_the_way_there_and_back() {
        let record = Record {
            proof: "p".into(),
            kernel: "6.18".into(),
            milliseconds: 4,
            phases: vec![Phase {
                what: "a phase".into(),
                commands: vec!["listen(fd, 1)".into()],
                observations: vec![Observation::judge("answer", "nothing", &["RST"])],
                readings: vec![Reading::judge("n", Some(1), Some(2), Expectation::Unmoved)],
                unmoved: 7,
            }],
            answers: BTreeMap::new(),
            failure: None,
            holds: false,
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        let expected = [
            "a phase: n 1 -> 2, expected no change",
            "a phase: answer: nothing, expected RST",
        ];
        assert_eq!(record.differences(), expected);
    }
}
