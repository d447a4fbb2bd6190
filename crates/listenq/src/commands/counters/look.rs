//! Looks at the counters, and makes of each look the answer to what was asked.

use std::collections::HashMap;
use std::time::Duration;

use model::counter::Counter;
use model::selection::Netns;
use model::{NamespaceKey, Sample};
use probe::owners::OwnerIndex;
use probe::{Probe, ProbeError, clock, own_cost};

use super::super::live;
use super::super::namespaces::look_up_or_say;
use super::super::signals::{Event, Signals};
use super::names;
use crate::cli::counters::CountersOptions;
use crate::exit::complain;
use crate::output::counters::Report;
use crate::output::counters::answer::Question;
use crate::output::counters::difference::Base;

/// The most namespaces that are named where there is no such one.
const NAMED: usize = 5;

/// A probe, and what is asked of it.
pub struct Looker {
    probe: Probe,
    owners: OwnerIndex,
    counters: Vec<Counter>,
    is_by_name: bool,
    namespaces: Vec<Netns>,
    /// Why there is nothing to show, whatever is read.
    nothing: Option<String>,
    took: Duration,
}

impl Looker {
    /// Opens the probe. A counter or process that does not exist is no failure: the answer is empty, and says why.
    pub fn new(options: &CountersOptions) -> Result<Self, ProbeError> {
        let (counters, unknown) = match names::find(&options.names) {
            Ok(counters) => (counters, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let (namespaces, no_process) = namespaces(options)?;
        Ok(Self {
            probe: Probe::new(options.probe.clone())?,
            owners: OwnerIndex::new(options.probe.roots.clone()),
            counters,
            is_by_name: !options.names.is_empty(),
            namespaces,
            nothing: unknown.or(no_process),
            took: Duration::ZERO,
        })
    }

    /// Reads the counters.
    pub fn sample(&mut self) -> Result<Sample, ProbeError> {
        let start = clock::since_boot();
        let sample = self.probe.sample();
        self.took = clock::since_boot().saturating_sub(start);
        sample
    }

    /// What a sample says.
    pub fn report(&mut self, sample: &Sample, base: Base) -> Report {
        let namespaces = &self.namespaces;
        let is_nothing = self.nothing.is_some();
        let is_asked = |key: NamespaceKey, name: Option<&str>, is_own: bool| {
            let is_it = |netns: &Netns| netns.is(key, name, is_own);
            !is_nothing && (namespaces.is_empty() || namespaces.iter().any(is_it))
        };
        let question = Question {
            sample,
            base,
            counters: &self.counters,
            is_asked: &is_asked,
        };
        let owners = &mut self.owners;
        let mut document = question.answer(&mut |inodes: &[u64]| find_owners(owners, inodes, sample.since_boot));
        let lacks = self.lacks(sample);
        if lacks.is_some() {
            document.namespaces.clear();
        }
        let nothing = self.nothing.clone().or(lacks);
        let nothing = nothing.or_else(|| document.namespaces.is_empty().then(|| self.no_namespace(sample)));
        Report {
            document,
            nothing,
            is_by_name: self.is_by_name,
        }
    }

    /// Which of the counters that were named the kernel has in no namespace, if that leaves none.
    fn lacks(&self, sample: &Sample) -> Option<String> {
        let read = || sample.namespaces.iter().filter_map(|one| one.counters.as_ref());
        let has = |counter: &Counter| read().any(|counters| counters.get(*counter).is_some());
        if !self.is_by_name || read().next().is_none() || self.counters.iter().any(has) {
            return None;
        }
        let names: Vec<_> = self.counters.iter().map(|counter| counter.name()).collect();
        (!names.is_empty()).then(|| format!("this kernel has no counter {}", names.join(", ")))
    }

    fn no_namespace(&self, sample: &Sample) -> String {
        let asked: Vec<_> = self.namespaces.iter().map(ToString::to_string).collect();
        format!(
            "no network namespace is {}; there are {}",
            asked.join(", "),
            present(sample)
        )
    }

    /// Waits until `due` or for a signal; until then dead namespaces are let go.
    pub fn pause(&mut self, signals: &mut Signals, due: Duration) -> anyhow::Result<Event> {
        live::pause(&mut self.probe, signals, due)
    }

    /// Says what the last look cost.
    pub fn tell_cost(&self) {
        complain(&format!("the sample took {:.1} ms", self.took.as_secs_f64() * 1000.0));
        if let Some(kib) = own_cost::peak_memory_kib() {
            complain(&format!("peak memory: {kib} KiB"));
        }
    }
}

/// The namespaces that are asked for, those of processes looked up; and which process is not there.
fn namespaces(options: &CountersOptions) -> Result<(Vec<Netns>, Option<String>), ProbeError> {
    let mut namespaces = options.probe.selection.namespaces.clone();
    let no_process = look_up_or_say(&options.probe.roots, &mut namespaces)?;
    Ok((namespaces, no_process))
}

fn present(sample: &Sample) -> String {
    let names = sample.namespaces.iter();
    let mut names: Vec<String> = names
        .map(|one| {
            one.name
                .as_deref()
                .map_or_else(|| one.key.to_string(), ToOwned::to_owned)
        })
        .collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{rest}", names.join(", "))
}

fn find_owners(index: &mut OwnerIndex, inodes: &[u64], now: Duration) -> HashMap<u64, String> {
    index.refresh(inodes, now);
    let oldest = |inode: &u64| Some((*inode, index.owners(*inode)?.first()?.comm.to_string()));
    inodes.iter().filter_map(oldest).collect()
}
