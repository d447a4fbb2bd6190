//! The lines of a file of sysctl.d(5), each with its number.

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line, from 1.
    pub line: usize,
    /// The sysctl or pattern as a path below /proc/sys, without empty parts: `net/core/somaxconn`.
    pub key: String,
    /// What is assigned; `None` for `-key`, which excludes the key from patterns.
    pub value: Option<String>,
    /// Whether procps takes the line: it does not look past blanks behind a leading `-`.
    pub(super) is_for_procps: bool,
}

/// Reads a file. Lines that say nothing (comments, and what is no assignment) are left out, as both tools do.
///
/// A line is never continued on the next one, and a comment behind a value is a part of it.
pub fn parse(text: &[u8]) -> Vec<Entry> {
    let lines = text.split(|byte| *byte == b'\n').zip(1..);
    lines.filter_map(|(bytes, line)| parse_line(bytes, line)).collect()
}

fn parse_line(bytes: &[u8], line: usize) -> Option<Entry> {
    // Both stop at a NUL.
    let bytes = bytes.split(|byte| *byte == 0).next()?;
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_matches(is_blank);
    if text.starts_with(['#', ';']) {
        return None;
    }
    let is_marked = text.starts_with('-');
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.trim_matches(is_blank).to_owned())),
        None if is_marked => (text, None),
        None => return None,
    };
    let key = key.strip_prefix('-').unwrap_or(key);
    let is_for_procps = !is_marked || !key.starts_with(is_blank);
    let key = path(key.trim_matches(is_blank));
    (!key.is_empty()).then_some(Entry {
        line,
        key,
        value,
        is_for_procps,
    })
}

/// isspace() of the C locale, which is what procps strips; systemd strips the same but for two that nobody writes.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\x0b' | '\x0c')
}

/// A name of either spelling as a path: where the first separator is a dot, dots and slashes change places
/// (systemd `sysctl_normalize`, procps `slashdot`).
pub(super) fn path(name: &str) -> String {
    let is_dotted = name.find(['.', '/']).is_some_and(|at| name[at..].starts_with('.'));
    let swap = |character| match character {
        '.' => '/',
        '/' => '.',
        other => other,
    };
    let path: String = if is_dotted {
        name.chars().map(swap).collect()
    } else {
        name.to_owned()
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The number that the kernel reads of a value: the first word, in base ten, or sixteen after `0x`, or eight after `0`
/// (kernel/sysctl.c:proc_get_long); `None` for what it refuses, and for what does not fit into an int.
pub fn number(value: &str) -> Option<i64> {
    let word = value.split_ascii_whitespace().next()?;
    let (is_negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let magnitude = is_plain.then(|| i64::from_str_radix(digits, radix).ok())??;
    let number = if is_negative { -magnitude } else { magnitude };
    i32::try_from(number).is_ok().then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Vec<(usize, String, Option<String>)> {
        let entries = parse(text.as_bytes()).into_iter();
        entries.map(|entry| (entry.line, entry.key, entry.value)).collect()
    }

    fn one(text: &str) -> (String, Option<String>) {
        let mut all = said(text);
        assert_eq!(all.len(), 1, "{text}");
        let (_, key, value) = all.remove(0);
        (key, value)
    }

    #[test]
    fn an_assignment_in_every_spelling() {
        for text in [
            "net.core.somaxconn = 10",
            "net/core/somaxconn=10",
            "/net/core/somaxconn = 10\r",
            "\t net.core..somaxconn\t=\t10  ",
            "-net.core.somaxconn = 10",
        ] {
            assert_eq!(one(text), ("net/core/somaxconn".into(), Some("10".into())), "{text}");
        }
        assert_eq!(
            one("net.ipv4.conf.eth0/2.forwarding=1").0,
            "net/ipv4/conf/eth0.2/forwarding"
        );
        assert_eq!(
            one("net/ipv4/conf/eth0.2/forwarding=1").0,
            "net/ipv4/conf/eth0.2/forwarding"
        );
    }

    #[test]
    fn what_only_looks_like_more() {
        assert_eq!(one("net.core.somaxconn = 10 # ten").1.as_deref(), Some("10 # ten"));
        assert_eq!(one("net.core.somaxconn==10").1.as_deref(), Some("=10"));
        assert_eq!(one("net.core.somaxconn = 10\0").1.as_deref(), Some("10"));
        assert_eq!(said("net.core.somaxconn = \\\n10").len(), 1);
        assert_eq!(one("-net.core.somaxconn").1, None);
    }

    #[test]
    fn comments_and_what_is_no_assignment_are_no_entries_but_count_as_lines() {
        let text = "# a = 1\n  ; b = 2\n\nnonsense\n=5\n-=\n-\nc = 3";
        assert_eq!(said(text), [(8, "c".to_owned(), Some("3".to_owned()))]);
    }

    #[test]
    fn numbers_are_read_as_the_kernel_reads_them() {
        for (text, expected) in [
            ("4096", Some(4096)),
            ("10 # ten", Some(10)),
            ("0x20", Some(32)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("", None),
            ("abc", None),
            ("=5", None),
            ("08", None),
            ("--1", None),
            ("0x", None),
            ("2147483647", Some(2_147_483_647)),
            ("2147483648", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let entries = parse(&bytes);
            let lines = bytes.split(|byte| *byte == b'\n').count();
            prop_assert!(entries.iter().all(|entry| (1..=lines).contains(&entry.line)));
            prop_assert!(entries.iter().is_sorted_by(|one, next| one.line < next.line));
            for entry in &entries {
                prop_assert_eq!(&path(&format!("/{}", entry.key)), &entry.key);
                let _ = number(entry.value.as_deref().unwrap_or_default());
            }
        }

        #[test]
        fn an_assignment_is_found_in_its_line(before in 0usize..50, value in any::<i32>(), blanks in "[ \t]{0,3}") {
            let filler = "# a comment = 1\nother.key = 2\n".repeat(before);
            let text = format!("{filler}{blanks}net.core.somaxconn{blanks}={blanks}{value}{blanks}\nlast = 1\n");
            let entries = parse(text.as_bytes());
            let found: Vec<_> = entries.iter().filter(|entry| entry.key == "net/core/somaxconn").collect();
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].line, 2 * before + 1);
            prop_assert_eq!(number(found[0].value.as_deref().unwrap()), Some(i64::from(value)));
        }
    }
}
