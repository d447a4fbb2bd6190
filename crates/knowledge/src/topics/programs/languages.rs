//! Languages and their networking libraries: which backlog a program asks for when its author named none.

use super::{its_listeners, ran};
use crate::topic::{Kind, Look, ProgramFacts, SetIt, Show, Source, Topic, Which};

const COOKBOOK: &str = "docs/cookbook: a program that sets it, reads it and changes it while it runs";

pub(super) const C: Topic = Topic {
    id: "c",
    title: "C: listen(2), and Stevens' Listen()",
    kind: Kind::Program(ProgramFacts {
        processes: &[],
        default_backlog: "none: the program names a number",
        set: &[
            SetIt {
                place: "in the program",
                line: "listen(fd, 4096);",
            },
            SetIt {
                place: "environment of a program that uses Stevens' Listen()",
                line: "LISTENQ=4096",
            },
        ],
        applies: "at the next listen(); a second listen() on the same socket changes the limit at once",
    }),
    names: &[
        "listen()",
        "listen(2)",
        "posix listen",
        "LISTENQ",
        "Listen() wrapper",
        "unp.h",
        "SOMAXCONN constant",
        "c++",
    ],
    summary: "listen(fd, N): the limit is min(N, somaxconn); below 0 means somaxconn",
    means: &[
        "The second argument of listen() is the backlog. The kernel compares it, as an unsigned number, with \
         net.core.somaxconn and takes the smaller one: -1 therefore gives somaxconn.",
        "SOMAXCONN in <sys/socket.h> is a constant of the C library: 4096 in newer ones, 128 in older ones. It is \
         compiled in and does not follow the sysctl. Who wants the sysctl's value asks for -1 or for a large number.",
        "The wrapper Listen() of Stevens' “UNIX Network Programming” takes the number from the environment variable \
         LISTENQ if that is set: such a program needs no new build. LISTENQ=4096 listenq run COMMAND does the same for \
         programs that have never heard of it.",
    ],
    means_not: &[
        "listen() tells nobody that it cut the number: it returns 0. Read the limit back with TCP_INFO (tcpi_sacked).",
    ],
    sources: &[
        Source::Kernel("net/socket.c:__sys_listen"),
        Source::Manual("listen(2)"),
        Source::Document("W. Richard Stevens, UNIX Network Programming, volume 1, lib/wrapsock.c: Listen()"),
        Source::Document(COOKBOOK),
    ],
    look_at: &[Look {
        command: "listenq --get backlog.effective",
        shows: "what each listener got",
    }],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["somaxconn-caps-listen", "second-listen-resizes-both-queues"],
    see_also: &["backlog", "effective-backlog", "live-resize", "backlog-of-a-program"],
    ..Topic::BLANK
};

pub(super) const GO: Topic = Topic {
    id: "go",
    title: "Go: package net (Caddy, Traefik, etcd, NATS, Prometheus)",
    kind: Kind::Program(ProgramFacts {
        processes: &["caddy", "traefik", "etcd", "nats-server", "prometheus"],
        default_backlog: "net.core.somaxconn, as it was when the program first listened",
        set: &[
            SetIt {
                place: "/etc/sysctl.d/99-listenq.conf, then sysctl --system",
                line: "net.core.somaxconn = 8192",
            },
            SetIt {
                place: "in the program, after net.Listen",
                line: "conn, _ := l.SyscallConn(); conn.Control(func(fd uintptr) { syscall.Listen(int(fd), 8192) })",
            },
        ],
        applies: "restart: the sysctl is read once per process",
    }),
    names: &[
        "golang",
        "net.Listen",
        "caddy",
        "traefik",
        "etcd",
        "nats",
        "nats-server",
        "go net backlog",
        "prometheus server",
    ],
    summary: "asks for net.core.somaxconn, read once per process; no parameter for it",
    means: &[
        "Package net has no parameter for the backlog. At the first net.Listen it reads /proc/sys/net/core/somaxconn \
         and gives that number to every later listen() of the process, for TCP and unix listeners.",
        "So every Go program has the limit somaxconn of its network namespace, 4096 by default, and a raised sysctl \
         reaches it only after a restart: even a listener made later gets the old number.",
        "Since Go 1.24 net.Listen makes MPTCP sockets where the kernel has MPTCP. Queues and limits are the same.",
    ],
    sources: &[
        ran!("Go 1.24.4: 4096; still 4096 for TCP and unix listeners made after somaxconn was raised; MPTCP in ss -M"),
        ran!("Caddy 2.6.2, NATS 2.10.27, etcd 3.5.16, Prometheus 2.53.3: 4096, which was somaxconn"),
        Source::Document("https://github.com/golang/go/issues/39000"),
        Source::Document(COOKBOOK),
    ],
    look_at: its_listeners!("caddy"),
    shows: &[
        Show::Listeners(Which::Processes(&[
            "caddy",
            "traefik",
            "etcd",
            "nats-server",
            "prometheus",
        ])),
        Show::Setting("net.core.somaxconn"),
    ],
    proofs: &["somaxconn-does-not-reach-running-listeners"],
    see_also: &["somaxconn", "mptcp-listener", "live-resize"],
    ..Topic::BLANK
};

pub(super) const RUST: Topic = Topic {
    id: "rust",
    title: "Rust: std::net and socket2",
    kind: Kind::Program(ProgramFacts {
        processes: &[],
        default_backlog: "TcpListener 128; UnixListener -1, which the kernel takes as net.core.somaxconn",
        set: &[
            SetIt {
                place: "in the program, with the crate socket2",
                line: "socket.listen(4096)?;",
            },
            SetIt {
                place: "in the program, on a listener that std made",
                line: "socket2::SockRef::from(&listener).listen(4096)?;",
            },
        ],
        applies: "at that call",
    }),
    names: &[
        "std::net::TcpListener",
        "socket2",
        "rust TcpListener::bind backlog",
        "std::os::unix::net::UnixListener",
    ],
    summary: "TcpListener::bind asks for 128, UnixListener::bind for somaxconn",
    means: &[
        "std has no parameter for the backlog. TcpListener::bind gives 128 to listen(), UnixListener::bind -1. A \
         second listen() on the same socket sets another number, at once.",
    ],
    sources: &[
        ran!("Rust 1.95: TcpListener 128, UnixListener -1; socket2 0.6.5: 444 on a socket that listens already"),
        Source::Document("https://github.com/rust-lang/rust/issues/55614"),
        Source::Document(COOKBOOK),
    ],
    see_also: &["tokio", "backlog", "live-resize"],
    ..Topic::BLANK
};

pub(super) const TOKIO: Topic = Topic {
    id: "tokio",
    title: "Rust: tokio and mio (axum, hyper, actix)",
    kind: Kind::Program(ProgramFacts {
        processes: &[],
        default_backlog: "by the version of mio: up to 1.0 1024; 1.1 net.core.somaxconn; 1.2 and later 128 (unix: \
                          somaxconn)",
        set: &[SetIt {
            place: "in the program",
            line: "let socket = TcpSocket::new_v4()?; socket.bind(address)?; let listener = socket.listen(4096)?;",
        }],
        applies: "at that call",
    }),
    names: &["mio", "axum", "hyper", "tokio::net::TcpListener", "TcpSocket::listen"],
    summary: "TcpListener::bind asks for 1024, somaxconn or 128, by the version of mio",
    means: &[
        "tokio::net::TcpListener::bind leaves the number to mio. mio 0.8 and 1.0 gave 1024 to listen(), 1.1 gives -1 \
         (somaxconn), 1.2 gives 128 like std. So an update of a dependency can shrink the queue of a server from 1024 \
         to 128 without a line of code: look at Cargo.lock.",
        "TcpSocket::listen(N) names the number.",
    ],
    sources: &[
        ran!("tokio 1.54.1 with mio 1.2.4: TcpListener 128, UnixListener -1, TcpSocket::listen(333) 333"),
        Source::Document("mio 0.8.11 and 1.0.4, src/net/tcp/listener.rs: 1024; mio 1.1.0, src/sys/mod.rs: -1 on Linux"),
        Source::Document("mio CHANGELOG, 1.2.0: “The backlog size for listeners were changed to match std lib”"),
    ],
    see_also: &["rust", "backlog"],
    ..Topic::BLANK
};

pub(super) const PYTHON: Topic = Topic {
    id: "python",
    title: "Python: socket, asyncio, socketserver, http.server",
    kind: Kind::Program(ProgramFacts {
        processes: &["python3", "python"],
        default_backlog: "socket.listen() 128 · asyncio 100 · socketserver, http.server, xmlrpc.server 5",
        set: &[
            SetIt {
                place: "socket",
                line: "listener.listen(4096)",
            },
            SetIt {
                place: "asyncio",
                line: "await asyncio.start_server(handler, host, port, backlog=4096)",
            },
            SetIt {
                place: "socketserver and http.server, in the server class",
                line: "request_queue_size = 4096",
            },
        ],
        applies: "restart, or a second listener.listen(N) in the program",
    }),
    names: &[
        "python3",
        "socket.listen",
        "asyncio",
        "asyncio.start_server",
        "http.server",
        "python -m http.server",
        "socketserver",
        "request_queue_size",
        "tornado",
        "aiohttp",
    ],
    summary: "listen() asks for 128, asyncio for 100, http.server for only 5",
    means: &[
        "socket.listen() without a number asks for min(SOMAXCONN, 128), and create_server() does the same. asyncio \
         asks for 100, socketserver and all that stands on it (http.server, xmlrpc.server) for 5. tornado and aiohttp \
         ask for 128.",
        "With 5, six clients fill the queue: the seventh connects a second later.",
    ],
    means_not: &[
        "listen(-1) does not mean somaxconn in Python: it makes 0 of it, and such a queue holds one connection.",
    ],
    sources: &[
        ran!("Python 3.13.5: 128, 100, 5; listen(-1) became listen(0); tornado 6.4.2 and aiohttp 3.11.16: 128"),
        Source::Document(COOKBOOK),
    ],
    look_at: its_listeners!("python3"),
    shows: &[Show::Listeners(Which::Processes(&["python3", "python"]))],
    see_also: &["gunicorn", "uvicorn", "uwsgi", "backlog"],
    ..Topic::BLANK
};

pub(super) const JAVA: Topic = Topic {
    id: "java",
    title: "Java: ServerSocket, ServerSocketChannel, HttpServer",
    kind: Kind::Program(ProgramFacts {
        processes: &["java"],
        default_backlog: "50; a number below 1 becomes 50 too",
        set: &[
            SetIt {
                place: "in the program",
                line: "new ServerSocket(8080, 4096)",
            },
            SetIt {
                place: "in the program",
                line: "channel.bind(new InetSocketAddress(8080), 4096)",
            },
        ],
        applies: "restart",
    }),
    names: &[
        "jvm",
        "ServerSocket",
        "ServerSocketChannel",
        "com.sun.net.httpserver",
        "java backlog",
        "java ServerSocket backlog",
    ],
    summary: "asks for 50 unless the program names a number of 1 or more",
    means: &[
        "ServerSocket, ServerSocketChannel, AsynchronousServerSocketChannel and the HttpServer of the JDK ask for 50. \
         0 and negative numbers become 50, so -1 does not mean somaxconn here. Unix-domain channels ask for 50 too.",
        "Java cannot listen a second time: bind() on a bound channel throws AlreadyBoundException.",
    ],
    sources: &[ran!(
        "OpenJDK 21: 50 for no number, 0 and -1; 500, 300 and 60 as asked; unix channel 50"
    )],
    look_at: its_listeners!("java"),
    shows: &[Show::Listeners(Which::Processes(&["java"]))],
    see_also: &["tomcat", "jetty", "netty", "live-resize"],
    ..Topic::BLANK
};

pub(super) const NETTY: Topic = Topic {
    id: "netty",
    title: "Netty",
    kind: Kind::Program(ProgramFacts {
        processes: &["java"],
        default_backlog: "net.core.somaxconn, as it was when the process started",
        set: &[SetIt {
            place: "in the program",
            line: "bootstrap.option(ChannelOption.SO_BACKLOG, 4096)",
        }],
        applies: "restart",
    }),
    names: &[
        "SO_BACKLOG",
        "ChannelOption.SO_BACKLOG",
        "NetUtil.SOMAXCONN",
        "vert.x",
        "reactor netty",
    ],
    summary: "asks for net.core.somaxconn; ChannelOption.SO_BACKLOG",
    means: &[
        "Netty reads net.core.somaxconn when its class NetUtil is loaded and gives that to listen(), unless \
         SO_BACKLOG is set on the ServerBootstrap.",
    ],
    means_not: &["SO_BACKLOG is a name of Netty's own; there is no such socket option in Linux."],
    sources: &[ran!(
        "Netty 4.1.48 on Java 21: 4096 with somaxconn 4096, 777 with 777; 555 with SO_BACKLOG 555"
    )],
    look_at: its_listeners!("java"),
    shows: &[
        Show::Listeners(Which::Processes(&["java"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["java", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const ERLANG: Topic = Topic {
    id: "erlang",
    title: "Erlang and Elixir: gen_tcp, Ranch (Cowboy)",
    kind: Kind::Program(ProgramFacts {
        processes: &["beam.smp"],
        default_backlog: "gen_tcp 5 · Ranch, and so Cowboy, 1024",
        set: &[
            SetIt {
                place: "gen_tcp",
                line: "gen_tcp:listen(Port, [{backlog, 4096}])",
            },
            SetIt {
                place: "Ranch, Cowboy",
                line: "#{socket_opts => [{port, 8080}, {backlog, 4096}]}",
            },
        ],
        applies: "restart",
    }),
    names: &["elixir", "gen_tcp", "ranch", "cowboy", "beam.smp", "phoenix"],
    summary: "gen_tcp asks for only 5, Ranch and Cowboy for 1024; {backlog, N}",
    means: &[
        "gen_tcp:listen without {backlog, N} asks for 5: six clients fill the queue. Ranch, under Cowboy and Phoenix, \
         asks for 1024.",
    ],
    sources: &[
        ran!("Erlang/OTP 27: 5; 1024 with {backlog, 1024}"),
        Source::Document("ranch, src/ranch_tcp.erl: backlog, “Defaults to 1024”"),
    ],
    look_at: its_listeners!("beam.smp"),
    shows: &[Show::Listeners(Which::Processes(&["beam.smp"]))],
    see_also: &["rabbitmq", "backlog"],
    ..Topic::BLANK
};
