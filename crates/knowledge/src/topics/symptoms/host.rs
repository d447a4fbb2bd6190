//! What the administrator of the host sees.

use super::{COUNTERS, LIST, WATCH};
use crate::topic::{Kind, Look, Show, Source, Topic, Which};

const SYS_LISTEN: Source = Source::Kernel("net/socket.c:__sys_listen");
const SYSCTL_TABLE: Source = Source::Kernel("net/core/sysctl_net_core.c");

pub(super) const RECV_Q_STAYS_HIGH: Topic = Topic {
    id: "recv-q-stays-high",
    title: "Recv-Q of a listener stays high",
    kind: Kind::Symptom,
    names: &[
        "Recv-Q stays high",
        "recv-q not draining",
        "high Recv-Q",
        "Recv-Q 129",
        "accept queue stays full",
    ],
    summary: "connections come as fast as they are accepted, or nobody accepts: this is no burst",
    means: &[
        "In a LISTEN line Recv-Q is the length of the accept queue, in connections. A burst makes it high for a \
         moment; if it stays, accept() is slower than the arrivals, or is not called at all.",
        "Stays at the same number and clients get no answer: nobody accepts. Goes up and down near the limit: \
         accepted, but too slowly. Send-Q + 1 is full: clients are being dropped.",
    ],
    means_not: &[
        "A longer queue does not help here: it only adds waiting.",
        "Recv-Q of an established connection is another thing: bytes that the program has not read.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/tcp_diag.c:tcp_diag_get_info"),
        Source::Kernel("include/net/sock.h:sk_acceptq_is_full"),
    ],
    look_at: &[WATCH, LIST],
    shows: &[Show::Listeners(Which::Waiting)],
    proofs: &["accept-queue-holds-one-more"],
    see_also: &[
        "ss-recv-q",
        "accept-queue",
        "connected-but-no-answer",
        "dead-connections",
    ],
    ..Topic::BLANK
};

pub(super) const MANY_SYN_RECV: Topic = Topic {
    id: "many-syn-recv",
    title: "many connections in SYN_RECV",
    kind: Kind::Symptom,
    names: &[
        "many SYN_RECV",
        "lots of SYN_RECV",
        "too many SYN_RECV",
        "hundreds of SYN-RECV",
        "SYN_RECV stuck",
    ],
    summary: "many half-open connections: a full accept queue, far or lossy clients, or a flood",
    means: &[
        "Look at the accept queue of that port first. If it is full, final ACKs are refused and the handshakes pile \
         up as SYN_RECV: no flood at all.",
        "If it is not: half-open connections are arrivals per second times the time to the final ACK, so 10,000 \
         connections per second over 100 ms are 1,000, all healthy. Old ones (several SYN-ACKs sent) are clients that \
         do not answer: lossy networks, forged addresses. With TCP_DEFER_ACCEPT they are clients that have not sent \
         data yet.",
        "Each listener is limited by its own backlog. With SYN cookies on, those above it are served without being \
         stored, so they are not among the lines.",
    ],
    means_not: &[
        "The number of lines is not to be compared with somaxconn or tcp_max_syn_backlog: it sums all listeners of \
         the namespace.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/tcp_input.c:tcp_conn_request"),
        Source::Kernel("net/ipv4/tcp_minisocks.c:tcp_check_req"),
    ],
    look_at: &[
        Look {
            command: "listenq -o wide",
            shows: "the half-open connections of each listener beside its accept queue",
        },
        COUNTERS,
    ],
    shows: &[
        Show::Listeners(Which::HalfOpen),
        Show::Counter("TcpExt", "TCPReqQFullDoCookies"),
        Show::Setting("net.ipv4.tcp_syncookies"),
    ],
    proofs: &[
        "syn-recv-counts-all-listeners",
        "final-ack-refused",
        "defer-accept-fills-the-syn-queue",
    ],
    see_also: &["half-open", "syn-queue", "syn-cookies", "syn-ack-retransmission"],
    ..Topic::BLANK
};

pub(super) const MANY_CLOSE_WAIT: Topic = Topic {
    id: "many-close-wait",
    title: "many connections in CLOSE_WAIT",
    kind: Kind::Symptom,
    names: &[
        "CLOSE_WAIT",
        "many CLOSE_WAIT",
        "CLOSE-WAIT",
        "lots of CLOSE_WAIT",
        "CLOSE_WAIT without process",
    ],
    summary: "the client has closed and the server has not: not accepted yet, or accepted and never closed",
    means: &[
        "Without a process (inode 0): they wait in the accept queue, and their clients have given up. The program is \
         far behind, and will work for clients that are gone.",
        "With a process: the program has accepted them, has got the end of the stream and has not called close(): a \
         leak or a stuck worker. That has nothing to do with the queues, but takes file descriptors, and in the end \
         accept() fails.",
    ],
    sources: &[
        Source::Kernel("net/ipv4/tcp_input.c:tcp_fin"),
        Source::Kernel("net/ipv4/inet_diag.c:inet_sk_diag_fill"),
    ],
    look_at: &[
        Look {
            command: "listenq",
            shows: "“N of M clients have left”: those that wait, for each listener",
        },
        Look {
            command: "ss -tanpe state close-wait",
            shows: "all of them; ino:0 and no process are the waiting ones",
        },
    ],
    shows: &[Show::Listeners(Which::DeadQueued)],
    proofs: &["dead-connections-stay-queued"],
    see_also: &["dead-connections", "waiting-connection", "too-many-open-files"],
    ..Topic::BLANK
};

pub(super) const SYSCTL_REFUSED: Topic = Topic {
    id: "sysctl-invalid-argument",
    title: "Invalid argument setting key net.core.somaxconn",
    kind: Kind::Symptom,
    names: &[
        "error: \"Invalid argument\" setting key \"net.core.somaxconn\"",
        "sysctl: setting key \"net.core.somaxconn\": Invalid argument",
        "Invalid argument setting key",
        "sysctl invalid argument somaxconn",
    ],
    summary: "the value is out of range: 0 to 2147483647; up to 65535 in RHEL 7",
    means: &[
        "The kernel refuses negative numbers, numbers above 2147483647 and what is no number. RHEL 7 keeps the limit \
         in 16 bits and refuses more than 65535.",
        "tcp_syncookies, tcp_synack_retries and tcp_abort_on_overflow are 8 bits wide in newer kernels: above 255 \
         they give the same error.",
    ],
    sources: &[
        SYSCTL_TABLE,
        Source::Measured("-1, abc and 2147483648 are refused, 70000 is taken (Linux 6.18.44, procps 4.0.2)"),
    ],
    look_at: &[Look {
        command: "listenq -o json",
        shows: "the values in each network namespace",
    }],
    shows: &[Show::Setting("net.core.somaxconn")],
    see_also: &["somaxconn", "sysctl-read-only", "sysctl-no-such-file"],
    ..Topic::BLANK
};

pub(super) const SYSCTL_READ_ONLY: Topic = Topic {
    id: "sysctl-read-only",
    title: "sysctl: Read-only file system (in a container)",
    kind: Kind::Symptom,
    names: &[
        "Read-only file system",
        "sysctl: setting key \"net.core.somaxconn\": Read-only file system",
        "sysctl: permission denied on key \"net.core.somaxconn\"",
        "EROFS somaxconn",
        "/proc/sys read-only",
    ],
    summary: "the container runtime mounts /proc/sys read-only; set it where the container is started",
    means: &[
        "Not the kernel but the runtime forbids it: in an ordinary container /proc/sys is mounted read-only. Newer \
         sysctl programs say “permission denied on key” for it, even to root.",
        "Set it from outside: docker run --sysctl, compose sysctls:, securityContext.sysctls of the pod. On the host \
         itself it needs root, or CAP_NET_ADMIN in the namespace.",
    ],
    sources: &[
        SYSCTL_TABLE,
        Source::Measured(
            "procps 4.0.2 on a read-only /proc/sys: “permission denied on key”; the shell: “Read-only file system”",
        ),
    ],
    look_at: &[Look {
        command: "listenq --netns all",
        shows: "the limits in the container's namespace",
    }],
    shows: &[Show::Setting("net.core.somaxconn")],
    proofs: &["new-namespace-starts-from-defaults"],
    see_also: &["docker", "kubernetes", "network-namespace", "sysctl-invalid-argument"],
    ..Topic::BLANK
};

pub(super) const SYSCTL_ABSENT: Topic = Topic {
    id: "sysctl-no-such-file",
    title: "net.core.somaxconn: No such file or directory",
    kind: Kind::Symptom,
    names: &[
        "sysctl: cannot stat /proc/sys/net/core/somaxconn: No such file or directory",
        "/proc/sys/net/core/somaxconn: No such file or directory",
        "somaxconn No such file or directory",
        "somaxconn missing in container",
    ],
    summary: "a rootless container on Linux 6.1 or older: the sysctl does not exist there",
    means: &[
        "In a network namespace that belongs to a user namespace, net.core.somaxconn is not there up to Linux 6.1. \
         The limit still exists: it is the default (4096, before 5.4 128), and nobody can change it, not even root of \
         the host.",
        "From 6.3 on it is there and can be set. Until then: run the container with root, or with the host's network.",
    ],
    means_not: &["It does not mean that there is no limit."],
    kernels: &["6.3 and later have it in such namespaces; 6.1 and earlier do not."],
    sources: &[
        Source::Kernel("net/core/sysctl_net_core.c:sysctl_core_net_init"),
        SYS_LISTEN,
    ],
    look_at: &[Look {
        command: "listenq --netns self",
        shows: "the limits that the listeners here got",
    }],
    shows: &[Show::Setting("net.core.somaxconn")],
    see_also: &["podman", "somaxconn", "network-namespace"],
    ..Topic::BLANK
};
