//! What starts programs (systemd, Docker, Podman, Kubernetes): it sets the sysctls of a namespace, or listens itself.

use crate::topic::{Kind, Look, ProgramFacts, SetIt, Show, Source, Topic, Which};

/// Each namespace has its own somaxconn.
const EACH_NAMESPACE: &[Look] = &[
    Look {
        command: "listenq --netns all",
        shows: "the listeners of every network namespace with their limits",
    },
    Look {
        command: "listenq -o json",
        shows: "net.core.somaxconn of each network namespace",
    },
];
const NAMESPACE_DEFAULT: Source = Source::Kernel("net/core/net_namespace.c");

pub(super) const SYSTEMD: Topic = Topic {
    id: "systemd",
    title: "systemd socket units: Backlog=",
    kind: Kind::Program(ProgramFacts {
        processes: &["systemd"],
        default_backlog: "4294967295 (252 and 257), so net.core.somaxconn",
        set: &[SetIt {
            place: "NAME.socket, or systemctl edit NAME.socket: [Socket]",
            line: "Backlog=4096",
        }],
        applies: "systemctl daemon-reload, then a restart of the socket unit with its service stopped",
    }),
    names: &[
        "Backlog=",
        "systemd.socket",
        "socket unit",
        "socket activation",
        "systemd Backlog",
    ],
    summary: "socket units ask for somaxconn unless Backlog= is set",
    means: &[
        "For a socket unit systemd makes the socket and calls listen() with Backlog=. The default is as large as it \
         can be, so that net.core.somaxconn decides. The service gets the socket, and connections wait in its accept \
         queue even while the service is not running.",
        "If the service calls listen() itself on the socket it was given, its number holds from then on.",
    ],
    means_not: &["Backlog= of a .socket unit says nothing about services that make their sockets themselves."],
    sources: &[
        Source::Manual("systemd.socket(5), systemd 252 and 257: Backlog="),
        Source::Kernel("net/ipv4/af_inet.c:inet_listen"),
    ],
    look_at: &[Look {
        command: "listenq --process systemd",
        shows: "the listeners that systemd holds",
    }],
    shows: &[
        Show::Listeners(Which::Processes(&["systemd"])),
        Show::Setting("net.core.somaxconn"),
    ],
    proofs: &["second-listen-resizes-both-queues"],
    see_also: &["somaxconn", "backlog", "waiting-connection"],
    ..Topic::BLANK
};

pub(super) const DOCKER: Topic = Topic {
    id: "docker",
    title: "Docker: --sysctl",
    kind: Kind::Program(ProgramFacts {
        processes: &["dockerd", "docker-proxy"],
        default_backlog: "a container has a somaxconn of its own: the kernel's default, not the host's value",
        set: &[
            SetIt {
                place: "command line",
                line: "docker run --sysctl net.core.somaxconn=8192 IMAGE",
            },
            SetIt {
                place: "compose.yaml, the service",
                line: "sysctls: {net.core.somaxconn: 8192}",
            },
        ],
        applies: "when the container is made anew",
    }),
    names: &[
        "docker --sysctl",
        "docker run --sysctl",
        "docker compose sysctls",
        "docker-compose",
        "container somaxconn",
    ],
    summary: "containers do not inherit the host's somaxconn; --sysctl sets theirs",
    means: &[
        "A container with a network of its own is a network namespace of its own. Its net.core.somaxconn starts from \
         the kernel's default (4096, before Linux 5.4 128), whatever the host has, and caps every listen() in the \
         container.",
        "--sysctl sets it before the program starts. With --network=host the container has the host's namespace and \
         Docker refuses net.* there: set it on the host.",
        "Inside an ordinary container /proc/sys is read-only, so a program cannot raise it itself.",
    ],
    means_not: &["Setting it on the host changes nothing in the container, and the other way round."],
    sources: &[
        NAMESPACE_DEFAULT,
        Source::Manual("docker-run(1), Docker 26.1: --sysctl"),
    ],
    look_at: EACH_NAMESPACE,
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["new-namespace-starts-from-defaults"],
    see_also: &["network-namespace", "somaxconn", "kubernetes", "podman"],
    ..Topic::BLANK
};

pub(super) const PODMAN: Topic = Topic {
    id: "podman",
    title: "Podman: --sysctl and default_sysctls",
    kind: Kind::Program(ProgramFacts {
        processes: &["conmon", "rootlessport", "pasta"],
        default_backlog: "a container has a somaxconn of its own: the kernel's default, not the host's value",
        set: &[
            SetIt {
                place: "command line",
                line: "podman run --sysctl net.core.somaxconn=8192 IMAGE",
            },
            SetIt {
                place: "containers.conf, [containers], for all containers",
                line: "default_sysctls = [\"net.core.somaxconn=8192\"]",
            },
        ],
        applies: "when the container is made anew",
    }),
    names: &[
        "podman --sysctl",
        "default_sysctls",
        "containers.conf",
        "rootless container",
    ],
    summary: "as Docker; rootless containers have no somaxconn up to Linux 6.1",
    means: &[
        "As with Docker: the container's namespace starts from the kernel's default, and --sysctl sets its own value, \
         not with --network=host.",
        "A rootless container lives in a user namespace. There net.core.somaxconn does not exist up to Linux 6.1: the \
         value is the default and nobody can change it, not even root of the host. From 6.3 on it can be set.",
    ],
    kernels: &[
        "6.3 and later: net.core.somaxconn exists in namespaces that belong to a user namespace; 6.1: it does not.",
    ],
    sources: &[
        NAMESPACE_DEFAULT,
        Source::Manual("podman-run(1): --sysctl"),
        Source::Manual("containers.conf(5): default_sysctls"),
        Source::Kernel("net/core/sysctl_net_core.c:sysctl_core_net_init"),
    ],
    look_at: EACH_NAMESPACE,
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["new-namespace-starts-from-defaults"],
    see_also: &["docker", "network-namespace", "somaxconn"],
    ..Topic::BLANK
};

pub(super) const KUBERNETES: Topic = Topic {
    id: "kubernetes",
    title: "Kubernetes: sysctls of a pod",
    kind: Kind::Program(ProgramFacts {
        processes: &["kubelet"],
        default_backlog: "a pod has a somaxconn of its own: the kernel's default, not the node's value",
        set: &[
            SetIt {
                place: "the pod: spec",
                line: "securityContext: {sysctls: [{name: net.core.somaxconn, value: \"8192\"}]}",
            },
            SetIt {
                place: "each node, for the kubelet: net.core.somaxconn is an unsafe sysctl",
                line: "--allowed-unsafe-sysctls=net.core.somaxconn",
            },
        ],
        applies: "when the pod is made anew; the kubelet flag needs a restart of the kubelet",
    }),
    names: &[
        "k8s",
        "kubernetes sysctl",
        "unsafe sysctl",
        "safe sysctl",
        "allowed-unsafe-sysctls",
        "securityContext sysctls",
        "pod somaxconn",
        "SysctlForbidden",
        "containerd",
    ],
    summary: "pods do not inherit the node's somaxconn; setting it is an “unsafe” sysctl",
    means: &[
        "A pod is a network namespace of its own, shared by its containers. Its net.core.somaxconn starts from the \
         kernel's default, and securityContext.sysctls of the pod sets it before the containers start.",
        "net.core.somaxconn is not in Kubernetes' set of safe sysctls. The kubelet of the node has to allow it \
         (--allowed-unsafe-sysctls), else the pod is scheduled but fails to launch there. net.ipv4.tcp_syncookies is \
         safe.",
        "The container runtime sets none by itself: the default configuration of containerd 1.7 has nothing of the \
         kind.",
        "A pod with hostNetwork: true has the node's namespace: the node's value holds.",
    ],
    means_not: &[
        "A DaemonSet or an init script that sets the sysctl on the node changes nothing in pods with a network of \
         their own.",
    ],
    sources: &[
        Source::Document("Kubernetes, tasks/administer-cluster/sysctl-cluster: safe and unsafe sysctls"),
        Source::Document("kubernetes, pkg/kubelet/sysctl/safe_sysctls.go"),
        Source::Document("containerd 1.7.24, containerd config default"),
        NAMESPACE_DEFAULT,
    ],
    look_at: EACH_NAMESPACE,
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["new-namespace-starts-from-defaults"],
    see_also: &["network-namespace", "somaxconn", "docker"],
    ..Topic::BLANK
};
