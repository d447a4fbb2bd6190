//! Settings that people take for one of the listen queue, and what they are.

use super::{Kind, PER_NETNS, SetIt, SettingFacts, Topic, WHOLE_HOST, set_in_a_namespace, set_on_the_host};
use crate::topic::{Look, Source};

const IP_SYSCTL: Source = Source::Document("Linux, Documentation/networking/ip-sysctl.rst");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "netdev-max-backlog",
        title: "net.core.netdev_max_backlog",
        kind: Kind::Setting(SettingFacts {
            name: "net.core.netdev_max_backlog",
            default: "1000",
            scope: WHOLE_HOST,
            takes_effect: "at once",
            values: &[],
            set: set_on_the_host!("net.core.netdev_max_backlog", "2000"),
        }),
        names: &["netdev backlog", "netdev_backlog"],
        summary: "packets that may wait for a CPU to process them; nothing to do with listen()",
        means: &[
            "Packets that another CPU or a virtual device hands to a CPU wait in a queue of that CPU, before any protocol \
             has seen them. This is its limit, in packets per CPU. What it drops is in the second column of \
             /proc/net/softnet_stat.",
        ],
        means_not: &[
            "Not the backlog of listen(), and neither of the two queues of a listener.",
            "A SYN dropped there never reaches the listener: no TCP counter moves.",
        ],
        sources: &[Source::Kernel("net/core/dev.c:enqueue_to_backlog")],
        look_at: &[Look {
            command: "cat /proc/net/softnet_stat",
            shows: "second column: packets dropped, per CPU",
        }],
        see_also: &[
            "somaxconn",
            "netdev-max-backlog-sizes-the-listen-queue",
            "tcp-backlog-drop",
        ],
        ..Topic::BLANK
    },
    Topic {
        id: "unix-max-dgram-qlen",
        title: "net.unix.max_dgram_qlen",
        kind: Kind::Setting(SettingFacts {
            name: "net.unix.max_dgram_qlen",
            default: "10",
            scope: PER_NETNS,
            takes_effect: "for sockets made afterwards",
            values: &[],
            set: set_in_a_namespace!(
                "net.unix.max_dgram_qlen",
                "512",
                "for a Kubernetes pod; unsafe: the kubelet must allow it (--allowed-unsafe-sysctls)"
            ),
        }),
        names: &["unix dgram qlen", "unix backlog sysctl"],
        summary: "messages a unix datagram socket may hold; irrelevant for a unix listener once listen() was called",
        means: &[
            "A new unix socket starts with this as its limit. listen() overwrites it with its backlog, cut to somaxconn; \
             so it matters only for datagram sockets such as /dev/log.",
        ],
        means_not: &["Not the limit of a unix listener: that is its backlog, cut to somaxconn."],
        sources: &[
            Source::Kernel("net/unix/af_unix.c:unix_create1"),
            Source::Kernel("net/unix/af_unix.c:unix_listen"),
            Source::Manual("unix(7)"),
        ],
        look_at: &[Look {
            command: "listenq --unix",
            shows: "length and limit of every unix listener",
        }],
        proofs: &["unix-full-blocks-and-counts-nothing"],
        see_also: &["somaxconn", "ss-unix-recv-q"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-fin-timeout",
        title: "net.ipv4.tcp_fin_timeout",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_fin_timeout",
            default: "60 (seconds)",
            scope: PER_NETNS,
            takes_effect: "for connections closed afterwards",
            values: &[],
            set: set_on_the_host!("net.ipv4.tcp_fin_timeout", "60"),
        }),
        names: &["fin timeout"],
        summary: "how long a closed connection waits in FIN_WAIT_2; not a listen queue",
        means: &["How long a connection that its program closed waits for the other side's FIN (FIN_WAIT_2)."],
        means_not: &[
            "No effect on either queue of a listener: connections that wait for accept() are not closed by a program.",
            "Not the length of TIME_WAIT, which is fixed at 60 s.",
        ],
        sources: &[IP_SYSCTL, Source::Kernel("include/net/tcp.h:TCP_TIMEWAIT_LEN")],
        look_at: &[Look {
            command: "ss -tan state fin-wait-2",
            shows: "the connections it concerns",
        }],
        see_also: &["tcp-tw-reuse"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-tw-reuse",
        title: "net.ipv4.tcp_tw_reuse",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_tw_reuse",
            default: "2 (loopback only) on newer kernels",
            scope: PER_NETNS,
            takes_effect: "at the next connect()",
            values: &[
                ("0", "off"),
                ("1", "for all connections"),
                ("2", "for connections over loopback"),
            ],
            set: set_on_the_host!("net.ipv4.tcp_tw_reuse", "2"),
        }),
        names: &["tw reuse", "tcp_tw_recycle", "TIME_WAIT"],
        summary: "lets connect() take a port that is in TIME_WAIT; for clients, not for listeners",
        means: &[
            "Whether an outgoing connection may use an address and port that an earlier one still keeps in TIME_WAIT. It \
             helps a client or a proxy that runs out of ports.",
        ],
        means_not: &[
            "No effect on listeners: connections in TIME_WAIT are in neither queue.",
            "tcp_tw_recycle, its relative, no longer exists in supported kernels.",
        ],
        sources: &[IP_SYSCTL],
        look_at: &[Look {
            command: "ss -s",
            shows: "“timewait”: how many there are",
        }],
        see_also: &["tcp-fin-timeout", "tcp-time-wait-overflow", "paws-passive"],
        ..Topic::BLANK
    },
    Topic {
        id: "nf-conntrack-max",
        title: "net.netfilter.nf_conntrack_max",
        kind: Kind::Setting(SettingFacts {
            name: "net.netfilter.nf_conntrack_max",
            default: "computed from the memory of the host",
            scope: "one value for the whole host, set in the initial namespace; the count is per network namespace",
            takes_effect: "at once",
            values: &[],
            set: set_on_the_host!("net.netfilter.nf_conntrack_max", "262144"),
        }),
        names: &["net.nf_conntrack_max", "conntrack max", "conntrack table size"],
        summary: "connections the firewall tracks; a full table drops SYNs before any listener sees them",
        means: &[
            "With connection tracking (a stateful firewall, NAT, most container hosts) every connection has an entry. If \
             the table is full, packets of new connections are dropped, and the kernel logs “nf_conntrack: table full, \
             dropping packet”.",
            "To a client it looks like a full accept queue: silence, and a connect that takes a second or more. No TCP \
             counter of the listener moves, which tells the two apart.",
        ],
        means_not: &["Not one of the two queues: neither ListenDrops nor the listener's drops count."],
        sources: &[
            Source::Kernel("net/netfilter/nf_conntrack_core.c:__nf_conntrack_alloc"),
            Source::Document("Linux, Documentation/networking/nf_conntrack-sysctl.rst"),
        ],
        look_at: &[Look {
            command: "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max",
            shows: "how full the table is",
        }],
        see_also: &["nf-conntrack-table-full", "listen-drops"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-syn-retries",
        title: "net.ipv4.tcp_syn_retries",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_syn_retries",
            default: "6",
            scope: PER_NETNS,
            takes_effect: "at the next timer of each connect()",
            values: &[],
            set: set_on_the_host!("net.ipv4.tcp_syn_retries", "6"),
        }),
        names: &["syn retries"],
        summary: "how often connect() sends its SYN again: decides how long a client of a full queue waits",
        means: &[
            "On the client: how often a SYN without answer is sent again before connect() fails with “connection timed \
             out”. The first comes after 1 s, so a connect that takes 1 s is one whose first SYN was lost or refused.",
            "With 6 it gives up after 127 s; where tcp_syn_linear_timeouts is 4, after 131 s.",
        ],
        means_not: &["Not the listener's side: for SYN-ACKs there is tcp_synack_retries."],
        sources: &[IP_SYSCTL, Source::Manual("tcp(7)")],
        look_at: &[Look {
            command: "ss -tno state syn-sent",
            shows: "connects that wait for an answer now",
        }],
        proofs: &["connect-takes-a-second", "syn-retransmissions"],
        see_also: &["tcp-syn-linear-timeouts", "tcp-synack-retries", "tcp-syn-retrans"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-syn-linear-timeouts",
        title: "net.ipv4.tcp_syn_linear_timeouts",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_syn_linear_timeouts",
            default: "4",
            scope: PER_NETNS,
            takes_effect: "at the next timer of each connect()",
            values: &[("0", "each wait is twice the one before: 1, 2, 4, … seconds")],
            set: set_on_the_host!("net.ipv4.tcp_syn_linear_timeouts", "4"),
        }),
        names: &["syn linear timeouts"],
        summary: "how many times connect() sends its SYN again after 1 s each, before the waits double",
        means: &[
            "On the client: with 4, SYNs are sent again after 1, 1, 1, 1, 1, 2, 4, … seconds. So a client of a full accept \
             queue tries six times in the first five seconds, and ListenOverflows counts each try.",
        ],
        means_not: &["No effect on SYN-ACKs: a listener sends those again after 1, 2, 4, … seconds."],
        kernels: &["Linux 4.18 to 6.1 do not have it; 6.18 does."],
        sources: &[
            IP_SYSCTL,
            Source::Measured("6.18.44, a full accept queue: SYNs sent again after 1, 2, 3, 4, 5, 7, 11 and 19 s"),
        ],
        look_at: &[Look {
            command: "ss -tno state syn-sent",
            shows: "connects that wait for an answer now",
        }],
        proofs: &["overflows-count-packets", "syn-retransmissions"],
        see_also: &["tcp-syn-retries", "tcp-synack-retries", "listen-overflows"],
        ..Topic::BLANK
    },
];
