//! Proofs: MPTCP and the queues of the TCP socket under it.

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::{Listener, backlog};
use super::names::{
    ATTEMPT_FAILS, CURR_ESTAB, LISTEN_DROPS, MP_CAPABLE_ACK, MP_CAPABLE_SYN, MP_CURR_ESTAB, MP_JOIN_ACK,
    MP_JOIN_ACK_HMAC, MP_JOIN_NO_TOKEN, MP_JOIN_SYN, OUT_RSTS, PASSIVE_OPENS,
};
use super::peers::Peer;
use crate::error::LabError;
use crate::peer::mptcp::{self, Key, Nonce};
use crate::require::Need;

/// When MPCapableACKRX moves (net/mptcp/protocol.c:mptcp_accept, or net/mptcp/subflow.c).
const COUNTED_AT: &str = "mp_capable_ack_counts_at";
/// The hand-made client's key, and its nonce in a join.
const OUR_KEY: Key = *b"listenq!";
const OUR_NONCE: Nonce = [1, 2, 3, 4];

pub(super) const RIDES_ON_TCP: Proof = Proof {
    name: "mptcp-rides-on-tcp",
    claim: "an MPTCP listener has queues and counters of its own",
    truth: "Its connections wait in the queues of an ordinary TCP socket, with the same limit and the same counters: a full one \
            moves ListenOverflows. MPCapableSYNRX and MPCapableACKRX only tell how many came that speak MPTCP, and on most kernels \
            the second moves at accept(), not at the ACK.",
    needs: &[Need::Mptcp],
    play: |bench| {
        let listener = bench.listen(backlog(1).mptcp())?;
        let at_the_ack = connects(bench, &listener)?;
        bench.phase(
            "a client without MPTCP fills the accept queue (limit 1)",
            nothing().connections(1),
            |bench| bench.connections(listener.address, 1).map(drop),
        )?;
        bench.phase(
            "another MPTCP client sends its SYN",
            nothing().refused_syns(1),
            |bench| {
                let peer = bench.peer(listener.address);
                bench.send(&peer.syn().with(mptcp::capable()))
            },
        )?;
        bench.phase(
            "accept() makes room, and a third comes that does not speak MPTCP",
            nothing()
                .connections(1)
                .queued(0)
                .moves(MP_CAPABLE_ACK, i64::from(!at_the_ack)),
            |bench| {
                bench.accept(&listener)?;
                bench.connections(listener.address, 1).map(drop)
            },
        )
    },
};

/// Has an MPTCP client connect; says whether MPCapableACKRX moved already.
fn connects(bench: &mut Bench, listener: &Listener) -> Result<bool, LabError> {
    let mut peer = bench.peer(listener.address);
    let mut key = None;
    let begun = nothing().moves(MP_CAPABLE_SYN, 1).half_open(1);
    bench.phase("an MPTCP client sends its SYN", begun, |bench| {
        bench.send(&peer.syn().with(mptcp::capable()))?;
        key = mptcp::key_in(&bench.take_syn_ack(&mut peer)?.options);
        let seen = if key.is_some() { "yes" } else { "no" };
        bench.observe("the server's key in the SYN-ACK", seen, "yes");
        Ok(())
    })?;
    let queued = nothing().connections(1).half_open(-1).moves_if_there(MP_CURR_ESTAB, 1);
    let place = bench.ask(
        "it sends its ACK",
        COUNTED_AT,
        &[("accept", queued.clone()), ("ACK", queued.moves(MP_CAPABLE_ACK, 1))],
        |bench| {
            let keys = mptcp::capable_with_keys(OUR_KEY, key.unwrap_or_default());
            bench.send(&peer.ack().with(keys))
        },
    )?;
    Ok(place == 1)
}

pub(super) const JOIN: Proof = Proof {
    name: "mptcp-join",
    claim: "each path of an MPTCP connection takes a place in the accept queue",
    truth: "A second path (MPJoinSynRx, MPJoinAckRx) is an opened TCP connection for PassiveOpens and CurrEstab, and takes no \
            place in the accept queue. One that belongs to no connection (MPJoinNoTokenFound) is refused with a RST and counts \
            in ListenDrops; one with a wrong proof (MPJoinAckHMacFailure) is made, undone and reset.",
    needs: &[Need::Mptcp],
    play: |bench| {
        let listener = bench.listen(backlog(100).mptcp())?;
        let server = first_path(bench, &listener)?;
        joins_nothing(bench, &listener, server)?;
        let (peer, nonce) = second_path(bench, &listener, server)?;
        let joined = nothing()
            .moves(MP_JOIN_ACK, 1)
            .moves(PASSIVE_OPENS, 1)
            .moves(CURR_ESTAB, 1)
            .half_open(-1);
        bench.phase("it proves that it knows the keys", joined, |bench| {
            let proof = mptcp::proof(OUR_KEY, server, [OUR_NONCE, nonce]);
            bench.send(&peer.ack().with(mptcp::join_proof(proof)))
        })?;
        let (peer, _) = second_path(bench, &listener, server)?;
        let undone = nothing()
            .moves(MP_JOIN_ACK_HMAC, 1)
            .moves(PASSIVE_OPENS, 1)
            .moves(ATTEMPT_FAILS, 1)
            .moves(OUT_RSTS, 1)
            .half_open(-1);
        bench.phase("it sends a wrong proof", undone, |bench| {
            bench.send(&peer.ack().with(mptcp::join_proof([7; 20])))?;
            bench.answer_is("answer to it", &peer, "RST")
        })
    },
};

fn joins_nothing(bench: &mut Bench, listener: &Listener, server: Key) -> Result<(), LabError> {
    let refused = nothing()
        .moves(MP_JOIN_SYN, 1)
        .moves(MP_JOIN_NO_TOKEN, 1)
        .moves(LISTEN_DROPS, 1)
        .drops(1)
        .moves(OUT_RSTS, 1);
    let what = "a second path comes for a connection that is not there";
    bench.phase(what, refused, |bench| {
        let peer = bench.peer(listener.address);
        let token = mptcp::token(server).map(|byte| !byte);
        bench.send(&peer.syn().with(mptcp::join(token, OUR_NONCE)))?;
        bench.answer_is("answer to it", &peer, "RST+ACK")
    })
}

/// Makes an MPTCP connection, which is accepted; gives the server's key.
fn first_path(bench: &mut Bench, listener: &Listener) -> Result<Key, LabError> {
    let mut peer = bench.peer(listener.address);
    let mut server = Key::default();
    let made = nothing()
        .moves(MP_CAPABLE_SYN, 1)
        .moves(MP_CAPABLE_ACK, 1)
        .moves_if_there(MP_CURR_ESTAB, 1)
        .connections(1)
        .queued(0);
    bench.phase("an MPTCP client connects and is accepted", made, |bench| {
        bench.send(&peer.syn().with(mptcp::capable()))?;
        let syn_ack = bench.take_syn_ack(&mut peer)?;
        server = mptcp::key_in(&syn_ack.options).unwrap_or_default();
        bench.send(&peer.ack().with(mptcp::capable_with_keys(OUR_KEY, server)))?;
        bench.accept(listener)
    })?;
    Ok(server)
}

/// Begins a second path of the connection with this key; gives the server's nonce.
fn second_path(bench: &mut Bench, listener: &Listener, server: Key) -> Result<(Peer, Nonce), LabError> {
    let mut peer = bench.peer(listener.address);
    let mut nonce = Nonce::default();
    let begun = nothing().moves(MP_JOIN_SYN, 1).half_open(1);
    bench.phase("a second path of the connection begins", begun, |bench| {
        bench.send(&peer.syn().with(mptcp::join(mptcp::token(server), OUR_NONCE)))?;
        let syn_ack = bench.take_syn_ack(&mut peer)?;
        nonce = mptcp::nonce_in(&syn_ack.options).unwrap_or_default();
        Ok(())
    })?;
    Ok((peer, nonce))
}
