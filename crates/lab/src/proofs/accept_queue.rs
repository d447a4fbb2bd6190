//! Proofs: what an accept queue holds, and what becomes of those for whom there is no room.

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::backlog;
use crate::error::LabError;

pub(super) const HOLDS_ONE_MORE: Proof = Proof {
    name: "accept-queue-holds-one-more",
    claim: "listen(fd, n) lets n connections wait",
    truth: "n + 1 wait: the kernel refuses when the length is above the limit, and listen(fd, 0) holds one.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(2))?;
        let full = nothing().connections(3);
        bench.ask(
            "three clients connect to a listener with limit 2, and nobody calls accept()",
            "accept_queue_holds",
            &[("limit+1", full)],
            |bench| bench.connections(listener.address, 3).map(drop),
        )?;
        bench.phase("a fourth sends its SYN", nothing().refused_syns(1), |bench| {
            bench.syns(listener.address, 1).map(drop)
        })?;
        let least = bench.listen(backlog(0).called("a second listener").port(8081))?;
        let holds_one = nothing().of("a second listener").connections(1);
        bench.phase(
            "one client connects to a second listener with limit 0",
            holds_one,
            |bench| bench.connections(least.address, 1).map(drop),
        )?;
        let refuses = nothing().of("a second listener").refused_syns(1);
        bench.phase("another sends its SYN to it", refuses, |bench| {
            bench.syns(least.address, 1).map(drop)
        })
    },
};

pub(super) const FULL_DROPS_SYNS: Proof = Proof {
    name: "accept-queue-full-drops-syns",
    claim: "while the accept queue is full, new connections wait in the SYN queue",
    truth: "While the accept queue is full every SYN is dropped without an answer: nothing enters the SYN queue. \
            Each counts in ListenOverflows, ListenDrops and the listener's drops.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(4))?;
        bench.phase(
            "five clients fill the accept queue (limit 4)",
            nothing().connections(5),
            |bench| bench.connections(listener.address, 5).map(drop),
        )?;
        bench.ask(
            "20 more clients send their SYN",
            "full_accept_queue_drops_syns",
            &[
                ("always", nothing().refused_syns(20)),
                // Up to 4.9: only while more than one request is young.
                ("when requests are young", nothing().refused_syns(18).half_open(2)),
            ],
            |bench| {
                let peers = bench.syns(listener.address, 20)?;
                let answered = bench.answered(&peers)?;
                bench.observe("SYN-ACKs sent to them", &answered.to_string(), "0");
                Ok(())
            },
        )?;
        bench.phase(
            "accept() makes room for one, and two clients send their SYN",
            nothing().queued(-1).half_open(2),
            |bench| {
                bench.accept(&listener)?;
                bench.syns(listener.address, 2).map(drop)
            },
        )
    },
};

pub(super) const OVERFLOWS_COUNT_PACKETS: Proof = Proof {
    name: "overflows-count-packets",
    claim: "ListenOverflows is the number of clients that were turned away",
    truth: "It counts packets: one client that sends its SYN three times adds 3.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(0))?;
        bench.phase(
            "one client fills the accept queue (limit 0)",
            nothing().connections(1),
            |bench| bench.connections(listener.address, 1).map(drop),
        )?;
        bench.phase(
            "one other client sends the same SYN three times, as it does when nobody answers",
            nothing().refused_syns(3),
            |bench| send_three_times(bench, listener.address),
        )
    },
};

fn send_three_times(bench: &mut Bench, to: std::net::SocketAddr) -> Result<(), LabError> {
    let peer = bench.peer(to);
    for _ in 0..3 {
        bench.send(&peer.syn())?;
    }
    bench.answer_is("answer to it", &peer, "nothing")
}
