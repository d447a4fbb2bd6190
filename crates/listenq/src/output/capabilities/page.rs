//! The capabilities as people read them.

use model::Status;

use super::{Capabilities, Feature, Grant};
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
    if !found.grants.is_empty() {
        page.heading("To have all of it: run it as root, or one of");
        found.grants.iter().for_each(|grant| write_grant(page, grant));
    }
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
