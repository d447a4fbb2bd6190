//! Better, worse, or no change seen: decided by numbers alone, and said in words.

use serde::Serialize;

use super::measure::{Left, Side};

/// A shorter time tells nothing.
const SHORTEST: f64 = 0.5;
/// Fewer packets, or clients, than this more or less are chance.
const SIGNIFICANT: f64 = 5.0;
/// A rate that is not so many times another one is the same.
const TIMES: f64 = 2.0;

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Fewer are refused.
    Better,
    /// Neither.
    NoChange,
    /// More are refused, or the queue fills with connections whose clients have left.
    Worse,
    /// The listeners are not what they were, or could not be read.
    CannotTell,
}

/// What a change did, and by which numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// In a word.
    pub outcome: Outcome,
    /// In sentences.
    pub because: Vec<String>,
    /// What the listeners were like before.
    pub before: Side,
    /// What they were like after.
    pub after: Side,
}

/// Compares the two sides of a change.
pub fn judge(before: Side, after: Side) -> Verdict {
    let (outcome, mut because) = decide(&before, &after);
    because.extend(noise(&after));
    Verdict {
        outcome,
        because,
        before,
        after,
    }
}

fn decide(before: &Side, after: &Side) -> (Outcome, Vec<String>) {
    if let Some(why) = not_comparable(before, after) {
        return (Outcome::CannotTell, vec![why]);
    }
    let refusals = refusals(before, after);
    let stale = stale(before, after);
    let more_refused = refusals.as_ref().filter(|(outcome, _)| *outcome == Outcome::Worse);
    match (more_refused, stale) {
        (None, None) => {}
        (more, stale) => {
            let sentences = more.map(|(_, sentence)| sentence.clone()).into_iter().chain(stale);
            return (Outcome::Worse, sentences.collect());
        }
    }
    match refusals {
        Some((Outcome::Better, sentence)) => (Outcome::Better, vec![sentence]),
        Some((outcome, sentence)) => (outcome, vec![sentence]),
        None => by_fullness(before, after),
    }
}

fn not_comparable(before: &Side, after: &Side) -> Option<String> {
    let of = |count: usize| {
        if after.listeners == 1 {
            "the listener is".to_owned()
        } else {
            format!("{count} of {} listeners are", after.listeners)
        }
    };
    if after.gone > 0 {
        return Some(format!(
            "{} gone: the program has closed it, or was restarted.",
            capital(&of(after.gone))
        ));
    }
    if after.changed > 0 {
        return Some(format!(
            "{} at another limit by now: the program, or somebody else, has called listen() again.",
            capital(&of(after.changed))
        ));
    }
    (before.seconds < SHORTEST || after.seconds < SHORTEST).then(|| "The time was too short.".to_owned())
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// By what was refused; `None` where that is not counted, or was never.
fn refusals(before: &Side, after: &Side) -> Option<(Outcome, String)> {
    let (was, is) = (before.refused_per_second()?, after.refused_per_second()?);
    if was == 0.0 && is == 0.0 {
        return None;
    }
    let more = (is - was) * after.seconds;
    let rates = format!("{} a second now, {} before", rate(is), rate(was));
    Some(if more >= SIGNIFICANT && is >= was * TIMES {
        (Outcome::Worse, format!("More is refused: {rates}."))
    } else if -more >= SIGNIFICANT && is == 0.0 {
        (Outcome::Better, "Nothing is refused any more.".to_owned())
    } else if -more >= SIGNIFICANT && was >= is * TIMES {
        (Outcome::Better, format!("Less is refused: {rates}."))
    } else if more.abs() < SIGNIFICANT {
        (Outcome::NoChange, format!("Too little is refused to compare: {rates}."))
    } else {
        let why = "accept() is slower than connections come, and no limit changes that";
        (
            Outcome::NoChange,
            format!("As much is refused as before ({rates}): {why}."),
        )
    })
}

/// A longer queue that is drained too slowly stores connections that nobody waits for any more, and the program
/// spends its time on them (KERNEL.md 6.1, 6.4).
fn stale(before: &Side, after: &Side) -> Option<String> {
    // That clients of a queue that was cut down are still in it says nothing.
    let has_grown = before
        .fullest
        .zip(after.fullest)
        .is_some_and(|(was, is)| is.limit > was.limit);
    let now = after.left.filter(|_| has_grown)?;
    let was = before.left.unwrap_or(Left { left: 0, of: 0 });
    #[expect(clippy::cast_precision_loss, reason = "numbers of connections in a queue")]
    let grew = now.left as f64 - was.left as f64 >= SIGNIFICANT;
    let is_half = now.left * 2 >= now.of;
    let share_grew = now.left * was.of > was.left * now.of || was.of == 0;
    (grew && is_half && share_grew).then(|| {
        format!(
            "Of {} connections that wait, the clients of {} have left ({} of {} before). accept() comes too late for \
             them, and the program spends its time on connections that nobody waits for any more: a longer queue \
             stores more of them. A shorter one refuses at once, so that clients can try again.",
            now.of, now.left, was.left, was.of
        )
    })
}

/// Where nothing is refused, or it is not counted (at a full unix listener connect() waits).
fn by_fullness(before: &Side, after: &Side) -> (Outcome, Vec<String>) {
    let (Some(was), Some(is)) = (before.fullest, after.fullest) else {
        return (Outcome::CannotTell, vec!["The queues could not be read.".to_owned()]);
    };
    match (was.is_full(), is.is_full()) {
        (true, false) => (
            Outcome::Better,
            vec!["The queue was full, and is not any more.".to_owned()],
        ),
        (false, true) => (Outcome::Worse, vec!["The queue was not full, and is now.".to_owned()]),
        (true, true) => (
            Outcome::NoChange,
            vec!["The queue is full as before: accept() is slower than connections come.".to_owned()],
        ),
        (false, false) => (
            Outcome::NoChange,
            vec!["Nothing was refused before or after, and no queue was full.".to_owned()],
        ),
    }
}

/// Duplicate SYNs, RSTs and deferred ACKs count in `sk_drops`, but refuse nobody (KERNEL.md 2.3).
fn noise(after: &Side) -> Option<String> {
    let noise = after.discarded?.checked_sub(after.refused?)?;
    (noise > 0).then(|| format!("{noise} packets were discarded that refused nobody (duplicate SYNs, RSTs)."))
}

/// With one decimal where that says something.
pub(crate) fn rate(rate: f64) -> String {
    if rate == 0.0 {
        "none".to_owned()
    } else if rate < 0.1 {
        "less than 0.1".to_owned()
    } else if rate < 10.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Fullest;
    use super::*;

    fn side(seconds: f64, refused: u64, length: u32, limit: u32) -> Side {
        Side {
            seconds,
            discarded: Some(refused),
            refused: Some(refused),
            fullest: Some(Fullest { length, limit }),
            left: Some(Left {
                left: 0,
                of: length.into(),
            }),
            half_open: Some(0),
            listeners: 1,
            ..Side::default()
        }
    }

    fn outcome(before: Side, after: Side) -> Outcome {
        let verdict = judge(before, after);
        assert!(!verdict.because.is_empty());
        verdict.outcome
    }

    #[test]
    fn drops_that_stop_or_become_few_are_better() {
        assert_eq!(outcome(side(5.0, 240, 6, 5), side(60.0, 0, 200, 512)), Outcome::Better);
        assert_eq!(
            outcome(side(5.0, 240, 6, 5), side(60.0, 600, 513, 512)),
            Outcome::Better
        );
    }

    #[test]
    fn the_same_rate_or_a_handful_is_no_change() {
        assert_eq!(
            outcome(side(5.0, 240, 6, 5), side(60.0, 2900, 513, 512)),
            Outcome::NoChange
        );
        assert_eq!(outcome(side(5.0, 1, 6, 5), side(5.0, 0, 6, 512)), Outcome::NoChange);
        assert_eq!(outcome(side(5.0, 0, 6, 50), side(5.0, 4, 6, 5)), Outcome::NoChange);
        assert_eq!(outcome(side(5.0, 0, 6, 50), side(60.0, 0, 6, 512)), Outcome::NoChange);
    }

    #[test]
    fn more_drops_are_worse() {
        let verdict = judge(side(5.0, 0, 6, 50), side(60.0, 600, 6, 5));
        assert_eq!(verdict.outcome, Outcome::Worse);
        assert_eq!(verdict.because, ["More is refused: 10 a second now, none before."]);
    }

    #[test]
    fn a_queue_of_clients_that_have_left_is_worse_although_less_is_refused() {
        let stored = Side {
            left: Some(Left { left: 300, of: 500 }),
            ..side(60.0, 0, 500, 512)
        };
        let verdict = judge(side(5.0, 240, 6, 5), stored.clone());
        assert_eq!(verdict.outcome, Outcome::Worse);
        assert!(verdict.because[0].starts_with("Of 500 connections that wait, the clients of 300 have left"));
        // Of a queue that was cut down it says nothing.
        let cut = Side {
            fullest: Some(Fullest { length: 500, limit: 5 }),
            ..stored.clone()
        };
        let verdict = judge(side(5.0, 0, 500, 512), cut);
        assert_eq!(verdict.because, ["The queue was not full, and is now."]);
        // As bad before: the queue is only longer.
        let before = Side {
            left: Some(Left { left: 6, of: 6 }),
            ..side(5.0, 240, 6, 5)
        };
        assert_eq!(outcome(before, stored), Outcome::Better);
    }

    #[test]
    fn what_is_gone_changed_or_too_short_cannot_be_told() {
        let gone = Side {
            gone: 1,
            ..side(60.0, 0, 0, 512)
        };
        let changed = Side {
            changed: 1,
            ..side(60.0, 0, 0, 512)
        };
        let short = side(0.1, 0, 0, 512);
        for after in [gone, changed, short] {
            assert_eq!(outcome(side(5.0, 240, 6, 5), after), Outcome::CannotTell);
        }
        assert_eq!(
            outcome(side(0.0, 240, 6, 5), side(60.0, 0, 0, 512)),
            Outcome::CannotTell
        );
        let blind = Side {
            discarded: None,
            refused: None,
            fullest: None,
            ..side(60.0, 0, 0, 0)
        };
        assert_eq!(outcome(blind.clone(), blind), Outcome::CannotTell);
    }

    #[test]
    fn a_unix_queue_is_judged_by_being_full() {
        let unix = |length, limit| Side {
            discarded: None,
            refused: None,
            left: None,
            half_open: None,
            ..side(5.0, 0, length, limit)
        };
        assert_eq!(outcome(unix(6, 5), unix(6, 512)), Outcome::Better);
        assert_eq!(outcome(unix(6, 5), unix(513, 512)), Outcome::NoChange);
        assert_eq!(outcome(unix(3, 5), unix(2, 1)), Outcome::Worse);
    }

    #[test]
    fn noise_is_no_refusal() {
        let noisy = Side {
            discarded: Some(12),
            ..side(60.0, 0, 0, 512)
        };
        let verdict = judge(side(5.0, 0, 0, 5), noisy);
        assert_eq!(verdict.outcome, Outcome::NoChange);
        assert!(verdict.because[1].starts_with("12 packets were discarded that refused nobody"));
    }
}
