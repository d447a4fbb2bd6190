//! Scene: IPv6 listeners with IPv4-mapped clients, and a specific address beside the wildcard.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Scene;
use crate::actor::{Listen, Server};
use crate::error::LabError;
use crate::facts::{Expected, ListenerFacts};
use crate::flood::Flood;
use crate::procnet::{self, SYN_RECV};
use crate::require::Need;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

pub(super) const SCENE: Scene = Scene {
    name: "ipv6",
    summary: "IPv6 listeners: IPv4-mapped clients, IPv6 only, a specific address beside the wildcard",
    look_at: "listenq                   four rows, two of them on port 8082\n\
              listenq --port 8082       half-open connections of the wildcard and of ::1",
    needs: &[Need::Ipv6],
    parameters: &[
        Parameter {
            name: "clients",
            default: 2,
            min: 0,
            max: 50,
            meaning: "clients per listener and family",
        },
        Parameter {
            name: "half_open",
            default: 3,
            min: 0,
            max: 50,
            meaning: "half-open connections per listener and family",
        },
    ],
    build,
};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// A listener, and the addresses by which its clients come.
struct Asked {
    label: &'static str,
    ip: Ipv6Addr,
    port: u16,
    only_v6: bool,
    reached_by: &'static [IpAddr],
}

const ANY: Ipv6Addr = Ipv6Addr::UNSPECIFIED;
const ONE: Ipv6Addr = Ipv6Addr::LOCALHOST;

static ASKED: [Asked; 4] = [
    Asked {
        label: "dual",
        ip: ANY,
        port: 8080,
        only_v6: false,
        reached_by: &[V4, V6],
    },
    Asked {
        label: "v6-only",
        ip: ANY,
        port: 8081,
        only_v6: true,
        reached_by: &[V6],
    },
    // Made before the wildcard of its port: Linux 4.18 gives a client to the oldest that fits
    // (see the proof reuseport-wildcard-and-address).
    Asked {
        label: "specific",
        ip: ONE,
        port: 8082,
        only_v6: true,
        reached_by: &[V6],
    },
    // ::1 has a listener of its own, so only IPv4 clients get here.
    Asked {
        label: "wildcard",
        ip: ANY,
        port: 8082,
        only_v6: false,
        reached_by: &[V4],
    },
];

fn build(site: &mut Site) -> Result<(), LabError> {
    // Half-open connections must stay for as long as the scene is held; see scene half-open.
    site.sysctl("net/ipv4/tcp_synack_retries", 8)?;
    let listeners = ASKED.iter().map(listen).collect();
    let facts = site.server(
        "lab-server",
        Server {
            listeners,
            ..Server::default()
        },
    )?;
    for (asked, listener) in ASKED.iter().zip(facts) {
        fill(site, asked, listener)?;
    }
    Ok(())
}

/// Two listeners of one port, one of them on the wildcard, are allowed with `SO_REUSEPORT` only
/// (net/ipv4/inet_connection_sock.c:inet_csk_bind_conflict).
fn listen(asked: &Asked) -> Listen {
    Listen {
        only_v6: asked.only_v6,
        reuseport: asked.port == 8082,
        ..Listen::new(Target::tcp((asked.ip, asked.port)), 64)
    }
}

fn fill(site: &mut Site, asked: &Asked, listener: ListenerFacts) -> Result<(), LabError> {
    let (clients, half_open) = (site.setting("clients"), site.setting("half_open"));
    for &address in asked.reached_by {
        let reach = SocketAddr::new(address, asked.port);
        for _ in 0..clients {
            site.connect(&Target::tcp(reach))?;
        }
        Flood::new(reach)?.send(half_open)?;
        site.wait(format!("{half_open} half-open connections to {reach}"), || {
            Ok(half_open_to(reach)? == half_open)
        })?;
    }
    let families = u32::try_from(asked.reached_by.len()).unwrap_or(0);
    let length = Expected::exactly(clients * families);
    site.wait_length(&listener, length)?;
    let half_open = Expected::exactly(half_open * families);
    site.publish(
        asked.label,
        ListenerFacts {
            length,
            half_open,
            ..listener
        },
    );
    Ok(())
}

/// As [`procnet::half_open`], and an IPv4 client of an IPv6 listener counts in either notation.
fn half_open_to(local: SocketAddr) -> Result<u32, LabError> {
    let rows = procnet::tcp_rows()?;
    Ok(procnet::count(&rows, |row| {
        row.state == SYN_RECV && row.local.port() == local.port() && row.local.ip().to_canonical() == local.ip()
    }))
}
