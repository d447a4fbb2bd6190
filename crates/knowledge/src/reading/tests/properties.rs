//! What holds of a reading for any numbers.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Every number of a text, as it is written.
fn numbers(text: &str) -> HashSet<String> {
    let number = |part: &str| part.trim_matches('.').to_owned();
    text.split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .map(number)
        .filter(|number| number.chars().any(|letter| letter.is_ascii_digit()))
        .collect()
}

fn any_case() -> impl Strategy<Value = Case> {
    let value = || prop_oneof![Just(0), 1..200u64, Just(u64::MAX)];
    let counters = prop::collection::vec(value(), DECISIVE.len());
    let drops = prop::collection::vec(1..1_000u64, 0..4);
    let span = prop_oneof![
        Just(Span::Made),
        (0..10_000_000u64).prop_map(|seconds| Span::Boot(Duration::from_secs(seconds))),
        (0..10_000_000u64).prop_map(|millis| Span::Window(Duration::from_millis(millis))),
    ];
    (
        counters,
        drops,
        span,
        prop::option::of(0..3i64),
        prop::option::of(0..2i64),
    )
        .prop_map(move |(counters, drops, span, syncookies, abort_on_overflow)| {
            let case = Case {
                counters: DECISIVE.into_iter().zip(counters).collect(),
                span,
                syncookies,
                abort_on_overflow,
                ..Case::default()
            };
            drops
                .into_iter()
                .fold(case, |case, drops| case.dropped("10.0.0.1:80", None, drops))
        })
}

/// The numbers that a reading of this case may contain: what was counted, differences of it, rates, lengths of time,
/// settings, and those that belong to the words (`tcp_syncookies is 2`, 3/4, 10.0.0.1:80).
fn allowed(case: &Case) -> HashSet<String> {
    let counted: Vec<u64> = case.counters.iter().map(|(_, value)| *value).collect();
    let total: u64 = case.droppers.iter().map(|one| one.drops).sum();
    let (overflows, drops, queue) = (counted[0], counted[1], counted[2]);
    let mut values = counted;
    values.extend(case.droppers.iter().map(|one| one.drops));
    values.extend([
        total,
        drops.saturating_sub(overflows).saturating_sub(queue),
        total.saturating_sub(drops.max(queue)),
    ]);
    values.extend([0, 1, 2, 3, 4, 80, 1024]);
    let mut allowed: HashSet<String> = values.iter().map(ToString::to_string).collect();
    allowed.insert("10.0.0.1".to_owned());
    if let Span::Boot(length) | Span::Window(length) = case.span {
        allowed.extend(numbers(&span(length)));
    }
    if let Some(seconds) = case.span.seconds() {
        #[expect(clippy::cast_precision_loss, reason = "as the reading divides")]
        let rates = values.iter().map(|value| rate(*value as f64 / seconds));
        allowed.extend(rates.flat_map(|rate| numbers(&rate)));
    }
    allowed
}

proptest! {
    #[test]
    fn a_reading_invents_no_number(case in any_case()) {
        let text = case.read().text;
        let allowed = allowed(&case);
        for number in numbers(&text) {
            prop_assert!(allowed.contains(&number), "{} in: {}", number, text);
        }
    }

    #[test]
    fn a_refusal_is_never_calm_and_calm_has_no_refusal(case in any_case()) {
        let reading = case.read();
        let counters = case.counters();
        let moved = |name| counters.named("TcpExt", name) > Some(0);
        let refused = moved("ListenOverflows") || moved("ListenDrops") || moved("TCPReqQFullDrop");
        prop_assert!(!(refused && (reading.id.is_calm() || reading.id == ReadingId::NoiseDrops)), "{:?}", reading);
        prop_assert_eq!(moved("ListenOverflows"), reading.id == ReadingId::AcceptQueueFull);
        prop_assert!(!refused || !reading.text.contains("othing was refused"), "{:?}", reading);
        for word in ["healthy", "fine", "no problem"] {
            prop_assert!(!reading.text.contains(word));
        }
    }

    #[test]
    fn every_reading_is_whole_sentences_and_leads_on(case in any_case()) {
        let reading = case.read();
        prop_assert!(reading.text.ends_with('.') && !reading.text.contains("  "), "{}", reading.text);
        prop_assert!(!reading.look_at.is_empty());
        let is_total = !matches!(case.span, Span::Window(_));
        prop_assert_eq!(is_total, reading.look_at[0].command.starts_with("listenq counters --for"));
        for next in &reading.look_at {
            if let Some(name) = next.command.strip_prefix("listenq explain ") {
                let found = crate::find(name);
                prop_assert!(matches!(found, crate::Found::Topic(_)), "{}: {:?}", name, found);
            }
        }
    }
}
