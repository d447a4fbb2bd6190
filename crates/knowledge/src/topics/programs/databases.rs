//! Databases, caches and message brokers.

use super::{its_listeners, ran};
use crate::topic::{Kind, ProgramFacts, SetIt, Show, Source, Topic, Which};

pub(super) const REDIS: Topic = Topic {
    id: "redis",
    title: "Redis and Valkey",
    kind: Kind::Program(ProgramFacts {
        processes: &["redis-server", "valkey-server"],
        default_backlog: "511, for TCP and unix listeners",
        set: &[
            SetIt {
                place: "redis.conf or valkey.conf",
                line: "tcp-backlog 4096",
            },
            SetIt {
                place: "command line",
                line: "--tcp-backlog 4096",
            },
        ],
        applies: "restart; CONFIG SET tcp-backlog is refused",
    }),
    names: &[
        "valkey",
        "redis-server",
        "valkey-server",
        "tcp-backlog",
        "redis tcp-backlog",
        "keydb",
    ],
    summary: "asks for 511; tcp-backlog N; needs a restart",
    means: &[
        "tcp-backlog is the number given to listen(), for the unix socket too. Redis says at start if \
         net.core.somaxconn is smaller, and goes on with the smaller limit.",
        "One thread accepts and runs the commands: while a slow command runs (KEYS, a long Lua script, a fork on a \
         large heap), nobody is accepted.",
    ],
    means_not: &[
        "CONFIG SET cannot change it while it runs. The comment in redis.conf also names tcp_max_syn_backlog: with \
         SYN cookies on, as by default, that plays no role.",
    ],
    sources: &[
        ran!("Redis 8.0.2 and 7.0.15: 511; “can't set immutable config”; the warning with tcp-backlog 5000"),
        ran!("Valkey 8.1.1: 511 for TCP and unix"),
        Source::Document("redis.conf 8.0: “TCP listen() backlog”, tcp-backlog 511"),
    ],
    look_at: its_listeners!("redis-server"),
    shows: &[
        Show::Listeners(Which::Processes(&["redis-server", "valkey-server"])),
        Show::Setting("net.core.somaxconn"),
    ],
    proofs: &["max-syn-backlog-with-cookies"],
    see_also: &["redis-backlog-cannot-be-enforced", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const MEMCACHED: Topic = Topic {
    id: "memcached",
    title: "memcached",
    kind: Kind::Program(ProgramFacts {
        processes: &["memcached"],
        default_backlog: "1024",
        set: &[SetIt {
            place: "/etc/memcached.conf, or the command line",
            line: "-b 4096",
        }],
        applies: "restart",
    }),
    names: &["memcached -b", "memcached --listen-backlog"],
    summary: "asks for 1024; -b N",
    means: &["memcached gives the number of -b (--listen-backlog) to listen(): 1024 unless set."],
    sources: &[
        ran!("memcached 1.6.38: 1024 for IPv4 and IPv6"),
        Source::Document(
            "memcached 1.6.38 -h: “-b, --listen-backlog=<num> set the backlog queue limit (default: 1024)”",
        ),
    ],
    look_at: its_listeners!("memcached"),
    shows: &[Show::Listeners(Which::Processes(&["memcached"]))],
    see_also: &["backlog", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const POSTGRESQL: Topic = Topic {
    id: "postgresql",
    title: "PostgreSQL",
    kind: Kind::Program(ProgramFacts {
        processes: &["postgres"],
        default_backlog: "twice max_connections (17): 200; 15 counts its own background processes too: 244",
        set: &[SetIt {
            place: "postgresql.conf",
            line: "max_connections = 500",
        }],
        applies: "restart",
    }),
    names: &["postgres", "pgsql", "postgres backlog"],
    summary: "asks for twice max_connections; there is no setting of its own",
    means: &[
        "PostgreSQL computes the backlog from max_connections, for TCP and unix sockets: 200 with the default of 100, \
         600 with 300 (version 17). Version 15 doubles the number of all its processes: 244 and 644.",
        "The postmaster accepts and starts a process for each connection. Many short connections keep it busy: a pool \
         in front helps more than a longer queue.",
    ],
    means_not: &[
        "Not a count of sessions: a client that waits in the accept queue has sent its request to nobody yet.",
    ],
    sources: &[
        ran!("PostgreSQL 17.11: 200 with max_connections 100, 600 with 300, TCP and unix"),
        ran!("PostgreSQL 15.18: 244 and 644"),
    ],
    look_at: its_listeners!("postgres"),
    shows: &[Show::Listeners(Which::Processes(&["postgres"]))],
    see_also: &["backlog", "connected-but-no-answer"],
    ..Topic::BLANK
};

pub(super) const MYSQL: Topic = Topic {
    id: "mysql",
    title: "MySQL",
    kind: Kind::Program(ProgramFacts {
        processes: &["mysqld"],
        default_backlog: "8.0 and later: max_connections (151), at most 65535; 5.7: 50 + max_connections / 5, at most \
                          900",
        set: &[SetIt {
            place: "my.cnf, [mysqld]",
            line: "back_log = 2000",
        }],
        applies: "restart: back_log is read-only while the server runs",
    }),
    names: &["back_log", "mysql back_log", "mysqld"],
    summary: "asks for max_connections (8.0); back_log = N; needs a restart",
    means: &[
        "back_log is the number given to listen(). Its default -1 means “computed at start”: since 8.0 it equals \
         max_connections, before it was 50 + max_connections / 5 and at most 900.",
    ],
    sources: &[Source::Document(
        "MySQL WL#9704, https://dev.mysql.com/worklog/task/?id=9704",
    )],
    look_at: its_listeners!("mysqld"),
    shows: &[
        Show::Listeners(Which::Processes(&["mysqld"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["mariadb", "backlog"],
    ..Topic::BLANK
};

pub(super) const MARIADB: Topic = Topic {
    id: "mariadb",
    title: "MariaDB",
    kind: Kind::Program(ProgramFacts {
        processes: &["mariadbd", "mysqld"],
        default_backlog: "50 + max_connections / 5: 80 with the default of 151",
        set: &[SetIt {
            place: "my.cnf, [mariadbd]",
            line: "back_log = 2000",
        }],
        applies: "restart: back_log is not dynamic",
    }),
    names: &["mariadbd", "mariadb back_log"],
    summary: "asks for 50 + max_connections / 5, so for only 80; back_log = N",
    means: &[
        "back_log is the number given to listen(), for TCP and unix sockets. Unless set it is 50 + max_connections / \
         5: 80 with 151 connections, 150 with 500.",
    ],
    sources: &[
        ran!("MariaDB 11.8.6: 80; 150 with max_connections 500"),
        Source::Document("https://mariadb.com/docs/ent/ref/mdb/system-variables/back_log/: dynamic: no"),
    ],
    look_at: its_listeners!("mariadbd"),
    shows: &[
        Show::Listeners(Which::Processes(&["mariadbd", "mysqld"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["mysql", "backlog"],
    ..Topic::BLANK
};

pub(super) const MONGODB: Topic = Topic {
    id: "mongodb",
    title: "MongoDB",
    kind: Kind::Program(ProgramFacts {
        processes: &["mongod", "mongos"],
        default_backlog: "SOMAXCONN of the C library it was built with: 128 in mongos --help of 4.2 to 6.0",
        set: &[
            SetIt {
                place: "mongod.conf",
                line: "net: {listenBacklog: 4096}",
            },
            SetIt {
                place: "command line of mongod and mongos",
                line: "--listenBacklog 4096",
            },
        ],
        applies: "restart",
    }),
    names: &[
        "mongod",
        "mongos",
        "net.listenBacklog",
        "mongod --listenBacklog",
        "listenerSocketBacklogQueueDepths",
    ],
    summary: "asks for a built-in 128; net.listenBacklog (since 3.5.13)",
    means: &[
        "net.listenBacklog is the number given to listen(). Its default is the constant SOMAXCONN of the C library's \
         headers at build time, not the sysctl net.core.somaxconn of the host: raising the sysctl alone changes \
         nothing.",
        "Its diagnostic data has listenerSocketBacklogQueueDepths: the length of the accept queue of each TCP \
         listener, as MongoDB reads it before each accept (TCP_INFO).",
    ],
    sources: &[
        Source::Document("mongo, src/mongo/transport/asio/asio_transport_layer.cpp: acceptor.listen(listenBacklog)"),
        Source::Document("mongo, server options: net.listenBacklog, setDefault(SOMAXCONN)"),
        Source::Document("https://jira.mongodb.org/browse/SERVER-2554, https://jira.mongodb.org/browse/DOCS-15619"),
    ],
    look_at: its_listeners!("mongod"),
    shows: &[
        Show::Listeners(Which::Processes(&["mongod", "mongos"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["backlog", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const IBM_MQ: Topic = Topic {
    id: "ibm-mq",
    title: "IBM MQ",
    kind: Kind::Program(ProgramFacts {
        processes: &["runmqlsr", "runmqlsr_nd"],
        default_backlog: "100 on Linux",
        set: &[
            SetIt {
                place: "qm.ini of the queue manager, stanza TCP:",
                line: "ListenerBacklog=1000",
            },
            SetIt {
                place: "command line of the listener",
                line: "runmqlsr -t TCP -b 1000",
            },
            SetIt {
                place: "MQSC, when the listener is defined",
                line: "DEFINE LISTENER(name) TRPTYPE(TCP) BACKLOG(1000)",
            },
        ],
        applies: "stop and start of the listener",
    }),
    names: &[
        "ListenerBacklog",
        "mq ListenerBacklog",
        "websphere mq",
        "runmqlsr",
        "qm.ini",
        "ibm mq backlog",
    ],
    summary: "asks for 100; ListenerBacklog in qm.ini, or BACKLOG of the listener",
    means: &[
        "The listener (runmqlsr) gives the number to listen(). Its manual says that at the limit the connection is \
         rejected and the channel goes into RETRY; on Linux the SYN is dropped and the client's kernel tries again \
         first.",
    ],
    sources: &[
        Source::Document("IBM MQ 9.2, “Using the TCP listener backlog option on IBM MQ for Multiplatforms”"),
        Source::Document("IBM MQ 9.2 and 9.3, “TCP stanza of the qm.ini file”; DEFINE LISTENER"),
        Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
    ],
    look_at: its_listeners!("runmqlsr"),
    shows: &[Show::Listeners(Which::Processes(&["runmqlsr", "runmqlsr_nd"]))],
    proofs: &["accept-queue-full-drops-syns"],
    see_also: &["backlog", "connection-timed-out"],
    ..Topic::BLANK
};

pub(super) const RABBITMQ: Topic = Topic {
    id: "rabbitmq",
    title: "RabbitMQ",
    kind: Kind::Program(ProgramFacts {
        processes: &["beam.smp"],
        default_backlog: "128",
        set: &[SetIt {
            place: "rabbitmq.conf",
            line: "tcp_listen_options.backlog = 4096",
        }],
        applies: "restart",
    }),
    names: &["tcp_listen_options.backlog", "rabbitmq backlog", "amqp"],
    summary: "asks for 128; tcp_listen_options.backlog = N",
    means: &["RabbitMQ gives tcp_listen_options.backlog to listen() for its AMQP listeners: 128 unless set."],
    sources: &[ran!(
        "RabbitMQ 4.0.5: 128 on port 5672; 777 with tcp_listen_options.backlog = 777"
    )],
    look_at: its_listeners!("beam.smp"),
    shows: &[Show::Listeners(Which::Processes(&["beam.smp"]))],
    see_also: &["erlang", "backlog"],
    ..Topic::BLANK
};
