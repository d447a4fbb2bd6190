//! Proofs: what an accept queue holds, and what becomes of those for whom there is no room.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::backlog;
use super::names::{ACTIVE_OPENS, COOKIES_RECEIVED, COOKIES_SENT, CURR_ESTAB, REQ_Q_FULL_DO_COOKIES};
use crate::error::LabError;
use crate::require::Need;

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
        let least = bench.listen(backlog(0).called("B").port(8081))?;
        let fits = nothing().of("B").connections(1);
        let by_cookie = fits
            .clone()
            .moves(REQ_Q_FULL_DO_COOKIES, 1)
            .moves(COOKIES_SENT, 1)
            .moves(COOKIES_RECEIVED, 1);
        bench.ask(
            "one client connects to a listener with limit 0",
            "syn_queue_holds",
            &[("limit+1", fits), ("limit", by_cookie)],
            |bench| bench.connections(least.address, 1).map(drop),
        )?;
        let refused = nothing().of("B").refused_syns(1);
        let in_cookie_mode = refused.clone().moves(REQ_Q_FULL_DO_COOKIES, 1);
        bench
            .ask(
                "another sends its SYN to it",
                "syn_queue_holds",
                &[("limit+1", refused), ("limit", in_cookie_mode)],
                |bench| bench.syns(least.address, 1).map(drop),
            )
            .map(drop)
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
        let listener = bench.listen(backlog(1))?;
        bench.phase(
            "two clients fill the accept queue (limit 1)",
            nothing().connections(2),
            |bench| bench.connections(listener.address, 2).map(drop),
        )?;
        bench.phase(
            "one other client sends the same SYN three times, as it does when nobody answers",
            nothing().refused_syns(3),
            |bench| send_three_times(bench, listener.address),
        )
    },
};

fn send_three_times(bench: &mut Bench, to: SocketAddr) -> Result<(), LabError> {
    let peer = bench.peer(to);
    for _ in 0..3 {
        bench.send(&peer.syn())?;
    }
    bench.answer_is("answer to it", &peer, "nothing")
}

pub(super) const BOTH_FAMILIES: Proof = Proof {
    name: "one-queue-for-both-families",
    claim: "a listener on [::] has a queue for IPv6 and another for IPv4",
    truth: "It is one listener with one SYN queue and one accept queue, in which clients of both families wait. (A count of \
            IPv4 sockets alone does not find those that came over IPv4.)",
    needs: &[Need::Ipv6],
    play: |bench| {
        let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 8080));
        let listener = bench.listen(backlog(1).on(any))?;
        let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 8080));
        // The program that connects over IPv6 is in this namespace too.
        let both_ends = nothing().moves(ACTIVE_OPENS, 1).connections(1).moves(CURR_ESTAB, 2);
        bench.phase("a program connects over IPv6", both_ends, |bench| {
            let (socket, outcome) = bench.connect(v6)?;
            bench.observe("connect()", &outcome, "connected");
            bench.keep(socket);
            Ok(())
        })?;
        bench.phase("a client connects over IPv4", nothing().connections(1), |bench| {
            bench.connections(v4, 1).map(drop)
        })?;
        bench.phase(
            "the queue is full (limit 1); another comes over IPv4",
            nothing().refused_syns(1),
            |bench| bench.syns(v4, 1).map(drop),
        )?;
        bench.phase(
            "accept() makes room, and one more over IPv4 is half-open",
            nothing().queued(-1).half_open(1),
            |bench| {
                bench.accept(&listener)?;
                bench.syns(v4, 1).map(drop)
            },
        )
    },
};
