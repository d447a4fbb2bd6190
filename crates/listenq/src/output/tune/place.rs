//! What a namespace is, and where a sysctl is set for good that has to hold in it.

use fix::plan::tune::NamespacePlan;
use knowledge::{Kind, SetIt};
use model::{Listener, NamespaceKey, Setting};

use super::Report;

/// What a namespace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The host's own: files in /etc/sysctl.d are for it.
    Host,
    /// A pod's, with its uid.
    Pod(String),
    /// A container's, with its id.
    Container(String),
    /// One that `ip netns` has given a name.
    Named(String),
    /// That of a systemd unit.
    Unit(String),
    /// Listenq's own, of which it cannot be told whether it is the host's.
    Own,
    /// Another.
    Unknown,
}

/// Where to set it, and what to write there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belongs {
    /// The place.
    pub place: String,
    /// What to write.
    pub line: String,
}

/// What the namespace of a plan is.
pub fn of(plan: &NamespacePlan, listeners: &[Listener], initial: Option<NamespaceKey>) -> Place {
    if initial == Some(plan.key) {
        return Place::Host;
    }
    let here = || listeners.iter().filter(|one| one.namespace == plan.key);
    let first = |part: fn(&Listener) -> Option<&str>| here().find_map(part).map(str::to_owned);
    // A container of a pod has its own id, and the pod's namespace.
    let pod = first(|one| one.pod.as_deref()).map(Place::Pod);
    let container = || first(|one| one.container.as_deref()).map(Place::Container);
    let named = || plan.name.clone().filter(|name| name != "host").map(Place::Named);
    let unit = || first(|one| one.unit.as_deref()).map(Place::Unit);
    let other = if plan.is_own { Place::Own } else { Place::Unknown };
    pod.or_else(container).or_else(named).or_else(unit).unwrap_or(other)
}

impl Place {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Pod(_) => "pod",
            Self::Container(_) => "container",
            Self::Named(_) => "named",
            Self::Unit(_) => "unit",
            Self::Own | Self::Unknown => "unknown",
        }
    }

    /// For people.
    pub fn told(&self) -> String {
        match self {
            Self::Host => "the host's own".to_owned(),
            Self::Pod(uid) => format!("of pod {uid}"),
            Self::Container(id) => format!("of container {}", id.get(..12).unwrap_or(id)),
            Self::Named(name) => format!("named {name}"),
            Self::Unit(unit) => format!("of {unit}"),
            Self::Own => "listenq's own, perhaps not the host's".to_owned(),
            Self::Unknown => "of processes that say nothing of themselves".to_owned(),
        }
    }

    /// Where a value is set for good that has to hold here; empty for the host, whose values are in /etc/sysctl.d.
    pub fn belongs(&self, setting: Setting, value: i64) -> Vec<Belongs> {
        let name = setting.name();
        let known = |start: &str| known(setting, start, value).into_iter().collect::<Vec<_>>();
        let at = |place: String, line: String| vec![Belongs { place, line }];
        match self {
            Self::Host => Vec::new(),
            Self::Pod(_) => known("securityContext"),
            Self::Container(_) => [
                known("--sysctl"),
                at(
                    "for a container: the service in compose.yaml".to_owned(),
                    format!("sysctls: {{{name}: {value}}}"),
                ),
            ]
            .concat(),
            Self::Named(namespace) => at(
                "in the script that makes the namespace, before the program starts".to_owned(),
                format!("ip netns exec {namespace} sysctl -w {name}={value}"),
            ),
            Self::Unit(unit) => at(
                format!("in {unit} (PrivateNetwork= makes a new namespace at each start), before the program starts"),
                format!("ExecStartPre=sysctl -w {name}={value}"),
            ),
            Self::Own | Self::Unknown => at(
                "where the namespace is made, before the program starts; for a container: docker run, podman run"
                    .to_owned(),
                format!("--sysctl {name}={value}"),
            ),
        }
    }
}

/// What the knowledge says, with another number.
fn known(setting: Setting, start: &str, value: i64) -> Option<Belongs> {
    let Kind::Setting(facts) = &knowledge::setting(setting.name())?.kind else {
        return None;
    };
    let way: &SetIt = facts.set.iter().find(|way| way.line.starts_with(start))?;
    Some(Belongs {
        place: way.place.to_owned(),
        line: with_value(way.line, value),
    })
}

/// The line with its last number replaced.
fn with_value(line: &str, value: i64) -> String {
    let behind = line.trim_end_matches(|character: char| !character.is_ascii_digit());
    let before = behind.trim_end_matches(|character: char| character.is_ascii_digit());
    format!("{before}{value}{}", &line[behind.len()..])
}

/// Why `--persist` cannot be had, and what can.
pub fn not_the_host(report: &Report) -> String {
    let plan = report.plans.first();
    let first = plan.and_then(|plan| plan.durable().first().copied());
    let place = report.places.first();
    let belongs = place
        .zip(first)
        .map(|(place, (setting, value))| place.belongs(setting, value));
    let belongs = belongs.unwrap_or_default();
    let hint = belongs
        .first()
        .map_or_else(String::new, |one| format!("; it belongs {}: {}", one.place, one.line));
    let whose = plan.map_or_else(|| "this".to_owned(), NamespacePlan::called);
    format!(
        "--persist writes what is read for the host's own network namespace at boot, and {whose} is not that, or cannot \
         be told to be{hint}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_knowledge_take_another_number() {
        let line = |place: Place| place.belongs(Setting::Somaxconn, 8192).remove(0).line;
        assert_eq!(line(Place::Container("x".into())), "--sysctl net.core.somaxconn=8192");
        assert_eq!(
            line(Place::Pod("x".into())),
            "securityContext: {sysctls: [{name: net.core.somaxconn, value: \"8192\"}]}"
        );
        assert_eq!(Place::Host.belongs(Setting::Somaxconn, 1), []);
        assert_eq!(with_value("none", 3), "3none");
    }

    #[test]
    fn every_setting_has_a_place_in_every_namespace() {
        for setting in Setting::ALL {
            for place in [
                Place::Pod("u".into()),
                Place::Container("0123456789abcdef".into()),
                Place::Named("blue".into()),
                Place::Unit("x.service".into()),
                Place::Own,
                Place::Unknown,
            ] {
                let belongs = place.belongs(setting, 7);
                assert!(!belongs.is_empty(), "{setting:?} {place:?}");
                for one in &belongs {
                    assert!(one.line.contains(setting.name()) && one.line.contains('7'), "{one:?}");
                }
            }
        }
    }
}
