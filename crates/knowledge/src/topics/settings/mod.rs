//! The sysctls that decide how listeners behave, and those that are taken for one of them (KERNEL.md 2.4 and 6.2).

mod decide;
mod others;
mod sizes;

use crate::topic::{Kind, Look, SetIt, SettingFacts, Topic};

/// The topics: what decides first, then what only seems to.
pub(super) static PARTS: &[&[Topic]] = &[decide::TOPICS, sizes::TOPICS, others::TOPICS];

const SHOWN_WITH: Look = Look {
    command: "listenq -o json",
    shows: "its value in each network namespace (namespaces, sysctls)",
};
const EACH_LISTENER: Look = Look {
    command: "listenq -o wide",
    shows: "what limits each queue of each listener now",
};

const PER_NETNS: &str = "each network namespace has its own";
const WHOLE_HOST: &str = "one value for the whole host";

/// How a sysctl of a network namespace is set: now, for good, in a container.
macro_rules! set_in_a_namespace {
    ($name:literal, $value:literal, $kubernetes:literal) => {
        &[
            SetIt {
                place: "now, until the next boot",
                line: concat!("sysctl -w ", $name, "=", $value),
            },
            SetIt {
                place: "for good: a line in /etc/sysctl.d/99-listenq.conf, then sysctl --system",
                line: concat!($name, " = ", $value),
            },
            SetIt {
                place: "for a container: docker run, podman run",
                line: concat!("--sysctl ", $name, "=", $value),
            },
            SetIt {
                place: $kubernetes,
                line: concat!(
                    "securityContext: {sysctls: [{name: ",
                    $name,
                    ", value: \"",
                    $value,
                    "\"}]}"
                ),
            },
        ]
    };
}
/// How a sysctl of the whole host is set.
macro_rules! set_on_the_host {
    ($name:literal, $value:literal) => {
        &[
            SetIt {
                place: "now, until the next boot",
                line: concat!("sysctl -w ", $name, "=", $value),
            },
            SetIt {
                place: "for good: a line in /etc/sysctl.d/99-listenq.conf, then sysctl --system",
                line: concat!($name, " = ", $value),
            },
        ]
    };
}
use {set_in_a_namespace, set_on_the_host};
