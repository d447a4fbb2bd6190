//! Which of our tests are run on other kernels; for each one left out, why.

use super::binaries::Binary;

/// A rule about some tests: package, test binary (`*` for all of them), the names of single tests (none for all), reason.
struct LeftOut {
    package: &'static str,
    target: &'static str,
    tests: &'static [&'static str],
    why: &'static str,
}

/// What is not named here is run. A crate that asks the kernel nothing has the same results everywhere.
const LEFT_OUT: [LeftOut; 7] = [
    LeftOut {
        package: "xtask",
        target: "*",
        tests: &[],
        why: "chores of developers, on their own machine",
    },
    LeftOut {
        package: "model",
        target: "*",
        tests: &[],
        why: "pure: asks no kernel",
    },
    LeftOut {
        package: "knowledge",
        target: "*",
        tests: &[],
        why: "data: asks no kernel",
    },
    LeftOut {
        package: "sockdiag",
        target: "*",
        tests: &[],
        why: "pure: bytes and recordings; the codec meets these kernels through probe and listenq",
    },
    LeftOut {
        package: "probe",
        target: "procfs",
        tests: &[],
        why: "reads recorded files",
    },
    LeftOut {
        package: "listenq",
        target: "unit",
        tests: &[],
        why: "pure: options and output, against files of the repository",
    },
    LeftOut {
        package: "listenq",
        target: "soak",
        tests: &[],
        why: "is about memory over time; `cargo xtask soak` runs it whole",
    },
];

/// Why a test binary is not run; `None` if it is.
pub fn left_out(binary: &Binary) -> Option<&'static str> {
    rules(binary).find(|rule| rule.tests.is_empty()).map(|rule| rule.why)
}

/// The tests of a binary that are not run, and why.
pub fn skipped(binary: &Binary) -> impl Iterator<Item = (&'static str, &'static str)> {
    rules(binary).flat_map(|rule| rule.tests.iter().map(|test| (*test, rule.why)))
}

fn rules(binary: &Binary) -> impl Iterator<Item = &'static LeftOut> {
    LEFT_OUT
        .iter()
        .filter(|rule| rule.package == binary.package && (rule.target == "*" || rule.target == binary.target))
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
        assert_eq!(left_out(&binary("lab", "scenes")), None);
        assert_eq!(left_out(&binary("a-new-crate", "unit")), None);
        assert!(left_out(&binary("model", "unit")).is_some());
        assert!(left_out(&binary("listenq", "soak")).is_some());
    }
}
