//! What `tune` found, as one document: schema_version 1, only ever added to.

use std::io::{self, Write};
use std::path::Path;

use fix::plan::tune::{self, Evidence, Group, NamespacePlan, Next};
use model::document::SCHEMA_VERSION;
use model::{NamespaceKey, Settings};
use probe::sysctl_files::Assignment;
use serde::Serialize;

use super::place::Place;
use super::{Boot, BootSetting, Report, commands, program};
use crate::output::change::json::{Step, steps};
use crate::output::change::{Change, Decision};
use crate::output::screen::Screen;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    command: &'a str,
    /// Number in the journal; null when nothing was carried out.
    id: Option<u64>,
    carried_out: bool,
    window_seconds: Option<f64>,
    namespaces: Vec<Namespace<'a>>,
    boot: Option<AtBoot<'a>>,
    steps: Vec<Step<'a>>,
    notes: &'a [String],
    nothing: Option<&'a str>,
}

#[derive(Serialize)]
struct Namespace<'a> {
    id: NamespaceKey,
    netns: Option<u64>,
    name: Option<&'a str>,
    kind: &'static str,
    sysctls: &'a Settings,
    changes: Vec<Changed<'a>>,
    kept: Vec<Kept<'a>>,
    advice: Vec<Advised>,
    listeners: Vec<Listeners<'a>>,
    command: Option<String>,
}

#[derive(Serialize)]
struct Changed<'a> {
    sysctl: &'static str,
    from: i64,
    to: i64,
    reason: &'a str,
    evidence: &'a [Evidence],
    warnings: &'a [String],
    takes_effect: Option<&'static str>,
    belongs: Vec<Belongs>,
}

#[derive(Serialize)]
struct Belongs {
    place: String,
    line: String,
}

#[derive(Serialize)]
struct Kept<'a> {
    sysctl: &'static str,
    why: &'a str,
}

#[derive(Serialize)]
struct Advised {
    listener: String,
    text: String,
    command: Option<String>,
}

#[derive(Serialize)]
struct Listeners<'a> {
    owner: Option<&'a str>,
    count: usize,
    places: &'a [String],
    limit: Option<i64>,
    /// Null when it is not known.
    next_limit: Option<i64>,
    /// `up_to`, `cut_to`, `same`, `unknown`.
    next: &'static str,
    applies: Option<&'static str>,
    command: Option<String>,
}

#[derive(Serialize)]
struct AtBoot<'a> {
    path: Option<&'a Path>,
    text: Option<&'a str>,
    trouble: Option<&'a str>,
    unreadable: &'a [String],
    command: String,
    sysctls: Vec<SysctlAtBoot<'a>>,
}

#[derive(Serialize)]
struct SysctlAtBoot<'a> {
    sysctl: &'static str,
    value: i64,
    assignments: Vec<Line<'a>>,
    overruled: Vec<Overruled<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    target: Option<&'a Path>,
    #[serde(rename = "line")]
    number: usize,
    value: Option<&'a str>,
    pattern: Option<&'a str>,
}

#[derive(Serialize)]
struct Overruled<'a> {
    by: &'static str,
    #[serde(flatten)]
    line: Line<'a>,
}

/// Writes it.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    change: &Change,
    decision: &Decision,
    screen: &Screen,
) -> io::Result<()> {
    let done = decision.report();
    let namespaces = report.plans.iter().zip(&report.places);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        command: &change.plan.command,
        id: done.map(|done| done.id),
        carried_out: done.is_some(),
        window_seconds: report.seconds,
        namespaces: namespaces.map(|(plan, place)| namespace(plan, place)).collect(),
        boot: report.boot.as_ref().map(|boot| at_boot(boot, report)),
        steps: steps(&change.plan, done),
        notes: &change.notes,
        nothing: change.nothing.as_deref(),
    };
    crate::output::json::write(out, &document, screen)
}

fn namespace<'a>(plan: &'a NamespacePlan, place: &Place) -> Namespace<'a> {
    let advised = |advice: &tune::Advice| Advised {
        listener: advice.listener.clone(),
        text: advice.text(),
        command: match advice.about {
            tune::About::OwnLimit { room, .. } => commands::resize_one(plan, room, advice.port, advice.path.as_deref()),
            tune::About::NotAccepting { .. } => None,
        },
    };
    let kept = plan.kept.iter().map(|kept| Kept {
        sysctl: kept.setting.name(),
        why: &kept.why,
    });
    Namespace {
        id: plan.key,
        netns: plan.key.inode(),
        name: plan.name.as_deref(),
        kind: place.word(),
        sysctls: &plan.settings,
        changes: plan.changes.iter().map(|change| changed(change, place)).collect(),
        kept: kept.collect(),
        advice: plan.advice.iter().map(advised).collect(),
        listeners: plan.groups.iter().map(|group| listeners(plan, group)).collect(),
        command: (!plan.changes.is_empty()).then(|| commands::apply(plan)),
    }
}

fn changed<'a>(change: &'a tune::Change, place: &Place) -> Changed<'a> {
    let belongs = place.belongs(change.setting, change.to).into_iter();
    Changed {
        sysctl: change.setting.name(),
        from: change.from,
        to: change.to,
        reason: &change.reason,
        evidence: &change.evidence,
        warnings: &change.warnings,
        takes_effect: program::takes_effect(change.setting),
        belongs: belongs
            .map(|one| Belongs {
                place: one.place,
                line: one.line,
            })
            .collect(),
    }
}

fn listeners<'a>(plan: &NamespacePlan, group: &'a Group) -> Listeners<'a> {
    let (next, next_limit) = match group.next {
        Next::UpTo(limit) => ("up_to", Some(limit)),
        Next::CutTo(limit) => ("cut_to", Some(limit)),
        Next::Same => ("same", group.limit),
        Next::Unknown => ("unknown", None),
    };
    Listeners {
        owner: group.owner.as_deref(),
        count: group.count,
        places: &group.places,
        limit: group.limit,
        next_limit,
        next,
        applies: group
            .owner
            .as_deref()
            .and_then(program::find)
            .map(|facts| facts.applies),
        command: commands::resize(plan, group),
    }
}

fn at_boot<'a>(boot: &'a Boot, report: &Report) -> AtBoot<'a> {
    let file = boot.file.as_ref();
    AtBoot {
        path: file.map(|file| file.path.as_path()),
        text: file.and_then(|file| file.to.as_deref()),
        trouble: boot.trouble.as_deref(),
        unreadable: &boot.unreadable,
        command: commands::persist(report.plans, report.initial),
        sysctls: boot.settings.iter().map(sysctl_at_boot).collect(),
    }
}

fn sysctl_at_boot(one: &BootSetting) -> SysctlAtBoot<'_> {
    let overruled = one.overruled.iter().map(|(tool, winner)| Overruled {
        by: tool.name(),
        line: line(winner),
    });
    SysctlAtBoot {
        sysctl: one.setting.name(),
        value: one.value,
        assignments: one.assignments.iter().map(line).collect(),
        overruled: overruled.collect(),
    }
}

fn line(one: &Assignment) -> Line<'_> {
    Line {
        path: &one.path,
        target: one.target.as_deref(),
        number: one.line,
        value: one.value.as_deref(),
        pattern: one.pattern.as_deref(),
    }
}
