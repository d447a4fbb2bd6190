//! A bar that shows how full a queue is.

use super::screen::Glyphs;

/// A bar of at most `cells` cells. It is empty only for nothing and whole only for full: what is almost
/// full must not look full, nor what holds one connection empty.
pub fn bar(fill: f64, cells: usize, glyphs: &Glyphs) -> String {
    let parts = glyphs.bar.len();
    let steps = steps(fill, cells * parts);
    let mut text = glyphs.bar[parts - 1].repeat(steps / parts);
    if let Some(part) = (steps % parts).checked_sub(1) {
        text.push_str(glyphs.bar[part]);
    }
    text
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the fill is clamped to 0 < fill < 1, and a bar has a few dozen steps"
)]
fn steps(fill: f64, most: usize) -> usize {
    if fill <= 0.0 || fill.is_nan() {
        0
    } else if fill >= 1.0 {
        most
    } else {
        ((fill * most as f64) as usize).clamp(1, most.saturating_sub(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::screen::{ASCII, UTF8};

    #[test]
    fn whole_only_when_full_and_empty_only_for_nothing() {
        assert_eq!(bar(1.0, 4, &UTF8), "████");
        assert_eq!(bar(7.0, 4, &UTF8), "████");
        assert_eq!(bar(0.999, 4, &UTF8), "███▉");
        assert_eq!(bar(0.5, 4, &UTF8), "██");
        assert_eq!(bar(0.000_1, 4, &UTF8), "▏");
        assert_eq!(bar(0.0, 4, &UTF8), "");
        assert_eq!(bar(f64::NAN, 4, &UTF8), "");
        assert_eq!(bar(0.999, 4, &ASCII), "===-");
        assert_eq!(bar(0.01, 4, &ASCII), "-");
    }
}
