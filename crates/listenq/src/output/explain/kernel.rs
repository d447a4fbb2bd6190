//! Which of several behaviours this kernel shows, as far as a topic turns on it.

use knowledge::Topic;

use crate::behaviours::Behaviours;
use crate::output::page::Page;

/// Where the kernel was asked, what it answered; where it was not, all readings there are.
pub fn write(page: &mut Page, topic: &Topic, known: Option<&Behaviours>) {
    let concerned = lab::behaviours()
        .iter()
        .filter(|behaviour| behaviour.values.len() > 1 && topic.proofs.contains(&behaviour.proof));
    let mut is_first = true;
    for behaviour in concerned {
        if std::mem::take(&mut is_first) {
            page.heading("Where kernels differ");
        }
        page.indented(behaviour.question);
        let answer = known.and_then(|known| known.answers.get(behaviour.name));
        match answer {
            Some(answer) => page.beside(
                "      this kernel: ",
                "      ",
                behaviour.meaning(answer).unwrap_or(answer),
            ),
            None => behaviour
                .values
                .iter()
                .for_each(|(_, meaning)| page.beside("      either: ", "      ", meaning)),
        }
        if answer.is_none() {
            page.beside("      ", "      ", "listenq capabilities --probe asks this kernel");
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::fixture::{PIPE, printed};

    fn said(proofs: &'static [&'static str], known: Option<&Behaviours>) -> String {
        let topic = Topic { proofs, ..Topic::BLANK };
        printed(&PIPE, |page| {
            write(page, &topic, known);
        })
    }

    #[test]
    fn without_an_answer_all_readings_are_shown() {
        let text = said(&["curr-estab-counts-the-waiting"], None);
        assert_eq!(text.matches("either: ").count(), 2, "{text}");
        assert!(text.contains("listenq capabilities --probe"), "{text}");
    }

    #[test]
    fn with_an_answer_only_that_one() {
        let known = Behaviours {
            boot_id: String::new(),
            kernel: String::new(),
            asked_at: Timestamp::UNIX_EPOCH,
            answers: [("curr_estab_counts_close_wait".to_owned(), "no".to_owned())].into(),
        };
        let text = said(&["curr-estab-counts-the-waiting"], Some(&known));
        assert!(text.contains("this kernel: it counts ESTABLISHED only"), "{text}");
        assert!(!text.contains("either"), "{text}");
    }

    #[test]
    fn a_topic_that_turns_on_nothing_says_nothing() {
        assert_eq!(said(&["overflows-count-packets"], None), "");
    }
}
