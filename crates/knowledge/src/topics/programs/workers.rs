//! Application servers: what runs PHP, Python, Ruby, JavaScript, .NET and servlets.

use super::{its_listeners, ran};
use crate::topic::{Kind, ProgramFacts, SetIt, Show, Source, Topic, Which};

pub(super) const PHP_FPM: Topic = Topic {
    id: "php-fpm",
    title: "PHP-FPM",
    kind: Kind::Program(ProgramFacts {
        processes: &[
            "php-fpm",
            "php-fpm8.4",
            "php-fpm8.3",
            "php-fpm8.2",
            "php-fpm8.1",
            "php-fpm7.4",
        ],
        default_backlog: "PHP 8.2 and 8.4: -1, which the kernel takes as net.core.somaxconn; older versions: 511",
        set: &[SetIt {
            place: "the pool's file, as /etc/php/8.4/fpm/pool.d/www.conf",
            line: "listen.backlog = 4096",
        }],
        applies: "restart; a reload (SIGUSR2) hands the sockets on and keeps their limit",
    }),
    names: &[
        "php fpm",
        "listen.backlog",
        "php-fpm listen.backlog",
        "php-fpm listen queue",
        "php-fpm.sock",
        "fpm",
    ],
    summary: "asks for somaxconn (8.2, 8.4) or 511 (older); listen.backlog; needs a restart",
    means: &[
        "listen.backlog of the pool is the number given to listen(), for TCP and unix sockets alike. PHP-FPM 8.2 and \
         8.4 ask for -1 if it is not set, so the limit is net.core.somaxconn, although the sample file says 511.",
        "On a reload the master starts itself anew with the same sockets and does not call listen(), so a new number, \
         or a raised somaxconn, needs a restart.",
        "On a unix socket a full queue is not silent: nginx gets EAGAIN (11) at once and answers 502.",
    ],
    means_not: &[
        "“listen queue” of the status page is 0 for a unix socket whatever waits there: PHP-FPM reads TCP_INFO, which \
         a unix socket does not have.",
        "A bigger backlog does not help when all pm.max_children workers are busy: it only makes the wait longer.",
    ],
    sources: &[
        ran!("PHP-FPM 8.4 and 8.2: listen(-1) without listen.backlog; 300 stays after SIGUSR2 with 700 in the file"),
        Source::Document("php-fpm8.4, pool.d/www.conf: “Default Value: 511 (-1 on Linux, FreeBSD and OpenBSD)”"),
        Source::Document("php-src, sapi/fpm/fpm/fpm_sockets.h (older): FPM_BACKLOG_DEFAULT 511"),
        Source::Document("https://github.com/php/php-src/issues/9943, https://github.com/php/php-src/pull/12977"),
    ],
    look_at: &[
        crate::topic::Look {
            command: "listenq --unix --address /run/php/php-fpm.sock",
            shows: "who waits at the unix socket",
        },
        crate::topic::Look {
            command: "listenq --process php-fpm8.4",
            shows: "length and limit of each of its listeners",
        },
    ],
    shows: &[
        Show::Listeners(Which::Processes(&[
            "php-fpm",
            "php-fpm8.4",
            "php-fpm8.3",
            "php-fpm8.2",
            "php-fpm8.1",
            "php-fpm7.4",
        ])),
        Show::Setting("net.core.somaxconn"),
    ],
    proofs: &["unix-full-blocks-and-counts-nothing"],
    see_also: &["unix-listener", "connect-eagain", "nginx", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const UWSGI: Topic = Topic {
    id: "uwsgi",
    title: "uWSGI",
    kind: Kind::Program(ProgramFacts {
        processes: &["uwsgi", "uwsgi-core"],
        default_backlog: "100, for all its sockets",
        set: &[
            SetIt {
                place: "uwsgi.ini",
                line: "listen = 1024",
            },
            SetIt {
                place: "command line",
                line: "--listen 1024",
            },
        ],
        applies: "restart",
    }),
    names: &[
        "uwsgi listen",
        "Listen queue size is greater than the system max net.core.somaxconn",
        "uwsgi --listen",
        "uwsgi listen queue",
    ],
    summary: "asks for 100; listen = N; does not start if N is above somaxconn",
    means: &[
        "uWSGI asks for 100 for every TCP and unix socket, its http router included, unless listen says another \
         number.",
        "It reads net.core.somaxconn first and refuses to start with a larger number: “Listen queue size is greater \
         than the system max net.core.somaxconn (4096).” That holds for unix sockets too. In a container it is the \
         container's own somaxconn.",
    ],
    means_not: &[
        "The queue that its stats and its “listen queue … full !!!” line speak of is read with TCP_INFO: for a unix \
         socket it is 0 whatever waits there.",
    ],
    sources: &[
        ran!(
            "uWSGI 2.0.28: 100 for TCP and unix; 1000 with --listen 1000; no start with --listen 5000 and somaxconn \
             4096"
        ),
        Source::Document("https://github.com/unbit/uwsgi/issues/2588, https://github.com/unbit/uwsgi/issues/2442"),
    ],
    look_at: its_listeners!("uwsgi"),
    shows: &[
        Show::Listeners(Which::Processes(&["uwsgi", "uwsgi-core"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["uwsgi-listen-queue-full", "somaxconn", "unix-listener"],
    ..Topic::BLANK
};

pub(super) const GUNICORN: Topic = Topic {
    id: "gunicorn",
    title: "gunicorn",
    kind: Kind::Program(ProgramFacts {
        processes: &["gunicorn"],
        default_backlog: "2048",
        set: &[
            SetIt {
                place: "gunicorn.conf.py",
                line: "backlog = 4096",
            },
            SetIt {
                place: "command line",
                line: "--backlog 4096",
            },
        ],
        applies: "restart, or the upgrade in place (SIGUSR2); SIGHUP keeps the limit",
    }),
    names: &["gunicorn backlog", "gunicorn --backlog", "gunicorn.conf.py"],
    summary: "asks for 2048; backlog = N; SIGHUP does not apply it, SIGUSR2 does",
    means: &[
        "gunicorn asks for 2048, for TCP and unix sockets. All workers accept from the same sockets.",
        "SIGHUP starts new workers on the old sockets and does not call listen(). The upgrade in place (SIGUSR2) \
         does, so a new number and a raised somaxconn hold then.",
    ],
    sources: &[
        ran!("gunicorn 23.0.0: 2048; 500 stays after SIGHUP with 600 in the file; 600 after SIGUSR2"),
        ran!("gunicorn 27.0.1: 2048"),
    ],
    look_at: its_listeners!("gunicorn"),
    shows: &[
        Show::Listeners(Which::Processes(&["gunicorn"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["backlog", "live-resize"],
    ..Topic::BLANK
};

pub(super) const ASGI: Topic = Topic {
    id: "uvicorn",
    title: "uvicorn, Hypercorn, Granian, Daphne, Waitress",
    kind: Kind::Program(ProgramFacts {
        processes: &["uvicorn", "hypercorn", "granian", "daphne"],
        default_backlog: "uvicorn 2048 · Hypercorn 100 · Granian 1024 · Daphne 50 · Waitress 1024",
        set: &[
            SetIt {
                place: "uvicorn, command line",
                line: "--backlog 4096",
            },
            SetIt {
                place: "Hypercorn, command line",
                line: "--backlog 4096",
            },
            SetIt {
                place: "Granian, command line",
                line: "--backlog 4096",
            },
            SetIt {
                place: "Daphne, command line",
                line: "-e tcp:port=8000:backlog=4096",
            },
            SetIt {
                place: "Waitress, in the program",
                line: "serve(app, backlog=4096)",
            },
        ],
        applies: "restart",
    }),
    names: &[
        "hypercorn",
        "granian",
        "daphne",
        "waitress",
        "uvicorn --backlog",
        "hypercorn --backlog",
        "asgi server",
    ],
    summary: "uvicorn asks for 2048, Hypercorn for only 100, Daphne for 50",
    means: &[
        "Each has its own default; Hypercorn's 100 and Daphne's 50 are small for bursts. An event loop that is busy \
         for 100 ms accepts nobody for 100 ms: what arrives meanwhile has to fit into the accept queue.",
    ],
    sources: &[
        ran!("uvicorn 0.32.0 and 0.54.0: 2048"),
        ran!("Hypercorn 0.17.3 and 0.18.0: 100"),
        ran!("Granian 2.8.7: 1024"),
        ran!("Daphne 4.1.2: 50; 200 with -e tcp:port=8000:backlog=200"),
        ran!("Waitress 3.0.2: 1024"),
    ],
    look_at: its_listeners!("uvicorn"),
    shows: &[Show::Listeners(Which::Processes(&[
        "uvicorn",
        "hypercorn",
        "granian",
        "daphne",
    ]))],
    see_also: &["python", "gunicorn", "backlog"],
    ..Topic::BLANK
};

pub(super) const PUMA: Topic = Topic {
    id: "puma",
    title: "Puma",
    kind: Kind::Program(ProgramFacts {
        processes: &["puma"],
        default_backlog: "1024",
        set: &[SetIt {
            place: "config/puma.rb, or -b on the command line",
            line: "bind 'tcp://0.0.0.0:9292?backlog=4096'",
        }],
        applies: "restart",
    }),
    names: &["puma backlog", "puma bind backlog", "Puma.stats backlog"],
    summary: "asks for 1024; ?backlog=N in the bind URL",
    means: &[
        "Puma asks for 1024, for TCP and unix sockets, unless the bind URL has backlog=N. Ruby's own TCPServer \
         listens with SOMAXCONN first, and Puma's listen() follows it.",
    ],
    means_not: &[
        "“backlog” in Puma.stats is a queue of Puma's own: requests that it has accepted and that wait for a thread.",
    ],
    sources: &[
        ran!("Puma 6.6.0: listen(4096), then listen(1024); 77 with ?backlog=77"),
        Source::Document("https://github.com/puma/puma/issues/3367"),
    ],
    look_at: its_listeners!("puma"),
    shows: &[Show::Listeners(Which::Processes(&["puma"]))],
    see_also: &["unicorn", "backlog"],
    ..Topic::BLANK
};

pub(super) const UNICORN: Topic = Topic {
    id: "unicorn",
    title: "Unicorn",
    kind: Kind::Program(ProgramFacts {
        processes: &["unicorn"],
        default_backlog: "1024",
        set: &[SetIt {
            place: "unicorn.rb",
            line: "listen 8080, backlog: 4096",
        }],
        applies: "restart",
    }),
    names: &["unicorn backlog", "unicorn.rb"],
    summary: "asks for 1024; listen PORT, backlog: N",
    means: &["Unicorn asks for 1024, for TCP and unix sockets, unless listen has backlog: N."],
    sources: &[
        ran!("Unicorn 6.1.0: 1024 for TCP and unix; 300 with backlog: 300"),
        Source::Document("Unicorn, lib/unicorn/configurator.rb: “Default: 1024”"),
    ],
    look_at: its_listeners!("unicorn"),
    shows: &[Show::Listeners(Which::Processes(&["unicorn"]))],
    see_also: &["puma", "backlog"],
    ..Topic::BLANK
};

pub(super) const NODE: Topic = Topic {
    id: "nodejs",
    title: "Node.js",
    kind: Kind::Program(ProgramFacts {
        processes: &["node", "nodejs"],
        default_backlog: "511, for TCP and unix listeners",
        set: &[SetIt {
            place: "in the program",
            line: "server.listen({ port: 3000, backlog: 4096 })",
        }],
        applies: "restart",
    }),
    names: &["node", "node.js", "server.listen backlog", "express"],
    summary: "asks for 511; server.listen({ port, backlog: N })",
    means: &[
        "net and http servers ask for 511 unless listen() is given another number. With the cluster module there is \
         one socket, in the primary, and so one accept queue for all workers.",
        "One event loop accepts: while a callback runs, nobody is accepted, and what arrives waits in the accept \
         queue.",
    ],
    sources: &[ran!(
        "Node.js 20.19.2: 511 for TCP and unix, 9 with backlog: 9; one listen() with 2 cluster workers"
    )],
    look_at: its_listeners!("node"),
    shows: &[Show::Listeners(Which::Processes(&["node", "nodejs"]))],
    see_also: &["backlog", "health-checks-fail"],
    ..Topic::BLANK
};

pub(super) const KESTREL: Topic = Topic {
    id: "kestrel",
    title: ".NET Kestrel",
    kind: Kind::Program(ProgramFacts {
        processes: &["dotnet"],
        default_backlog: "512",
        set: &[SetIt {
            place: "Program.cs",
            line: "builder.WebHost.UseSockets(options => options.Backlog = 4096);",
        }],
        applies: "restart",
    }),
    names: &[
        "dotnet",
        "asp.net",
        "aspnetcore",
        "SocketTransportOptions.Backlog",
        "kestrel.queued_connections",
    ],
    summary: "asks for 512; SocketTransportOptions.Backlog",
    means: &["Kestrel's socket transport gives SocketTransportOptions.Backlog to listen(): 512 unless set."],
    means_not: &[
        "The metric kestrel.queued_connections is a queue of Kestrel's own, after accept(). It is not the accept \
         queue.",
    ],
    sources: &[Source::Document(
        "dotnet/aspnetcore, src/Servers/Kestrel/Transport.Sockets/src/SocketTransportOptions.cs: Backlog = 512",
    )],
    look_at: its_listeners!("dotnet"),
    shows: &[Show::Listeners(Which::Processes(&["dotnet"]))],
    see_also: &["backlog", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const TOMCAT: Topic = Topic {
    id: "tomcat",
    title: "Apache Tomcat",
    kind: Kind::Program(ProgramFacts {
        processes: &["java"],
        default_backlog: "100",
        set: &[SetIt {
            place: "server.xml",
            line: "<Connector port=\"8080\" acceptCount=\"1000\" … />",
        }],
        applies: "restart",
    }),
    names: &["acceptCount", "tomcat acceptCount", "tomcat backlog"],
    summary: "asks for 100; acceptCount of the Connector",
    means: &[
        "acceptCount of a Connector is the number given to listen(). Tomcat accepts on its own until maxConnections \
         are open; only then connections stay in the accept queue, up to acceptCount + 1.",
    ],
    sources: &[
        ran!("Tomcat 10.1.55: 100"),
        Source::Document(
            "Apache Tomcat 10.1, Configuration Reference, The HTTP Connector: acceptCount, maxConnections",
        ),
    ],
    look_at: its_listeners!("java"),
    shows: &[Show::Listeners(Which::Processes(&["java"]))],
    see_also: &["java", "jetty", "netty", "backlog"],
    ..Topic::BLANK
};

pub(super) const JETTY: Topic = Topic {
    id: "jetty",
    title: "Eclipse Jetty",
    kind: Kind::Program(ProgramFacts {
        processes: &["java"],
        default_backlog: "50: acceptQueueSize is 0, which Java takes as 50",
        set: &[
            SetIt {
                place: "start.d/http.ini",
                line: "jetty.http.acceptQueueSize=1000",
            },
            SetIt {
                place: "in the program",
                line: "connector.setAcceptQueueSize(1000);",
            },
        ],
        applies: "restart",
    }),
    names: &["acceptQueueSize", "jetty.http.acceptQueueSize", "jetty backlog"],
    summary: "asks for 50, Java's default; acceptQueueSize",
    means: &["Jetty gives acceptQueueSize of the connector to Java. Its default 0 becomes Java's own default, 50."],
    sources: &[
        ran!("Jetty 9.4.57 on Java 21: 50; 600 with setAcceptQueueSize(600)"),
        Source::Document("Jetty 9.4, etc/jetty-http.xml: jetty.http.acceptQueueSize, default 0"),
    ],
    look_at: its_listeners!("java"),
    shows: &[Show::Listeners(Which::Processes(&["java"]))],
    see_also: &["java", "tomcat", "backlog"],
    ..Topic::BLANK
};
