//! Comparing what was read before and after a phase with what was expected of it.

use super::expected::Expected;
use super::names::MOVED_BY_TIMERS;
use super::record::{Expectation, Reading};
use super::snapshot::Snapshot;

/// Gives the readings to show, and how many others stayed the same. Nothing that is not named may
/// move; only where the machine was `late` may what timers move, and the reading says so.
pub(super) fn compare(
    before: &Snapshot,
    after: &Snapshot,
    expected: &Expected,
    late: Option<&str>,
) -> (Vec<Reading>, u32) {
    let judge = |name: &str, expected: Expectation| {
        let expected = match late {
            Some(reason) if MOVED_BY_TIMERS.contains(&name) => Expectation::MayMove(reason.into()),
            _ => expected,
        };
        Reading::judge(name, before.get(name), after.get(name), expected)
    };
    let mut readings: Vec<_> = expected
        .names()
        .filter(|name| after.get(name).is_some() || !expected.may_lack(name))
        .filter_map(|name| Some(judge(name, expected.find(name)?.clone())))
        .collect();
    let mut unmoved = 0;
    let gone = before.names().filter(|name| after.get(name).is_none());
    for name in after.names().chain(gone).filter(|name| expected.find(name).is_none()) {
        let reading = judge(name, Expectation::Unmoved);
        let silent = reading.as_expected && reading.after == Some(reading.before.unwrap_or(0));
        if silent {
            unmoved += 1;
        } else {
            readings.push(reading);
        }
    }
    (readings, unmoved)
}

#[cfg(test)]
mod tests {
    use super::super::expected::nothing;
    use super::super::names::{LISTEN_DROPS, LISTEN_OVERFLOWS, TIMEOUTS};
    use super::*;

    fn snapshot(values: &[(&str, i64)]) -> Snapshot {
        Snapshot::of(values.iter().map(|(name, value)| ((*name).into(), *value)))
    }

    fn wrong(before: &[(&str, i64)], after: &[(&str, i64)], expected: &Expected, late: Option<&str>) -> Vec<String> {
        let (readings, _) = compare(&snapshot(before), &snapshot(after), expected, late);
        let wrong = readings.into_iter().filter(|reading| !reading.as_expected);
        wrong.map(|reading| reading.name).collect()
    }

    #[test]
    fn what_moves_without_being_named_is_told() {
        let before = [(LISTEN_DROPS, 5), (LISTEN_OVERFLOWS, 5)];
        let after = [(LISTEN_DROPS, 6), (LISTEN_OVERFLOWS, 6)];
        let expected = nothing().moves(LISTEN_DROPS, 1);
        assert_eq!(wrong(&before, &after, &expected, None), [LISTEN_OVERFLOWS]);
        assert_eq!(wrong(&before, &before, &nothing(), None), [""; 0]);
    }

    #[test]
    fn what_is_named_and_does_not_move_is_told() {
        let values = [(LISTEN_DROPS, 5)];
        let expected = nothing().moves(LISTEN_DROPS, 1).moves(LISTEN_OVERFLOWS, 1);
        // The second is not even there.
        assert_eq!(
            wrong(&values, &values, &expected, None),
            [LISTEN_DROPS, LISTEN_OVERFLOWS]
        );
    }

    #[test]
    fn a_newer_counter_is_expected_only_where_it_is() {
        let expected = nothing().moves_if_there(LISTEN_OVERFLOWS, 1);
        assert_eq!(wrong(&[], &[], &expected, None), [""; 0]);
        let values = [(LISTEN_OVERFLOWS, 5)];
        assert_eq!(wrong(&values, &values, &expected, None), [LISTEN_OVERFLOWS]);
    }

    #[test]
    fn what_comes_or_goes_without_being_named_is_told() {
        assert_eq!(
            wrong(&[], &[("accept queue limit", 4)], &nothing(), None),
            ["accept queue limit"]
        );
        assert_eq!(wrong(&[("drops of A", 0)], &[], &nothing(), None), ["drops of A"]);
        let gone = nothing().vanishes("drops of A");
        assert_eq!(wrong(&[("drops of A", 0)], &[], &gone, None), [""; 0]);
    }

    #[test]
    fn only_timers_are_excused_on_a_slow_machine_and_the_reading_says_so() {
        let before = [(TIMEOUTS, 0), (LISTEN_DROPS, 0)];
        let after = [(TIMEOUTS, 1), (LISTEN_DROPS, 1)];
        assert_eq!(wrong(&before, &after, &nothing(), Some("slow")), [LISTEN_DROPS]);
        let (readings, _) = compare(&snapshot(&before), &snapshot(&after), &nothing(), Some("slow"));
        let timer = readings.iter().find(|reading| reading.name == TIMEOUTS).unwrap();
        assert_eq!(timer.expected, Expectation::MayMove("slow".into()));
    }
}
