//! The page and the document, held by snapshots.

use std::path::Path;

use fix::plan::tune::{self, Looks, NamespacePlan, drop_in};
use fix::{Ending, Plan, StepReport};
use jiff::Timestamp;
use model::{Sample, Setting, Window};
use probe::sysctl_files::{SysctlFiles, Tool};

use super::{Boot, BootSetting, Report, json, page, place};
use crate::fixture::{HOST, PIPE, busy_host, busy_host_later, printed, tcp};
use crate::output::change::{Change, Decision};

/// A host whose nginx is cut to 128 and refuses, beside the programs of `busy_host`.
fn cut_host() -> Sample {
    let mut taken = busy_host();
    for namespace in &mut taken.namespaces {
        namespace.settings.set(Setting::Somaxconn, Some(128));
        namespace
            .settings
            .set(Setting::TcpAbortOnOverflow, Some(i64::from(namespace.key != HOST)));
    }
    taken
        .sockets
        .extend((5000..5040).map(|port| tcp("0.0.0.0", port, 0, 128)));
    taken
}

fn plans(sample: &Sample) -> (Vec<NamespacePlan>, Window) {
    let now = Window::new(None, sample);
    let looks = Looks {
        before: None,
        now: &now,
    };
    (tune::propose(looks, |_| true), now)
}

fn boot(plan: &NamespacePlan) -> Boot {
    let file = drop_in::change(None, &plan.durable(), "listenq tune --persist", Timestamp::UNIX_EPOCH).unwrap();
    let text = "# of the distribution\nnet.core.somaxconn = 1024\n";
    let files = SysctlFiles::default().with(Path::new("/etc/sysctl.d/99-sysctl.conf"), text);
    let change = file.clone().unwrap();
    let later = files.clone().with(&change.path, change.to.as_deref().unwrap());
    let setting = |(setting, value): (Setting, i64)| BootSetting {
        setting,
        value,
        assignments: files.assignments(setting.name()),
        overruled: Tool::ALL
            .into_iter()
            .filter_map(|tool| Some((tool, later.winner(tool, setting.name())?)))
            .filter(|(_, winner)| winner.number() != Some(value))
            .collect(),
    };
    Boot {
        file,
        trouble: None,
        settings: plan.durable().into_iter().map(setting).collect(),
        unreadable: vec!["/etc/sysctl.d/50-secret.conf: permission denied".to_owned()],
    }
}

fn report<'a>(plans: &'a [NamespacePlan], window: &Window) -> Report<'a> {
    Report {
        places: plans
            .iter()
            .map(|plan| place::of(plan, &window.listeners, Some(HOST)))
            .collect(),
        plans,
        boot: plans.first().map(boot),
        seconds: None,
        initial: Some(HOST),
    }
}

#[test]
fn the_page_of_a_host_that_is_cut() {
    let (plans, window) = plans(&cut_host());
    let report = report(&plans, &window);
    insta::assert_snapshot!(printed(&PIPE, |sheet| page::write(sheet, &report, true)));
}

#[test]
fn the_page_of_two_looks() {
    let (taken, now) = busy_host_later();
    let before = Window::new(None, &busy_host());
    let looks = Looks {
        before: Some(&before),
        now: &now,
    };
    let plans = tune::propose(looks, |namespace| namespace.is_own);
    let report = Report {
        boot: None,
        seconds: now.seconds,
        ..report(&plans, &Window::new(None, &taken))
    };
    insta::assert_snapshot!(printed(&PIPE, |sheet| page::write(sheet, &report, true)));
}

#[test]
fn the_document() {
    let (plans, window) = plans(&cut_host());
    let report = report(&plans, &window);
    let actions: Vec<_> = plans[0].actions().collect();
    let steps = actions.iter().cloned().map(|action| StepReport {
        action,
        ending: Ending::Done,
    });
    let done = fix::Report {
        id: 7,
        steps: steps.collect(),
    };
    let change = Change {
        plan: Plan {
            command: "tune".to_owned(),
            undoes: None,
            actions,
        },
        notes: report.boot.as_ref().unwrap().overruled(),
        question: String::new(),
        nothing: None,
    };
    let mut out = Vec::new();
    json::write(&mut out, &report, &change, &Decision::CarriedOut(done), &PIPE).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&out).unwrap();
    insta::assert_json_snapshot!(document);
}

/// Names come from others: no control character reaches a terminal, and no command has one in it.
#[test]
fn hostile_names_are_escaped() {
    let mut taken = cut_host();
    let hostile = crate::fixture::owner(9, "x\x1b[2J;rm");
    taken.sockets[0].owners = Some([hostile].into());
    let (plans, window) = plans(&taken);
    let report = report(&plans, &window);
    let said = printed(&PIPE, |sheet| page::write(sheet, &report, true));
    assert!(said.contains("\\x1b"), "{said}");
    assert!(
        said.chars()
            .all(|character| character == '\n' || !character.is_control()),
        "{said}"
    );
}
