//! The features that change something: resize, tune, run.

use std::io;

use fix::reach::Reach;
use model::Status;

use super::Feature;

/// What was found out of them.
#[derive(Debug)]
pub struct Changes {
    /// Whose listeners can be resized.
    pub reach: Reach,
    /// Whether the sysctls of the own namespace can be written.
    pub sysctls: io::Result<()>,
    /// Whether a program's listen() can be notified.
    pub notifies: bool,
}

/// Judges.
pub fn features(changes: &Changes) -> [Feature; 3] {
    [resize(&changes.reach), tune(&changes.sysctls), run(changes)]
}

fn resize(reach: &Reach) -> Feature {
    let (status, reason) = match reach {
        Reach::Everybody => (Status::Ok, None),
        Reach::UserNamespace => (
            Status::Degraded,
            Some("processes of this user namespace only".to_owned()),
        ),
        Reach::OwnUser => (Status::Degraded, Some("own processes only".to_owned())),
        Reach::OwnChildren => (
            Status::Degraded,
            Some("own children only (kernel.yama.ptrace_scope is 1)".to_owned()),
        ),
        Reach::Nobody(why) => (Status::Unavailable, Some(why.clone())),
    };
    Feature {
        name: "resize",
        gives: "another limit for live listeners, by listen() on a duplicate of their descriptor",
        status,
        remedy: reason
            .as_ref()
            .map(|_| "CAP_SYS_PTRACE on the host (for unix listeners of others CAP_SETUID, CAP_SETGID)".to_owned()),
        reason,
    }
}

fn tune(sysctls: &io::Result<()>) -> Feature {
    let reason = sysctls.as_ref().err().map(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => "/proc/sys is mounted read-only, as in a container".to_owned(),
        io::ErrorKind::NotFound => "net.core.somaxconn does not exist in this namespace".to_owned(),
        _ => error.to_string(),
    });
    or_not(
        "tune",
        "other sysctls in this network namespace, by /proc/sys",
        reason,
        "root of the namespace's user namespace, and a /proc/sys that can be written",
    )
}

/// The listen() of a program that is our child is answered, so to trace own children is enough.
fn run(changes: &Changes) -> Feature {
    let reason = match &changes.reach {
        Reach::Nobody(why) => Some(why.clone()),
        _ if !changes.notifies => Some("this kernel has no seccomp user notification that is known here".to_owned()),
        _ => None,
    };
    or_not(
        "run",
        "another backlog for a program that is started, by seccomp user notification",
        reason,
        "Linux 5.6, and the right to trace own children",
    )
}

/// Something that is to be had whole, or not at all for this reason.
fn or_not(name: &'static str, gives: &'static str, reason: Option<String>, remedy: &str) -> Feature {
    let (status, remedy) = match reason {
        Some(_) => (Status::Unavailable, Some(remedy.to_owned())),
        None => (Status::Ok, None),
    };
    Feature {
        name,
        gives,
        status,
        reason,
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(reach: Reach, sysctls: io::Result<()>, notifies: bool) -> [Status; 3] {
        let changes = Changes {
            reach,
            sysctls,
            notifies,
        };
        features(&changes).map(|feature| {
            assert_eq!(feature.reason.is_none(), feature.status == Status::Ok, "{feature:?}");
            assert_eq!(feature.reason.is_none(), feature.remedy.is_none(), "{feature:?}");
            feature.status
        })
    }

    #[test]
    fn what_is_missing_has_a_reason_and_a_remedy() {
        use Status::{Degraded, Ok as Good, Unavailable};
        assert_eq!(judged(Reach::Everybody, Ok(()), true), [Good; 3]);
        let read_only = || Err(io::ErrorKind::ReadOnlyFilesystem.into());
        assert_eq!(judged(Reach::OwnUser, read_only(), true), [Degraded, Unavailable, Good]);
        assert_eq!(judged(Reach::OwnChildren, Ok(()), false), [Degraded, Good, Unavailable]);
        assert_eq!(
            judged(Reach::Nobody("no".to_owned()), Ok(()), true),
            [Unavailable, Good, Unavailable]
        );
    }
}
