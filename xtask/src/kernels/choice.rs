//! Which of our tests are run on other kernels; for each one left out, why.

use super::binaries::Binary;
use super::jobs::User;

/// A rule about some tests. The first that fits a test binary holds for it.
#[derive(Debug)]
pub struct LeftOut {
    package: &'static str,
    /// `*` for every test binary of the package.
    target: &'static str,
    /// As whom they are left out; `None` for both.
    user: Option<User>,
    /// Whether `--all` runs them after all.
    pub for_time: bool,
    /// The reason.
    pub why: &'static str,
}

impl LeftOut {
    const fn never(package: &'static str, target: &'static str, why: &'static str) -> Self {
        Self {
            package,
            target,
            user: None,
            for_time: false,
            why,
        }
    }

    const fn for_time(package: &'static str, target: &'static str, why: &'static str) -> Self {
        Self {
            package,
            target,
            user: None,
            for_time: true,
            why,
        }
    }
}

/// What is not named here is run, by both users. A crate that asks the kernel nothing has the same results everywhere.
const LEFT_OUT: [LeftOut; 17] = [
    LeftOut::never("xtask", "*", "chores of developers, on their own machine"),
    LeftOut::never("model", "*", "pure: asks no kernel"),
    LeftOut::never("knowledge", "*", "data: asks no kernel"),
    LeftOut::never(
        "sockdiag",
        "*",
        "pure: bytes and recordings; the codec meets these kernels through probe and listenq",
    ),
    LeftOut::never("probe", "procfs", "reads recorded files"),
    LeftOut::never(
        "probe",
        "sysctl_files",
        "compares with systemd-sysctl and sysctl, which are not in these machines",
    ),
    LeftOut::never(
        "fix",
        "disk",
        "is about the journal on full and read-only file systems, not about sockets",
    ),
    LeftOut::for_time(
        "listenq",
        "undo",
        "waits for ten seconds, for a lock; what it changes, listenq/resize changes too",
    ),
    LeftOut::never(
        "listenq",
        "unit",
        "pure: options and output, against files of the repository",
    ),
    LeftOut::never(
        "listenq",
        "soak",
        "is about memory over time; `cargo xtask soak` runs it whole",
    ),
    LeftOut::for_time(
        "lab",
        "scenes",
        "listenq/scenes launches the same scenes and compares them with ss, too",
    ),
    LeftOut {
        user: Some(User::Nobody),
        ..LeftOut::never("lab", "proofs", "the run as root plays each of them again as nobody")
    },
    LeftOut::for_time(
        "listenq",
        "counters",
        "the counters themselves are compared in every step of the proofs",
    ),
    LeftOut {
        user: Some(User::Nobody),
        ..LeftOut::never("listenq", "namespaces", "root's alone: every test of it is skipped")
    },
    LeftOut::for_time(
        "listenq",
        "namespaces",
        "waits for five seconds, for the same thing on every kernel",
    ),
    LeftOut::for_time(
        "lab",
        "unit",
        "hardly asks the kernel; its slowest are about large messages",
    ),
    LeftOut::for_time(
        "listenq",
        "cli",
        "options, signals and terminals: few of them are about queues",
    ),
];

/// Why a test binary is not run by this user; `None` if it is.
pub fn left_out(binary: &Binary, user: User) -> Option<&'static LeftOut> {
    LEFT_OUT.iter().find(|rule| {
        rule.package == binary.package
            && (rule.target == "*" || rule.target == binary.target)
            && rule.user.is_none_or(|of| of == user)
    })
}

/// Whether it is run, and put into the machine: `all` is what `--all` asks for.
pub fn is_run(binary: &Binary, user: User, all: bool) -> bool {
    binary.is_test && left_out(binary, user).is_none_or(|rule| rule.for_time && all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(package: &str, target: &str) -> Binary {
        Binary {
            package: package.into(),
            target: target.into(),
            path: "/t".into(),
            folder: "/".into(),
            is_test: true,
        }
    }

    #[test]
    fn what_is_not_named_is_run() {
        for user in User::ALL {
            assert!(is_run(&binary("listenq", "scenes"), user, false));
            assert!(is_run(&binary("a-new-crate", "unit"), user, false));
            assert!(!is_run(&binary("model", "unit"), user, true));
            assert!(!is_run(&binary("listenq", "soak"), user, true));
        }
    }

    #[test]
    fn what_takes_long_is_run_when_all_are_asked_for() {
        let scenes = binary("lab", "scenes");
        assert!(!is_run(&scenes, User::Root, false) && is_run(&scenes, User::Root, true));
    }

    #[test]
    fn the_proofs_are_always_run_as_root() {
        let proofs = binary("lab", "proofs");
        assert!(is_run(&proofs, User::Root, false) && !is_run(&proofs, User::Nobody, true));
    }

    #[test]
    fn a_rule_may_be_about_one_user() {
        let namespaces = binary("listenq", "namespaces");
        assert!(is_run(&namespaces, User::Root, true) && !is_run(&namespaces, User::Nobody, true));
    }
}
