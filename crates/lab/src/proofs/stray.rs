//! Proofs: packets that belong to no handshake.

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::backlog;
use super::names::{CURR_ESTAB, OUT_RSTS, SYN_CHALLENGE, TIME_WAIT_OVERFLOW};
use crate::error::LabError;
use crate::peer::{ACK, FIN, RST, SYN, Segment};

pub(super) const STRAY_PACKETS: Proof = Proof {
    name: "stray-packets",
    claim: "the drops of a listener are connections that it refused",
    truth: "A stray RST, FIN or SYN+FIN adds 1 to them as well, and no counter of the namespace moves. A stray ACK adds \
            nothing: it is answered with a RST.",
    needs: &[],
    play: |bench| {
        bench.sysctl("net/ipv4/tcp_syncookies", 0)?;
        let listener = bench.listen(backlog(100))?;
        for (what, flags) in [
            ("a stray RST comes", RST),
            ("a stray FIN without ACK comes", FIN),
            ("a SYN+FIN comes", SYN | FIN),
        ] {
            bench.phase(what, nothing().drops(1), |bench| {
                stray(bench, listener.address, flags, "nothing")
            })?;
        }
        let answered = nothing().moves(OUT_RSTS, 1);
        bench.phase("a stray ACK comes", answered.clone(), |bench| {
            stray(bench, listener.address, ACK, "RST")
        })?;
        let mut closed = listener.address;
        closed.set_port(9);
        bench.phase("a SYN comes to a port where nobody listens", answered, |bench| {
            stray(bench, closed, SYN, "RST+ACK")
        })
    },
};

fn stray(bench: &mut Bench, to: std::net::SocketAddr, flags: u8, answer: &str) -> Result<(), LabError> {
    let peer = bench.peer(to);
    bench.send(&Segment {
        flags,
        ..peer.ack_of(12_345)
    })?;
    bench.answer_is("answer to it", &peer, answer)
}

pub(super) const SYN_CHALLENGE_PROOF: Proof = Proof {
    name: "syn-on-a-synchronized-socket",
    claim: "TCPSYNChallenge counts SYNs that listeners answered with a cookie or refused",
    truth: "It counts SYNs that came to a connection that exists already. They are answered with an ACK; no listener, no queue \
            and no drop is concerned.",
    needs: &[],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        let [peer] = bench.waiting("a client connects", listener.address)?;
        bench.phase(
            "it sends a SYN on the same connection",
            nothing().moves(SYN_CHALLENGE, 1),
            |bench| {
                bench.send(&peer.segment(SYN))?;
                bench.answer_is("answer to it", &peer, "ACK")
            },
        )
    },
};

pub(super) const TIME_WAIT: Proof = Proof {
    name: "time-wait-overflow-is-no-queue",
    claim: "TCPTimeWaitOverflow says that a listen queue is too short",
    truth: "It counts connections that were closed without TIME_WAIT because tcp_max_tw_buckets was reached. No listener is \
            concerned.",
    needs: &[],
    play: |bench| {
        bench.sysctl("net/ipv4/tcp_max_tw_buckets", 0)?;
        let listener = bench.listen(backlog(100))?;
        let [mut peer] = bench.waiting("a client connects", listener.address)?;
        let mut connection = None;
        bench.phase("it is accepted", nothing().queued(-1), |bench| {
            connection = Some(bench.accepted(&listener)?);
            Ok(())
        })?;
        let closed = nothing().moves(CURR_ESTAB, -1).moves(TIME_WAIT_OVERFLOW, 1);
        bench.phase(
            "tcp_max_tw_buckets is 0; the program closes first, the client closes too",
            closed,
            |bench| {
                bench.did("close(fd)");
                drop(connection);
                let fin = bench.answers(&peer)?.pop();
                peer.expects = fin.map_or(0, |fin| fin.sequence.wrapping_add(1));
                bench.send(&peer.fin())
            },
        )
    },
};
