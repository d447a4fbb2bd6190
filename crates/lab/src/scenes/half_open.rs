//! Scene: clients that send a SYN and never the ACK; the SYN queue fills.

use std::ops::ControlFlow;

use super::{Scene, backlog, local};
use crate::actor::Listen;
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::flood::Flood;
use crate::procnet;
use crate::settings::Parameter;
use crate::site::{Site, repeat};
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "half-open",
    summary: "clients that send a SYN and never the ACK: the SYN queue fills",
    look_at: "listenq --port 8080                             half-open connections in the SYN queue\n\
              listenq --port 8080 --get syn_queue.length      their number\n\
              listenq -s                                      the total of the namespace\n\
              listenq counters                                what a full SYN queue did, in words",
    needs: &[],
    parameters: &[
        backlog(128),
        Parameter {
            name: "count",
            default: 20,
            min: 0,
            max: 20_000,
            meaning: "SYNs sent, each from an address and port of its own",
        },
        Parameter {
            name: "rate",
            default: 0,
            min: 0,
            max: 10_000,
            meaning: "SYNs per second that follow",
        },
        Parameter {
            name: "syncookies",
            default: 1,
            min: 0,
            max: 2,
            meaning: "net.ipv4.tcp_syncookies",
        },
        Parameter {
            name: "max_syn_backlog",
            default: 1024,
            min: 1,
            max: 1 << 20,
            meaning: "net.ipv4.tcp_max_syn_backlog",
        },
        Parameter {
            name: "retries",
            default: 8,
            min: 1,
            max: 20,
            meaning: "net.ipv4.tcp_synack_retries: 8 keep a half-open connection for 6 minutes",
        },
    ],
    build,
};

fn build(site: &mut Site) -> Result<(), LabError> {
    site.sysctl("net/ipv4/tcp_syncookies", site.setting("syncookies"))?;
    site.sysctl("net/ipv4/tcp_max_syn_backlog", site.setting("max_syn_backlog"))?;
    site.sysctl("net/ipv4/tcp_synack_retries", site.setting("retries"))?;
    let listen = Listen::new(Target::tcp(local()), site.setting("backlog"));
    let listener = site.listener("lab-server", listen)?;
    let expected = kept(site, listener.limit);
    let mut flood = Flood::new(local())?;
    flood.send(site.setting("count"))?;
    site.wait(format!("{expected} half-open connections"), || {
        Ok(expected.contains(procnet::half_open(local())?))
    })?;
    let half_open = stays(site, procnet::half_open(local())?, listener.limit);
    // Refused are those that come while the queue is full and no cookie is sent.
    let refuses = site.setting("rate") > 0 && site.setting("syncookies") == 0 && site.setting("count") > expected.max;
    repeat(site.setting("rate"), move || match flood.send(1) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    })?;
    site.publish(
        "half-open",
        ListenerFacts {
            half_open,
            drops_grow: refuses,
            ..listener
        },
    );
    Ok(())
}

/// The range in which the number of requests stays, after so many were kept.
///
/// Above half of the limit the kernel gives requests up after two resent SYN-ACKs, until it is
/// back at half (net/ipv4/inet_connection_sock.c:reqsk_timer_handler).
fn stays(site: &Site, kept: u32, limit: u32) -> Expected {
    let most = if site.setting("rate") > 0 {
        limit.saturating_add(1).max(kept)
    } else {
        kept
    };
    let pruned = kept.saturating_mul(2) > limit.max(8);
    match site.setting("syncookies") {
        2 => Expected::exactly(0),
        _ if pruned => Expected::between((limit.max(8) / 2).min(kept).saturating_sub(1), most),
        _ => Expected::between(kept, most),
    }
}

/// How many requests the kernel keeps (net/ipv4/tcp_input.c:tcp_conn_request). The SYN queue is
/// full at `length >= limit` in kernels up to 6.8, at `length > limit` after that.
fn kept(site: &Site, limit: u32) -> Expected {
    let count = site.setting("count");
    let bound = |by: u32| count.min(by);
    match site.setting("syncookies") {
        // Every SYN is answered with a cookie and forgotten.
        2 => Expected::exactly(0),
        1 => Expected::between(bound(limit), bound(limit.saturating_add(1))),
        // Dropped once less than a quarter of tcp_max_syn_backlog is left.
        _ => {
            let most = site.setting("max_syn_backlog");
            let three_quarters = most - (most >> 2) + 1;
            let bound = |limit: u32| bound(limit.min(three_quarters));
            Expected::between(bound(limit), bound(limit.saturating_add(1)))
        }
    }
}
