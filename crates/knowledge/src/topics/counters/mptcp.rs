//! Handshakes of Multipath TCP, which ride on the TCP queues.

use super::{MOVES_NOW, WHICH_LISTENER, events, gauge};
use crate::topic::{Show, Source, Topic, Which};

const CHECK: Source = Source::Kernel("net/mptcp/subflow.c:subflow_check_req");
const CHILD: Source = Source::Kernel("net/mptcp/subflow.c:subflow_syn_recv_sock");
const RFC: Source = Source::Standard("RFC 8684");
const RIDES: &str = "An MPTCP listener has the queues and counters of an ordinary TCP listener: if one of them is full, \
                     ListenOverflows and ListenDrops count, and a SYN that is refused there does not count here.";

pub(super) static TOPICS: &[Topic] = &[
    Topic {
        id: "mp-capable-syn-rx",
        title: "MPTcpExt.MPCapableSYNRX",
        kind: events("MPTcpExt", "MPCapableSYNRX", "SYNs that ask for MPTCP"),
        names: &["MP_CAPABLE SYN received"],
        summary: "a SYN that asks for Multipath TCP reached an MPTCP listener with room in its queues",
        means: &[
            "A client asked for an MPTCP connection (MP_CAPABLE in its SYN), and the listener speaks MPTCP.",
            RIDES,
        ],
        means_not: &["Not MPTCP connections: MPCapableACKRX counts those that were accepted."],
        sources: &[CHECK, RFC],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("MPTcpExt", "MPCapableSYNRX"),
            Show::Listeners(Which::Mptcp),
        ],
        proofs: &["mptcp-rides-on-tcp"],
        see_also: &["mp-capable-ack-rx", "listen-overflows"],
        ..Topic::BLANK
    },
    Topic {
        id: "mp-capable-ack-rx",
        title: "MPTcpExt.MPCapableACKRX",
        kind: events("MPTcpExt", "MPCapableACKRX", "MPTCP connections accepted"),
        names: &["MP_CAPABLE ACK received"],
        summary: "accept() gave a program an MPTCP connection; those that wait in the queue do not count yet",
        means: &[
            "A program called accept(), and the connection it got is an MPTCP connection. Its final ACK may have come long \
             before: the counter moves when the connection leaves the accept queue.",
        ],
        means_not: &[
            "Not final ACKs received, in spite of the name: a connection that waits in the accept queue does not count \
             until it is accepted.",
        ],
        kernels: &["Kernels may differ: the proof says whether this one counts at accept() or at the final ACK."],
        sources: &[
            Source::Kernel("net/mptcp/protocol.c:mptcp_stream_accept"),
            Source::Measured("6.18.44: two finished handshakes, the counter at 0; after each accept() one more"),
            RFC,
        ],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("MPTcpExt", "MPCapableACKRX"),
            Show::Listeners(Which::Mptcp),
        ],
        proofs: &["mptcp-rides-on-tcp"],
        see_also: &["mp-capable-syn-rx", "passive-opens"],
    },
    Topic {
        id: "mp-join-syn-rx",
        title: "MPTcpExt.MPJoinSynRx",
        kind: events("MPTcpExt", "MPJoinSynRx", "SYNs that ask to join"),
        names: &["MP_JOIN SYN received"],
        summary: "a SYN asks to add a path to an MPTCP connection that exists",
        means: &[
            "A SYN with MP_JOIN came: a client wants to add a further path to one of its MPTCP connections.",
            RIDES,
        ],
        means_not: &["Not a new connection: a joined path goes into no accept queue."],
        sources: &[CHECK, RFC],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("MPTcpExt", "MPJoinSynRx"), Show::Listeners(Which::Mptcp)],
        proofs: &["mptcp-join"],
        see_also: &["mp-join-ack-rx", "mp-join-no-token-found"],
        ..Topic::BLANK
    },
    Topic {
        id: "mp-join-ack-rx",
        title: "MPTcpExt.MPJoinAckRx",
        kind: events("MPTcpExt", "MPJoinAckRx", "paths joined"),
        names: &["MP_JOIN ACK received"],
        summary: "the final ACK of a further path came: the path joins its MPTCP connection, not the accept queue",
        means: &[
            "The final ACK with MP_JOIN came, and the path was added to its connection. PassiveOpens counts it as well, \
             though no program will accept() it.",
        ],
        means_not: &["Not a new connection."],
        sources: &[CHILD, RFC],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("MPTcpExt", "MPJoinAckRx"), Show::Listeners(Which::Mptcp)],
        proofs: &["mptcp-join"],
        see_also: &["mp-join-syn-rx", "passive-opens"],
        ..Topic::BLANK
    },
    Topic {
        id: "mp-join-no-token-found",
        title: "MPTcpExt.MPJoinNoTokenFound",
        kind: events(
            "MPTcpExt",
            "MPJoinNoTokenFound",
            "SYNs that ask to join an unknown connection",
        ),
        names: &["MP_JOIN no token found"],
        summary: "a SYN asks to join an MPTCP connection that this host does not have (any more)",
        means: &[
            "A SYN with MP_JOIN names a connection by its token, and there is none of that token: it was closed, or the \
             SYN went to another host or namespace than the first path (a load balancer).",
            "It is answered with a RST. ListenDrops and the drops of the listener count it too.",
        ],
        means_not: &["Not a full queue."],
        sources: &[CHECK, RFC],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("MPTcpExt", "MPJoinNoTokenFound"),
            Show::Listeners(Which::Mptcp),
        ],
        proofs: &["mptcp-join"],
        see_also: &["mp-join-syn-rx", "mp-join-ack-h-mac-failure"],
        ..Topic::BLANK
    },
    Topic {
        id: "mp-join-syn-ack-h-mac-failure",
        title: "MPTcpExt.MPJoinSynAckHMacFailure",
        kind: events("MPTcpExt", "MPJoinSynAckHMacFailure", "SYN-ACKs with a wrong signature"),
        names: &["MP_JOIN SYN-ACK HMAC failure"],
        summary: "as client: a SYN-ACK to a join had a wrong signature, and the path was given up",
        means: &[
            "This host asked to join a path, and the server's SYN-ACK carried a wrong signature (HMAC): another server \
             answered than the one of the first path, or somebody changed it.",
        ],
        means_not: &["Nothing about the listeners of this host."],
        kernels: &[
            "Before a correction of 2026 it never moved: such an answer counted in MPJoinAckHMacFailure. 6.18.44 has it.",
        ],
        sources: &[Source::Kernel("net/mptcp/subflow.c:subflow_finish_connect"), RFC],
        look_at: &[MOVES_NOW],
        shows: &[Show::Counter("MPTcpExt", "MPJoinSynAckHMacFailure")],
        proofs: &["mptcp-join", "mptcp-join-wrong-syn-ack"],
        see_also: &["mp-join-ack-h-mac-failure"],
    },
    Topic {
        id: "mp-join-ack-h-mac-failure",
        title: "MPTcpExt.MPJoinAckHMacFailure",
        kind: events("MPTcpExt", "MPJoinAckHMacFailure", "final ACKs with a wrong signature"),
        names: &["MP_JOIN ACK HMAC failure"],
        summary: "the final ACK of a further path had a wrong signature; the path was refused",
        means: &[
            "A client's final ACK with MP_JOIN carried a wrong signature (HMAC): it does not know the keys of the \
             connection that it wants to join.",
        ],
        means_not: &["Not a full queue."],
        sources: &[CHILD, RFC],
        look_at: &[MOVES_NOW],
        shows: &[
            Show::Counter("MPTcpExt", "MPJoinAckHMacFailure"),
            Show::Listeners(Which::Mptcp),
        ],
        proofs: &["mptcp-join"],
        see_also: &["mp-join-syn-ack-h-mac-failure", "mp-join-no-token-found"],
        ..Topic::BLANK
    },
    Topic {
        id: "mp-curr-estab",
        title: "MPTcpExt.MPCurrEstab",
        kind: gauge("MPTcpExt", "MPCurrEstab", "established MPTCP connections now"),
        names: &["MPTCP connections established"],
        summary: "established MPTCP connections now, those that wait in accept queues among them",
        means: &[
            "How many MPTCP connections of this network namespace are established now, those that wait in an accept queue \
             among them. It goes up and down.",
        ],
        means_not: &[
            "Not paths: every path is a TCP connection of its own, and counts in Tcp.CurrEstab.",
            "Not connections that a program holds: the waiting count too.",
        ],
        kernels: &["6.8 and later."],
        sources: &[
            Source::Kernel("net/mptcp/protocol.c:mptcp_set_state"),
            Source::Measured("6.18.44: two connections that wait, both ends in one namespace: 4"),
        ],
        look_at: &[WHICH_LISTENER],
        shows: &[Show::Counter("MPTcpExt", "MPCurrEstab")],
        proofs: &["mptcp-rides-on-tcp"],
        see_also: &["curr-estab"],
    },
];
