//! Proofs: listeners that share a port.

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
        let group = group(bench)?;
        let mut clients = Vec::new();
        let spread = spread();
        bench.phase(
            "24 clients connect to a port with the members A and B",
            spread,
            |bench| {
                for _ in 0..CLIENTS {
                    let before = bench.value_now(QUEUE_OF_A)?;
                    let peers = bench.connections(group.0.address, 1)?;
                    let of_a = bench.value_now(QUEUE_OF_A)? != before;
                    clients.extend(peers.into_iter().map(|peer| (peer, of_a)));
                }
                Ok(())
            },
        )?;
        bench.phase(
            "listen(fd, 0) makes A smaller than what waits in it",
            nothing().of("A").limit(0),
            |bench| bench.listen_again(&group.0, 0),
        )?;
        let (a, b) = (one_of(&clients, true)?, one_of(&clients, false)?);
        bench.phase(
            "one client of A and one of B send a RST",
            nothing().moves(ESTAB_RESETS, 2).moves(CURR_ESTAB, -2),
            |bench| {
                bench.send(&a.reset())?;
                bench.send(&b.reset())
            },
        )?;
        bench.phase(
            "that of A comes again from the same port, so it is A's again",
            nothing().of("A").refused_syns(1),
            |bench| {
                bench.send(&a.syn())?;
                bench.answer_is("answer to it", a, "nothing")
            },
        )?;
        bench.phase(
            "that of B comes again",
            nothing().of("the port").half_open(1),
            |bench| {
                bench.send(&b.syn())?;
                bench.answer_is("answer to it", b, "SYN+ACK")
            },
        )
    },
};

fn one_of(clients: &[(Peer, bool)], of_a: bool) -> Result<&Peer, LabError> {
    let found = clients.iter().find(|(_, a)| *a == of_a);
    found.map(|(peer, _)| peer).ok_or_else(|| LabError::NeverSo {
        condition: "both members have a client".into(),
        waited: std::time::Duration::ZERO,
    })
}

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

pub(super) const WITHOUT_MIGRATE_REQ: Proof = Proof {
    name: "without-migrate-req-the-waiting-are-reset",
    claim: "TCPMigrateReqFailure moves only where tcp_migrate_req is set",
    truth: "It counts every connection that could not be moved when a member of a SO_REUSEPORT group closed, and so it moves with \
            tcp_migrate_req=0 too: once for each connection that is reset.",
    needs: &[],
    play: |bench| {
        let (a, _b, waited) = two_with_clients(bench)?;
        let counted = reset(waited).moves(NOT_MIGRATED, waited);
        bench
            .ask(
                "A is closed; tcp_migrate_req is 0, which is the default",
                "migrate_req_failures_count_without_it",
                &[("yes", a_is_gone(counted)), ("no", a_is_gone(reset(waited)))],
                |bench| {
                    bench.close(a);
                    Ok(())
                },
            )
            .map(drop)
    },
};

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
