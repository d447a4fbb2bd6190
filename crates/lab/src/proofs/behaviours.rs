//! The questions in which kernels differ, and which proof answers each.

/// Something that kernels do in different ways, and that is asked by playing a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Its name, as it is in [`crate::Record::answers`].
    pub name: &'static str,
    /// The question, for people.
    pub question: &'static str,
    /// The proof that answers it best. (Others may answer it as well.)
    pub proof: &'static str,
    /// The answers there are, each with what it means.
    pub values: &'static [(&'static str, &'static str)],
}

impl Behaviour {
    /// What an answer means; `None` for one that is not among [`Self::values`].
    pub fn meaning(&self, answer: &str) -> Option<&'static str> {
        let known = self.values.iter().find(|(value, _)| *value == answer);
        known.map(|(_, meaning)| *meaning)
    }
}

/// All of them, the most important first.
pub fn behaviours() -> &'static [Behaviour] {
    &BEHAVIOURS
}

/// The behaviour with this name.
pub fn find_behaviour(name: &str) -> Option<&'static Behaviour> {
    BEHAVIOURS.iter().find(|behaviour| behaviour.name == name)
}

static BEHAVIOURS: [Behaviour; 16] = [
    Behaviour {
        name: "accept_queue_holds",
        question: "How many connections does an accept queue hold?",
        proof: "accept-queue-holds-one-more",
        values: &[(
            "limit+1",
            "one more than its limit: refused is what finds the length above the limit",
        )],
    },
    Behaviour {
        name: "syn_queue_holds",
        question: "How many half-open connections does a SYN queue hold?",
        proof: "syn-queue-limit-is-the-backlog",
        values: &[
            ("limit+1", "one more than its limit, as the accept queue"),
            (
                "limit",
                "as many as its limit (kernels up to 6.8 without the correction of 2025)",
            ),
        ],
    },
    Behaviour {
        name: "full_accept_queue_drops_syns",
        question: "Are SYNs dropped while the accept queue is full?",
        proof: "accept-queue-full-drops-syns",
        values: &[
            ("always", "every SYN is dropped (since Linux 4.10)"),
            (
                "when requests are young",
                "only while more than one half-open connection is new (up to 4.9)",
            ),
        ],
    },
    Behaviour {
        name: "max_syn_backlog_with_cookies",
        question: "Does tcp_max_syn_backlog limit anything while SYN cookies are on?",
        proof: "max-syn-backlog-with-cookies",
        values: &[(
            "no effect",
            "no: the listener's backlog is the only limit (since Linux 4.4)",
        )],
    },
    Behaviour {
        name: "listen_0_without_cookies",
        question: "Does listen(fd, 0) accept anything while SYN cookies are off?",
        proof: "listen-0-without-cookies",
        values: &[
            ("accepts one", "one connection"),
            ("accepts nothing", "nothing: its SYN queue holds none"),
        ],
    },
    Behaviour {
        name: "cookies_count_as_listen_drops",
        question: "Does a SYN that is answered with a cookie count in ListenDrops?",
        proof: "cookies-count-as-listen-drops",
        values: &[
            ("no", "ListenDrops counts what was refused"),
            ("yes", "ListenDrops counts cookies too (up to Linux 4.4)"),
        ],
    },
    Behaviour {
        name: "curr_estab_counts_close_wait",
        question: "Does CurrEstab count connections that the other side has closed?",
        proof: "curr-estab-counts-the-waiting",
        values: &[
            (
                "yes",
                "it counts ESTABLISHED and CLOSE_WAIT (kernels of 2024 and later)",
            ),
            ("no", "it counts ESTABLISHED only"),
        ],
    },
    Behaviour {
        name: "somaxconn_default",
        question: "Which somaxconn does a new network namespace have?",
        proof: "new-namespace-starts-from-defaults",
        values: &[("4096", "4096 (since Linux 5.4)"), ("128", "128")],
    },
    Behaviour {
        name: "somaxconn_in_a_user_namespace",
        question: "Can a rootless container set net.core.somaxconn for itself?",
        proof: "somaxconn-in-a-user-namespace",
        values: &[
            (
                "own",
                "yes: the namespace has a setting of its own (since Linux 6.2 or 6.3)",
            ),
            (
                "absent",
                "no, and nobody else can: its listeners keep the default as their bound",
            ),
        ],
    },
    Behaviour {
        name: "reuseport_prefers",
        question: "Of a wildcard and an address on one port with SO_REUSEPORT, which gets the address's clients?",
        proof: "reuseport-wildcard-and-address",
        values: &[
            ("the address", "the listener that is bound to the address"),
            ("by age", "the youngest of IPv4, the oldest of IPv6, be it the wildcard"),
        ],
    },
    Behaviour {
        name: "migrate_req",
        question: "With tcp_migrate_req=1, what becomes of the queue of a SO_REUSEPORT member that closes?",
        proof: "migrate-req",
        values: &[
            ("moves", "it is moved to another member"),
            (
                "no effect",
                "all in it are reset: the setting is there, the kernel cannot (5.10)",
            ),
            ("no such sysctl", "all in it are reset: the kernel has no such setting"),
        ],
    },
    Behaviour {
        name: "migrate_req_failure_counts",
        question: "Are connections counted that tcp_migrate_req found no new listener for?",
        proof: "migrate-req-with-nobody-left",
        values: &[
            ("yes", "TCPMigrateReqFailure counts each"),
            ("no", "the kernel does not migrate, and counts nothing"),
        ],
    },
    Behaviour {
        name: "syn_retransmissions",
        question: "When does a client send a SYN again that got no answer?",
        proof: "syn-retransmissions",
        values: &[
            ("exponential", "after 1, 3, 7, 15 s"),
            (
                "linear",
                "after 1, 2, 3, 4 s and then at growing distances (tcp_syn_linear_timeouts)",
            ),
        ],
    },
    Behaviour {
        name: "impossible_tsecr",
        question: "Is a final ACK refused that echoes a timestamp the kernel never sent?",
        proof: "tsecr-rejected",
        values: &[
            ("refused", "yes, and TSEcrRejected counts it"),
            ("accepted", "no: the timestamp is not looked at"),
        ],
    },
    Behaviour {
        name: "mp_capable_ack_counts_at",
        question: "When does MPCapableACKRX count an MPTCP client?",
        proof: "mptcp-rides-on-tcp",
        values: &[
            (
                "accept",
                "when the program accepts it: those that wait are not counted yet",
            ),
            ("ACK", "when its final ACK comes"),
        ],
    },
    Behaviour {
        name: "wrong_syn_ack_of_a_join_counts_in",
        question: "Where does a SYN-ACK with a wrong proof for a second MPTCP path count?",
        proof: "mptcp-join-wrong-syn-ack",
        values: &[
            (
                "MPJoinSynAckHMacFailure",
                "in the counter made for it (since the correction of 2026)",
            ),
            (
                "MPJoinAckHMacFailure",
                "in the counter of the other side; MPJoinSynAckHMacFailure never moves",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_behaviour_is_asked_by_a_proof_that_is_there() {
        for behaviour in behaviours() {
            assert!(crate::find_proof(behaviour.proof).is_ok(), "{}", behaviour.name);
            assert!(!behaviour.values.is_empty(), "{}", behaviour.name);
        }
    }
}
