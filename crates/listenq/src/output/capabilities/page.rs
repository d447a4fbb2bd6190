//! The capabilities as people read them.

use model::Status;

use super::{Capabilities, Feature, Grant};
use crate::behaviours::Behaviours;
use crate::output::page::Page;
use crate::output::screen::Screen;
use crate::output::style::Style;
use crate::output::text::{Line, columns};

/// Writes the page.
pub fn write(page: &mut Page, found: &Capabilities, screen: &Screen) {
    let host = screen.glyphs.name(&found.host.hostname);
    page.title(
        &format!("What listenq can see and do on {host}, as uid {}", found.privileges.uid),
        &format!("Linux {}", screen.glyphs.name(&found.host.kernel)),
    );
    page.gap();
    let width = found
        .features
        .iter()
        .map(|feature| columns(feature.name))
        .max()
        .unwrap_or(0);
    for feature in &found.features {
        write_feature(page, feature, width, screen);
    }
    write_kernel(page, found.behaviours.as_ref());
    if !found.grants.is_empty() {
        page.heading("To have all of it: run it as root, or one of");
        found.grants.iter().for_each(|grant| write_grant(page, grant));
    }
}

/// What the kernel answered, or how it is asked.
fn write_kernel(page: &mut Page, behaviours: Option<&Behaviours>) {
    page.heading("How this kernel behaves, where kernels differ");
    let Some(known) = behaviours else {
        return page.indented("not asked in this boot: listenq capabilities --probe asks it, by experiments");
    };
    for behaviour in lab::behaviours() {
        page.indented(behaviour.question);
        let answer = match known.answers.get(behaviour.name) {
            Some(answer) => behaviour.meaning(answer).unwrap_or(answer),
            None => "not known: this could not be played here",
        };
        page.beside("      ", "      ", answer);
    }
    page.indented(&format!("Asked by experiment at {}.", known.asked_at));
}

fn write_feature(page: &mut Page, feature: &Feature, width: usize, screen: &Screen) {
    let status = word(feature.status);
    page.pair(
        &format!("{status:11}  {:width$}", feature.name),
        width + 13,
        feature.gives,
    );
    let indent = " ".repeat(width + 17);
    for (label, text) in [("", &feature.reason), ("needs ", &feature.remedy)] {
        if let Some(text) = text {
            page.beside(&indent, &indent, &format!("{label}{}", screen.glyphs.name(text)));
        }
    }
}

/// The words that the closing lines of `list` use.
fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "available",
        Status::Degraded => "in part",
        Status::Unavailable => "unavailable",
    }
}

fn write_grant(page: &mut Page, grant: &Grant) {
    page.indented(&format!("{}, {}", grant.by, grant.place));
    for line in &grant.lines {
        page.line(Line::of(format!("      {line}"), Style::Plain));
    }
}
