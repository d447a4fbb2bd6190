//! How counts, rates and lengths of time are written in a sentence.

use std::time::Duration;

/// `1 packet`, `37 packets`.
pub(super) fn packets(count: u64) -> String {
    counted(count, "packet")
}

/// `1 SYN`, `37 SYNs`.
pub(super) fn syns(count: u64) -> String {
    counted(count, "SYN")
}

/// `1 drop`, `37 drops`.
pub(super) fn drops(count: u64) -> String {
    counted(count, "drop")
}

/// `1 cookie`, `37 cookies`.
pub(super) fn cookies(count: u64) -> String {
    counted(count, "cookie")
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The form of “to be” for so many, in the past.
pub(super) fn were(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// A rate with as many places as tell something: `740`, `7.4`, `0.02`, `under 0.01`.
pub fn rate(per_second: f64) -> String {
    match per_second.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.01 => "under 0.01".to_owned(),
        small if small < 1.0 => format!("{per_second:.2}"),
        medium if medium < 100.0 => format!("{per_second:.1}"),
        _ => format!("{per_second:.0}"),
    }
}

/// A length of time: `5.0 s`, `12 min 5 s`, `2 h 13 min`, `12 d 3 h`.
pub fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", length.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_as_many_places_as_tell_something() {
        for (per_second, written) in [
            (0.0, "0"),
            (0.004, "under 0.01"),
            (0.02, "0.02"),
            (7.4, "7.4"),
            (740.2, "740"),
        ] {
            assert_eq!(rate(per_second), written);
        }
    }

    #[test]
    fn lengths_of_time_have_two_units_at_most() {
        for (seconds, written) in [
            (0.25, "0.2 s"),
            (5.04, "5.0 s"),
            (725.0, "12 min 5 s"),
            (7_980.0, "2 h 13 min"),
            (1_047_600.0, "12 d 3 h"),
        ] {
            assert_eq!(span(Duration::from_secs_f64(seconds)), written);
        }
    }
}
