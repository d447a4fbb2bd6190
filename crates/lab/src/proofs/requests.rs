//! Proofs: what becomes of a half-open connection.

use std::time::Duration;

use sockdiag::States;

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::backlog;
use super::names::{
    ACTIVE_OPENS, OUT_RSTS, PAWS_ESTAB, RETRANS_SEGS, SKIPPED_SYN_RECV, SYN_RETRANS, TIMEOUTS, TSECR_REJECTED,
};
use super::peers::{Peer, timestamp};
use super::snapshot::wait_for;
use super::sockets::nobody;
use crate::clock::Stopwatch;
use crate::error::LabError;
use crate::peer::TcpOption;
use crate::sysctl;

const RATE_LIMIT: &str = "net/ipv4/tcp_invalid_ratelimit";
/// Nothing of the lab lives that long.
const NEVER: Duration = Duration::from_secs(3600);

pub(super) const EXPIRED: Proof = Proof {
    name: "expired-requests-count-nowhere",
    claim: "a handshake that times out counts in AttemptFails or ListenDrops",
    truth: "A half-open connection whose SYN-ACKs were never answered disappears without any counter of failure. Only \
            TCPTimeouts moves, once for each time its timer fires.",
    needs: &[],
    play: |bench| {
        bench.sysctl("net/ipv4/tcp_synack_retries", 0)?;
        let listener = bench.listen(backlog(100))?;
        bench.phase(
            "three clients send a SYN and never answer",
            nothing().half_open(3),
            |bench| bench.syns(listener.address, 3).map(drop),
        )?;
        let expired = nothing().moves(TIMEOUTS, 3).half_open(-3);
        bench.phase(
            "a second passes; tcp_synack_retries is 0, so they are given up",
            expired,
            |bench| {
                bench.counts_on_timers_until(NEVER);
                wait_for(TIMEOUTS, 3)
            },
        )
    },
};

pub(super) const TIMEOUTS_COUNT_SYN_ACKS: Proof = Proof {
    name: "timeouts-count-syn-acks",
    claim: "TCPTimeouts, TCPSynRetrans and RetransSegs tell of trouble on established connections or of our own connects",
    truth: "They count SYN-ACKs that a listener sends again as well: half-open clients and our own connect()s move the same \
            three counters by the same amount.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let mut peer = bench.peer(listener.address);
        let sent = nothing().half_open(1).moves(ACTIVE_OPENS, 1);
        let watch =
            "a client sends a SYN and never answers; a program here connects to an address where nobody answers";
        let mut ours = None;
        bench.phase(watch, sent, |bench| {
            bench.send(&peer.syn())?;
            bench.take_syn_ack(&mut peer)?;
            let (socket, outcome) = bench.connect(nobody())?;
            bench.observe("connect()", &outcome, "in progress");
            ours = Some(socket);
            Ok(())
        })?;
        let again = nothing()
            .moves(TIMEOUTS, 2)
            .moves(SYN_RETRANS, 2)
            .moves(RETRANS_SEGS, 2);
        bench.phase(
            "a second passes: one SYN-ACK and one SYN are sent again",
            again,
            |bench| {
                // In kernels with tcp_syn_linear_timeouts the SYN is sent a third time after 2 s.
                bench.counts_on_timers_until(Duration::from_secs(2));
                for name in [TIMEOUTS, SYN_RETRANS, RETRANS_SEGS] {
                    wait_for(name, 2)?;
                }
                bench.answer_is("sent to the client", &peer, "SYN+ACK")
            },
        )
    },
};

pub(super) const SYN_RETRANSMISSIONS: Proof = Proof {
    name: "syn-retransmissions",
    claim: "a SYN that gets no answer is sent again after 1, 3, 7 and 15 s",
    truth: "So it is on older kernels. On newer ones the first four (net.ipv4.tcp_syn_linear_timeouts) are one second apart: a \
            client of a full queue knocks at 1, 2, 3 and 4 s before the distances grow.",
    needs: &[],
    play: |bench| {
        let watch = Stopwatch::start();
        let mut ours = None;
        bench.phase(
            "a program connects to an address where nobody answers",
            nothing().moves(ACTIVE_OPENS, 1),
            |bench| {
                ours = Some(bench.connect(nobody())?);
                Ok(())
            },
        )?;
        let again = nothing()
            .moves(TIMEOUTS, 1)
            .moves(SYN_RETRANS, 1)
            .moves(RETRANS_SEGS, 1);
        bench.phase("a second passes: the SYN is sent again", again, |bench| {
            bench.counts_on_timers_until(Duration::from_secs(2));
            for name in [TIMEOUTS, SYN_RETRANS, RETRANS_SEGS] {
                wait_for(name, 1)?;
            }
            // The time from the first retransmission to the second, whenever we look between them.
            let rows = bench.sockets(States::of(sockdiag::State::SynSent))?;
            let late = u64::try_from(watch.elapsed().as_millis())
                .unwrap_or(0)
                .saturating_sub(1000);
            bench.in_time()?;
            let left = rows.first().map_or(0, |row| u64::from(row.expires_ms));
            let seen = if left + late > 1500 { "exponential" } else { "linear" };
            bench.observe_answer(
                "syn_retransmissions",
                "the next will follow",
                seen,
                &["linear", "exponential"],
            );
            Ok(())
        })
    },
};

pub(super) const DUPLICATE_SYN: Proof = Proof {
    name: "duplicate-syn",
    claim: "when the drops of a listener grow, connections are being refused",
    truth: "A client that sends its SYN again although it was answered adds 1 to the listener's drops and nothing to \
            ListenDrops: no connection is refused. The SYN-ACK is sent again (TCPSynRetrans), unless that was done less than \
            net.ipv4.tcp_invalid_ratelimit milliseconds ago, 500 by default (TCPACKSkippedSynRecv).",
    needs: &[],
    play: |bench| {
        let default = sysctl::read(RATE_LIMIT)?;
        // Longer than the default, so that a slow machine shows the same.
        bench.sysctl(RATE_LIMIT, 60_000)?;
        let listener = bench.listen(backlog(100))?;
        let mut peer = bench.peer(listener.address);
        let syn = peer.syn();
        bench.phase("a client sends its SYN", nothing().half_open(1), |bench| {
            bench.observe("net.ipv4.tcp_invalid_ratelimit by default", &default, "500");
            bench.send(&syn)?;
            bench.take_syn_ack(&mut peer).map(drop)
        })?;
        let again = nothing().moves(SYN_RETRANS, 1).moves(RETRANS_SEGS, 1).drops(1);
        bench.phase("it sends the same SYN again", again, |bench| {
            bench.send(&syn)?;
            bench.answer_is("answer to it", &peer, "SYN+ACK")
        })?;
        let skipped = nothing().moves(SKIPPED_SYN_RECV, 1).drops(1);
        bench.phase("and again, before the time is over", skipped, |bench| {
            bench.send(&syn)?;
            bench.answer_is("answer to it", &peer, "nothing")
        })?;
        let again = nothing().moves(SYN_RETRANS, 1).moves(RETRANS_SEGS, 1).drops(1);
        bench.phase("and again, with no such limit", again, |bench| {
            bench.sysctl(RATE_LIMIT, 0)?;
            bench.send(&syn)?;
            bench.answer_is("answer to it", &peer, "SYN+ACK")
        })
    },
};

pub(super) const WRONG_ACK: Proof = Proof {
    name: "wrong-ack-keeps-the-request",
    claim: "a RST that the host sends to a client ends the handshake",
    truth: "An ACK with a wrong number is answered with a RST (OutRsts), but the half-open connection stays, and the right ACK \
            still completes it.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let mut peer = bench.peer(listener.address);
        bench.phase("a client gets its SYN-ACK", nothing().half_open(1), |bench| {
            bench.send(&peer.syn())?;
            bench.take_syn_ack(&mut peer).map(drop)
        })?;
        bench.phase(
            "it answers with a wrong number",
            nothing().moves(OUT_RSTS, 1),
            |bench| {
                bench.send(&peer.ack_of(peer.expects.wrapping_add(1000)))?;
                bench.answer_is("answer to it", &peer, "RST")
            },
        )?;
        bench.phase(
            "it answers with the right one",
            nothing().connections(1).half_open(-1),
            |bench| bench.send(&peer.ack()),
        )
    },
};

pub(super) const OLD_TIMESTAMP: Proof = Proof {
    name: "old-timestamp-on-a-request",
    claim: "PAWSEstab concerns established connections only",
    truth: "An ACK of the handshake whose timestamp is older than that of the SYN counts there too. It is dropped (the \
            listener's drops), the half-open connection stays.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let (peer, clock) = with_timestamps(bench, listener.address)?;
        bench.phase(
            "its ACK has the timestamp 500",
            nothing().moves(PAWS_ESTAB, 1).drops(1),
            |bench| {
                bench.send(&peer.ack().with(timestamp(500, clock)))?;
                bench.answer_is("answer to it", &peer, "ACK")
            },
        )?;
        bench.phase(
            "its ACK has the timestamp 1001",
            nothing().connections(1).half_open(-1),
            |bench| bench.send(&peer.ack().with(timestamp(1001, clock))),
        )
    },
};

pub(super) const TSECR: Proof = Proof {
    name: "tsecr-rejected",
    claim: "the timestamp that a client echoes in its last ACK is checked",
    truth: "Newer kernels refuse an echo of a time at which no SYN-ACK was sent: TSEcrRejected and the listener's drops count \
            it, and the half-open connection stays. Older ones have no such counter and make the connection.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let (peer, clock) = with_timestamps(bench, listener.address)?;
        bench
            .ask(
                "its ACK echoes a time at which nothing was sent",
                "impossible_tsecr",
                &[
                    ("refused", nothing().moves(TSECR_REJECTED, 1).drops(1)),
                    ("accepted", nothing().connections(1).half_open(-1)),
                ],
                |bench| bench.send(&peer.ack().with(timestamp(1001, clock.wrapping_add(1_000_000)))),
            )
            .map(drop)
    },
};

/// A client with timestamps that has got its SYN-ACK; gives the kernel's clock too.
fn with_timestamps(bench: &mut Bench, to: std::net::SocketAddr) -> Result<(Peer, u32), LabError> {
    let mut peer = bench.peer(to);
    let mut clock = 0;
    bench.phase(
        "a client sends a SYN with the timestamp 1000",
        nothing().half_open(1),
        |bench| {
            bench.send(&peer.syn().with(timestamp(1000, 0)))?;
            let syn_ack = bench.take_syn_ack(&mut peer)?;
            let sent = syn_ack.options.iter().find_map(|option| match option {
                TcpOption::Timestamp { value, .. } => Some(*value),
                _ => None,
            });
            bench.observe(
                "timestamp in the SYN-ACK",
                if sent.is_some() { "yes" } else { "no" },
                "yes",
            );
            clock = sent.unwrap_or(0);
            Ok(())
        },
    )?;
    Ok((peer, clock))
}
