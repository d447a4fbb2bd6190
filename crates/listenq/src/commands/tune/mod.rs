//! `listenq tune`: other values for sysctls, proposed from what is measured or as asked for.

mod boot;
mod look;

use std::io::{self, BufWriter, Write};

use anyhow::{Context as _, bail};
use fix::plan::tune::{self, NamespacePlan};
use fix::{Host, OnTrouble, Plan};
use model::selection::Netns;
use model::{Action, NamespaceKey, Setting};
use probe::Roots;

use self::look::{Looked, look};
use super::change::Flow;
use crate::cli::resolve::screen;
use crate::cli::{Environment, GlobalArgs, TextFormat, TuneArgs};
use crate::exit::{Exit, complain};
use crate::output::change::{Change, Decision};
use crate::output::page::Page;
use crate::output::screen::Screen;
use crate::output::tune::{Report, commands, json, page, place};

/// Tunes.
///
/// # Errors
/// When it cannot be done, or the answer cannot be written.
pub fn run(mut arguments: TuneArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    if !arguments.apply && !arguments.persist {
        (arguments.change.yes, arguments.change.dry_run) = (false, true);
    }
    let flow = Flow::new(arguments.change.clone(), global)?;
    let values = arguments.values.resolve();
    let roots = Roots::default();
    let looked = look(&roots, &arguments, values.is_empty())?;
    if let Some(nothing) = &looked.nothing {
        complain(nothing);
        return Ok(Exit::Nothing);
    }
    let plans = plans(&looked, &values)?;
    let initial = probe::initial_namespace(&roots);
    let boot = boot::look(host(&plans, initial), &commands::persist(&plans, initial), &roots.proc);
    let report = Report {
        places: plans
            .iter()
            .map(|plan| place::of(plan, &looked.now.listeners, initial))
            .collect(),
        plans: &plans,
        boot,
        seconds: looked.now.seconds,
        initial,
    };
    let wants = Wants::new(&arguments);
    wants.refuse(&report)?;
    let change = wants.change(&report);
    let told = Told {
        screen: screen(global.color, &Environment::read()),
        is_text: arguments.change.output == TextFormat::Text,
        is_shown: !(global.quiet && arguments.change.yes),
        wants,
    };
    told.carry_out(&report, &change, &flow, roots)
}

/// What is planned in each namespace; of those that nobody asked for, only where there is something to say.
fn plans(looked: &Looked, values: &[(Setting, i64)]) -> anyhow::Result<Vec<NamespacePlan>> {
    let is_wanted = |namespace: &model::document::NamespaceReport| {
        let is_it = |netns: &Netns| netns.is(namespace.key, namespace.name.as_deref(), namespace.is_own);
        looked.namespaces.iter().any(is_it)
    };
    if !values.is_empty() {
        return Ok(tune::request(looked.looks(), values, is_wanted)?);
    }
    let mut plans = tune::propose(looked.looks(), is_wanted);
    if looked.is_anywhere {
        plans.retain(|plan| plan.is_own || !plan.changes.is_empty() || !plan.advice.is_empty());
    }
    Ok(plans)
}

fn host(plans: &[NamespacePlan], initial: Option<NamespaceKey>) -> Option<&NamespacePlan> {
    plans.iter().find(|plan| Some(plan.key) == initial)
}

/// What is to be done with the plans.
#[derive(Clone, Copy)]
struct Wants {
    apply: bool,
    persist: bool,
    all: bool,
}

impl Wants {
    fn new(arguments: &TuneArgs) -> Self {
        Self {
            apply: arguments.apply,
            persist: arguments.persist,
            all: arguments.all,
        }
    }

    /// What must not or cannot be done.
    fn refuse(self, report: &Report) -> anyhow::Result<()> {
        let changed: Vec<String> = report
            .plans
            .iter()
            .filter(|plan| !plan.changes.is_empty())
            .map(NamespacePlan::called)
            .collect();
        if self.apply && changed.len() > 1 && !self.all {
            bail!(
                "this would change {} network namespaces ({}); choose one with --netns, or add --all",
                changed.len(),
                changed.join(", ")
            );
        }
        if !self.persist {
            return Ok(());
        }
        if host(report.plans, report.initial).is_none() {
            bail!(place::not_the_host(report));
        }
        match report.boot.as_ref().and_then(|boot| boot.trouble.as_deref()) {
            Some(trouble) => bail!("{trouble}"),
            None => Ok(()),
        }
    }

    fn change(self, report: &Report) -> Change {
        let running = report
            .plans
            .iter()
            .filter(|_| self.apply)
            .flat_map(NamespacePlan::actions);
        let file = report.boot.as_ref().filter(|_| self.persist);
        let file = file.and_then(|boot| boot.file.clone()).map(Action::File);
        let actions: Vec<Action> = running.chain(file).collect();
        Change {
            question: question(&actions),
            nothing: (actions.is_empty() && (self.apply || self.persist)).then(|| self.nothing(report)),
            notes: self.notes(report, &actions),
            plan: Plan {
                command: "tune".to_owned(),
                undoes: None,
                actions,
            },
        }
    }

    fn nothing(self, report: &Report) -> String {
        let is_written = report
            .boot
            .as_ref()
            .is_some_and(|boot| boot.trouble.is_none() && boot.file.is_none());
        match (self.persist && is_written, self.apply) {
            (true, true) => "Nothing to change: the values are so, and the file for the next boot has them already.",
            (true, false) => "Nothing to change: the file for the next boot has these values already.",
            (false, _) => "Nothing to change.",
        }
        .to_owned()
    }

    fn notes(self, report: &Report, actions: &[Action]) -> Vec<String> {
        let mut notes = Vec::new();
        let writes_file = actions.iter().any(Action::is_durable);
        let changes_now = actions.iter().any(|action| matches!(action, Action::Sysctl(_)));
        if writes_file && !self.apply {
            notes.push("The running values stay as they are until the next boot; --apply changes them too.".to_owned());
        }
        if changes_now && !self.persist {
            notes.push("It lasts until the next boot, or until the network namespace ends.".to_owned());
        }
        if changes_now && report.plans.iter().any(|plan| !plan.groups.is_empty()) {
            notes.push("Listeners that run keep their limit until they call listen() again.".to_owned());
        }
        if let Some(boot) = report.boot.as_ref().filter(|_| self.persist) {
            notes.extend(boot.overruled());
        }
        notes
    }
}

fn question(actions: &[Action]) -> String {
    let sysctls = actions
        .iter()
        .filter(|action| matches!(action, Action::Sysctl(_)))
        .count();
    let values = format!("{sysctls} sysctl{}", if sysctls == 1 { "" } else { "s" });
    match (sysctls, actions.iter().any(Action::is_durable)) {
        (0, _) => "Write the file?".to_owned(),
        (_, false) => format!("Change {values}?"),
        (_, true) => format!("Change {values} and write the file?"),
    }
}

/// How it is told.
struct Told {
    screen: Screen,
    is_text: bool,
    /// Whether the page is shown, before it is asked or done.
    is_shown: bool,
    wants: Wants,
}

impl Told {
    fn carry_out(&self, report: &Report, change: &Change, flow: &Flow, roots: Roots) -> anyhow::Result<Exit> {
        if self.is_text && self.is_shown {
            self.show(report)?;
        }
        let decision = if self.wants.apply || self.wants.persist {
            flow.carry_out(change, &mut Host::open(roots)?, OnTrouble::TakeBack)?
        } else {
            Decision::Shown
        };
        if self.is_text {
            return flow.tell(change, &decision);
        }
        print(|out| json::write(out, report, change, &decision, &self.screen))?;
        Ok(match &decision {
            Decision::CarriedOut(done) if done.is_done() => Exit::Fine,
            Decision::CarriedOut(_) | Decision::Declined => Exit::Failed,
            Decision::Shown => Exit::Fine,
        })
    }

    fn show(&self, report: &Report) -> anyhow::Result<()> {
        let mut sheet = Page::new(&self.screen);
        page::write(&mut sheet, report, !self.wants.apply && !self.wants.persist);
        print(|out| sheet.write(out, &self.screen))
    }
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).context("writing the answer")
}
