//! Proofs: SYN cookies, what they help and what they do not.

use super::Proof;
use super::bench::Bench;
use super::expected::{Expected, nothing};
use super::listeners::backlog;
use super::names::{
    ACTIVE_OPENS, COOKIES_FAILED, COOKIES_RECEIVED, COOKIES_SENT, CURR_ESTAB, LISTEN_DROPS, LISTEN_OVERFLOWS, OUT_RSTS,
    REQ_Q_FULL_DO_COOKIES,
};
use super::peers::Peer;
use crate::error::LabError;

const COOKIES: &str = "net/ipv4/tcp_syncookies";

pub(super) const ALWAYS: Proof = Proof {
    name: "cookies-always",
    claim: "TCPReqQFullDoCookies says that a SYN queue was full",
    truth: "With tcp_syncookies=2 every SYN is answered with a cookie and counts there, and no half-open connection is ever \
            kept: the counter then says nothing about a queue.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 2)?;
        let listener = bench.listen(backlog(100))?;
        bench.phase("ten clients send a SYN to an idle listener", cookies(10), |bench| {
            bench.syns(listener.address, 10).map(drop)
        })?;
        let both_ends = cookies(1)
            .moves(ACTIVE_OPENS, 1)
            .moves(COOKIES_RECEIVED, 1)
            .connections(1)
            .moves(CURR_ESTAB, 2);
        bench.phase("a program connects", both_ends, |bench| {
            let (socket, outcome) = bench.connect(listener.address)?;
            bench.observe("connect()", &outcome, "connected");
            bench.keep(socket);
            Ok(())
        })
    },
};

pub(super) const NOT_FOR_THE_ACCEPT_QUEUE: Proof = Proof {
    name: "cookies-do-not-help-the-accept-queue",
    claim: "with SYN cookies no connection is lost to a full queue",
    truth: "Cookies help a full SYN queue only. With a full accept queue the SYN is dropped in cookie mode too, and a \
            cookie's ACK is dropped: SyncookiesRecv, ListenOverflows, ListenDrops and the listener's drops count it once \
            each. No RST is sent, tcp_abort_on_overflow or not, and the client believes that it is connected.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 2)?;
        bench.sysctl("net/ipv4/tcp_abort_on_overflow", 1)?;
        let listener = bench.listen(backlog(0))?;
        let mut late = bench.peer(listener.address);
        bench.phase("one client gets a cookie and is late to answer", cookies(1), |bench| {
            bench.send(&late.syn())?;
            bench.take_syn_ack(&mut late).map(drop)
        })?;
        let another = cookies(1).moves(COOKIES_RECEIVED, 1).connections(1);
        bench.phase("another fills the accept queue (limit 0)", another, |bench| {
            bench.connections(listener.address, 1).map(drop)
        })?;
        let refused = nothing().moves(REQ_Q_FULL_DO_COOKIES, 1).refused_syns(1);
        bench.phase("a third sends its SYN", refused, |bench| {
            let peer = bench.peer(listener.address);
            bench.send(&peer.syn())?;
            bench.answer_is("answer to it", &peer, "nothing")
        })?;
        let lost = nothing()
            .moves(COOKIES_RECEIVED, 1)
            .moves(LISTEN_OVERFLOWS, 1)
            .moves(LISTEN_DROPS, 1)
            .drops(1);
        bench.phase("the late one answers its cookie", lost, |bench| {
            bench.send(&late.ack())?;
            bench.answer_is("answer to it", &late, "nothing")
        })
    },
};

/// So many SYNs answered with a cookie.
fn cookies(count: i64) -> Expected {
    nothing().moves(REQ_Q_FULL_DO_COOKIES, count).moves(COOKIES_SENT, count)
}

pub(super) const FAILED: Proof = Proof {
    name: "cookie-failed",
    claim: "SyncookiesFailed counts every ACK with a bad cookie",
    truth: "It counts stray ACKs to a listener that has sent a cookie within the last two minutes. To any other listener the \
            same ACK counts nothing but the RST that answers it.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let peer = bench.peer(listener.address);
        // A listener that never sent a cookie has the time 0, and the kernel's clock passes 0 five
        // minutes after boot (include/linux/jiffies.h:INITIAL_JIFFIES).
        let fresh = if near_zero_of_jiffies() {
            nothing()
                .moves(OUT_RSTS, 1)
                .may_move(COOKIES_FAILED, "the machine was booted five minutes ago")
        } else {
            nothing().moves(OUT_RSTS, 1)
        };
        bench.phase(
            "a stray ACK comes to a listener that has sent no cookie",
            fresh,
            |bench| stray_ack(bench, &peer),
        )?;
        bench.sysctl(COOKIES, 2)?;
        bench.phase("one client gets a cookie and never answers", cookies(1), |bench| {
            bench.syns(listener.address, 1).map(drop)
        })?;
        let failed = nothing().moves(COOKIES_FAILED, 1).moves(OUT_RSTS, 1);
        bench.phase("the same stray ACK comes again", failed, |bench| {
            stray_ack(bench, &peer)
        })
    },
};

fn stray_ack(bench: &mut Bench, peer: &Peer) -> Result<(), LabError> {
    bench.send(&peer.ack_of(0x0bad_c00c))?;
    bench.answer_is("answer to it", peer, "RST")
}

fn near_zero_of_jiffies() -> bool {
    (295..430).contains(&crate::clock::since_boot().as_secs())
}

pub(super) const COUNT_AS_DROPS: Proof = Proof {
    name: "cookies-count-as-listen-drops",
    claim: "a cookie that is sent counts in ListenDrops",
    truth: "It did in kernels up to 4.4. In all since, ListenDrops counts what is refused, and a SYN answered with a cookie is \
            not.",
    needs: &[],
    play: |bench| {
        bench.sysctl(COOKIES, 2)?;
        let listener = bench.listen(backlog(100))?;
        bench.ask(
            "three clients are answered with cookies",
            "cookies_count_as_listen_drops",
            &[("no", cookies(3)), ("yes", cookies(3).moves(LISTEN_DROPS, 3))],
            |bench| bench.syns(listener.address, 3).map(drop),
        )?;
        Ok(())
    },
};
