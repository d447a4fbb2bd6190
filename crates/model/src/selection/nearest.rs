//! Why a selection matches nothing, and the nearest thing that exists.

use super::{Address, Dimension, Netns, Ports, Process, Selection};
use crate::document::NamespaceReport;
use crate::listener::Listener;

impl Selection {
    /// Why nothing matches, and the nearest thing that exists: narrows step by step, as a person would, and
    /// explains the step after which nothing is left.
    pub fn explain_nothing(&self, listeners: &[Listener], namespaces: &[NamespaceReport]) -> String {
        let mut left: Vec<&Listener> = listeners.iter().collect();
        for dimension in Dimension::ALL {
            let mut matching = left.clone();
            matching.retain(|listener| dimension.matches(self, listener, namespaces));
            if matching.is_empty() && !left.is_empty() {
                let reason = dimension.explain(self, &left, namespaces);
                let is_whole = left.len() == listeners.len();
                return if is_whole {
                    reason
                } else {
                    format!("among what the other options leave, {reason}")
                };
            }
            left = matching;
        }
        "no listening socket was found".to_owned()
    }
}

impl Dimension {
    fn explain(self, selection: &Selection, listeners: &[&Listener], namespaces: &[NamespaceReport]) -> String {
        match self {
            Self::Netns => explain_netns(&selection.namespaces, namespaces),
            Self::Family => "no listener of this family was found".to_owned(),
            Self::Ports => explain_ports(&selection.ports, listeners),
            Self::Address => explain_addresses(&selection.addresses, listeners),
            Self::Process => explain_processes(&selection.processes, listeners),
            Self::Unit => explain_units(&selection.units, listeners),
        }
    }
}

fn explain_ports(wanted: &[Ports], listeners: &[&Listener]) -> String {
    let asked = wanted.iter().map(describe_ports).collect::<Vec<_>>().join(", ");
    let distance = |port: u16| {
        wanted
            .iter()
            .map(|ports| port.abs_diff(*ports.0.start()).min(port.abs_diff(*ports.0.end())))
            .min()
    };
    let nearest = listeners
        .iter()
        .filter(|listener| listener.port.is_some())
        .min_by_key(|listener| listener.port.and_then(distance));
    match nearest {
        Some(listener) => format!(
            "nothing listens on port {asked}; the nearest is {}{}",
            listener.place(),
            owned_by(listener)
        ),
        None => format!("nothing listens on port {asked}, nor on any other"),
    }
}

fn describe_ports(ports: &Ports) -> String {
    let (first, last) = (ports.0.start(), ports.0.end());
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

fn owned_by(listener: &Listener) -> String {
    let owner = listener.owners.as_deref().and_then(|owners| owners.first());
    owner
        .map(|owner| format!(" ({}, pid {})", owner.comm, owner.pid))
        .unwrap_or_default()
}

fn explain_addresses(wanted: &[Address], listeners: &[&Listener]) -> String {
    let asked = wanted.iter().map(|address| match address {
        Address::Ip(ip) => ip.to_string(),
        Address::Path(path) => path.clone(),
    });
    let existing: Vec<String> = listeners
        .iter()
        .filter_map(|listener| {
            listener
                .address
                .map(|address| address.to_string())
                .or_else(|| listener.path.clone())
        })
        .collect();
    nearest_by_name("listens at", asked, existing.iter().map(String::as_str))
}

fn explain_processes(wanted: &[Process], listeners: &[&Listener]) -> String {
    let owners = || {
        listeners
            .iter()
            .flat_map(|listener| listener.owners.iter().flat_map(|owners| owners.iter()))
    };
    let unknown = listeners.iter().any(|listener| listener.owners.is_none());
    let caveat = if unknown {
        " (the owners of some listeners could not be read)"
    } else {
        ""
    };
    let asked = wanted.iter().map(|process| match process {
        Process::Pid(pid) => pid.to_string(),
        Process::Name(name) => name.clone(),
    });
    let found = match wanted {
        [Process::Pid(pid)] => owners().min_by_key(|owner| owner.pid.abs_diff(*pid)).map(|owner| {
            format!(
                "no process {pid} holds a listener; the nearest pid that does is {} ({})",
                owner.pid, owner.comm
            )
        }),
        _ => None,
    };
    let by_name = || nearest_by_name("holds a listener as", asked, owners().map(|owner| &*owner.comm));
    found.unwrap_or_else(by_name) + caveat
}

fn explain_units(wanted: &[String], listeners: &[&Listener]) -> String {
    nearest_by_name(
        "listens in unit",
        wanted.iter().cloned(),
        listeners.iter().filter_map(|listener| listener.unit.as_deref()),
    )
}

fn explain_netns(wanted: &[Netns], namespaces: &[NamespaceReport]) -> String {
    let names = namespaces
        .iter()
        .flat_map(|namespace| namespace.name.as_deref().into_iter().chain([&*namespace.id]));
    nearest_by_name("listens in namespace", wanted.iter().map(ToString::to_string), names)
}

/// “nothing VERB a, b; the nearest is c”.
fn nearest_by_name<'a>(
    verb: &str,
    asked: impl Iterator<Item = String>,
    existing: impl Iterator<Item = &'a str>,
) -> String {
    let asked: Vec<String> = asked.collect();
    let likeness = |name: &str| {
        asked
            .iter()
            .map(|asked| strsim::jaro_winkler(asked, name))
            .fold(0.0, f64::max)
    };
    let nearest = existing.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let asked = asked.join(", ");
    match nearest {
        Some(name) => format!("nothing {verb} {asked}; the nearest is {name}"),
        None => format!("nothing {verb} {asked}"),
    }
}
