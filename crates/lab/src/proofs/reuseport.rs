//! Proofs: listeners that share a port.

use std::net::{Ipv4Addr, SocketAddr};

use super::Proof;
use super::bench::Bench;
use super::expected::{Expected, nothing};
use super::listeners::{Listener, backlog};
use super::names::{CURR_ESTAB, ESTAB_RESETS, MIGRATED, NOT_MIGRATED, OUT_RSTS, PASSIVE_OPENS};
use super::peers::Peer;
use crate::error::LabError;
use crate::sysctl;

const MIGRATE: &str = "net/ipv4/tcp_migrate_req";
const BY_HASH: &str = "a hash of the addresses and ports decides which member gets a client";
const QUEUE_OF_A: &str = "accept queue length of A";
const QUEUE_OF_B: &str = "accept queue length of B";
/// So many that none of two members goes without (by chance, once in eight million runs).
const CLIENTS: u32 = 24;

pub(super) const OWN_QUEUES: Proof = Proof {
    name: "reuseport-members-have-their-own-queues",
    claim: "listeners that share a port through SO_REUSEPORT share the room in their queues",
    truth: "Each has queues and a limit of its own, and the kernel picks the member before it looks at its queue. A client of a \
            full member is refused while the others have room.",
    needs: &[],
    play: |bench| {
        let (a, _b) = group(bench)?;
        let (of_a, of_b) = one_of_each(bench, &a)?;
        bench.phase(
            "listen(fd, 1) makes A smaller than what waits in it",
            nothing().of("A").limit(1),
            |bench| bench.listen_again(&a, 1),
        )?;
        let left = nothing().moves(ESTAB_RESETS, 2).moves(CURR_ESTAB, -2);
        bench.phase("one client of A and one of B send a RST", left, |bench| {
            bench.send(&of_a.reset())?;
            bench.send(&of_b.reset())
        })?;
        let refused = nothing().of("A").refused_syns(1);
        bench.phase(
            "that of A comes again from the same port, so it is A's again",
            refused,
            |bench| {
                bench.send(&of_a.syn())?;
                bench.answer_is("answer to it", &of_a, "nothing")
            },
        )?;
        let answered = nothing().of("the port").half_open(1);
        bench.phase("that of B comes again", answered, |bench| {
            bench.send(&of_b.syn())?;
            bench.answer_is("answer to it", &of_b, "SYN+ACK")
        })
    },
};

/// Has clients connect one after the other; gives one that A got and one that B got.
fn one_of_each(bench: &mut Bench, a: &Listener) -> Result<(Peer, Peer), LabError> {
    let mut clients = Vec::new();
    let what = "24 clients connect to a port with the members A and B";
    bench.phase(what, spread(), |bench| {
        for _ in 0..CLIENTS {
            let before = bench.value_now(QUEUE_OF_A)?;
            let peers = bench.connections(a.address, 1)?;
            let of_a = bench.value_now(QUEUE_OF_A)? != before;
            clients.extend(peers.into_iter().map(|peer| (peer, of_a)));
        }
        Ok(())
    })?;
    Ok((one_of(&clients, true)?, one_of(&clients, false)?))
}

fn one_of(clients: &[(Peer, bool)], of_a: bool) -> Result<Peer, LabError> {
    let found = clients.iter().find(|(_, a)| *a == of_a);
    found.map(|(peer, _)| peer.clone()).ok_or_else(|| LabError::Gone {
        who: "one of the members".into(),
        what: "has got no client".into(),
    })
}

pub(super) const WILDCARD_AND_ADDRESS: Proof = Proof {
    name: "reuseport-wildcard-and-address",
    claim: "of two listeners on a port the one that is bound to the client's address gets the client",
    truth: "So it is on newer kernels. On older ones (seen on 4.18) two listeners with SO_REUSEPORT are asked by their age, those \
            of IPv4 the youngest first, those of IPv6 the oldest, and a wildcard that is asked first gets every client.",
    needs: &[],
    play: |bench| {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8080));
        let specific = bench.listen(backlog(100).called("A").shared())?;
        let _wildcard = bench.listen(backlog(100).on(any).called("B").shared())?;
        bench
            .ask(
                "A listens on 127.0.0.1 and then B on 0.0.0.0; four clients connect to 127.0.0.1",
                "reuseport_prefers",
                &[
                    ("the address", nothing().of("A").connections(4)),
                    ("by age", nothing().of("B").connections(4)),
                ],
                |bench| bench.connections(specific.address, 4).map(drop),
            )
            .map(drop)
    },
};

pub(super) const MIGRATE_REQ: Proof = Proof {
    name: "migrate-req",
    claim: "with SO_REUSEPORT a new process can take over from an old one without losing a client",
    truth: "Only with net.ipv4.tcp_migrate_req=1, on a kernel that can: then what waits in the queue of a member that closes is \
            moved to another. Otherwise each of them gets a RST.",
    needs: &[],
    play: |bench| {
        let there = sysctl::exists(MIGRATE);
        if there {
            bench.sysctl(MIGRATE, 1)?;
        }
        let (a, _b, waited) = two_with_clients(bench)?;
        let moves = nothing().moves(QUEUE_OF_B, waited).moves(MIGRATED, waited);
        let otherwise = if there { "no effect" } else { "no such sysctl" };
        bench
            .ask(
                "A is closed",
                "migrate_req",
                &[("moves", a_is_gone(moves)), (otherwise, a_is_gone(reset(waited)))],
                |bench| {
                    bench.close(a);
                    Ok(())
                },
            )
            .map(drop)
    },
};

pub(super) const NOBODY_LEFT: Proof = Proof {
    name: "migrate-req-with-nobody-left",
    claim: "TCPMigrateReqFailure counts clients that lost their place to another",
    truth: "It counts connections that waited when the last member of a SO_REUSEPORT group closed: tcp_migrate_req=1 finds nobody \
            to move them to, and each of them gets a RST. With tcp_migrate_req=0 they get the same and nothing counts it.",
    needs: &[],
    play: |bench| {
        if sysctl::exists(MIGRATE) {
            bench.sysctl(MIGRATE, 1)?;
        }
        let only = bench.listen(backlog(100).shared())?;
        bench.phase(
            "three clients connect to the only member of a group",
            nothing().connections(3),
            |bench| bench.connections(only.address, 3).map(drop),
        )?;
        let closed = || reset(3).gone().vanishes("SYN queue length of the port");
        bench
            .ask(
                "it is closed",
                "migrate_req_failure_counts",
                &[("yes", closed().moves(NOT_MIGRATED, 3)), ("no", closed())],
                |bench| {
                    bench.close(only);
                    Ok(())
                },
            )
            .map(drop)
    },
};

/// So many that wait get a RST.
fn reset(count: i64) -> Expected {
    nothing()
        .moves(OUT_RSTS, count)
        .moves(ESTAB_RESETS, count)
        .moves(CURR_ESTAB, -count)
}

fn a_is_gone(expected: Expected) -> Expected {
    expected.of("A").gone()
}

fn group(bench: &mut Bench) -> Result<(Listener, Listener), LabError> {
    let a = bench.listen(backlog(100).called("A").shared())?;
    let b = bench.listen(backlog(100).called("B").shared())?;
    Ok((a, b))
}

/// A group with clients in both queues; says how many wait in A's.
fn two_with_clients(bench: &mut Bench) -> Result<(Listener, Listener, i64), LabError> {
    let (a, b) = group(bench)?;
    bench.phase(
        "24 clients connect to a port with the members A and B",
        spread(),
        |bench| bench.connections(a.address, CLIENTS).map(drop),
    )?;
    let waited = bench.value(QUEUE_OF_A).unwrap_or(0);
    Ok((a, b, waited))
}

/// All clients get in; which member has how many is nobody's choice.
fn spread() -> Expected {
    let count = i64::from(CLIENTS);
    nothing()
        .moves(PASSIVE_OPENS, count)
        .moves(CURR_ESTAB, count)
        .may_move(QUEUE_OF_A, BY_HASH)
        .may_move(QUEUE_OF_B, BY_HASH)
}
