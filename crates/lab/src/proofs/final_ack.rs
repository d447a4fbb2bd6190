//! Proofs: what becomes of the last packet of a handshake when the accept queue is full.

use super::Proof;
use super::bench::Bench;
use super::expected::{Expected, nothing};
use super::listeners::{Listener, backlog};
use super::names::{EMBRYONIC_RSTS, LISTEN_DROPS, LISTEN_OVERFLOWS, OUT_RSTS};
use super::peers::Peer;
use crate::error::LabError;

pub(super) const REFUSED: Proof = Proof {
    name: "final-ack-refused",
    claim: "a client whose handshake meets a full accept queue is turned away",
    truth: "Its final ACK is dropped and counts once in ListenOverflows and ListenDrops but twice in the listener's \
            drops; the half-open connection stays, and the next packet of the client completes it once there is room.",
    needs: &[],
    play: |bench| {
        let (listener, mut late) = late_client(bench)?;
        bench.phase("the late client sends its final ACK", refused_ack(), |bench| {
            bench.send(&late.ack())?;
            bench.answer_is("answer to it", &late, "nothing")
        })?;
        bench.phase("it sends the ACK again, and then data", twice(), |bench| {
            bench.send(&late.ack())?;
            bench.send(&late.data(b"hello"))
        })?;
        bench.phase(
            "accept() makes room, and the client sends its data again",
            nothing().connections(1).queued(0).half_open(-1),
            |bench| {
                bench.accept(&listener)?;
                bench.send(&late.data(b"hello"))?;
                late.sequence = late.sequence.wrapping_add(5);
                bench.answer_is("answer to it", &late, "ACK")
            },
        )
    },
};

pub(super) const ABORT_ON_OVERFLOW: Proof = Proof {
    name: "abort-on-overflow",
    claim: "with tcp_abort_on_overflow=1 clients of a full queue are told so by a RST",
    truth: "Only a client whose final ACK is refused gets a RST, and its half-open connection is removed. \
            SYNs, which is what a full queue refuses nearly always, are dropped in silence as before.",
    needs: &[],
    play: |bench| {
        bench.sysctl("net/ipv4/tcp_abort_on_overflow", 1)?;
        let (listener, late) = late_client(bench)?;
        bench.phase(
            "the late client sends its final ACK",
            refused_ack().half_open(-1).moves(EMBRYONIC_RSTS, 1).moves(OUT_RSTS, 1),
            |bench| {
                bench.send(&late.ack())?;
                bench.answer_is("answer to it", &late, "RST")
            },
        )?;
        bench.phase("another client sends its SYN", nothing().refused_syns(1), |bench| {
            let peer = bench.peer(listener.address);
            bench.send(&peer.syn())?;
            bench.answer_is("answer to it", &peer, "nothing")
        })
    },
};

/// Fills an accept queue while one client is half-open.
fn late_client(bench: &mut Bench) -> Result<(Listener, Peer), LabError> {
    let listener = bench.listen(backlog(4))?;
    let mut late = bench.peer(listener.address);
    bench.phase(
        "one client gets its SYN-ACK and is late to answer",
        nothing().half_open(1),
        |bench| {
            bench.send(&late.syn())?;
            bench.take_syn_ack(&mut late).map(drop)
        },
    )?;
    bench.phase(
        "five others fill the accept queue (limit 4)",
        nothing().connections(5),
        |bench| bench.connections(listener.address, 5).map(drop),
    )?;
    Ok((listener, late))
}

/// One final ACK refused: counted by the child that could not be made and by the packet dropped
/// (net/ipv4/tcp_ipv4.c:tcp_v4_syn_recv_sock, tcp_v4_rcv).
fn refused_ack() -> Expected {
    nothing().moves(LISTEN_OVERFLOWS, 1).moves(LISTEN_DROPS, 1).drops(2)
}

fn twice() -> Expected {
    nothing().moves(LISTEN_OVERFLOWS, 2).moves(LISTEN_DROPS, 2).drops(4)
}
