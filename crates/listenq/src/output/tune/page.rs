//! What `tune` found, for people.

use fix::plan::tune::{About, Advice, Change, Group, NamespacePlan, Next, drop_in};
use knowledge::SetIt;

use super::place::Place;
use super::{Report, commands, program};
use crate::output::page::Page;
use crate::output::sanitise::sanitise;
use crate::output::text::NO_BREAK;

/// The most groups of listeners that are shown.
const MOST_GROUPS: usize = 12;

/// Writes it; `with_commands`: the commands that would do it, too.
pub fn write(page: &mut Page, report: &Report, with_commands: bool) {
    for (plan, place) in report.plans.iter().zip(&report.places) {
        namespace(page, plan, place, report);
    }
    boot(page, report);
    if with_commands {
        how(page, report);
    }
    page.gap();
}

fn namespace(page: &mut Page, plan: &NamespacePlan, place: &Place, report: &Report) {
    let title = format!("Network namespace {}", sanitise(&plan.called()));
    let looked = report.seconds.map_or_else(
        || "from one look".to_owned(),
        |seconds| format!("from two looks, {seconds:.0} s apart"),
    );
    page.title(&title, &format!("{}; {looked}", sanitise(&place.told())));
    for change in &plan.changes {
        changed(page, change);
    }
    if !plan.kept.is_empty() {
        page.heading(if plan.changes.is_empty() {
            "Nothing to change, because"
        } else {
            "To stay as it is"
        });
        for kept in &plan.kept {
            let value = plan.settings.get(kept.setting);
            let value = value.map_or_else(|| "unknown".to_owned(), |value| value.to_string());
            page.item(&format!("{} = {value}: {}", kept.setting.name(), sanitise(&kept.why)));
        }
    }
    advice(page, plan);
    listeners(page, plan);
    belongs(page, plan, place);
}

fn changed(page: &mut Page, change: &Change) {
    page.heading(&format!("{}: {} → {}", change.setting.name(), change.from, change.to));
    if !change.evidence.is_empty() {
        page.indented(&sanitise(&change.reason));
    }
    for evidence in &change.evidence {
        let fact = sanitise(&evidence.fact);
        page.item(&format!("{fact}: {} ({})", evidence.value, evidence.source));
    }
    for warning in &change.warnings {
        page.item(&format!("Warning: {warning}"));
    }
    if let Some(when) = program::takes_effect(change.setting) {
        page.item(&format!("Takes effect {when}."));
    }
}

fn advice(page: &mut Page, plan: &NamespacePlan) {
    if plan.advice.is_empty() {
        return;
    }
    page.heading("What no sysctl fixes");
    for advice in &plan.advice {
        page.item(&sanitise(&advice.text()));
        let About::OwnLimit { room, .. } = advice.about else {
            continue;
        };
        if let Some(command) = commands::resize_one(plan, room, advice.port, advice.path.as_deref()) {
            page.beside("    at once: ", "      ", &command.replace(' ', &NO_BREAK.to_string()));
        }
        for way in ways(advice) {
            page.beside("    for good: ", "      ", &format!("{}: {}", way.place, way.line));
        }
    }
}

/// How the program's own number is set.
fn ways(advice: &Advice) -> &'static [SetIt] {
    let facts = advice.owner.as_deref().and_then(program::find);
    facts.map(|facts| facts.set).unwrap_or_default()
}

fn listeners(page: &mut Page, plan: &NamespacePlan) {
    if plan.groups.is_empty() {
        return;
    }
    page.heading("Listeners that run: no effect until they call listen() again");
    let (same, others): (Vec<&Group>, Vec<&Group>) = plan.groups.iter().partition(|group| group.next == Next::Same);
    for group in others.iter().take(MOST_GROUPS) {
        page.item(&sanitise(&told(group)));
        if let Some(command) = commands::resize(plan, group) {
            page.beside("    at once: ", "      ", &command.replace(' ', &NO_BREAK.to_string()));
        }
        if let Some(facts) = group.owner.as_deref().and_then(program::find) {
            page.beside("    or: ", "      ", facts.applies);
        }
    }
    if others.len() > MOST_GROUPS {
        let rest: usize = others.iter().skip(MOST_GROUPS).map(|group| group.count).sum();
        page.item(&format!("and {rest} more listeners (-o json has them all)"));
    }
    let count: usize = same.iter().map(|group| group.count).sum();
    match count {
        0 => {}
        1 => page.item("1 listener gets the limit that it has, then too"),
        _ => page.item(&format!("{count} listeners get the limit that they have, then too")),
    }
}

/// “0.0.0.0:80 and 3 more (nginx): limit 128 now, up to 4096 then”.
fn told(group: &Group) -> String {
    let more = group.count.saturating_sub(1);
    let place = group.places.first().map_or("", String::as_str);
    let places = if more > 0 {
        format!("{place} and {more} more")
    } else {
        place.to_owned()
    };
    let owner = group
        .owner
        .as_ref()
        .map_or_else(String::new, |owner| format!(" ({owner})"));
    let limit = group
        .limit
        .map_or_else(|| "unknown".to_owned(), |limit| limit.to_string());
    let then = match group.next {
        Next::UpTo(limit) => format!("up to {limit} then, if it asks for as much"),
        Next::CutTo(limit) => format!("{limit} then"),
        Next::Same => "the same then".to_owned(),
        Next::Unknown => "unknown then".to_owned(),
    };
    format!("{places}{owner}: limit {limit} now, {then}")
}

fn belongs(page: &mut Page, plan: &NamespacePlan, place: &Place) {
    let durable = plan.durable().into_iter();
    let mut lines: Vec<_> = durable
        .flat_map(|(setting, value)| place.belongs(setting, value))
        .collect();
    lines.sort_by(|one, next| one.place.cmp(&next.place));
    if lines.is_empty() {
        return;
    }
    page.heading("For good: not in /etc/sysctl.d of the host");
    page.indented("A new network namespace starts from the kernel's defaults, not from the host's values.");
    for group in lines.chunk_by(|one, next| one.place == next.place) {
        page.item(&sanitise(&group[0].place));
        for one in group {
            page.beside("      ", "      ", &sanitise(&one.line));
        }
    }
}

fn boot(page: &mut Page, report: &Report) {
    let Some(boot) = &report.boot else {
        return;
    };
    page.heading("At boot, on the host");
    for one in &boot.settings {
        if one.assignments.is_empty() {
            page.item(&format!("{}: no file sets it now", one.setting.name()));
        }
        for line in &one.assignments {
            let place = line.place();
            let set = match (&line.value, &line.pattern) {
                (Some(value), None) => format!("= {value}"),
                (Some(value), Some(pattern)) => format!("= {value}, by the pattern {pattern}"),
                (None, _) => "is left out of patterns".to_owned(),
            };
            page.item(&format!(
                "{}: {} {}",
                sanitise(&place),
                one.setting.name(),
                sanitise(&set)
            ));
        }
    }
    let overruled = boot.overruled();
    if overruled.is_empty() && boot.trouble.is_none() {
        page.item(&format!(
            "{} is read after all of these, and decides",
            drop_in::path().display()
        ));
    }
    for warning in overruled {
        page.item(&format!("Warning: {}", sanitise(&warning)));
    }
    for unreadable in &boot.unreadable {
        page.item(&format!(
            "Warning: it is not known what it sets: {}",
            sanitise(unreadable)
        ));
    }
    if let Some(trouble) = &boot.trouble {
        page.item(&format!("Warning: {}", sanitise(trouble)));
    }
}

fn how(page: &mut Page, report: &Report) {
    let changed: Vec<&NamespacePlan> = report.plans.iter().filter(|plan| !plan.changes.is_empty()).collect();
    let is_durable = report.boot.as_ref().is_some_and(|boot| boot.file.is_some());
    if changed.is_empty() && !is_durable {
        return;
    }
    page.heading("Nothing was changed. To do it");
    for plan in changed {
        page.pair("now", 7, &commands::apply(plan));
    }
    if is_durable {
        page.pair("at boot", 7, &commands::persist(report.plans, report.initial));
    }
}
