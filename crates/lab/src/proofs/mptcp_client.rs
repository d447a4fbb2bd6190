//! Proof: a server that answers a second path of our own MPTCP connection wrongly.

use std::net::Ipv4Addr;

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::names::{
    ACTIVE_OPENS, CURR_ESTAB, ESTAB_RESETS, MP_CURR_ESTAB, MP_JOIN_ACK_HMAC, MP_JOIN_SYN_ACK_HMAC, OUT_RSTS,
};
use super::peers::Peer;
use super::snapshot::wait_for;
use crate::error::{During, LabError};
use crate::facts::Protocol;
use crate::peer::mptcp::{self, Key};
use crate::peer::{ACK, SYN, Segment, path_manager};
use crate::require::Need;
use crate::target::{Place, Target};

/// The hand-made server's key.
const OUR_KEY: Key = *b"listenq!";
/// Where our second path begins: as local as 127.0.0.1.
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

pub(super) const WRONG_SYN_ACK: Proof = Proof {
    name: "mptcp-join-wrong-syn-ack",
    claim: "MPJoinSynAckHMacFailure counts servers that answered a second path with a wrong proof",
    truth: "Before a correction of 2026 nothing ever moved that counter: such an answer counted in MPJoinAckHMacFailure, which is \
            meant for the other side. It is answered with a RST. No listener is concerned.",
    needs: &[Need::Mptcp],
    play: |bench| {
        path_manager::allow_second_path(SECOND)?;
        bench.did(format!("ip mptcp endpoint add {SECOND} subflow"));
        let mut server = bench.peer((Ipv4Addr::LOCALHOST, 0).into());
        let mut client = None;
        bench.phase(
            "a program here makes an MPTCP connection",
            nothing()
                .moves(ACTIVE_OPENS, 1)
                .moves(CURR_ESTAB, 1)
                .moves_if_there(MP_CURR_ESTAB, 1),
            |bench| {
                client = Some(connect(bench, &mut server)?);
                Ok(())
            },
        )?;
        let mut second = None;
        bench.phase(
            "the server's first word lets it begin a second path",
            nothing().moves(ACTIVE_OPENS, 1),
            |bench| {
                second = Some(second_path(bench, &server, client.take().unwrap_or_default())?);
                Ok(())
            },
        )?;
        let Some(syn) = second else { return Ok(()) };
        let reset = |counter| nothing().moves(counter, 1).moves(ESTAB_RESETS, 1).moves(OUT_RSTS, 1);
        bench
            .ask(
                "the server answers that with a wrong proof",
                "wrong_syn_ack_of_a_join_counts_in",
                &[
                    ("MPJoinAckHMacFailure", reset(MP_JOIN_ACK_HMAC)),
                    ("MPJoinSynAckHMacFailure", reset(MP_JOIN_SYN_ACK_HMAC)),
                ],
                |bench| {
                    let wrong = answer(&syn).with(mptcp::join_answer([7; 8], [1; 4]));
                    bench.send(&wrong)?;
                    wait_for(OUT_RSTS, 1)
                },
            )
            .map(drop)
    },
};

/// Has a program connect to the hand-made server; gives the program's key.
fn connect(bench: &mut Bench, server: &mut Peer) -> Result<Key, LabError> {
    bench.did(format!("connect(fd, {}) on a socket(IPPROTO_MPTCP)", server.from));
    bench.timer_runs();
    let target = Target {
        protocol: Protocol::Mptcp,
        place: Place::Internet(server.from),
    };
    let source = (Ipv4Addr::LOCALHOST, 0).into();
    let socket = target.knock_from(Some(source)).during("connect to", server.from)?;
    bench.keep(socket);
    let syn = bench.heard_by(server, |segment| segment.has(SYN))?;
    bench.send(&answer(&syn).with(mptcp::capable_with_key(OUR_KEY)))?;
    let ack = bench.heard_by(server, |segment| segment.flags == ACK)?;
    server.to = syn.from;
    server.sequence = ack.acknowledgement;
    server.expects = ack.sequence;
    Ok(mptcp::key_in(&ack.options).unwrap_or_default())
}

/// Acknowledges the connection at the level of MPTCP, and waits for the SYN of a second path.
fn second_path(bench: &mut Bench, server: &Peer, client: Key) -> Result<Segment, LabError> {
    bench.send(&server.ack().with(mptcp::nothing_yet(client)))?;
    bench.heard_by(server, |segment| segment.has(SYN) && mptcp::has_join(&segment.options))
}

/// The SYN-ACK to a SYN.
fn answer(syn: &Segment) -> Segment {
    Segment {
        acknowledgement: syn.sequence.wrapping_add(1),
        flags: SYN | ACK,
        ..Segment::syn(syn.to, syn.from, 77_000_000)
    }
}
