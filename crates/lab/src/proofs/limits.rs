//! Proofs: where a listener's limit comes from, and what changes it.

use socket2::SockRef;

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::{Listener, backlog};
use super::names::{LISTEN_DROPS, REQ_Q_FULL_DROP};
use crate::error::{During, LabError};
use crate::require::Need;
use crate::{isolate, sysctl};

const SOMAXCONN: &str = "net/core/somaxconn";

pub(super) const SOMAXCONN_AND_RUNNING_LISTENERS: Proof = Proof {
    name: "somaxconn-does-not-reach-running-listeners",
    claim: "raising net.core.somaxconn gives a running server a longer accept queue",
    truth: "somaxconn is read inside listen() only. A running listener keeps its limit, up and down, until the program \
            calls listen() again.",
    needs: &[],
    play: |bench| {
        bench.sysctl(SOMAXCONN, 4)?;
        let listener = bench.listen(backlog(100))?;
        bench.phase(
            "somaxconn was 4 when the program called listen(fd, 100); now it is raised to 100",
            nothing().limit(4),
            |bench| bench.sysctl(SOMAXCONN, 100),
        )?;
        bench.phase("five clients connect", nothing().connections(5), |bench| {
            bench.connections(listener.address, 5).map(drop)
        })?;
        bench.phase("a sixth sends its SYN", nothing().refused_syns(1), |bench| {
            bench.syns(listener.address, 1).map(drop)
        })?;
        bench.phase(
            "the program calls listen(fd, 100) again",
            nothing().limit(100),
            |bench| bench.listen_again(&listener, 100),
        )?;
        bench.phase("three more connect", nothing().connections(3), |bench| {
            bench.connections(listener.address, 3).map(drop)
        })?;
        bench.phase("somaxconn is lowered to 2", nothing().limit(100), |bench| {
            bench.sysctl(SOMAXCONN, 2)
        })
    },
};

pub(super) const SOMAXCONN_CAPS: Proof = Proof {
    name: "somaxconn-caps-listen",
    claim: "a program gets the backlog that it asks for, or an error",
    truth: "listen() cuts the backlog down to net.core.somaxconn and says nothing. A negative backlog is taken as a very \
            large one, so it gives somaxconn too.",
    needs: &[],
    play: |bench| {
        bench.sysctl(SOMAXCONN, 64)?;
        let listener = bench.listen(backlog(1))?;
        for (asked, limit) in [(5000, 64), (-1, 64), (i32::MIN, 64), (63, 63), (0, 0)] {
            let what = format!("the program asks for {asked}; somaxconn is 64");
            bench.phase(&what, nothing().limit(limit), |bench| {
                bench.listen_again(&listener, asked)
            })?;
        }
        Ok(())
    },
};

pub(super) const SECOND_LISTEN: Proof = Proof {
    name: "second-listen-resizes-both-queues",
    claim: "the backlog of a running listener cannot be changed",
    truth: "A second listen() on the same socket changes the limit at once, and with it that of the SYN queue. What waits \
            in a queue that was made shorter stays.",
    needs: &[],
    play: |bench| {
        let _open = accept_queue_follows(bench)?;
        syn_queue_follows(bench)
    },
};

fn accept_queue_follows(bench: &mut Bench) -> Result<Listener, LabError> {
    let listener = bench.listen(backlog(2).called("A").port(8081))?;
    let to = listener.address;
    bench.phase(
        "three clients fill the accept queue of A (limit 2)",
        nothing().of("A").connections(3),
        |bench| bench.connections(to, 3).map(drop),
    )?;
    bench.phase(
        "listen(fd, 6) is called again, and four more connect",
        nothing().of("A").limit(6).connections(4),
        |bench| {
            bench.listen_again(&listener, 6)?;
            bench.connections(to, 4).map(drop)
        },
    )?;
    bench.phase(
        "listen(fd, 1) is called: what waits stays",
        nothing().of("A").limit(1),
        |bench| bench.listen_again(&listener, 1),
    )?;
    bench.phase(
        "accept() takes one, and another client sends its SYN",
        nothing().of("A").queued(-1).refused_syns(1),
        |bench| {
            bench.accept(&listener)?;
            bench.syns(to, 1).map(drop)
        },
    )?;
    Ok(listener)
}

fn syn_queue_follows(bench: &mut Bench) -> Result<(), LabError> {
    // Without cookies a full SYN queue shows.
    bench.sysctl("net/ipv4/tcp_syncookies", 0)?;
    let listener = bench.listen(backlog(2).called("B"))?;
    let expected = |kept: i64| {
        let dropped = 10 - kept;
        let refused = nothing().moves(LISTEN_DROPS, dropped).moves(REQ_Q_FULL_DROP, dropped);
        refused.of("B").half_open(kept).drops(dropped)
    };
    bench.ask(
        "ten clients send a SYN to B (limit 2) and never answer",
        "syn_queue_holds",
        &[("limit+1", expected(3)), ("limit", expected(2))],
        |bench| bench.syns(listener.address, 10).map(drop),
    )?;
    bench.phase("listen(fd, 6) is called again", nothing().of("B").limit(6), |bench| {
        bench.listen_again(&listener, 6)
    })?;
    bench.phase("ten more send a SYN", expected(4), |bench| {
        bench.syns(listener.address, 10).map(drop)
    })
}

pub(super) const NEW_NAMESPACE: Proof = Proof {
    name: "new-namespace-starts-from-defaults",
    claim: "containers inherit net.core.somaxconn and the tcp_ settings of the host",
    truth: "A new network namespace starts from the kernel's own defaults, whatever the namespace it is made from has: \
            somaxconn 4096 (128 before Linux 5.4), tcp_syncookies 1, tcp_synack_retries 5, tcp_abort_on_overflow 0.",
    needs: &[],
    play: |bench| {
        let other = [
            (SOMAXCONN, 77),
            ("net/ipv4/tcp_syncookies", 0),
            ("net/ipv4/tcp_synack_retries", 2),
            ("net/ipv4/tcp_abort_on_overflow", 1),
        ];
        bench.phase(
            "other values are set here, and a namespace is made from here",
            nothing(),
            |bench| {
                for (name, value) in other {
                    bench.sysctl(name, value)?;
                }
                bench.did("unshare --net sysctl net.core.somaxconn net.ipv4.tcp_syncookies …");
                let names = other.map(|(name, _)| name);
                let values = in_a_new_namespace(|| names.map(sysctl::read))?;
                for (name, value) in names.into_iter().zip(values) {
                    default_is_seen(bench, name, &value?);
                }
                Ok(())
            },
        )
    },
};

fn default_is_seen(bench: &mut Bench, name: &str, value: &str) {
    let told = format!("{} in the new namespace", sysctl::dotted(name));
    let expected = match name {
        "net/ipv4/tcp_syncookies" => "1",
        "net/ipv4/tcp_synack_retries" => "5",
        "net/ipv4/tcp_abort_on_overflow" => "0",
        _ => return bench.observe_answer("somaxconn_default", &told, value, &["4096", "128"]),
    };
    bench.observe(&told, value, expected);
}

pub(super) const SOCKETS_NAMESPACE: Proof = Proof {
    name: "somaxconn-is-that-of-the-sockets-namespace",
    claim: "listen() is cut down to the somaxconn of the program that calls it",
    truth: "It is cut down to the somaxconn of the namespace in which the socket was made, whoever calls listen() on it.",
    needs: &[],
    play: |bench| {
        bench.sysctl(SOMAXCONN, 50)?;
        let listener = bench.listen(backlog(1))?;
        bench.phase(
            "somaxconn is 50 here; a thread goes to a namespace where it is 7, and calls listen(fd, 100) there",
            nothing().limit(50),
            |bench| {
                bench.did("unshare --net; sysctl -w net.core.somaxconn=7; listen(fd, 100)");
                let socket = SockRef::from(&listener.socket);
                in_a_new_namespace(|| {
                    sysctl::write(SOMAXCONN, 7)?;
                    socket.listen(100).during("listen on", listener.address)
                })?
            },
        )
    },
};

pub(super) const USER_NAMESPACE: Proof = Proof {
    name: "somaxconn-in-a-user-namespace",
    claim: "root of a rootless container can set net.core.somaxconn for itself",
    truth: "On newer kernels it can. Up to Linux 6.1 the setting does not exist in a namespace that belongs to a user \
            namespace: its listeners have the kernel's default as their bound, and nobody can change that.",
    needs: &[Need::UserNamespace],
    play: |bench| {
        let own = sysctl::exists(SOMAXCONN);
        let listener = bench.listen(backlog(1))?;
        let act = |bench: &mut Bench| {
            let seen = if own { "own" } else { "absent" };
            let question = "somaxconn_in_a_user_namespace";
            bench.observe_answer(question, "net.core.somaxconn there", seen, &["own", "absent"]);
            if own {
                bench.sysctl(SOMAXCONN, 64)?;
            }
            bench.listen_again(&listener, 5000)
        };
        let what = "in a user namespace with a network namespace of its own the program asks for 5000";
        if own {
            return bench.phase(what, nothing().limit(64), act);
        }
        let defaults = [("4096", nothing().limit(4096)), ("128", nothing().limit(128))];
        bench.ask(what, "somaxconn_default", &defaults, act).map(drop)
    },
};

/// Does `work` on a thread that has moved into a network namespace of its own.
fn in_a_new_namespace<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, LabError> {
    std::thread::scope(|scope| {
        let there = scope.spawn(|| {
            isolate::new_network_namespace().during("make", "a network namespace")?;
            Ok(work())
        });
        there.join().unwrap_or_else(|_| {
            Err(LabError::Gone {
                who: "the thread in the new namespace".into(),
                what: "has ended".into(),
            })
        })
    })
}
