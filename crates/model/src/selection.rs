//! Which listeners a user asked for: the same option twice widens, different options narrow.

use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::document::NamespaceReport;
use crate::endpoint::Protocol;
use crate::listener::Listener;
use crate::namespace::NamespaceKey;

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

/// A selection that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// Neither a port nor a range of ports.
    #[error("`{0}` is no port and no range of ports; write 80 or 8000-8099")]
    Ports(String),
    /// Not a namespace.
    #[error("`{0}` names no namespace; write all, host, self, an inode number, a name or pid:N")]
    Netns(String),
}

impl FromStr for Ports {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ports = first.parse().ok().zip(last.parse().ok());
        let (first, last) = ports.ok_or_else(|| SelectionError::Ports(text.to_owned()))?;
        if first > last {
            Err(SelectionError::Ports(text.to_owned()))
        } else {
            Ok(Self(first..=last))
        }
    }
}

impl FromStr for Address {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        Ok(bare.parse().map_or_else(|_| Self::Path(text.to_owned()), Self::Ip))
    }
}

impl FromStr for Process {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Pid))
    }
}

impl FromStr for Netns {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SelectionError::Netns(text.to_owned());
        Ok(match text {
            "" => return Err(error()),
            "all" => Self::All,
            "host" => Self::Host,
            "self" => Self::Own,
            _ => match text.strip_prefix("pid:") {
                Some(pid) => Self::OfPid(pid.parse().map_err(|_| error())?),
                None => Self::Named(text.to_owned()),
            },
        })
    }
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

    /// Why nothing matches, and the nearest thing that exists among what the other options leave.
    pub fn explain_nothing(&self, listeners: &[Listener], namespaces: &[NamespaceReport]) -> String {
        let mut left: Vec<&Listener> = listeners.iter().collect();
        for dimension in Dimension::ALL {
            let (matching, _): (Vec<_>, Vec<_>) = left
                .iter()
                .partition(|listener| dimension.matches(self, listener, namespaces));
            if matching.is_empty() && !left.is_empty() {
                return dimension.explain(self, &left, namespaces);
            }
            left = matching;
        }
        "no listening socket was found".to_owned()
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

fn any_or_empty<T>(wanted: &[T], matches: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

impl Netns {
    fn matches(&self, key: NamespaceKey, namespaces: &[NamespaceReport]) -> bool {
        let report = || namespaces.iter().find(|namespace| namespace.key == key);
        match self {
            Self::All => true,
            Self::Key(wanted) => *wanted == key,
            Self::Own => report().is_some_and(|namespace| namespace.is_own),
            Self::Host => report().is_some_and(|namespace| namespace.name.as_deref() == Some("host")),
            Self::Named(name) => {
                report().is_some_and(|namespace| namespace.id == *name || namespace.name.as_deref() == Some(name))
            }
            Self::OfPid(_) => false,
        }
    }
}

impl fmt::Display for Netns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Host => f.write_str("host"),
            Self::Own => f.write_str("self"),
            Self::Named(name) => f.write_str(name),
            Self::OfPid(pid) => write!(f, "pid:{pid}"),
            Self::Key(key) => write!(f, "{key}"),
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
            Self::Ip(address) => listener.address.as_deref().and_then(|text| text.parse().ok()) == Some(*address),
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
    let existing = listeners
        .iter()
        .filter_map(|listener| listener.address.as_deref().or(listener.path.as_deref()));
    nearest_by_name("listens at", asked, existing)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::fixture::{listener, sample, unix_listener};
    use crate::window::Window;

    fn window() -> Window {
        Window::new(
            None,
            &sample(vec![
                listener("0.0.0.0", 80),
                listener("::", 80),
                listener("127.0.0.1", 8080),
                unix_listener("/run/app.sock"),
            ]),
        )
    }

    fn places(selection: &Selection) -> Vec<String> {
        let window = window();
        window
            .listeners
            .iter()
            .filter(|listener| selection.matches(listener, &window.namespaces))
            .map(Listener::place)
            .collect()
    }

    fn nothing(selection: &Selection) -> String {
        let window = window();
        selection.explain_nothing(&window.listeners, &window.namespaces)
    }

    #[test]
    fn a_port_means_every_family_and_address() {
        let selection = Selection {
            ports: vec!["80".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(places(&selection), ["0.0.0.0:80", "[::]:80"]);
    }

    #[test]
    fn the_same_option_twice_widens_and_different_ones_narrow() {
        let ports = vec!["80".parse().unwrap(), "8000-8099".parse().unwrap()];
        let wide = Selection {
            ports,
            ..Selection::default()
        };
        assert_eq!(places(&wide).len(), 3);
        let narrow = Selection {
            processes: vec!["8080".parse().unwrap()],
            ..wide
        };
        assert_eq!(places(&narrow), ["127.0.0.1:8080"]);
    }

    #[test]
    fn processes_are_matched_by_name_and_units_without_their_suffix() {
        let by_name = Selection {
            processes: vec!["nginx".parse().unwrap()],
            families: vec![Family::Tcp],
            ..Selection::default()
        };
        assert_eq!(places(&by_name).len(), 3);
        let by_unit = Selection {
            units: vec!["nginx".to_owned()],
            ..Selection::default()
        };
        assert_eq!(places(&by_unit).len(), 4);
    }

    #[test]
    fn namespaces_by_word_number_and_key() {
        for text in ["host", "self", "all", "4026531840"] {
            let selection = Selection {
                namespaces: vec![text.parse().unwrap()],
                ..Selection::default()
            };
            assert_eq!(places(&selection).len(), 4, "{text}");
        }
        let other = Selection {
            namespaces: vec!["blue".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(places(&other), Vec::<String>::new());
    }

    #[test]
    fn nothing_found_names_the_nearest() {
        let port = Selection {
            ports: vec!["8081".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(
            nothing(&port),
            "nothing listens on port 8081; the nearest is 127.0.0.1:8080 (nginx, pid 8080)"
        );
        let process = Selection {
            processes: vec!["ngnix".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(
            nothing(&process),
            "nothing holds a listener as ngnix; the nearest is nginx"
        );
        let netns = Selection {
            namespaces: vec!["hots".parse().unwrap()],
            ..Selection::default()
        };
        assert_eq!(
            nothing(&netns),
            "nothing listens in namespace hots; the nearest is host"
        );
        let unit = Selection {
            units: vec!["ngin".to_owned()],
            ..Selection::default()
        };
        assert_eq!(
            nothing(&unit),
            "nothing listens in unit ngin; the nearest is nginx.service"
        );
    }

    #[test]
    fn the_nearest_is_looked_for_among_what_the_other_options_leave() {
        let families = vec![Family::Tcp];
        let addresses = vec!["127.0.0.1".parse().unwrap()];
        let selection = Selection {
            ports: vec!["80".parse().unwrap()],
            addresses,
            families,
            ..Selection::default()
        };
        assert_eq!(
            nothing(&selection),
            "nothing listens at 127.0.0.1; the nearest is 0.0.0.0"
        );
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for text in ["", "x", "80-", "90-80", "65536", "-1"] {
            assert!(text.parse::<Ports>().is_err(), "{text}");
        }
    }
}
