//! The patterns of glob(7), over paths: `*`, `?` and `[…]` match no slash.

/// Whether a key is a pattern (systemd and procps `string_is_glob`).
pub(super) fn is_pattern(key: &str) -> bool {
    key.contains(['*', '?', '['])
}

/// Whether a pattern matches a path. Classes by name (`[:alpha:]`) and escapes are not known: no sysctl needs them.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern_parts, mut path_parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern_parts.next(), path_parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if part_matches(pattern.as_bytes(), part.as_bytes()) => {}
            _ => return false,
        }
    }
}

/// One part, in time of at most pattern × text: behind a `*` only the latest one is tried again.
fn part_matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match step(&pattern[at..], text[read]) {
            Step::Star => {
                at += 1;
                star = Some((at, read));
            }
            Step::Took(length) => {
                at += length;
                read += 1;
            }
            Step::No => match &mut star {
                Some((behind, from)) => {
                    *from += 1;
                    (at, read) = (*behind, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

enum Step {
    /// Any text.
    Star,
    /// So many bytes of the pattern stand for the byte.
    Took(usize),
    /// Another byte.
    No,
}

fn step(pattern: &[u8], byte: u8) -> Step {
    match pattern.first() {
        Some(b'*') => Step::Star,
        Some(b'?') => Step::Took(1),
        Some(b'[') => match class(&pattern[1..], byte) {
            Some((true, length)) => Step::Took(length + 1),
            // A bracket that is not closed is itself.
            None if byte == b'[' => Step::Took(1),
            _ => Step::No,
        },
        Some(own) if *own == byte => Step::Took(1),
        _ => Step::No,
    }
}

/// Whether a class, whose `[` has been read, has the byte in it, and how long it is with its `]`.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let is_negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let start = usize::from(is_negated);
    // A `]` right at the beginning is one of the bytes.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|byte| *byte == b']')?;
    let mut bytes = &pattern[start..end];
    let mut is_in = false;
    while let Some(first) = bytes.first() {
        let (last, length) = match bytes {
            [_, b'-', last, ..] => (last, 3),
            _ => (first, 1),
        };
        is_in = is_in || (first..=last).contains(&&byte);
        bytes = &bytes[length..];
    }
    Some((is_in != is_negated, end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_of_glob() {
        for (pattern, is_it) in [
            ("net/core/somaxconn", true),
            ("net/core/som*", true),
            ("net/*/somaxconn", true),
            ("net/core/*", true),
            ("net/core/**", true),
            ("net/core/*max*nn", true),
            ("net/core/somaxcon?", true),
            ("net/core/som[a-c]xconn", true),
            ("net/core/som[!b]xconn", true),
            ("net/core/som[]a]xconn", true),
            ("net/core/som[^a]xconn", false),
            ("net/core/som[", false),
            ("net/*", false),
            ("*", false),
            ("net/core/*/x", false),
            ("net/core/somaxconn?", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, "net/core/somaxconn"), is_it, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in r"[a-c*?\[\]!/^-]{0,40}", text in "[a-c/]{0,40}") {
            let _ = matches(&pattern, &text);
        }

        #[test]
        fn a_text_without_signs_matches_itself_alone(text in "[a-z/_]{1,30}") {
            prop_assert!(matches(&text, &text));
            let (one_more, starred) = (format!("{text}x"), format!("{text}*"));
            prop_assert!(!matches(&text, &one_more));
            prop_assert!(matches(&starred, &one_more));
        }
    }
}
