//! `listenq list`: one look, or the beginning of a watch.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use anyhow::Context as _;
use model::selection::Netns;
use model::{Sample, SourceHealth, State, Window};
use probe::{Probe, ProbeError, clock, own_cost};

use super::{namespaces, watch};
use crate::cli::resolve::{ListOptions, Talk, resolve};
use crate::cli::{Environment, GlobalArgs, ListArgs};
use crate::exit::{Exit, complain};
use crate::output::closing;
use crate::output::report::Report;
use crate::output::screen::UTF8;

/// Enough for a system call per 64 KiB of output.
const BUFFER: usize = 1 << 16;

/// Lists.
///
/// # Errors
/// When nothing can be read, or the answer cannot be written.
pub fn run(arguments: ListArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let mut options = resolve(arguments, global, &Environment::read())?;
    let mut probe = match open(&mut options) {
        Ok(probe) => probe,
        Err(ProbeError::NoProcess { pid, source }) if source.is_gone() => return no_process(pid, options),
        Err(error) => return Err(error.into()),
    };
    match options.watch {
        Some(interval) => watch::run(&mut probe, &options, interval),
        None => once(&mut probe, &options),
    }
}

/// A probe that knows which namespaces `pid:N` stands for.
fn open(options: &mut ListOptions) -> Result<Probe, ProbeError> {
    namespaces::look_up(&options.probe.roots, &mut options.asked.selection.namespaces)?;
    options.probe.selection = options.asked.selection.clone();
    Probe::new(options.probe.clone())
}

/// The answer for a process that is not there: an empty one, with the namespaces that are.
fn no_process(pid: u32, mut options: ListOptions) -> anyhow::Result<Exit> {
    let missing = Netns::OfPid(pid);
    options.asked.selection.namespaces = vec![missing];
    let mut probe = Probe::new(options.probe.clone())?;
    let (mut report, _) = look(&mut probe, &options)?;
    let namespaces = report.document.namespaces.iter();
    let names: Vec<&str> = namespaces
        .map(|namespace| namespace.name.as_deref().unwrap_or(&namespace.id))
        .take(5)
        .collect();
    report.nothing = Some(format!(
        "there is no process {pid}; there are the namespaces {}",
        names.join(", ")
    ));
    answer(&report, &options)?;
    tell(&report, &options, None);
    Ok(Exit::Nothing)
}

fn once(probe: &mut Probe, options: &ListOptions) -> anyhow::Result<Exit> {
    let (report, took) = look(probe, options)?;
    answer(&report, options)?;
    tell(&report, options, Some(took));
    Ok(verdict(&report, options))
}

fn look(probe: &mut Probe, options: &ListOptions) -> anyhow::Result<(Report, Duration)> {
    let start = clock::since_boot();
    let sample: Sample = probe.sample()?;
    let took = clock::since_boot().saturating_sub(start);
    let window = Window::new(None, &sample);
    Ok((Report::new(&sample, window, &options.asked), took))
}

/// Where there is nothing to show, a program still gets its document, and a person the reason on stderr.
fn answer(report: &Report, options: &ListOptions) -> anyhow::Result<()> {
    if report.nothing.is_some() && options.view.is_for_people() {
        return Ok(());
    }
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let with_closing = options.talk != Talk::Quiet;
    let written = options.view.write_header(&mut out).and_then(|()| {
        options.view.write(&mut out, report, &options.screen, with_closing)?;
        out.flush()
    });
    written.context("writing the answer")
}

/// Says on stderr what the answer itself does not say.
pub fn tell(report: &Report, options: &ListOptions, took: Option<Duration>) {
    if let Some(nothing) = &report.nothing {
        complain(nothing);
    }
    match options.talk {
        Talk::Quiet => {}
        Talk::Verbose => tell_all(report, took),
        Talk::Normal if options.view.is_for_people() && report.nothing.is_none() => {}
        Talk::Normal => closing::unseen(report, &UTF8)
            .iter()
            .for_each(|sentence| complain(sentence)),
    }
}

/// Every source, and what it all cost.
fn tell_all(report: &Report, took: Option<Duration>) {
    tell_sources(&report.document.sources);
    if let Some(took) = took {
        complain(&format!("the sample took {:.1} ms", took.as_secs_f64() * 1000.0));
    }
    if let Some(kib) = own_cost::peak_memory_kib() {
        complain(&format!("peak memory: {kib} KiB"));
    }
}

/// How well each source could be read.
pub fn tell_sources(sources: &[SourceHealth]) {
    for source in sources {
        let status = format!("{:?}", source.status).to_lowercase();
        let reason = source
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        complain(&format!("source {}: {status}{reason}", source.name));
    }
}

/// What `--check` says; without it, only whether there was anything to look at.
fn verdict(report: &Report, options: &ListOptions) -> Exit {
    let states = || report.listeners().iter().map(|listener| listener.state);
    if report.nothing.is_some() {
        return Exit::Nothing;
    }
    if !options.check {
        return Exit::Fine;
    }
    if states().flatten().any(State::is_endangered) {
        return Exit::Findings;
    }
    let unknown = states().filter(Option::is_none).count();
    if unknown > 0 {
        complain(&format!(
            "--check: the state of {unknown} listeners is not known; -v tells what could not be read"
        ));
        return Exit::Failed;
    }
    Exit::Fine
}
