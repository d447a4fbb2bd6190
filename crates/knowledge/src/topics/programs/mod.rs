//! Well-known programs that listen: which backlog they ask for, and how it is set for good.
//!
//! Defaults were measured where that was possible: the program ran in a network namespace of its own, strace showed
//! the number given to listen() and ss the limit that came of it. The rest was read in the source or the manual named.

mod databases;
mod languages;
mod platforms;
mod servers;
mod system;
mod workers;

use crate::topic::Topic;

/// The topics.
pub(super) static TOPICS: &[Topic] = &[
    servers::NGINX,
    servers::HAPROXY,
    servers::APACHE,
    servers::ENVOY,
    servers::LIGHTTPD,
    servers::VARNISH,
    servers::SQUID,
    servers::SOZU,
    workers::PHP_FPM,
    workers::UWSGI,
    workers::GUNICORN,
    workers::ASGI,
    workers::PUMA,
    workers::UNICORN,
    workers::NODE,
    workers::KESTREL,
    workers::TOMCAT,
    workers::JETTY,
    databases::REDIS,
    databases::MEMCACHED,
    databases::POSTGRESQL,
    databases::MYSQL,
    databases::MARIADB,
    databases::MONGODB,
    databases::IBM_MQ,
    databases::RABBITMQ,
    languages::C,
    languages::GO,
    languages::RUST,
    languages::TOKIO,
    languages::PYTHON,
    languages::JAVA,
    languages::NETTY,
    languages::ERLANG,
    platforms::SYSTEMD,
    platforms::DOCKER,
    platforms::PODMAN,
    platforms::KUBERNETES,
    system::SSHD,
    system::RSYSLOG,
    system::SYSLOG_NG,
    system::BIND,
    system::UNBOUND,
    system::DNSMASQ,
    system::MOSQUITTO,
];

/// A run of a program in a network namespace of its own.
macro_rules! ran {
    ($($what:literal)+) => {
        $crate::topic::Source::Measured(concat!($($what,)+ " (strace and ss in a network namespace, Linux 6.18.44)"))
    };
}

/// The limits that a program's listeners have now, and how to change them now.
macro_rules! its_listeners {
    ($process:literal) => {
        &[
            $crate::topic::Look {
                command: concat!("listenq --process ", $process),
                shows: "length and limit of each of its listeners",
            },
            $crate::topic::Look {
                command: concat!("listenq resize --process ", $process, " 4096"),
                shows: "another limit at once, until it listens anew",
            },
        ]
    };
}

use {its_listeners, ran};

#[cfg(test)]
mod tests {
    use super::TOPICS;
    use crate::topic::{Kind, ProgramFacts, Show, Which};

    /// As the kernel cuts a process name (include/linux/sched.h: TASK_COMM_LEN, with its closing 0).
    const LONGEST_PROCESS_NAME: usize = 15;

    fn facts() -> impl Iterator<Item = (&'static str, ProgramFacts)> {
        TOPICS.iter().map(|topic| match topic.kind {
            Kind::Program(facts) => (topic.id, facts),
            other => panic!("{}: {other:?}", topic.id),
        })
    }

    #[test]
    fn what_is_said_of_a_program_is_complete_and_tidy() {
        for (id, facts) in facts() {
            let lines = facts.set.iter().flat_map(|set| [set.place, set.line]);
            for text in lines.chain([facts.default_backlog, facts.applies]) {
                assert!(!text.is_empty(), "{id}");
                assert_eq!(text, text.split_whitespace().collect::<Vec<_>>().join(" "), "{id}");
            }
        }
    }

    #[test]
    fn process_names_are_as_the_kernel_has_them() {
        for (id, facts) in facts() {
            for name in facts.processes {
                assert!((1..=LONGEST_PROCESS_NAME).contains(&name.len()), "{id}: {name}");
            }
        }
    }

    #[test]
    fn the_listeners_shown_are_those_of_its_processes() {
        for topic in TOPICS {
            let Kind::Program(facts) = topic.kind else { continue };
            for show in topic.shows {
                if let Show::Listeners(Which::Processes(names)) = show {
                    assert_eq!(*names, facts.processes, "{}", topic.id);
                }
            }
        }
    }
}
