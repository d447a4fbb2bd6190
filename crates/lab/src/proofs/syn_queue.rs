//! Proofs: what a SYN queue holds, and what limits it.

use std::time::Duration;

use super::Proof;
use super::bench::Bench;
use super::expected::{Expected, nothing};
use super::listeners::{Listener, backlog};
use super::names::{
    COOKIES_RECEIVED, COOKIES_SENT, DEFER_ACCEPT_DROP, LISTEN_DROPS, REQ_Q_FULL_DO_COOKIES, REQ_Q_FULL_DROP,
    RETRANS_SEGS, SYN_RETRANS, TIMEOUTS,
};
use super::snapshot::wait_for;
use crate::error::LabError;
use crate::sockopt::TcpSetting;

const COOKIES: &str = "net/ipv4/tcp_syncookies";
const MAX_SYN_BACKLOG: &str = "net/ipv4/tcp_max_syn_backlog";

pub(super) const MAX_SYN_BACKLOG_WITH_COOKIES: Proof = Proof {
    name: "max-syn-backlog-with-cookies",
    claim: "net.ipv4.tcp_max_syn_backlog is the size of the SYN queue",
    truth: "While tcp_syncookies is 1 or 2, which is the default, tcp_max_syn_backlog has no effect at all: the SYN \
            queue's limit is the listener's backlog.",
    needs: &[],
    play: |bench| {
        bench.sysctl(MAX_SYN_BACKLOG, 8)?;
        let listener = bench.listen(backlog(100))?;
        bench.ask(
            "tcp_max_syn_backlog is 8 and cookies are on; 20 clients send a SYN and never answer",
            "max_syn_backlog_with_cookies",
            &[("no effect", nothing().half_open(20))],
            |bench| bench.syns(listener.address, 20).map(drop),
        )?;
        bench.phase(
            "tcp_max_syn_backlog is set to 1, and 20 more come",
            nothing().half_open(20),
            |bench| {
                bench.sysctl(MAX_SYN_BACKLOG, 1)?;
                bench.syns(listener.address, 20).map(drop)
            },
        )
    },
};

pub(super) const MAX_SYN_BACKLOG_WITHOUT_COOKIES: Proof = Proof {
    name: "max-syn-backlog-without-cookies",
    claim: "with cookies off, net.ipv4.tcp_max_syn_backlog is the size of the SYN queue",
    truth: "With tcp_syncookies=0 a SYN of an unknown client is dropped once a listener has more than three quarters of \
            tcp_max_syn_backlog half-open: with 8, seven are kept. Those drops count in ListenDrops alone.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 0)?;
        bench.sysctl(MAX_SYN_BACKLOG, 8)?;
        let listener = bench.listen(backlog(100))?;
        bench.phase(
            "tcp_max_syn_backlog is 8 and cookies are off; 20 clients send a SYN and never answer",
            nothing().half_open(7).moves(LISTEN_DROPS, 13).drops(13),
            |bench| bench.syns(listener.address, 20).map(drop),
        )
    },
};

pub(super) const LIMIT_IS_THE_BACKLOG: Proof = Proof {
    name: "syn-queue-limit-is-the-backlog",
    claim: "the SYN queue and the accept queue have limits of their own",
    truth: "They have the same limit, the listener's backlog. Without cookies a SYN that finds the SYN queue full is \
            dropped: TCPReqQFullDrop, ListenDrops and the listener's drops count it.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 0)?;
        let listener = bench.listen(backlog(5))?;
        bench
            .ask(
                "20 clients send a SYN to a listener with limit 5 and never answer",
                "syn_queue_holds",
                &[("limit+1", full(6, 14)), ("limit", full(5, 15))],
                |bench| bench.syns(listener.address, 20).map(drop),
            )
            .map(drop)
    },
};

/// So many are kept and so many are dropped by a full SYN queue.
fn full(kept: i64, dropped: i64) -> Expected {
    let refused = nothing().moves(REQ_Q_FULL_DROP, dropped).moves(LISTEN_DROPS, dropped);
    refused.half_open(kept).drops(dropped)
}

pub(super) const LISTEN_0_WITHOUT_COOKIES: Proof = Proof {
    name: "listen-0-without-cookies",
    claim: "listen(fd, 0) always lets one connection through",
    truth: "It depends: where a SYN queue is full at its limit, listen(fd, 0) accepts nothing at all while cookies are \
            off; where it is full above its limit, one.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 0)?;
        let listener = bench.listen(backlog(0))?;
        bench
            .ask(
                "one client sends a SYN to a listener with limit 0, cookies are off",
                "listen_0_without_cookies",
                &[("accepts one", nothing().half_open(1)), ("accepts nothing", full(0, 1))],
                |bench| bench.syns(listener.address, 1).map(drop),
            )
            .map(drop)
    },
};

pub(super) const FULL_SENDS_COOKIES: Proof = Proof {
    name: "full-syn-queue-sends-cookies",
    claim: "a full SYN queue turns clients away",
    truth: "Not while tcp_syncookies is 1: those for whom there is no room get a SYN-ACK that the kernel does not remember. \
            TCPReqQFullDoCookies and SyncookiesSent count it, nothing counts a drop, and the client's ACK makes the connection.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 1)?;
        let listener = bench.listen(backlog(5))?;
        let sent = |kept: i64, cookies: i64| {
            let counted = nothing()
                .moves(REQ_Q_FULL_DO_COOKIES, cookies)
                .moves(COOKIES_SENT, cookies);
            counted.half_open(kept)
        };
        let mut last = None;
        bench.ask(
            "20 clients send a SYN to a listener with limit 5",
            "syn_queue_holds",
            &[("limit+1", sent(6, 14)), ("limit", sent(5, 15))],
            |bench| {
                let mut peers = bench.syns(listener.address, 20)?;
                last = peers.pop();
                let answered = bench.answered(&peers)?;
                bench.observe("SYN-ACKs sent to the first 19", &answered.to_string(), "19");
                Ok(())
            },
        )?;
        let received = nothing().moves(COOKIES_RECEIVED, 1).connections(1);
        bench.phase("the last of them answers its SYN-ACK", received, |bench| {
            let Some(mut peer) = last else { return Ok(()) };
            bench.take_syn_ack(&mut peer)?;
            bench.send(&peer.ack())
        })
    },
};

pub(super) const COUNTS_ALL_LISTENERS: Proof = Proof {
    name: "syn-recv-counts-all-listeners",
    claim: "netstat | grep -c SYN_RECV tells how near the backlog is",
    truth: "It counts the half-open connections of all listeners of the namespace together, while each listener has a limit \
            of its own; and those that were answered with a cookie are not among them.",
    needs: &[],
    play: |bench| {
        let one = bench.listen(backlog(5).called("A"))?;
        let other = bench.listen(backlog(100).called("B").port(8081))?;
        bench.phase(
            "four clients of A and six of B send a SYN and never answer",
            nothing().of("A").half_open(4).of("B").half_open(6),
            |bench| {
                bench.syns(one.address, 4)?;
                bench.syns(other.address, 6).map(drop)
            },
        )?;
        bench.sysctl(COOKIES, 2)?;
        let cookies = nothing().moves(REQ_Q_FULL_DO_COOKIES, 5).moves(COOKIES_SENT, 5);
        bench.phase("five more of A are answered with cookies", cookies, |bench| {
            bench.syns(one.address, 5).map(drop)
        })
    },
};

pub(super) const DEFER_ACCEPT: Proof = Proof {
    name: "defer-accept-fills-the-syn-queue",
    claim: "TCP_DEFER_ACCEPT keeps idle clients out of the server's way at no price",
    truth: "A client that has finished its handshake and sent no data stays in the SYN queue and takes one of its places. \
            When they are all taken, SYNs are refused (or answered with cookies) though nothing waits in the accept queue.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 0)?;
        let listener = bench.listen(backlog(5).set(TcpSetting::DeferAccept, 5))?;
        let mut peer = bench.peer(listener.address);
        bench.phase("one client finishes its handshake and says nothing", held(1), |bench| {
            bench.send(&peer.syn())?;
            bench.take_syn_ack(&mut peer)?;
            bench.send(&peer.ack())
        })?;
        bench.phase("it sends data", nothing().connections(1).half_open(-1), |bench| {
            bench.send(&peer.data(b"hello"))
        })?;
        let taken = |kept: i64, dropped: i64| {
            let refused = held(kept).moves(REQ_Q_FULL_DROP, dropped).moves(LISTEN_DROPS, dropped);
            refused.drops(kept + dropped)
        };
        bench
            .ask(
                "eight clients (limit 5) try the same and say nothing",
                "syn_queue_holds",
                &[("limit+1", taken(6, 2)), ("limit", taken(5, 3))],
                |bench| silent_clients(bench, &listener, 8),
            )
            .map(drop)
    },
};

/// Bare ACKs that are held back: each is dropped, and the half-open connection stays.
fn held(count: i64) -> Expected {
    nothing().moves(DEFER_ACCEPT_DROP, count).half_open(count).drops(count)
}

/// Clients that answer their SYN-ACK, if one comes, and send nothing more.
fn silent_clients(bench: &mut Bench, listener: &Listener, count: u32) -> Result<(), LabError> {
    let peers = bench.syns(listener.address, count)?;
    for mut peer in peers {
        if bench.take_syn_ack(&mut peer).is_ok() {
            bench.send(&peer.ack())?;
        }
    }
    Ok(())
}

pub(super) const PRUNED_ABOVE_HALF: Proof = Proof {
    name: "pruned-above-half",
    claim: "a half-open connection always lives as long as tcp_synack_retries says",
    truth: "In a SYN queue that is more than half full and has no new arrivals they are given up after two resent SYN-ACKs, \
            7 s after the SYN, until the queue is half full again. The queue never has to be full for that.",
    needs: &[],
    play: |bench| {
        let crowded = bench.listen(backlog(10).called("A"))?;
        let roomy = bench.listen(backlog(100).called("B").port(8081))?;
        bench.phase(
            "eight clients each of A (limit 10) and of B (limit 100) send a SYN and never answer",
            nothing().of("A").half_open(8).of("B").half_open(8),
            |bench| {
                bench.syns(crowded.address, 8)?;
                bench.syns(roomy.address, 8).map(drop)
            },
        )?;
        // Three timers of each of the 16, at 1, 3 and 7 s; at the third, three of A are given up.
        let seven_seconds = nothing()
            .moves(TIMEOUTS, 48)
            .moves(SYN_RETRANS, 45)
            .moves(RETRANS_SEGS, 45)
            .of("A")
            .half_open(-3)
            .of("B")
            .half_open(0);
        bench.phase(
            "seven seconds pass; tcp_synack_retries is 5, which is 63 s",
            seven_seconds,
            |bench| {
                // Those that are left have their next at 15 s.
                bench.counts_on_timers_until(Duration::from_secs(15));
                wait_for(TIMEOUTS, 48)
            },
        )
    },
};
