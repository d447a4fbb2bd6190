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

/// The limits that a program's listeners have now.
macro_rules! its_listeners {
    ($process:literal) => {
        &[$crate::topic::Look {
            command: concat!("listenq --process ", $process),
            shows: "length and limit of each of its listeners",
        }]
    };
}

use {its_listeners, ran};
