//! Durations as users write them: 500ms, 10s, 5m, 2h, 7d.

use std::time::Duration;

/// Units and what they are in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// What is no duration, or not one that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a whole number with a unit.
    #[error("`{0}` is no duration; write 500ms, 10s, 5m, 2h or 7d")]
    Unreadable(String),
    /// An interval outside its bounds.
    #[error("`{0}` is no interval to look again in; it may be from 100ms to 1d")]
    Interval(String),
    /// A time to watch outside its bounds.
    #[error("`{0}` is no time to watch for; it may be from 1s to 1d")]
    Watch(String),
}

/// Reads a duration: a whole number and one of ms, s, m, h, d.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let unreadable = || DurationError::Unreadable(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(unreadable)?;
    let number: u64 = number.parse().map_err(|_| unreadable())?;
    number
        .checked_mul(*factor)
        .map(Duration::from_millis)
        .ok_or_else(unreadable)
}

/// Reads the interval of `--watch`: short enough to be of use, long enough not to load the machine.
pub fn parse_interval(text: &str) -> Result<Duration, DurationError> {
    let interval = parse(text)?;
    if (Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(&interval) {
        Ok(interval)
    } else {
        Err(DurationError::Interval(text.to_owned()))
    }
}

/// Reads the time of `--verify`: long enough to see a rate.
pub fn parse_watch(text: &str) -> Result<Duration, DurationError> {
    let time = parse(text)?;
    if (Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(&time) {
        Ok(time)
    } else {
        Err(DurationError::Watch(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit() {
        let millis = |text| parse(text).unwrap().as_millis();
        assert_eq!(millis("500ms"), 500);
        assert_eq!(millis("10s"), 10_000);
        assert_eq!(millis("5m"), 300_000);
        assert_eq!(millis("2h"), 7_200_000);
        assert_eq!(millis("7d"), 604_800_000);
        assert_eq!(millis("0s"), 0);
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1.5s",
            "5 s",
            "5S",
            "99999999999999999999s",
            "9999999999999999d",
            "ä",
        ] {
            assert_eq!(parse(text), Err(DurationError::Unreadable(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn intervals_have_bounds() {
        assert_eq!(parse_interval("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(parse_interval("1d"), Ok(Duration::from_secs(86_400)));
        for text in ["0s", "99ms", "2d"] {
            assert_eq!(parse_interval(text), Err(DurationError::Interval(text.to_owned())));
        }
    }

    #[test]
    fn a_watch_takes_at_least_a_second() {
        assert_eq!(parse_watch("1s"), Ok(Duration::from_secs(1)));
        for text in ["0s", "999ms", "2d"] {
            assert_eq!(parse_watch(text), Err(DurationError::Watch(text.to_owned())));
        }
    }
}
