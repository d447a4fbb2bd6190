//! The catalogue of scenes: one file each.

mod batch_accept;
mod burst;
mod clamped;
mod clients_left;
mod frozen;
mod half_open;
mod idle;
mod ipv6;
mod leaked;
mod many;
mod mptcp;
mod never_accept;
mod out_of_fds;
mod reuseport_stuck;
mod slow_accept;
mod stopped;
mod unix_full;

use std::io;

use crate::error::LabError;
use crate::facts::Expected;
use crate::require::Need;
use crate::settings::Parameter;
use crate::site::Site;
use crate::target::Target;

/// A fault that the lab can build.
pub struct Scene {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens in it, in one line.
    pub summary: &'static str,
    /// What to look at while it is held, one command per line with what it shows. Root may run
    /// them anywhere, an ordinary user inside the namespace.
    pub look_at: &'static str,
    /// What it needs beyond a namespace.
    pub needs: &'static [Need],
    /// What may be set.
    pub parameters: &'static [Parameter],
    /// Builds it and returns once it is ready.
    pub(crate) build: fn(&mut Site) -> Result<(), LabError>,
}

/// All scenes, the simplest first.
pub fn scenes() -> &'static [Scene] {
    &SCENES
}

static SCENES: [Scene; 17] = [
    idle::SCENE,
    never_accept::SCENE,
    slow_accept::SCENE,
    batch_accept::SCENE,
    burst::SCENE,
    reuseport_stuck::SCENE,
    half_open::SCENE,
    clients_left::SCENE,
    unix_full::SCENE,
    clamped::SCENE,
    ipv6::SCENE,
    stopped::SCENE,
    frozen::SCENE,
    out_of_fds::SCENE,
    mptcp::SCENE,
    leaked::SCENE,
    many::SCENE,
];

/// The scene with this name.
///
/// # Errors
/// [`LabError::UnknownScene`] with the names there are.
pub fn find(name: &str) -> Result<&'static Scene, LabError> {
    SCENES
        .iter()
        .find(|scene| scene.name == name)
        .ok_or_else(|| LabError::UnknownScene {
            name: name.into(),
            known: SCENES.iter().map(|scene| scene.name).collect::<Vec<_>>().join(", "),
        })
}

/// The port of the listener that a scene is about.
const PORT: u16 = 8080;

/// 127.0.0.1 with the scene's port.
fn local() -> std::net::SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, PORT).into()
}

/// The usual bounds of a backlog; the default differs from scene to scene.
const fn backlog(default: u32) -> Parameter {
    Parameter {
        name: "backlog",
        default,
        min: 0,
        max: 4096,
        meaning: "the backlog given to listen()",
    }
}

/// As many connections as fit: the kernel's test is `length > limit`
/// (include/net/sock.h:sk_acceptq_is_full).
const fn capacity(limit: u32) -> u32 {
    limit.saturating_add(1)
}

/// Handshakes that may be under way at any moment while clients come and go. One whose final
/// ACK met a full accept queue stays half-open until a retransmission finds room
/// (net/ipv4/tcp_minisocks.c:tcp_check_req), and the SYN queue has the same limit.
const fn in_flight(capacity: u32) -> Expected {
    Expected::between(0, capacity)
}

/// A server that answered without the listener it was asked for.
fn no_listener() -> LabError {
    LabError::Gone {
        who: "a server".into(),
        what: "made no listener".into(),
    }
}

fn connect_failed(target: &Target, source: io::Error) -> LabError {
    LabError::Io {
        operation: "connect to",
        object: target.to_string(),
        source,
    }
}
