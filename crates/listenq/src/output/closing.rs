//! The closing lines: what is at risk, or that nothing is, and what could not be seen and why.

use model::health::Status;
use model::{Listener, SourceHealth, State};

use super::report::Report;
use super::screen::{Glyphs, Screen};
use super::text::{Line, wrap};

/// The most listeners that are named in one sentence.
const MOST: usize = 3;

/// The closing lines, broken to the width of the screen.
pub fn lines(report: &Report, screen: &Screen) -> Vec<Line> {
    let mut said = vec![risk(report, screen.glyphs)];
    said.extend(threshold(report, screen.glyphs));
    said.extend(past_drops(report));
    said.extend(unseen(report, screen.glyphs));
    said.iter().flat_map(|sentence| wrap(sentence, screen)).collect()
}

/// What is at risk, or that nothing is; never more than was seen.
fn risk(report: &Report, glyphs: &Glyphs) -> String {
    let listeners = report.listeners();
    let endangered: Vec<&Listener> = listeners
        .iter()
        .filter(|listener| listener.state.is_some_and(State::is_endangered))
        .collect();
    let unknown = listeners.iter().filter(|listener| listener.state.is_none()).count();
    if endangered.is_empty() {
        return nothing_at_risk(listeners, unknown);
    }
    let named = named(&endangered, report, glyphs, |listener| {
        format!(
            " ({}, {})",
            listener.state.map_or("", State::name),
            of_limit(listener, glyphs)
        )
    });
    let rest = if unknown == 0 {
        String::new()
    } else {
        format!(" The state of {unknown} is not known.")
    };
    let are = if endangered.len() == 1 { "is" } else { "are" };
    format!(
        "{} of {} {are} at risk: {named}.{rest}",
        endangered.len(),
        plural(listeners.len())
    )
}

fn nothing_at_risk(listeners: &[Listener], unknown: usize) -> String {
    let known = || listeners.iter().filter(|listener| listener.state.is_some());
    let waiting: u64 = known()
        .filter_map(|listener| listener.accept_queue.length)
        .map(u64::from)
        .sum();
    let fullest = known()
        .filter_map(|listener| listener.accept_queue.fill())
        .fold(0.0, f64::max);
    let count = known().count();
    let seen = format!(
        "{}, {waiting} waiting, the fullest at {}",
        plural(count),
        percent(fullest)
    );
    match (count, unknown) {
        (0, 0) => "No listener was found.".to_owned(),
        (_, 0) => format!("Nothing is at risk: {seen}."),
        (0, _) => format!(
            "Of {} the state is not known: length or limit could not be read.",
            plural(unknown)
        ),
        _ => format!("Nothing that could be read is at risk: {seen}; the state of {unknown} more is not known."),
    }
}

/// `1 listener`, `2 listeners`.
fn plural(count: usize) -> String {
    if count == 1 {
        "1 listener".to_owned()
    } else {
        format!("{count} listeners")
    }
}

/// Rounded down, so that what is not full is never 100 %, and what is not empty never 0 %.
fn percent(fill: f64) -> String {
    if fill > 0.0 && fill < 0.01 {
        "under 1 %".to_owned()
    } else {
        format!("{:.0} %", (fill * 100.0).floor())
    }
}

/// The first few by name, with what is to be said of each.
fn named(listeners: &[&Listener], report: &Report, glyphs: &Glyphs, remark: impl Fn(&Listener) -> String) -> String {
    let mut names: Vec<String> = Vec::new();
    for listener in listeners.iter().take(MOST) {
        names.push(format!("{}{}", name(listener, report, glyphs), remark(listener)));
    }
    if listeners.len() > MOST {
        names.push(format!("and {} more", listeners.len() - MOST));
    }
    names.join(", ")
}

/// The place of a listener, with its namespace if that is not ours.
pub fn name(listener: &Listener, report: &Report, glyphs: &Glyphs) -> String {
    let place = listener.place();
    let place = glyphs.name(&place);
    match report.foreign_namespace(listener) {
        Some(namespace) => format!("{place} in {}", glyphs.name(namespace)),
        None => place.into_owned(),
    }
}

fn of_limit(listener: &Listener, glyphs: &Glyphs) -> String {
    let number = |value: Option<u32>| value.map_or_else(|| glyphs.unknown.to_owned(), |value| value.to_string());
    let queue = &listener.accept_queue;
    format!("{}/{}", number(queue.length), number(queue.limit))
}

/// What `--would-overflow-at` found.
fn threshold(report: &Report, glyphs: &Glyphs) -> Option<String> {
    let limit = report.threshold?;
    let holds = u64::from(limit) + 1;
    let beyond: Vec<&Listener> = report
        .listeners()
        .iter()
        .filter(|listener| listener.would_overflow == Some(true))
        .collect();
    Some(if beyond.is_empty() {
        format!("A limit of {limit}, which holds {holds}, would have been enough for what was seen.")
    } else {
        let named = named(&beyond, report, glyphs, |_| String::new());
        format!(
            "A limit of {limit}, which holds {holds}, would not have been enough for {}: {named}.",
            plural(beyond.len())
        )
    })
}

/// One reading does not tell when something was refused.
fn past_drops(report: &Report) -> Option<String> {
    let dropped = |listener: &Listener| {
        listener
            .drops
            .as_ref()
            .and_then(|drops| drops.total)
            .is_some_and(|total| total > 0)
    };
    (report.seconds.is_none() && report.listeners().iter().any(dropped))
        .then(|| "Drops count since each socket was made; --watch shows whether they grow.".to_owned())
}

/// What could not be seen, and why: one sentence for each source that did not give all.
pub fn unseen(report: &Report, glyphs: &Glyphs) -> Vec<String> {
    // Whose owner is missing is known by name: it may be none of those that were asked for.
    let has_owners = report.listeners().iter().all(|listener| listener.owners.is_some());
    let sources = report.document.sources.iter();
    sources
        .filter(|source| !(has_owners && source.name == "owners"))
        .filter_map(|source| complaint(source, glyphs))
        .collect()
}

/// What a source did not give, and why; `None` if it gave all.
pub fn complaint(source: &SourceHealth, glyphs: &Glyphs) -> Option<String> {
    let how = match source.status {
        Status::Ok => return None,
        Status::Degraded => "Seen in part",
        Status::Unavailable => "Not seen",
    };
    let reason = source.reason.as_deref().unwrap_or("no reason was given");
    Some(format!(
        "{how}: {}: {}.",
        glyphs.name(&source.name),
        glyphs.name(reason)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, report, report_on, sample, tcp};
    use crate::output::report::Asked;
    use crate::output::screen::UTF8;

    fn said(report: &Report) -> String {
        risk(report, &UTF8)
    }

    #[test]
    fn an_unknown_owner_is_no_complaint_where_others_were_asked_for() {
        let blind = model::ListeningSocket {
            owners: None,
            ..tcp("0.0.0.0", 81, 0, 5)
        };
        let mut taken = sample(vec![tcp("0.0.0.0", 80, 0, 5), blind]);
        taken.sources = vec![model::SourceHealth::degraded("owners", "not known of 1 listener")];
        let said = |port: &str| {
            let selection = model::Selection {
                ports: vec![port.parse().unwrap()],
                ..model::Selection::default()
            };
            unseen(&report_on(&taken, &crate::fixture::asked(selection)), &UTF8).len()
        };
        assert_eq!((said("80"), said("81")), (0, 1));
    }

    #[test]
    fn nothing_at_risk_says_what_was_seen() {
        let calm = sample(vec![tcp("0.0.0.0", 80, 3, 127), tcp("::", 22, 0, 128)]);
        assert_eq!(
            said(&report(&calm)),
            "Nothing is at risk: 2 listeners, 3 waiting, the fullest at 2 %."
        );
        assert_eq!(
            said(&report(&sample(vec![tcp("0.0.0.0", 80, 1, 4096)]))),
            "Nothing is at risk: 1 listener, 1 waiting, the fullest at under 1 %."
        );
    }

    #[test]
    fn what_is_at_risk_is_named() {
        assert_eq!(
            said(&report(&busy_host())),
            "3 of 26 listeners are at risk: 0.0.0.0:80 (full, 129/128), /run/app.sock (full, 6/5), \
             10.0.0.1:443 (high, 3411/4096). The state of 1 is not known."
        );
        let many = (1..=5).map(|port| tcp("0.0.0.0", port, 6, 5)).collect();
        assert!(said(&report(&sample(many))).ends_with("and 2 more."));
    }

    #[test]
    fn the_unknown_is_never_called_fine() {
        let blind = |port| model::ListeningSocket {
            limit: None,
            ..tcp("0.0.0.0", port, 7, 0)
        };
        assert_eq!(
            said(&report(&sample(vec![blind(1), blind(2)]))),
            "Of 2 listeners the state is not known: length or limit could not be read."
        );
        assert_eq!(
            said(&report(&sample(vec![blind(1), tcp("0.0.0.0", 2, 0, 5)]))),
            "Nothing that could be read is at risk: 1 listener, 0 waiting, the fullest at 0 %; \
             the state of 1 more is not known."
        );
    }

    #[test]
    fn what_could_not_be_seen_is_told_with_its_reason() {
        let mut host = busy_host();
        host.sources
            .push(SourceHealth::unavailable("unix", "unix_diag is not loaded\n\u{1b}[2J"));
        assert_eq!(
            unseen(&report(&host), &UTF8),
            [
                "Seen in part: half-open: 1 namespace (web) was not reached within 200 ms; \
                 listenq --netns web looks there first.",
                "Not seen: unix: unix_diag is not loaded\\x0a\\x1b[2J."
            ]
        );
    }

    #[test]
    fn a_limit_is_measured() {
        let measured = |limit| {
            let report = report_on(
                &busy_host(),
                &Asked {
                    threshold: Some(limit),
                    ..Asked::default()
                },
            );
            threshold(&report, &UTF8).unwrap()
        };
        assert_eq!(
            measured(128),
            "A limit of 128, which holds 129, would not have been enough for 1 listener: 10.0.0.1:443."
        );
        assert_eq!(
            measured(4096),
            "A limit of 4096, which holds 4097, would have been enough for what was seen."
        );
    }
}
