//! What a page says, however it is folded.

/// A page without the breaks of its lines.
pub fn unfolded(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}
