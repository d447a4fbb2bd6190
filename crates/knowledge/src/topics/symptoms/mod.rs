//! What users and programs see, and what it has to do with the queues.

mod clients;
mod host;
mod servers;

use crate::topic::{Look, Topic};

/// The topics.
pub(super) static TOPICS: &[Topic] = &[
    clients::CONNECTION_REFUSED,
    clients::CONNECTION_TIMED_OUT,
    clients::CONNECTION_RESET,
    clients::CONNECT_EAGAIN,
    clients::TAKES_A_SECOND,
    clients::NO_ANSWER,
    servers::NGINX_UPSTREAM_TIMED_OUT,
    servers::NGINX_UNIX_UNAVAILABLE,
    servers::UWSGI_QUEUE_FULL,
    servers::REDIS_BACKLOG,
    servers::TOO_MANY_OPEN_FILES,
    servers::HEALTH_CHECKS,
    host::RECV_Q_STAYS_HIGH,
    host::MANY_SYN_RECV,
    host::MANY_CLOSE_WAIT,
    host::SYSCTL_REFUSED,
    host::SYSCTL_READ_ONLY,
    host::SYSCTL_ABSENT,
];

const LIST: Look = Look {
    command: "listenq",
    shows: "which listeners are high or full, and whose they are",
};
const WATCH: Look = Look {
    command: "listenq --watch",
    shows: "whether lengths and drops grow now",
};
const COUNTERS: Look = Look {
    command: "listenq counters --for 10s",
    shows: "which refusals moved, in each network namespace",
};
