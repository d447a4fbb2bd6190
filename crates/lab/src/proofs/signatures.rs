//! Proofs: handshakes that are refused for their signature.

use std::net::{IpAddr, Ipv4Addr};

use super::Proof;
use super::bench::Bench;
use super::expected::nothing;
use super::listeners::{Listener, backlog};
use super::names::{MD5_MISSING, MD5_UNEXPECTED, MD5_WRONG};
use crate::error::{During, LabError};
use crate::peer::TcpOption;
use crate::require::Need;
use crate::sockopt;

/// No signature of anything.
const WRONG: TcpOption = TcpOption::Md5Signature([7; 16]);

pub(super) const MD5_REFUSED: Proof = Proof {
    name: "md5-signature-refused",
    claim: "a listener that drops SYNs while its queues are empty has a full queue",
    truth: "A SYN whose MD5 signature is missing, wrong or not expected is dropped in silence: one counter of its own and the \
            listener's drops move, ListenDrops and ListenOverflows do not.",
    needs: &[Need::Md5Signatures],
    play: |bench| {
        let listener = bench.listen(backlog(100))?;
        bench.phase(
            "a SYN comes with a signature that nobody asked for",
            nothing().moves(MD5_UNEXPECTED, 1).drops(1),
            |bench| {
                let peer = bench.peer(listener.address);
                bench.send(&peer.syn().with(WRONG))?;
                bench.answer_is("answer to it", &peer, "nothing")
            },
        )?;
        let peer = bench.peer(listener.address);
        demand_of(bench, &listener, peer.from.ip())?;
        let missing = nothing().moves(MD5_MISSING, 1).drops(1);
        bench.phase("a client that has to sign sends a SYN without", missing, |bench| {
            bench.send(&peer.syn())?;
            bench.answer_is("answer to it", &peer, "nothing")
        })?;
        let wrong = nothing().moves(MD5_WRONG, 1).drops(1);
        bench.phase("it sends a SYN with a wrong signature", wrong, |bench| {
            bench.send(&peer.syn().with(WRONG))?;
            bench.answer_is("answer to it", &peer, "nothing")
        })
    },
};

fn demand_of(bench: &mut Bench, listener: &Listener, client: IpAddr) -> Result<(), LabError> {
    let IpAddr::V4(client) = client else {
        return Ok(());
    };
    bench.did(format!("setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, {{{client}, key}})"));
    demand(listener, client)
}

fn demand(listener: &Listener, client: Ipv4Addr) -> Result<(), LabError> {
    sockopt::demand_md5_of(&listener.socket, client).during("set", "TCP_MD5SIG")
}
