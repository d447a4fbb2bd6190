//! Proofs: TCP Fast Open and the queues.

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::{Listener, Plan, backlog};
use super::names::{
    ATTEMPT_FAILS, CURR_ESTAB, FAST_OPEN_COOKIE_ASKED, FAST_OPEN_FAIL, FAST_OPEN_OLD_KEY, FAST_OPEN_OVERFLOW,
    FAST_OPEN_PASSIVE, HALF_OPEN, PASSIVE_OPENS,
};
use super::peers::Peer;
use crate::error::{LabError, Missing};
use crate::peer::{Segment, TcpOption, Wire};
use crate::sockopt::TcpSetting;

/// Fast Open for our own connects (1) and for listeners (2).
const BOTH_SIDES: u32 = 3;
const KEY: &str = "net/ipv4/tcp_fastopen_key";
const OLD_KEY: &str = "00000001-00000002-00000003-00000004";
const NEW_KEY: &str = "0000000a-0000000b-0000000c-0000000d";

pub(super) const QUEUED_AT_THE_SYN: Proof = Proof {
    name: "fast-open-child-is-queued-at-the-syn",
    claim: "what waits in an accept queue has finished its handshake",
    truth: "A Fast Open client with a valid cookie is in the accept queue, and in PassiveOpens, from its SYN on, while it is \
            still in SYN_RECV and in no SYN queue. CurrEstab counts it when its ACK comes.",
    needs: &[],
    play: |bench| {
        let listener = fast_listener(bench, backlog(100), 10)?;
        let cookie = cookie(bench, &listener)?;
        let mut peer = neighbour(bench, &listener);
        let queued = nothing()
            .moves(FAST_OPEN_PASSIVE, 1)
            .moves(PASSIVE_OPENS, 1)
            .queued(1)
            .moves(HALF_OPEN, 1);
        bench.phase("it comes again with the cookie and data in its SYN", queued, |bench| {
            bench.send(&fast_syn(&peer, &cookie))?;
            bench.take_syn_ack(&mut peer).map(drop)
        })?;
        let established = nothing().moves(CURR_ESTAB, 1).moves(HALF_OPEN, -1);
        bench.phase("its ACK comes", established, |bench| bench.send(&peer.ack()))
    },
};

pub(super) const BAD_COOKIE: Proof = Proof {
    name: "fast-open-bad-cookie",
    claim: "a Fast Open client with a bad cookie is refused",
    truth: "TCPFastOpenPassiveFail counts it, and it goes on with an ordinary handshake.",
    needs: &[],
    play: |bench| {
        let listener = fast_listener(bench, backlog(100), 10)?;
        let mut peer = bench.peer(listener.address);
        let ordinary = nothing().moves(FAST_OPEN_FAIL, 1).half_open(1);
        bench.phase(
            "a client comes with a cookie of its own invention, and data",
            ordinary,
            |bench| {
                bench.send(&fast_syn(&peer, &[7; 8]))?;
                bench.take_syn_ack(&mut peer).map(drop)
            },
        )?;
        bench.phase(
            "it answers the SYN-ACK",
            nothing().connections(1).half_open(-1),
            |bench| bench.send(&peer.ack()),
        )
    },
};

pub(super) const QUEUE_FULL: Proof = Proof {
    name: "fast-open-queue-full-falls-back",
    claim: "TCPFastOpenListenOverflow counts connections that were lost",
    truth: "It counts Fast Open clients that found as many unfinished ones as the listener's TCP_FASTOPEN option allows. They go \
            on with an ordinary handshake; nothing is dropped.",
    needs: &[],
    play: |bench| {
        let listener = fast_listener(bench, backlog(100), 1)?;
        let cookie = cookie(bench, &listener)?;
        let first = neighbour(bench, &listener);
        let queued = nothing()
            .moves(FAST_OPEN_PASSIVE, 1)
            .moves(PASSIVE_OPENS, 1)
            .queued(1)
            .moves(HALF_OPEN, 1);
        bench.phase(
            "a client comes with a cookie and data (TCP_FASTOPEN is 1)",
            queued,
            |bench| bench.send(&fast_syn(&first, &cookie)),
        )?;
        let second = neighbour(bench, &listener);
        bench.phase(
            "another comes",
            nothing().moves(FAST_OPEN_OVERFLOW, 1).half_open(1),
            |bench| {
                bench.send(&fast_syn(&second, &cookie))?;
                bench.answer_is("answer to it", &second, "SYN+ACK")
            },
        )
    },
};

pub(super) const OLD_KEY_PROOF: Proof = Proof {
    name: "fast-open-old-key",
    claim: "a new tcp_fastopen_key makes all cookies invalid",
    truth: "The key before it can be kept as the second of two: TCPFastOpenPassiveAltKey counts the clients that came with a \
            cookie made with that one.",
    needs: &[],
    play: |bench| {
        bench.sysctl(KEY, OLD_KEY)?;
        if bench.value(FAST_OPEN_OLD_KEY).is_none() {
            return Err(Missing::feature("a second key of Fast Open", "this kernel has no counter for it").into());
        }
        let listener = fast_listener(bench, backlog(100), 10)?;
        let cookie = cookie(bench, &listener)?;
        let peer = neighbour(bench, &listener);
        let queued = nothing()
            .moves(FAST_OPEN_OLD_KEY, 1)
            .moves(FAST_OPEN_PASSIVE, 1)
            .moves(PASSIVE_OPENS, 1)
            .queued(1)
            .moves(HALF_OPEN, 1);
        bench.phase(
            "the key is changed, and it comes again with the old cookie",
            queued,
            |bench| {
                bench.sysctl(KEY, format!("{NEW_KEY},{OLD_KEY}"))?;
                bench.send(&fast_syn(&peer, &cookie))
            },
        )
    },
};

pub(super) const RESET_COUNTS_TWICE: Proof = Proof {
    name: "fast-open-reset-counts-twice",
    claim: "each failed attempt adds 1 to AttemptFails",
    truth: "A Fast Open client that sends a RST before it was accepted adds 2. It stays in the accept queue, as every dead \
            connection does.",
    needs: &[],
    play: |bench| {
        let listener = fast_listener(bench, backlog(100), 10)?;
        let cookie = cookie(bench, &listener)?;
        let mut peer = neighbour(bench, &listener);
        let queued = nothing()
            .moves(FAST_OPEN_PASSIVE, 1)
            .moves(PASSIVE_OPENS, 1)
            .queued(1)
            .moves(HALF_OPEN, 1);
        bench.phase("a client comes with a cookie and data", queued, |bench| {
            bench.send(&fast_syn(&peer, &cookie))?;
            bench.take_syn_ack(&mut peer).map(drop)
        })?;
        let failed = nothing().moves(ATTEMPT_FAILS, 2).moves(HALF_OPEN, -1);
        bench.phase("it sends a RST", failed, |bench| bench.send(&peer.reset()))
    },
};

fn fast_listener(bench: &mut Bench, plan: Plan, unfinished: i32) -> Result<Listener, LabError> {
    bench.sysctl("net/ipv4/tcp_fastopen", BOTH_SIDES)?;
    bench.listen(plan.set(TcpSetting::FastOpen, unfinished))
}

/// Has a client ask for a cookie. (A request for one is an ordinary SYN besides.)
fn cookie(bench: &mut Bench, listener: &Listener) -> Result<Vec<u8>, LabError> {
    let mut peer = bench.peer(listener.address);
    let mut cookie = Vec::new();
    let asked = nothing().moves(FAST_OPEN_COOKIE_ASKED, 1).half_open(1);
    bench.phase("a client asks for a Fast Open cookie in its SYN", asked, |bench| {
        bench.send(&peer.syn().with(TcpOption::FastOpen(Vec::new())))?;
        let syn_ack = bench.take_syn_ack(&mut peer)?;
        cookie = syn_ack.options.into_iter().find_map(fast_open).unwrap_or_default();
        bench.observe(
            "cookie in the SYN-ACK",
            if cookie.is_empty() { "no" } else { "yes" },
            "yes",
        );
        Ok(())
    })?;
    Ok(cookie)
}

fn fast_open(option: TcpOption) -> Option<Vec<u8>> {
    match option {
        TcpOption::FastOpen(cookie) => Some(cookie),
        _ => None,
    }
}

/// A client at the address that asked for the cookie: a cookie is good for one address
/// (net/ipv4/tcp_fastopen.c:tcp_fastopen_cookie_gen).
fn neighbour(bench: &mut Bench, listener: &Listener) -> Peer {
    let mut peer = bench.peer(listener.address);
    peer.from.set_ip(Wire::address(0).ip());
    peer.from
        .set_port(u16::try_from(2000 + bench.peers).unwrap_or(u16::MAX));
    peer
}

fn fast_syn(peer: &Peer, cookie: &[u8]) -> Segment {
    Segment {
        payload: b"hello".to_vec(),
        ..peer.syn().with(TcpOption::FastOpen(cookie.to_vec()))
    }
}
