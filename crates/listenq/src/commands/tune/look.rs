//! Looks at the listeners and sysctls, once or twice.

use anyhow::Context as _;
use fix::plan::tune::Looks;
use model::selection::Netns;
use model::{Sample, Window};
use probe::{HalfOpenPolicy, Options, Probe, ProbeError, Roots};

use super::super::live;
use super::super::namespaces::look_up_or_say;
use super::super::signals::{Event, Signals};
use crate::cli::TuneArgs;

/// The most namespaces that are named where there is no such one.
const NAMED: usize = 5;

/// What was seen.
pub struct Looked {
    before: Option<Window>,
    /// The only look, or the second.
    pub now: Window,
    /// The namespaces that are meant.
    pub namespaces: Vec<Netns>,
    /// Whether nobody said which: then those where there is nothing to say are left out.
    pub is_anywhere: bool,
    /// Why there is nothing to look at.
    pub nothing: Option<String>,
}

impl Looked {
    pub fn looks(&self) -> Looks<'_> {
        Looks {
            before: self.before.as_ref(),
            now: &self.now,
        }
    }
}

/// Looks. Where a plan is to be proposed and nobody says for which namespace, it is for every one that can be read.
pub fn look(roots: &Roots, arguments: &TuneArgs, is_proposing: bool) -> anyhow::Result<Looked> {
    let (namespaces, no_process) = namespaces(roots, arguments, is_proposing)?;
    let mut probe = Probe::new(Options {
        roots: roots.clone(),
        half_open: HalfOpenPolicy::Within(probe::COUNTING),
        content: false,
        unix_clients: false,
        ..Options::default()
    })?;
    let first = probe.sample()?;
    let (before, now) = match arguments.window {
        None => (None, first),
        Some(length) => {
            let mut signals = Signals::new().context("listening for signals")?;
            let due = first.since_boot + length;
            // Whether the time or the user ended it: what moved until now counts.
            while live::pause(&mut probe, &mut signals, due)? == Event::Suspend {}
            let second = probe.sample()?;
            (Some(first), second)
        }
    };
    let nothing = no_process.or_else(|| no_namespace(&namespaces, &now));
    Ok(Looked {
        now: Window::new(before.as_ref(), &now),
        before: before.map(|sample| Window::new(None, &sample)),
        namespaces,
        is_anywhere: arguments.netns.is_empty() && is_proposing,
        nothing,
    })
}

/// The namespaces that are meant, those of processes looked up; and which process is not there.
fn namespaces(
    roots: &Roots,
    arguments: &TuneArgs,
    is_proposing: bool,
) -> Result<(Vec<Netns>, Option<String>), ProbeError> {
    if arguments.netns.is_empty() {
        let usual = if is_proposing { Netns::All } else { Netns::Own };
        return Ok((vec![usual], None));
    }
    let mut namespaces = arguments.netns.clone();
    let no_process = look_up_or_say(roots, &mut namespaces)?;
    Ok((namespaces, no_process))
}

fn no_namespace(wanted: &[Netns], sample: &Sample) -> Option<String> {
    let is_wanted = |one: &&model::Namespace| {
        let is_it = |netns: &Netns| netns.is(one.key, one.name.as_deref(), one.is_own);
        wanted.iter().any(is_it)
    };
    if sample.namespaces.iter().any(|one| is_wanted(&one)) {
        return None;
    }
    let asked: Vec<_> = wanted.iter().map(ToString::to_string).collect();
    let called = |one: &model::Namespace| {
        one.name
            .as_deref()
            .map_or_else(|| one.key.to_string(), ToOwned::to_owned)
    };
    let present: Vec<String> = sample.namespaces.iter().map(called).take(NAMED).collect();
    Some(format!(
        "no network namespace is {}; there are {}",
        asked.join(", "),
        present.join(", ")
    ))
}
