//! `listenq counters`: one look, two, or a watch, compared with what was asked for.

mod look;
mod names;
mod saved;
mod watch;

use std::io::{self, BufWriter, Write};

use anyhow::Context as _;

use self::look::Looker;
use super::signals::{Event, Signals};
use crate::cli::counters::{CountersOptions, Time};
use crate::cli::resolve::Talk;
use crate::cli::{CountersArgs, Environment, GlobalArgs};
use crate::exit::{Exit, complain};
use crate::output::counters::difference::Base;
use crate::output::counters::moment::Moment;
use crate::output::counters::{Report, unseen};
use crate::output::screen::UTF8;

/// Shows the counters.
///
/// # Errors
/// When nothing can be read, a saved reading cannot be read or is of another boot, or the answer cannot be written.
pub fn run(arguments: CountersArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let options = arguments.resolve(global, &Environment::read());
    let before = match &options.time {
        Time::SinceSaved(file) => Some(saved::load(file)?),
        _ => None,
    };
    let mut looker = Looker::new(&options)?;
    match (&options.time, before) {
        (Time::Watch(interval), _) => watch::run(&mut looker, &options, *interval),
        (Time::For(length), _) => {
            let first = Moment::of(&looker.sample()?);
            let mut signals = Signals::new().context("listening for signals")?;
            let due = first.since_boot + *length;
            // Whether the time or the user ended it: what moved until now is shown.
            while looker.pause(&mut signals, due)? == Event::Suspend {}
            once(&mut looker, &options, Base::Look(&first))
        }
        (_, Some(before)) => once(&mut looker, &options, Base::File(&before)),
        (Time::SinceBoot, None) => {
            let initial = probe::initial_namespace(&options.probe.roots);
            once(&mut looker, &options, Base::Boot(initial))
        }
        (_, None) => once(&mut looker, &options, Base::Nothing),
    }
}

fn once(looker: &mut Looker, options: &CountersOptions, base: Base) -> anyhow::Result<Exit> {
    let sample = looker.sample()?;
    let moment = Moment::of(&sample);
    if let Base::File(before) = base {
        refuse_another_boot(before, &moment)?;
    }
    let report = looker.report(&sample, base);
    if let Some(file) = &options.save {
        saved::save(file, &moment)?;
    }
    answer(&report, options)?;
    tell(&report, options);
    if options.talk == Talk::Verbose {
        looker.tell_cost();
    }
    if let (Some(file), Talk::Normal) = (&options.save, options.talk) {
        let file = file.display();
        complain(&format!("saved; listenq counters --diff {file} shows what moved since"));
    }
    Ok(verdict(&report))
}

/// Counters begin anew at boot, and so does the clock.
fn refuse_another_boot(before: &Moment, now: &Moment) -> anyhow::Result<()> {
    let saved = before.taken_at;
    match (&before.boot_id, &now.boot_id) {
        (Some(before), Some(now)) if before == now => Ok(()),
        (Some(_), Some(_)) => anyhow::bail!(
            "that reading was saved before the last boot ({saved}): all counters have begun anew since, so there is \
             nothing to compare"
        ),
        _ => anyhow::bail!(
            "whether that reading ({saved}) was saved since the last boot cannot be told: \
             /proc/sys/kernel/random/boot_id could not be read"
        ),
    }
}

/// Where there is nothing to show, a program still gets its document, and a person the reason on stderr.
fn answer(report: &Report, options: &CountersOptions) -> anyhow::Result<()> {
    if report.nothing.is_some() && options.view.is_for_people() {
        return Ok(());
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let with_closing = options.talk != Talk::Quiet;
    let written = options.view.write_header(&mut out).and_then(|()| {
        options.view.write(&mut out, report, &options.screen, with_closing)?;
        out.flush()
    });
    written.context("writing the answer")
}

/// Says on stderr what the answer itself does not say.
fn tell(report: &Report, options: &CountersOptions) {
    if let Some(nothing) = &report.nothing {
        complain(nothing);
    }
    match options.talk {
        Talk::Quiet => {}
        Talk::Verbose => super::list::tell_sources(&report.document.sources),
        Talk::Normal if options.view.is_for_people() && report.nothing.is_none() => {}
        Talk::Normal => unseen(report, &UTF8).iter().for_each(|sentence| complain(sentence)),
    }
}

fn verdict(report: &Report) -> Exit {
    let namespaces = &report.document.namespaces;
    if report.nothing.is_some() {
        Exit::Nothing
    } else if namespaces.iter().all(|namespace| namespace.counters.is_none()) {
        Exit::Failed
    } else {
        Exit::Fine
    }
}
