//! Which listeners are meant: the selected ones and their groups, all of one program unless said otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Document, Listener, NamespaceKey, Owner, Selection};

use super::{Refusal, title};

/// So many programs or places are named; the rest is counted.
const NAMED: usize = 20;

/// What is meant.
pub(super) struct Meant<'a> {
    /// In the order of the document.
    pub(super) listeners: Vec<&'a Listener>,
    /// How many of them were not selected, but share a port with one that was.
    pub(super) added: usize,
    /// Left out, since no process holds them (only where all were asked for).
    pub(super) ownerless: Vec<&'a Listener>,
}

/// Selects.
pub(super) fn select<'a>(document: &'a Document, selection: &Selection, all: bool) -> Result<Meant<'a>, Refusal> {
    if selection.is_everything() && !all {
        let listeners = document.listeners.len();
        return Err(Refusal::NoSelection { listeners });
    }
    let selected = selected(document, selection)?;
    let listeners = with_groups(document, &selected);
    let added = listeners.len() - selected.len();
    let (held, ownerless): (Vec<_>, Vec<_>) = listeners.into_iter().partition(|one| !is_ownerless(one));
    match ownerless.first() {
        Some(one) if !all || held.is_empty() => return Err(Refusal::NoOwner { place: one.place() }),
        _ => {}
    }
    refuse_unknown_owners(document, &held)?;
    if !all {
        refuse_several(document, &held)?;
    }
    Ok(Meant {
        listeners: held,
        added,
        ownerless,
    })
}

/// Idle unix listeners are no part of a selection that does not ask for unix ones: there are dozens on any host.
fn selected<'a>(document: &'a Document, selection: &Selection) -> Result<Vec<&'a Listener>, Refusal> {
    let matches = |listener: &&Listener| selection.matches(listener, &document.namespaces);
    let matching: Vec<&Listener> = document.listeners.iter().filter(matches).collect();
    if matching.is_empty() {
        let why = selection.explain_nothing(&document.listeners, &document.namespaces);
        return Err(Refusal::Nothing { why });
    }
    let mut selected = matching.clone();
    selected.retain(|listener| selection.asks_for_unix() || !listener.is_quiet_unix());
    if selected.is_empty() {
        let why = format!(
            "only unix listeners match, {} of them, all idle; add --unix if they are meant",
            matching.len()
        );
        return Err(Refusal::Nothing { why });
    }
    Ok(selected)
}

/// Each member of a `SO_REUSEPORT` group has queues of its own, and the kernel spreads connections over all.
fn with_groups<'a>(document: &'a Document, selected: &[&Listener]) -> Vec<&'a Listener> {
    let group = |one: &Listener| one.reuseport_group.map(|group| (one.namespace, group));
    let groups: BTreeSet<_> = selected.iter().filter_map(|one| group(one)).collect();
    let sockets: BTreeSet<_> = selected
        .iter()
        .map(|one| (one.namespace, one.inode, one.cookie))
        .collect();
    let is_meant = |one: &&Listener| {
        group(one).is_some_and(|group| groups.contains(&group))
            || sockets.contains(&(one.namespace, one.inode, one.cookie))
    };
    document.listeners.iter().filter(is_meant).collect()
}

fn is_ownerless(listener: &Listener) -> bool {
    listener.owners.as_deref().is_some_and(<[Owner]>::is_empty)
}

fn refuse_unknown_owners(document: &Document, listeners: &[&Listener]) -> Result<(), Refusal> {
    let unknown: Vec<&Listener> = listeners.iter().copied().filter(|one| one.owners.is_none()).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Refusal::UnknownOwner {
        places: places(&unknown),
        reason: reason(document, "owners"),
    })
}

/// What is missing of a source.
pub(super) fn reason(document: &Document, name: &str) -> String {
    let source = document.sources.iter().find(|source| source.name == name);
    source
        .and_then(|source| source.reason.as_deref())
        .unwrap_or("it was not told why")
        .to_owned()
}

/// What makes a program: where it runs and what it is called. Worker processes of one are one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Program {
    namespace: NamespaceKey,
    unit: Option<Arc<str>>,
    container: Option<Arc<str>>,
    name: Arc<str>,
}

fn refuse_several(document: &Document, listeners: &[&Listener]) -> Result<(), Refusal> {
    let mut programs: BTreeMap<Program, Vec<&Listener>> = BTreeMap::new();
    for listener in listeners {
        let Some(owner) = oldest(listener) else { continue };
        let program = Program {
            namespace: listener.namespace,
            unit: listener.unit.clone(),
            container: listener.container.clone(),
            name: owner.executable.clone().unwrap_or_else(|| owner.comm.clone()),
        };
        programs.entry(program).or_default().push(listener);
    }
    if programs.len() < 2 {
        return Ok(());
    }
    let programs = programs
        .iter()
        .map(|(program, of)| told(document, program, of))
        .collect();
    Err(Refusal::Several { programs })
}

pub(super) fn oldest(listener: &Listener) -> Option<&Owner> {
    listener.owners.as_deref()?.first()
}

/// “nginx (pid 812, nginx.service) in netns host: 0.0.0.0:80, 0.0.0.0:443”.
fn told(document: &Document, program: &Program, listeners: &[&Listener]) -> String {
    let pid = listeners.first().and_then(|one| oldest(one)).map(|owner| owner.pid);
    let container = program
        .container
        .as_deref()
        .map(|id| format!("container {}", id.get(..12).unwrap_or(id)));
    let of: Vec<String> = [
        pid.map(|pid| format!("pid {pid}")),
        program.unit.as_deref().map(str::to_owned),
        container,
    ]
    .into_iter()
    .flatten()
    .collect();
    let netns = title(document, program.namespace);
    format!("{} ({}) in {netns}: {}", program.name, of.join(", "), places(listeners))
}

/// Where they listen; members of a group once.
fn places(listeners: &[&Listener]) -> String {
    let mut places: Vec<String> = listeners.iter().map(|one| one.place()).collect();
    places.dedup();
    let more = places.len().saturating_sub(NAMED);
    places.truncate(NAMED);
    match more {
        0 => places.join(", "),
        _ => format!("{} and {more} more", places.join(", ")),
    }
}
