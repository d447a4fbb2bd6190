//! What is told of the limits: backlog, somaxconn, tcp_max_syn_backlog.

use super::{
    ACCEPTQ_IS_FULL, CONN_REQUEST, Kind, LISTEN, Look, NOW, SYN_QUEUE_IS_FULL, Show, Source, Topic, Verdict, Which,
};

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "max-syn-backlog-sizes-the-syn-queue",
        title: "“tcp_max_syn_backlog is the size of the SYN queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "tcp_max_syn_backlog sizes the SYN queue",
            "tcp_max_syn_backlog is the SYN queue size",
            "the SYN queue size is tcp_max_syn_backlog",
            "SYN queue size",
            "SYN queue length = max(64, tcp_max_syn_backlog)",
            "increase tcp_max_syn_backlog to stop SYN drops",
        ],
        summary: "wrong since 4.4: the limit is the listener's backlog, and with cookies this sysctl does nothing",
        means: &[
            "The limit of a listener's SYN queue is its backlog (cut to somaxconn), the same number as for its accept \
             queue. tcp_max_syn_backlog has no effect while tcp_syncookies is 1 (the default) or 2. With 0 it refuses \
             SYNs of unknown clients when less than a quarter of it is left.",
        ],
        means_not: &["Formulas with max(64, …) or powers of two describe kernels before 4.4."],
        kernels: &["Half-right before 4.4 and in RHEL 7: there it was an upper bound at the first listen()."],
        sources: &[CONN_REQUEST, SYN_QUEUE_IS_FULL],
        look_at: &[Look {
            command: "listenq -o wide",
            shows: "what limits each SYN queue: limit_by",
        }],
        shows: &[
            Show::Setting("net.ipv4.tcp_syncookies"),
            Show::Setting("net.ipv4.tcp_max_syn_backlog"),
            Show::Listeners(Which::LimitedByMaxSynBacklog),
        ],
        proofs: &[
            "max-syn-backlog-with-cookies",
            "max-syn-backlog-without-cookies",
            "syn-queue-limit-is-the-backlog",
        ],
        see_also: &["tcp-max-syn-backlog", "syn-queue-is-limited-by-the-backlog"],
    },
    Topic {
        id: "syn-queue-is-limited-by-the-backlog",
        title: "“The SYN queue is limited by the backlog of listen() too”",
        kind: Kind::Claim(Verdict::Right),
        names: &[
            "SYN_RECV queue is limited by the backlog too",
            "backlog limits the SYN queue",
            "backlog limits both queues",
        ],
        summary: "right since 4.4: it is the limit; a second listen() changes it for both queues",
        means: &[
            "One number of the listener limits both queues. The SYN queue holds it or one more, by kernel. When it is \
             full, tcp_syncookies decides: cookies, or refused SYNs.",
        ],
        kernels: &[
            "The SYN queue holds limit + 1 since a change of 2025 (6.8 has the old test, 6.14 the new; 6.1.176 and 6.12.107 have it too).",
        ],
        sources: &[SYN_QUEUE_IS_FULL, CONN_REQUEST],
        look_at: &[NOW],
        shows: &[Show::Listeners(Which::HalfOpen)],
        proofs: &[
            "syn-queue-limit-is-the-backlog",
            "second-listen-resizes-both-queues",
            "listen-0-without-cookies",
        ],
        see_also: &["max-syn-backlog-sizes-the-syn-queue", "ss-send-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "somaxconn-is-the-syn-queue",
        title: "“somaxconn is the size of the SYN queue”",
        kind: Kind::Claim(Verdict::MostlyWrong),
        names: &[
            "somaxconn is the SYN queue",
            "somaxconn limits SYN_RECV",
            "somaxconn limits half-open connections",
        ],
        summary: "mostly wrong: each listener has its own limit for both queues; somaxconn only bounds that limit",
        means: &[
            "somaxconn is looked at in listen() alone, and bounds the limit that the listener gets. That limit then holds \
             for its accept queue and its SYN queue. A listener with backlog 5 has a SYN queue of 5, whatever somaxconn \
             is.",
        ],
        means_not: &["There is no SYN queue of the whole host, and no sum to compare with somaxconn."],
        sources: &[LISTEN, SYN_QUEUE_IS_FULL],
        look_at: &[NOW],
        shows: &[
            Show::Setting("net.core.somaxconn"),
            Show::Listeners(Which::LimitIsSomaxconn),
        ],
        proofs: &[
            "somaxconn-caps-listen",
            "syn-queue-limit-is-the-backlog",
            "syn-recv-counts-all-listeners",
        ],
        see_also: &["somaxconn", "counting-syn-recv-tells-how-close-somaxconn-is"],
        ..Topic::BLANK
    },
    Topic {
        id: "somaxconn-is-the-accept-queue",
        title: "“somaxconn is the size of the accept queue”",
        kind: Kind::Claim(Verdict::HalfRight),
        names: &[
            "somaxconn sizes the accept queue",
            "somaxconn is the listen queue",
            "somaxconn is the backlog",
        ],
        summary: "half-right: it is the upper bound of each listener's limit, taken when listen() was called",
        means: &[
            "The limit is the smaller one of the backlog that the program asks for and somaxconn at that time. Raising \
             somaxconn does nothing for a program that asks for 128, or that runs already. The queue holds one more than \
             the limit.",
        ],
        sources: &[LISTEN, ACCEPTQ_IS_FULL],
        look_at: &[NOW],
        shows: &[
            Show::Setting("net.core.somaxconn"),
            Show::Listeners(Which::LimitIsSomaxconn),
        ],
        proofs: &["somaxconn-caps-listen", "accept-queue-holds-one-more"],
        see_also: &["somaxconn", "a-backlog-of-n-holds-n"],
        ..Topic::BLANK
    },
    Topic {
        id: "somaxconn-reaches-running-listeners",
        title: "“Raising somaxconn takes effect at once”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "raising somaxconn reaches running listeners",
            "somaxconn takes effect immediately",
            "changing somaxconn changes running listeners",
            "sysctl somaxconn has no effect",
        ],
        summary: "wrong: somaxconn is read only inside listen(); running listeners keep their limit",
        means: &[
            "After raising it the program must call listen() again: by a restart, or by a reload that does so. The limit \
             of each listener tells whether it did.",
        ],
        means_not: &["Lowering it does not reach running listeners either."],
        sources: &[LISTEN],
        look_at: &[NOW],
        shows: &[
            Show::Setting("net.core.somaxconn"),
            Show::Listeners(Which::LimitIsSomaxconn),
        ],
        proofs: &["somaxconn-does-not-reach-running-listeners"],
        see_also: &["somaxconn", "changing-the-backlog-needs-a-restart"],
        ..Topic::BLANK
    },
    Topic {
        id: "a-backlog-of-n-holds-n",
        title: "“A backlog of N holds N connections”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "backlog N holds N",
            "a backlog of 128 holds 128",
            "listen(0)",
            "listen(0) holds none",
            "backlog 0 accepts nothing",
            "backlog 1.5 times",
        ],
        summary: "wrong: the accept queue holds N + 1, as the kernel refuses when length > limit",
        means: &[
            "The test is length > limit, so with a limit of 128 the 129th connection still gets in, and listen(fd, 0) \
             holds one.",
        ],
        means_not: &["The factor of 1.5 that old books give belongs to BSD."],
        sources: &[ACCEPTQ_IS_FULL, Source::Kernel("net/unix/af_unix.c:unix_recvq_full")],
        look_at: &[Look {
            command: "listenq -o json",
            shows: "accept_queue.capacity: the number it holds",
        }],
        shows: &[Show::Listeners(Which::Full)],
        proofs: &["accept-queue-holds-one-more"],
        see_also: &["recv-q-equal-send-q-means-full", "ss-send-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "a-negative-backlog-means-no-limit",
        title: "“listen(fd, -1) means no limit”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &["listen(-1)", "listen -1 unlimited", "backlog -1", "negative backlog"],
        summary: "wrong: a negative backlog is taken as a huge one, so the limit is somaxconn",
        means: &[
            "The kernel compares the number without its sign, so -1 is larger than any somaxconn and gives exactly \
             somaxconn. Languages may step in: Python's listen(-1) asks for 0, which holds one connection.",
        ],
        sources: &[LISTEN],
        look_at: &[NOW],
        shows: &[
            Show::Setting("net.core.somaxconn"),
            Show::Listeners(Which::LimitIsSomaxconn),
        ],
        proofs: &["somaxconn-caps-listen"],
        see_also: &["somaxconn", "a-backlog-of-n-holds-n"],
        ..Topic::BLANK
    },
    Topic {
        id: "containers-have-the-hosts-somaxconn",
        title: "“A container has the host's somaxconn”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "the container has the host's somaxconn",
            "containers inherit somaxconn",
            "docker somaxconn 128",
            "somaxconn in a container",
            "net.core.somaxconn docker",
        ],
        summary: "wrong: each network namespace starts from the kernel's default and has its own value",
        means: &[
            "A new network namespace gets 4096 (128 before 5.4), whatever the host has. It must be set inside: docker run \
             --sysctl, or the securityContext of a pod, where it is an unsafe sysctl that the kubelet must allow.",
        ],
        means_not: &[
            "True only where the container shares the host's network namespace (--network host, hostNetwork).",
        ],
        kernels: &["Up to 6.1, namespaces of user namespaces (rootless containers) do not have the sysctl at all."],
        sources: &[
            Source::Kernel("net/core/net_namespace.c"),
            Source::Document("https://github.com/docker/for-linux/issues/1068"),
            Source::Document("Kubernetes, pkg/kubelet/sysctl/safe_sysctls.go"),
        ],
        look_at: &[Look {
            command: "listenq -o json",
            shows: "net.core.somaxconn of every namespace",
        }],
        shows: &[Show::Setting("net.core.somaxconn")],
        proofs: &["new-namespace-starts-from-defaults", "somaxconn-in-a-user-namespace"],
        see_also: &["somaxconn", "column-netns"],
    },
    Topic {
        id: "netdev-max-backlog-sizes-the-listen-queue",
        title: "“netdev_max_backlog is the backlog of listeners”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "netdev_max_backlog is the listen queue",
            "raise netdev_max_backlog for connections",
            "netdev_max_backlog accept queue",
        ],
        summary: "wrong: it bounds packets that wait for a CPU, before any protocol has seen them",
        means: &[
            "It is a number of packets per CPU, of all kinds of traffic. What it drops counts in /proc/net/softnet_stat, \
             second column, and in no counter of a listener.",
        ],
        sources: &[Source::Kernel("net/core/dev.c:enqueue_to_backlog")],
        look_at: &[Look {
            command: "cat /proc/net/softnet_stat",
            shows: "second column: packets dropped, per CPU",
        }],
        see_also: &["netdev-max-backlog", "somaxconn"],
        ..Topic::BLANK
    },
    Topic {
        id: "reuseport-members-share-a-queue",
        title: "“Listeners with SO_REUSEPORT share one queue”",
        kind: Kind::Claim(Verdict::Wrong),
        names: &[
            "SO_REUSEPORT shares the queue",
            "reuseport listeners share the backlog",
            "reuseport one queue",
        ],
        summary: "wrong: each member has its own two queues, and a full one is not helped by an empty one",
        means: &[
            "The kernel picks the member by a hash of the addresses and ports (or a BPF program does), without looking at its \
             queue. One \
             member whose program hangs refuses its share of the clients, while the others are idle.",
        ],
        means_not: &["Workers that share one listener (fork after listen()) do share its queues: that is one socket."],
        sources: &[Source::Kernel("net/core/sock_reuseport.c:reuseport_select_sock")],
        look_at: &[Look {
            command: "listenq --port 80",
            shows: "each member, #1/4 to #4/4, with its own queues",
        }],
        shows: &[Show::Listeners(Which::Reuseport)],
        proofs: &["reuseport-members-have-their-own-queues"],
        see_also: &["column-listener", "tcp-migrate-req"],
        ..Topic::BLANK
    },
];
