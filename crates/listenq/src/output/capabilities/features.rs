//! The features, judged from the privileges and from how each source fared in a real sample.

use model::{SourceHealth, Status};
use probe::privileges::{Privilege, Privileges};

use super::Feature;
use super::changes::{self, Changes};

/// What was tried, to judge from.
#[derive(Debug)]
pub struct Tried<'a> {
    /// Where we stand.
    pub privileges: &'a Privileges,
    /// How each source fared in a sample of the own namespace.
    pub own: &'a [SourceHealth],
    /// How each source fared in a sample of everything.
    pub host: &'a [SourceHealth],
    /// What could be changed.
    pub changes: Changes,
    /// What came of building a scene of the lab.
    pub lab: Result<(), String>,
}

/// What each source of a namespace gives, and what brings it where it is missing.
const OF_A_NAMESPACE: [(&str, &str, &str); 5] = [
    (
        "tcp",
        "length, limit and drops of TCP and MPTCP listeners, by netlink sock_diag",
        "the modules inet_diag and tcp_diag: modprobe tcp_diag",
    ),
    (
        "unix",
        "length and limit of unix listeners, by netlink sock_diag",
        "the module unix_diag: modprobe unix_diag",
    ),
    (
        "half-open",
        "half-open connections, by a dump of SYN_RECV",
        "the modules inet_diag and tcp_diag: modprobe tcp_diag",
    ),
    (
        "counters",
        "ListenOverflows and its kin, from /proc/PID/net/netstat and snmp",
        "a /proc that shows the processes of the namespace",
    ),
    (
        "sysctls",
        "somaxconn and its kin, from /proc/sys/net",
        "a /proc/sys that is mounted; net.core is absent in user namespaces up to Linux 6.1",
    ),
];

/// The same for those that concern the whole host.
const OF_THE_HOST: [(&str, &str, &str); 2] = [
    (
        "namespaces",
        "the network namespaces of all processes and of bind mounts",
        "CAP_SYS_PTRACE, and the host's /proc",
    ),
    (
        "owners",
        "the processes behind each listener, from /proc/PID/fd",
        "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, and no security module against it",
    ),
];

/// Judges.
pub fn features(tried: &Tried) -> Vec<Feature> {
    let own = OF_A_NAMESPACE.map(|(name, gives, remedy)| source(name, gives, remedy, tried.own));
    let host = OF_THE_HOST.map(|(name, gives, remedy)| source(name, gives, remedy, tried.host));
    own.into_iter()
        .chain(host)
        .chain([other_namespaces(tried.privileges), all_processes(tried.privileges)])
        .chain(changes::features(&tried.changes))
        .chain([lab(&tried.lab)])
        .collect()
}

fn source(name: &'static str, gives: &'static str, remedy: &str, sources: &[SourceHealth]) -> Feature {
    let health = sources.iter().find(|source| source.name == name);
    let (status, reason) = match health {
        Some(health) => (health.status, health.reason.as_ref().map(ToString::to_string)),
        None => (Status::Unavailable, Some("it was not read".to_owned())),
    };
    Feature {
        name,
        gives,
        status,
        // Some reasons end with what is needed.
        remedy: reason
            .as_ref()
            .filter(|reason| !reason.contains("needs "))
            .map(|_| remedy.to_owned()),
        reason,
    }
}

/// Whether namespaces may be entered, also if there is no other one at the moment.
fn other_namespaces(privileges: &Privileges) -> Feature {
    let wanted = [Privilege::SysAdmin, Privilege::SysPtrace];
    let missing = missing(&wanted, privileges);
    let gives = "limits, drops and settings of the listeners in other network namespaces, by entering them";
    let (status, reason) = if !missing.is_empty() {
        let reason = format!("this process lacks {missing}; without it lengths are read from /proc");
        (Status::Unavailable, Some(reason))
    } else if privileges.is_in_host_user_namespace == Some(false) {
        let reason = "the capabilities hold inside this user namespace only";
        (Status::Degraded, Some(reason.to_owned()))
    } else {
        (Status::Ok, None)
    };
    Feature {
        name: "entering",
        gives,
        status,
        remedy: reason
            .as_ref()
            .map(|_| "CAP_SYS_ADMIN and CAP_SYS_PTRACE on the host".to_owned()),
        reason,
    }
}

fn all_processes(privileges: &Privileges) -> Feature {
    let (status, reason) = match privileges.sees_all_processes {
        Some(true) => (Status::Ok, None),
        Some(false) => (
            Status::Degraded,
            Some("this is a pid namespace of its own, as in a container"),
        ),
        None => (Status::Degraded, Some("/proc/self/ns/pid cannot be read")),
    };
    Feature {
        name: "processes",
        gives: "the processes of the whole host, and so its namespaces and owners",
        status,
        reason: reason.map(ToOwned::to_owned),
        remedy: reason.map(|_| "the host's pid namespace (docker --pid=host, Kubernetes hostPID: true)".to_owned()),
    }
}

fn lab(tried: &Result<(), String>) -> Feature {
    Feature {
        name: "lab",
        gives: "a throw-away network namespace, for listenq lab and explain --prove",
        status: if tried.is_ok() { Status::Ok } else { Status::Unavailable },
        reason: tried.as_ref().err().cloned(),
        remedy: tried
            .is_err()
            .then(|| "root, or user namespaces: sysctl user.max_user_namespaces above 0".to_owned()),
    }
}

/// `CAP_SYS_ADMIN and CAP_SYS_PTRACE`, of those that are wanted and not held.
fn missing(wanted: &[Privilege], privileges: &Privileges) -> String {
    let names: Vec<&str> = wanted
        .iter()
        .filter(|one| !privileges.holds(**one))
        .map(|one| one.name())
        .collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use fix::reach::Reach;

    use super::*;

    fn privileges(held: &[Privilege]) -> Privileges {
        Privileges {
            uid: 1000,
            held: held.to_vec(),
            sees_all_processes: Some(true),
            is_in_host_user_namespace: Some(true),
        }
    }

    fn judged(privileges: &Privileges, sources: &[SourceHealth]) -> Vec<Feature> {
        features(&Tried {
            privileges,
            own: sources,
            host: sources,
            changes: Changes {
                reach: Reach::OwnUser,
                sysctls: Ok(()),
                notifies: true,
            },
            lab: Err("no".to_owned()),
        })
    }

    fn named<'a>(features: &'a [Feature], name: &str) -> &'a Feature {
        features.iter().find(|feature| feature.name == name).unwrap()
    }

    #[test]
    fn a_source_is_as_good_as_it_was_in_the_sample() {
        let sources = [SourceHealth::ok("tcp"), SourceHealth::degraded("owners", "1 of 9")];
        let judged = judged(&privileges(&[]), &sources);
        assert_eq!(named(&judged, "tcp").status, Status::Ok);
        assert_eq!(named(&judged, "tcp").remedy, None);
        assert_eq!(named(&judged, "owners").reason.as_deref(), Some("1 of 9"));
        assert_eq!(named(&judged, "unix").status, Status::Unavailable);
        assert!(named(&judged, "lab").remedy.is_some());
    }

    #[test]
    fn what_is_missing_is_named() {
        let some = judged(&privileges(&[Privilege::SysAdmin]), &[]);
        let entering = named(&some, "entering");
        assert!(
            entering.reason.as_ref().unwrap().contains("lacks CAP_SYS_PTRACE;"),
            "{entering:?}"
        );
        let all = judged(&privileges(&Privilege::ALL), &[]);
        assert_eq!(named(&all, "entering").status, Status::Ok);
    }

    #[test]
    fn a_container_is_told_so() {
        let mut inside = privileges(&Privilege::ALL);
        inside.sees_all_processes = Some(false);
        inside.is_in_host_user_namespace = Some(false);
        let judged = judged(&inside, &[]);
        assert_eq!(named(&judged, "processes").status, Status::Degraded);
        assert_eq!(named(&judged, "entering").status, Status::Degraded);
    }
}
