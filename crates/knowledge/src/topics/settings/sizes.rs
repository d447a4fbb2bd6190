//! Sizes of tables that the other settings' defaults follow from.

use super::{Kind, PER_NETNS, SetIt, SettingFacts, Topic, WHOLE_HOST, set_on_the_host};
use crate::topic::{Look, Show, Source};

const SET_HASHINFO: Source = Source::Kernel("net/ipv4/tcp_ipv4.c:tcp_set_hashinfo");
const TCP_INIT: Source = Source::Kernel("net/ipv4/tcp.c:tcp_init");
const IP_SYSCTL: Source = Source::Document("Linux, Documentation/networking/ip-sysctl.rst");

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "tcp-ehash-entries",
        title: "net.ipv4.tcp_ehash_entries",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_ehash_entries",
            default: "one bucket per 128 KB of memory, rounded up to a power of two, at most 524288; thash_entries= at boot",
            scope: "the host's; a namespace that shares the host's table shows the number with a minus sign",
            takes_effect: "cannot be changed: read-only",
            values: &[("below 0", "this namespace shares the table of the initial one")],
            set: &[],
        }),
        names: &["ehash entries", "thash_entries", "TCP established hash table entries"],
        summary: "buckets of the table that holds connections and half-open ones; defaults follow from it",
        means: &[
            "Established and half-open connections of all namespaces are in one hash table. Its number of buckets gives \
             the defaults of tcp_max_syn_backlog (a 128th) and tcp_max_orphans (half).",
            "Asking for half-open connections walks this whole table, which is why listenq does not do it all the time.",
        ],
        means_not: &["Not a limit of connections: a bucket holds as many as come."],
        kernels: &["6.1 and later show it; before, the boot messages do (“TCP established hash table entries”)."],
        sources: &[TCP_INIT, SET_HASHINFO, IP_SYSCTL],
        look_at: &[Look {
            command: "sysctl net.ipv4.tcp_ehash_entries",
            shows: "the number of buckets of this namespace",
        }],
        proofs: &["new-namespace-starts-from-defaults"],
        see_also: &["tcp-max-syn-backlog", "tcp-child-ehash-entries", "tcp-max-orphans"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-child-ehash-entries",
        title: "net.ipv4.tcp_child_ehash_entries",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_child_ehash_entries",
            default: "0",
            scope: PER_NETNS,
            takes_effect: "when a child namespace is made, by the value of the namespace of the maker",
            values: &[
                ("0", "child namespaces share the table of the host"),
                (
                    "a number",
                    "each gets a table of its own with so many buckets, rounded up to a power of two",
                ),
            ],
            set: set_on_the_host!("net.ipv4.tcp_child_ehash_entries", "65536"),
        }),
        names: &["child ehash entries"],
        summary: "gives new network namespaces a connection table of their own, of this size",
        means: &[
            "A namespace with a table of its own is not slowed by the connections of others, and asking for its half-open \
             connections is cheap. Its default of tcp_max_syn_backlog follows from its own table: a 128th, at least 128.",
        ],
        means_not: &["Namespaces that exist keep what they have."],
        kernels: &["6.1 and later."],
        sources: &[SET_HASHINFO, IP_SYSCTL],
        look_at: &[Look {
            command: "sysctl net.ipv4.tcp_ehash_entries",
            shows: "in the child: the size of its table; below 0 if it shares the host's",
        }],
        see_also: &["tcp-ehash-entries", "tcp-max-syn-backlog"],
        ..Topic::BLANK
    },
    Topic {
        id: "tcp-max-orphans",
        title: "net.ipv4.tcp_max_orphans",
        kind: Kind::Setting(SettingFacts {
            name: "net.ipv4.tcp_max_orphans",
            default: "half the number of buckets of the established hash",
            scope: WHOLE_HOST,
            takes_effect: "at once",
            values: &[],
            set: set_on_the_host!("net.ipv4.tcp_max_orphans", "131072"),
        }),
        names: &["max orphans"],
        summary: "how many closed connections may live on without a program; not a listen queue",
        means: &[
            "A connection that its program closed while data was on its way lives on without it: an orphan. Above this \
             number orphans are reset, and the kernel logs “too many orphaned sockets”.",
        ],
        means_not: &["Not connections that wait for accept(): those are not orphans, and do not count against it."],
        sources: &[
            Source::Kernel("include/net/tcp.h:tcp_too_many_orphans"),
            TCP_INIT,
            IP_SYSCTL,
        ],
        look_at: &[Look {
            command: "cat /proc/net/sockstat",
            shows: "“orphan”: how many there are now",
        }],
        shows: &[Show::DefaultOf("net.ipv4.tcp_max_orphans")],
        see_also: &["too-many-orphaned-sockets", "tcp-ehash-entries"],
        ..Topic::BLANK
    },
];
