//! A text as words that can be compared.

/// Words in the order of the text: lower case, letters and digits only.
pub(super) type Words = Vec<String>;

/// Words that say nothing of what is asked about.
const FILLERS: &[&str] = &[
    "a", "am", "an", "and", "any", "are", "at", "be", "but", "by", "can", "do", "does", "explain", "for", "from",
    "get", "has", "have", "how", "i", "if", "in", "is", "it", "its", "mean", "means", "my", "of", "on", "or", "please",
    "s", "so", "the", "their", "there", "they", "this", "to", "was", "we", "what", "when", "where", "which", "who",
    "why", "will", "with", "you", "your",
];
/// What a question asks of the thing at its end: “what does ListenOverflows count?”.
const ASKED_OF_IT: &[&str] = &["count", "do", "effect", "matter", "mean", "say", "tell", "work"];
/// A word this long is taken for another that has one of the [`ENDINGS`] more: overflow, overflows, overflowed.
const SHORTEST_STEM: usize = 4;
const ENDINGS: &[&str] = &["d", "ed", "er", "es", "ing", "ly", "ped", "ping", "s", "ted", "ting"];

/// The words of a text without its numbers, which differ from one paste to the next.
pub(super) fn words(text: &str) -> Words {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect()
}

/// Those of them that say something, each once.
pub(super) fn significant(words: &Words) -> Words {
    let mut once = Words::new();
    for word in words.iter().filter(|word| !FILLERS.contains(&word.as_str())) {
        if !once.contains(word) {
            once.push(word.clone());
        }
    }
    once
}

/// What a question asks about: “ListenOverflows” of “what does ListenOverflows count?”. `None` when it is no question,
/// or about nothing.
pub(super) fn unasked(text: &str) -> Option<String> {
    let bare = |word: &&str| {
        let word = word.trim_end_matches(['?', '.', '!']).to_lowercase();
        FILLERS.contains(&word.as_str()) || ASKED_OF_IT.contains(&word.as_str())
    };
    let all: Vec<&str> = text.split_whitespace().collect();
    let start = all.iter().take_while(|word| bare(word)).count();
    let end = all.len() - all.iter().rev().take_while(|word| bare(word)).count();
    let name = all
        .get(start..end)
        .filter(|name| !name.is_empty() && name.len() < all.len())?;
    Some(name.join(" ").trim_end_matches(['?', '.', '!']).to_owned())
}

/// Whether two words are the same but for an ending.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let ending = long.strip_prefix(short).unwrap_or("?");
    ending.is_empty() || (short.len() >= SHORTEST_STEM && ENDINGS.contains(&ending))
}

/// A text without what spellings differ in: case, spaces, dots, dashes, underscores, slashes.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_punctuation_are_no_words() {
        assert_eq!(words("TcpExtListenOverflows  12  0.0"), ["tcpextlistenoverflows"]);
        assert_eq!(
            words("on port [::]:80. Sending cookies."),
            ["on", "port", "sending", "cookies"]
        );
        assert!(words(" \t–, 0.0 ").is_empty());
    }

    #[test]
    fn endings_do_not_tell_words_apart_but_beginnings_do() {
        assert!(alike("overflow", "overflowed"));
        assert!(alike("drops", "drop"));
        assert!(alike("dropped", "drop"));
        assert!(!alike("syn", "syncookies"));
        assert!(!alike("over", "overflow"));
        assert!(!alike("somaxcon", "somaxconn"));
        assert!(!alike("tcp", "udp"));
    }

    #[test]
    fn folding_keeps_letters_and_digits_of_any_script() {
        assert_eq!(fold("net.core.SOMAXCONN"), "netcoresomaxconn");
        assert_eq!(fold("Größe-2"), "größe2");
    }
}
