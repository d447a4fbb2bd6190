//! What servers write into their logs.

use super::{COUNTERS, LIST, WATCH};
use crate::topic::{Kind, Look, Show, Source, Topic, Which};

pub(super) const NGINX_UPSTREAM_TIMED_OUT: Topic = Topic {
    id: "nginx-upstream-timed-out",
    title: "upstream timed out (110: Connection timed out) while connecting to upstream",
    kind: Kind::Symptom,
    names: &[
        "upstream timed out",
        "upstream timed out while connecting to upstream",
        "110: Connection timed out",
        "504 while connecting",
    ],
    summary: "nginx sent a SYN to the upstream and got no answer within proxy_connect_timeout",
    means: &[
        "“while connecting” means that the handshake did not finish: the upstream's accept queue was full, or packets \
         were lost. Look at the upstream's listener, in the upstream's namespace. nginx answers 504.",
        "“while reading response header from upstream” is another thing: the connection stands, and the upstream is \
         slow, or has not accepted it yet.",
    ],
    sources: &[
        Source::Measured(
            "nginx 1.26.3, upstream with a full accept queue: this line, and 504 after 2 s of proxy_connect_timeout",
        ),
        Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
    ],
    look_at: &[
        Look {
            command: "listenq --port UPSTREAM_PORT",
            shows: "the upstream's queue, on the upstream's host",
        },
        COUNTERS,
    ],
    shows: &[
        Show::Listeners(Which::Endangered),
        Show::Counter("TcpExt", "ListenOverflows"),
    ],
    proofs: &["accept-queue-full-drops-syns"],
    see_also: &["connection-timed-out", "nginx", "connected-but-no-answer"],
    ..Topic::BLANK
};

pub(super) const NGINX_UNIX_UNAVAILABLE: Topic = Topic {
    id: "nginx-unix-resource-unavailable",
    title: "connect() to unix:… failed (11: Resource temporarily unavailable)",
    kind: Kind::Symptom,
    names: &[
        "connect() to unix:/run/php/php-fpm.sock failed (11: Resource temporarily unavailable)",
        "connect() to unix:/run/php/php-fpm.sock failed (11: Resource temporarily unavailable) while connecting to \
         upstream",
        "connect() to unix failed 11 Resource temporarily unavailable",
        "11: Resource temporarily unavailable",
        "php-fpm.sock failed (11: Resource temporarily unavailable)",
        "502 php-fpm unix socket",
    ],
    summary: "the accept queue of the unix socket is full; nginx does not wait and answers 502",
    means: &[
        "nginx connects without blocking, so a full unix queue gives EAGAIN at once. The queue holds limit + 1; its \
         limit is the smaller one of the program's backlog (listen.backlog of PHP-FPM, listen of uWSGI, backlog of \
         gunicorn) and net.core.somaxconn.",
        "If all workers behind the socket are busy, a longer queue only turns 502 into waiting. If they are idle \
         between bursts, raise the backlog, and restart the program.",
    ],
    means_not: &["“listen queue” in the status page of PHP-FPM stays 0 for unix sockets, full or not."],
    sources: &[
        Source::Measured("nginx 1.26.3, unix upstream with a full queue: this line, and 502 at once"),
        Source::Kernel("net/unix/af_unix.c:unix_stream_connect"),
    ],
    look_at: &[Look {
        command: "listenq --unix",
        shows: "length and limit of the socket, and who waits there",
    }],
    shows: &[Show::Listeners(Which::UnixWaiting), Show::Setting("net.core.somaxconn")],
    proofs: &["unix-full-blocks-and-counts-nothing"],
    see_also: &["php-fpm", "connect-eagain", "unix-listener", "uwsgi"],
    ..Topic::BLANK
};

pub(super) const UWSGI_QUEUE_FULL: Topic = Topic {
    id: "uwsgi-listen-queue-full",
    title: "*** uWSGI listen queue of socket … full !!! (101/100) ***",
    kind: Kind::Symptom,
    names: &[
        "uWSGI listen queue of socket full",
        "*** uWSGI listen queue of socket \"127.0.0.1:3031\" (fd: 3) full !!! (101/100) ***",
        "listen queue of socket full !!!",
        "full !!! (101/100)",
    ],
    summary: "uWSGI read its accept queue and found it full: 101 wait, the limit is 100",
    means: &[
        "The first number is the length, the second the limit: 101 of 100 is the capacity, limit + 1. New clients are \
         being dropped and come back a second later.",
        "All workers are busy, or blocked on something behind them (database, lock, another service): an idle CPU \
         says nothing against it. More workers or shorter requests help; a higher listen (100 by default) helps in \
         bursts.",
    ],
    means_not: &["uWSGI sees this for its TCP sockets only. For unix sockets it reads 0 and says nothing."],
    sources: &[
        Source::Document("uWSGI 2.0.28, the text in its binary; https://github.com/unbit/uwsgi, core/master.c"),
        Source::Kernel("net/ipv4/tcp.c:tcp_get_info"),
    ],
    look_at: &[
        Look {
            command: "listenq --process uwsgi",
            shows: "length, limit and drops of its sockets, unix ones too",
        },
        WATCH,
    ],
    shows: &[Show::Listeners(Which::Processes(&["uwsgi", "uwsgi-core"]))],
    proofs: &["accept-queue-holds-one-more"],
    see_also: &["uwsgi", "capacity", "queue-overflow"],
    ..Topic::BLANK
};

pub(super) const REDIS_BACKLOG: Topic = Topic {
    id: "redis-backlog-cannot-be-enforced",
    title: "The TCP backlog setting of 511 cannot be enforced …",
    kind: Kind::Symptom,
    names: &[
        "The TCP backlog setting of 511 cannot be enforced because /proc/sys/net/core/somaxconn is set to the lower \
         value of 128",
        "WARNING: The TCP backlog setting of 511 cannot be enforced",
        "TCP backlog setting cannot be enforced",
    ],
    summary: "Redis asked for 511 and somaxconn of its namespace is smaller: the limit is somaxconn",
    means: &[
        "Redis (and Valkey) compares tcp-backlog with net.core.somaxconn at start. It goes on with the smaller one: \
         the accept queue has the limit 128 and holds 129.",
        "To change it raise net.core.somaxconn in the namespace where Redis runs (in a container that is the \
         container's own: docker run --sysctl) and restart Redis: the sysctl is read only inside listen().",
    ],
    means_not: &["It is a warning, not a fault: with few new connections 128 is enough."],
    sources: &[
        Source::Measured("Redis 8.0.2 with tcp-backlog 5000 and somaxconn 4096: this line, limit 4096"),
        Source::Kernel("net/socket.c:__sys_listen"),
    ],
    look_at: &[Look {
        command: "listenq --process redis-server",
        shows: "the limit that it got",
    }],
    shows: &[
        Show::Setting("net.core.somaxconn"),
        Show::Listeners(Which::Processes(&["redis-server", "valkey-server"])),
    ],
    proofs: &["somaxconn-caps-listen", "somaxconn-does-not-reach-running-listeners"],
    see_also: &["redis", "somaxconn", "docker"],
    ..Topic::BLANK
};

pub(super) const TOO_MANY_OPEN_FILES: Topic = Topic {
    id: "too-many-open-files",
    title: "accept: Too many open files",
    kind: Kind::Symptom,
    names: &[
        "Too many open files",
        "EMFILE",
        "ENFILE",
        "errno 24",
        "accept4() failed (24: Too many open files)",
        "accept: too many open files; retrying",
        "socket: too many open files",
    ],
    summary: "accept() fails for want of a file descriptor; the connection stays in the accept queue",
    means: &[
        "The process has reached its limit of open files (EMFILE), or the host has (ENFILE). accept() fails and takes \
         nothing out of the queue: it fills, and then SYNs are dropped. Many programs then spin or pause, so the CPU \
         may be busy or idle.",
        "Raise the limit (LimitNOFILE= of the unit, ulimit -n, nginx: worker_rlimit_nofile), or find the leak. A \
         longer queue does not help.",
    ],
    sources: &[
        Source::Manual("accept(2): EMFILE, ENFILE"),
        Source::Kernel("net/socket.c:__sys_accept4"),
    ],
    look_at: &[
        LIST,
        Look {
            command: "listenq lab out-of-fds -- listenq --watch",
            shows: "how it looks, played in a namespace",
        },
    ],
    shows: &[Show::Listeners(Which::Waiting)],
    see_also: &["connected-but-no-answer", "accept-queue", "squid"],
    ..Topic::BLANK
};

pub(super) const HEALTH_CHECKS: Topic = Topic {
    id: "health-checks-fail",
    title: "health checks fail while the CPU is idle",
    kind: Kind::Symptom,
    names: &[
        "health check timeout idle cpu",
        "liveness probe failed",
        "readiness probe failed context deadline exceeded",
        "server idle but connections time out",
        "low cpu but timeouts",
    ],
    summary: "the check waits in the accept queue, or its SYN is dropped: nobody accepts, and that costs no CPU",
    means: &[
        "A check is a connection like any other: it waits in the same accept queue behind all the others, and is \
         dropped with them when the queue is full. A program that waits for a lock, a database or a file descriptor, \
         or that is stopped or throttled, uses no CPU and accepts nobody.",
        "An orchestrator that kills the program for it resets all that waited.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
        Source::Manual("accept(2)"),
    ],
    look_at: &[LIST, WATCH, COUNTERS],
    shows: &[
        Show::Listeners(Which::Endangered),
        Show::Counter("TcpExt", "ListenOverflows"),
    ],
    proofs: &["accept-queue-full-drops-syns", "close-resets-the-waiting"],
    see_also: &["connected-but-no-answer", "connection-timed-out", "too-many-open-files"],
    ..Topic::BLANK
};
