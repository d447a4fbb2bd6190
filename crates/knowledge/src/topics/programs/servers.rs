//! Web servers and proxies.

use super::{its_listeners, ran};
use crate::topic::{Kind, ProgramFacts, SetIt, Show, Source, Topic, Which};

pub(super) const NGINX: Topic = Topic {
    id: "nginx",
    title: "nginx",
    kind: Kind::Program(ProgramFacts {
        processes: &["nginx"],
        default_backlog: "511, for TCP and unix listeners",
        set: &[SetIt {
            place: "nginx.conf, server block; once for each address and port, a second time is “duplicate listen \
                    options”",
            line: "listen 80 backlog=4096;",
        }],
        applies: "nginx -s reload, if the number in the file changed; after raising only somaxconn: restart",
    }),
    names: &[
        "nginx backlog",
        "nginx listen backlog=",
        "openresty",
        "ingress-nginx",
        "nginx listen directive",
    ],
    summary: "asks for 511; listen 80 backlog=N; a reload applies a changed number",
    means: &[
        "nginx asks for 511 unless the listen directive has backlog=N. What it gets is cut to net.core.somaxconn.",
        "On a reload nginx calls listen() again for those sockets whose backlog in the file is another than before, \
         so the new limit holds at once and nobody is refused.",
        "With reuseport each worker has a socket and queues of its own, with the same limit each.",
    ],
    means_not: &[
        "A reload is not enough after raising somaxconn alone: the number in the file is the same, so nginx does not \
         call listen() and the old limit stays. Change the number too, upgrade the binary in place (SIGUSR2), or \
         restart.",
    ],
    sources: &[
        ran!("nginx 1.26.3: 511; reload 2000 to 3000 called listen(3000); reload after somaxconn alone called \
              nothing; "
             "SIGUSR2 called it again"),
        ran!("nginx 1.22.1: 511"),
    ],
    look_at: its_listeners!("nginx"),
    shows: &[
        Show::Listeners(Which::Processes(&["nginx"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["backlog", "somaxconn", "reuseport", "php-fpm"],
    ..Topic::BLANK
};

pub(super) const HAPROXY: Topic = Topic {
    id: "haproxy",
    title: "HAProxy",
    kind: Kind::Program(ProgramFacts {
        processes: &["haproxy"],
        default_backlog: "the maxconn of the frontend, which follows the global maxconn",
        set: &[
            SetIt {
                place: "haproxy.cfg, frontend, listen or defaults section",
                line: "backlog 10000",
            },
            SetIt {
                place: "haproxy.cfg, one bind line",
                line: "bind :443 backlog 10000",
            },
        ],
        applies: "restart; a reload of the master-worker mode (systemctl reload) hands the old sockets on and keeps \
                  their limit",
    }),
    names: &["haproxy backlog", "haproxy maxconn", "haproxy frontend backlog"],
    summary: "asks for the frontend's maxconn; backlog N; needs a restart",
    means: &[
        "Without a backlog line HAProxy gives the frontend's maxconn to listen(). Without a maxconn that is the \
         global one, which it computes from the limit of open files: 9984 with 20,000 files. What it gets is cut to \
         net.core.somaxconn.",
        "Connections above maxconn wait in the accept queue of the kernel until one ends: a queue that stays full \
         then means that maxconn is reached.",
    ],
    means_not: &[
        "A reload does not apply it where the new process takes the sockets over (-W, as the systemd unit runs it, or \
         -x): a socket that listens already is not told to listen again. A reload with -sf alone makes new sockets, \
         and the new number holds.",
    ],
    sources: &[
        ran!("HAProxy 3.0.11: 9984 of 20,000 files; 500 with maxconn 500; -W and SIGUSR2: 300 stays with 700 in the \
              file; "
             "-D and -sf: 300 becomes 800"),
        Source::Document("HAProxy 3.0 Configuration Manual, 4.2 “backlog” and 5.1 “backlog”, “maxconn”"),
    ],
    look_at: its_listeners!("haproxy"),
    shows: &[
        Show::Listeners(Which::Processes(&["haproxy"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["backlog", "somaxconn", "live-resize"],
    ..Topic::BLANK
};

pub(super) const APACHE: Topic = Topic {
    id: "apache-httpd",
    title: "Apache httpd",
    kind: Kind::Program(ProgramFacts {
        processes: &["apache2", "httpd"],
        default_backlog: "511",
        set: &[SetIt {
            place: "apache2.conf or httpd.conf, server config",
            line: "ListenBackLog 4096",
        }],
        applies: "stop and start; neither graceful (SIGUSR1) nor restart (SIGHUP) of the running parent",
    }),
    names: &["apache", "apache2", "httpd", "ListenBackLog", "apache ListenBackLog"],
    summary: "asks for 511; ListenBackLog N; needs a stop and a start",
    means: &[
        "Apache asks for 511 unless ListenBackLog says another number. What it gets is cut to net.core.somaxconn.",
        "The parent keeps its sockets over graceful and over SIGHUP and does not call listen() again, so a new number \
         holds only after a stop and a start. systemctl reload is graceful.",
    ],
    sources: &[
        ran!("Apache 2.4.68, mpm_event: 511; still 511 after SIGUSR1 and after SIGHUP with ListenBackLog 900"),
        Source::Document("Apache HTTP Server 2.4 documentation, mod/mpm_common.html#listenbacklog"),
    ],
    look_at: its_listeners!("apache2"),
    shows: &[
        Show::Listeners(Which::Processes(&["apache2", "httpd"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["backlog", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const ENVOY: Topic = Topic {
    id: "envoy",
    title: "Envoy",
    kind: Kind::Program(ProgramFacts {
        processes: &["envoy"],
        default_backlog: "-1, which the kernel takes as net.core.somaxconn",
        set: &[SetIt {
            place: "the listener (static_resources.listeners or LDS)",
            line: "tcp_backlog_size: 4096",
        }],
        applies: "when Envoy makes the listener: at the latest a restart",
    }),
    names: &[
        "tcp_backlog_size",
        "envoy tcp_backlog_size",
        "istio-proxy",
        "envoy proxy",
    ],
    summary: "asks for somaxconn unless tcp_backlog_size is set; one socket per worker",
    means: &[
        "Without tcp_backlog_size Envoy gives -1 to listen(), so the limit is net.core.somaxconn of the network \
         namespace. In a pod that is the pod's own value, not the node's.",
        "Each worker thread has a socket of its own on the same port (SO_REUSEPORT), so the limit holds for each \
         worker, and one worker's queue can be full while others are empty.",
    ],
    sources: &[ran!(
        "Envoy 1.40.0 with 2 workers: listen(-1) twice; 700 with tcp_backlog_size: 700; -1 for a unix listener"
    )],
    look_at: its_listeners!("envoy"),
    shows: &[
        Show::Listeners(Which::Processes(&["envoy"])),
        Show::Setting("net.core.somaxconn"),
    ],
    see_also: &["somaxconn", "reuseport", "kubernetes"],
    ..Topic::BLANK
};

pub(super) const LIGHTTPD: Topic = Topic {
    id: "lighttpd",
    title: "lighttpd",
    kind: Kind::Program(ProgramFacts {
        processes: &["lighttpd"],
        default_backlog: "4096 (1.4.79)",
        set: &[SetIt {
            place: "lighttpd.conf",
            line: "server.listen-backlog = 8192",
        }],
        applies: "restart",
    }),
    names: &["server.listen-backlog", "lighttpd backlog"],
    summary: "asks for 4096; server.listen-backlog = N",
    means: &["lighttpd 1.4.79 asks for 4096 unless server.listen-backlog says another number."],
    sources: &[ran!("lighttpd 1.4.79: 4096; 300 with server.listen-backlog=300")],
    look_at: its_listeners!("lighttpd"),
    shows: &[Show::Listeners(Which::Processes(&["lighttpd"]))],
    see_also: &["backlog", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const VARNISH: Topic = Topic {
    id: "varnish",
    title: "Varnish Cache",
    kind: Kind::Program(ProgramFacts {
        processes: &["varnishd", "cache-main"],
        default_backlog: "1024; it listens with 10 first, until the child takes over",
        set: &[SetIt {
            place: "command line of varnishd (systemd unit)",
            line: "-p listen_depth=4096",
        }],
        applies: "restart of the child: varnishadm param.set listen_depth 4096, then varnishadm stop and start",
    }),
    names: &["listen_depth", "varnishd", "varnish listen_depth"],
    summary: "asks for 1024; the parameter listen_depth, applied when the child restarts",
    means: &[
        "The parent makes the sockets with a backlog of 10, and the child calls listen() again with listen_depth, \
         1024 unless set.",
        "param.set changes the parameter at once, and the limit only when the child is stopped and started.",
    ],
    sources: &[ran!(
        "Varnish 7.7.0: 10, then 1024; 500 after param.set, stop and start; the text of param.show listen_depth"
    )],
    look_at: its_listeners!("varnishd"),
    shows: &[Show::Listeners(Which::Processes(&["varnishd", "cache-main"]))],
    see_also: &["backlog", "live-resize"],
    ..Topic::BLANK
};

pub(super) const SQUID: Topic = Topic {
    id: "squid",
    title: "Squid",
    kind: Kind::Program(ProgramFacts {
        processes: &["squid"],
        default_backlog: "a quarter of its limit of open files",
        set: &[
            SetIt {
                place: "squid.conf",
                line: "max_filedescriptors 16384",
            },
            SetIt {
                place: "systemd unit, [Service]",
                line: "LimitNOFILE=16384",
            },
        ],
        applies: "restart",
    }),
    names: &["squid backlog", "max_filedescriptors"],
    summary: "asks for a quarter of its open-file limit",
    means: &[
        "Squid has no setting for the backlog: it gives listen() a quarter of the number of files that it may open. \
         With 4096 files that is 1024.",
    ],
    sources: &[ran!(
        "Squid 6.13: 1024 with 4096 files (ulimit -n), 2048 with max_filedescriptors 8192"
    )],
    look_at: its_listeners!("squid"),
    shows: &[Show::Listeners(Which::Processes(&["squid"]))],
    see_also: &["backlog", "too-many-open-files"],
    ..Topic::BLANK
};

pub(super) const SOZU: Topic = Topic {
    id: "sozu",
    title: "Sōzu",
    kind: Kind::Program(ProgramFacts {
        processes: &["sozu"],
        default_backlog: "1024, fixed in the source",
        set: &[],
        applies: "nothing: there is no setting; listenq run --backlog N gives it another number, listenq resize a new \
                  limit while it runs",
    }),
    names: &["sozu proxy", "sozu accept_queue"],
    summary: "asks for 1024, fixed; its metric accept_queue is a queue of its own",
    means: &["Sōzu gives 1024 to listen(), with a note in the source that it should become a setting."],
    means_not: &[
        "Sōzu's own metrics named accept_queue count connections that it has accepted already and holds back. They \
         are not the accept queue of the kernel.",
    ],
    sources: &[
        Source::Document("sozu-lib 1.1.1 and 2.3.3, src/socket.rs: sock.listen(1024)"),
        Source::Document("Sōzu, doc/configure.md and lib/src/metrics/names.rs"),
    ],
    look_at: its_listeners!("sozu"),
    shows: &[Show::Listeners(Which::Processes(&["sozu"]))],
    see_also: &["backlog", "live-resize"],
    ..Topic::BLANK
};
