//! `listenq undo`: takes a change back, or lists the changes.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use fix::journal::History;
use fix::journal::state::{Judged, in_question, judge};
use fix::plan::undo::{self, Nothing};
use fix::present::Present;
use fix::{Ending, Host, OnTrouble, Report, journal};
use jiff::tz::TimeZone;
use probe::Roots;

use super::change::Flow;
use crate::cli::resolve::screen;
use crate::cli::{Environment, GlobalArgs, TextFormat, UndoArgs};
use crate::exit::{Exit, complain};
use crate::output::change::{Change, Decision};
use crate::output::undo::{Listing, json, list, notes};
use crate::state;

/// Takes a change back, or lists them.
///
/// # Errors
/// When it cannot be done, or there is nothing to take back.
pub fn run(arguments: UndoArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let directory = state::directory().context("neither XDG_STATE_HOME nor HOME says where the journal is")?;
    if arguments.list {
        return tell_changes(directory, arguments.change.output, global);
    }
    let flow = Flow::new(arguments.change, global)?;
    let mut host = Host::open(Roots::default())?;
    let history = journal::read_settled(&directory)?;
    tell_passed_over(&history);
    let (boot_id, present) = look(&mut host, &history)?;
    let judged = judge(&history, boot_id.as_deref(), |action| present.now(action));
    let chosen = match undo::choose(&judged, arguments.id) {
        Ok(chosen) => chosen,
        Err(nothing) => bail!("{nothing}{}", elsewhere(&nothing, &directory)),
    };
    let undo = undo::plan(chosen);
    if undo.plan.actions.is_empty() {
        bail!("{}", notes::nothing(chosen, &undo));
    }
    let change = Change {
        question: format!("Undo change {}?", chosen.change.begin.id),
        notes: notes::notes(chosen, &undo, &present, &TimeZone::system()),
        nothing: None,
        plan: undo.plan,
    };
    let decision = flow.carry_out(&change, &mut host, OnTrouble::Skip)?;
    let told = flow.tell(&change, &decision)?;
    Ok(match decision {
        Decision::CarriedOut(report) => status(&report),
        Decision::Shown | Decision::Declined => told,
    })
}

/// What can be there still of the changes.
fn look(host: &mut Host, history: &History) -> anyhow::Result<(Option<String>, Present)> {
    let boot_id = probe::sysctl::boot_id(&host.roots().proc);
    let present = Present::look(host, in_question(history, boot_id.as_deref()))?;
    Ok((boot_id, present))
}

/// What was overtaken in the last moment is no failure, as long as something was taken back.
fn status(report: &Report) -> Exit {
    let has_failed = |step: &fix::StepReport| matches!(step.ending, Ending::Failed { .. });
    if report.in_effect() == 0 || report.steps.iter().any(has_failed) {
        Exit::Failed
    } else {
        Exit::Fine
    }
}

/// Each user has a journal, and none sees that of another.
fn elsewhere(nothing: &Nothing, directory: &Path) -> String {
    if !matches!(
        nothing,
        Nothing::Empty | Nothing::NoneInEffect { .. } | Nothing::NoSuch { .. }
    ) {
        return String::new();
    }
    let others = if rustix::process::geteuid().is_root() {
        "what an ordinary user changed is in a journal of that user's own: listenq undo without sudo"
    } else {
        "what root changed is in a journal of its own: sudo listenq undo"
    };
    format!(" (the journal is in {}; {others})", directory.display())
}

fn tell_passed_over(history: &History) {
    let passed_over = history.passed_over;
    if passed_over.damaged > 0 {
        complain(&format!(
            "{} damaged lines of the journal are passed over; a crash leaves one at most",
            passed_over.damaged
        ));
    }
    if passed_over.newer > 0 {
        complain(&format!(
            "{} lines of the journal are of another version of listenq and are passed over",
            passed_over.newer
        ));
    }
}

fn tell_changes(directory: PathBuf, form: TextFormat, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let mut host = Host::open(Roots::default())?;
    // Asked before the reading: a change that begins between the two is not called unfinished.
    let is_busy = journal::is_busy(&directory);
    let history = journal::read(&directory)?;
    if !global.quiet {
        tell_passed_over(&history);
    }
    let (boot_id, present) = look(&mut host, &history)?;
    let changes = judge(&history, boot_id.as_deref(), |action| present.now(action));
    let is_running = |one: &&Judged| is_busy && one.change.end.is_none();
    let running = changes.first().filter(is_running).map(|one| one.change.begin.id);
    let listing = Listing {
        directory,
        passed_over: history.passed_over,
        running,
        zone: TimeZone::system(),
        changes,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match form {
        TextFormat::Json => json::write(&mut out, &listing),
        TextFormat::Text => list::write(&mut out, &listing, &screen(global.color, &Environment::read())),
    };
    written.and_then(|()| out.flush()).context("writing the answer")?;
    if listing.changes.is_empty() {
        complain(&format!(
            "{}{}",
            Nothing::Empty,
            elsewhere(&Nothing::Empty, &listing.directory)
        ));
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Fine)
}
