//! Which listeners a user asked for: the same option twice widens, different options narrow.

mod nearest;
mod parse;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::document::NamespaceReport;
use crate::endpoint::Protocol;
use crate::listener::Listener;
use crate::namespace::NamespaceKey;
pub use parse::SelectionError;

/// What to look at; an empty list does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Local ports, in every family, address and namespace.
    pub ports: Vec<Ports>,
    /// Local addresses, or paths of unix listeners.
    pub addresses: Vec<Address>,
    /// Owning processes.
    pub processes: Vec<Process>,
    /// systemd units, with or without `.service`.
    pub units: Vec<String>,
    /// Network namespaces.
    pub namespaces: Vec<Netns>,
    /// Families; MPTCP is a part of TCP here.
    pub families: Vec<Family>,
}

/// One port or a range of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(pub RangeInclusive<u16>);

/// A local address or the path of a unix listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Equal to the address a TCP listener is bound to.
    Ip(IpAddr),
    /// Equal to the path of a unix listener, `@` standing for the NUL of an abstract name.
    Path(String),
}

/// A process by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Process {
    /// All digits.
    Pid(u32),
    /// Equal to comm or to the base name of the executable.
    Name(String),
}

/// A network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Netns {
    /// Every one that can be read.
    All,
    /// That of process 1.
    Host,
    /// The reader's own.
    Own,
    /// By inode or by name; all digits = inode.
    Named(String),
    /// That of a process; to be turned into [`Netns::Key`] by whoever can look it up.
    OfPid(u32),
    /// One that was looked up.
    Key(NamespaceKey),
}

/// A family of listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// TCP and MPTCP.
    Tcp,
    /// Unix-domain.
    Unix,
}

impl Selection {
    /// Whether nothing narrows it.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether unix listeners were asked for by name.
    pub fn asks_for_unix(&self) -> bool {
        self.families.contains(&Family::Unix)
            || self.addresses.iter().any(|address| matches!(address, Address::Path(_)))
    }

    /// Whether a listener is among what was asked for.
    pub fn matches(&self, listener: &Listener, namespaces: &[NamespaceReport]) -> bool {
        Dimension::ALL
            .iter()
            .all(|dimension| dimension.matches(self, listener, namespaces))
    }
}

/// One way to narrow a selection.
#[derive(Clone, Copy)]
enum Dimension {
    Netns,
    Family,
    Ports,
    Address,
    Process,
    Unit,
}

impl Dimension {
    const ALL: [Self; 6] = [
        Self::Netns,
        Self::Family,
        Self::Ports,
        Self::Address,
        Self::Process,
        Self::Unit,
    ];

    fn matches(self, selection: &Selection, listener: &Listener, namespaces: &[NamespaceReport]) -> bool {
        match self {
            Self::Netns => any_or_empty(&selection.namespaces, |netns| {
                netns.matches(listener.namespace, namespaces)
            }),
            Self::Family => any_or_empty(&selection.families, |family| family.matches(listener.protocol)),
            Self::Ports => any_or_empty(&selection.ports, |ports| {
                listener.port.is_some_and(|port| ports.0.contains(&port))
            }),
            Self::Address => any_or_empty(&selection.addresses, |address| address.matches(listener)),
            Self::Process => any_or_empty(&selection.processes, |process| process.matches(listener)),
            Self::Unit => any_or_empty(&selection.units, |unit| is_unit(listener, unit)),
        }
    }
}

fn any_or_empty<T>(wanted: &[T], matches: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

impl Netns {
    fn matches(&self, key: NamespaceKey, namespaces: &[NamespaceReport]) -> bool {
        let report = namespaces.iter().find(|namespace| namespace.key == key);
        report.is_some_and(|namespace| self.is(key, namespace.name.as_deref(), namespace.is_own))
    }

    /// Whether it is this namespace.
    pub fn is(&self, key: NamespaceKey, name: Option<&str>, is_own: bool) -> bool {
        match self {
            Self::All => true,
            Self::Key(wanted) => *wanted == key,
            Self::Own => is_own,
            Self::Host => name == Some("host"),
            Self::Named(wanted) => name == Some(wanted) || key.to_string() == *wanted,
            Self::OfPid(_) => false,
        }
    }
}

impl Family {
    fn matches(self, protocol: Protocol) -> bool {
        (self == Self::Unix) == (protocol == Protocol::Unix)
    }
}

impl Address {
    fn matches(&self, listener: &Listener) -> bool {
        match self {
            Self::Ip(address) => listener.address == Some(*address),
            Self::Path(path) => listener.path.as_ref() == Some(path),
        }
    }
}

impl Process {
    fn matches(&self, listener: &Listener) -> bool {
        listener
            .owners
            .iter()
            .flat_map(|owners| owners.iter())
            .any(|owner| match self {
                Self::Pid(pid) => owner.pid == *pid,
                Self::Name(name) => &*owner.comm == name || owner.executable.as_deref() == Some(name),
            })
    }
}

fn is_unit(listener: &Listener, wanted: &str) -> bool {
    let Some(unit) = listener.unit.as_deref() else {
        return false;
    };
    unit == wanted || unit.strip_suffix(".service") == Some(wanted)
}
