//! What the machine and the user must have, asked by trying; and how a test says it was not there.

use std::fs;
use std::io::{self, Write};

use rustix::process::geteuid;
use socket2::{Domain, Protocol, Socket, Type};

use crate::error::Missing;

/// Something that a scene needs beyond a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The user is root, in the initial user namespace.
    Root,
    /// The kernel speaks IPv6.
    Ipv6,
    /// The kernel speaks MPTCP.
    Mptcp,
    /// The kernel signs TCP segments with MD5.
    Md5Signatures,
    /// A cgroup of our own can be made and frozen.
    Freezer,
    /// A user namespace can be made, and what is to be seen is seen only there.
    UserNamespace,
}

impl Need {
    /// Whether it is there.
    ///
    /// # Errors
    /// What is missing and why.
    pub fn check(self) -> Result<(), Missing> {
        match self {
            Self::Root => root(),
            Self::Ipv6 => ipv6(),
            Self::Mptcp => mptcp(),
            Self::Md5Signatures => md5_signatures(),
            Self::Freezer => freezer(),
            Self::UserNamespace => user_namespaces(),
        }
    }
}

/// The user is root.
///
/// # Errors
/// [`Missing`] otherwise.
pub fn root() -> Result<(), Missing> {
    if geteuid().is_root() && in_initial_user_namespace() {
        Ok(())
    } else {
        Err(Missing::privilege("root", "this is an ordinary user"))
    }
}

/// In the initial user namespace the map covers all ids (kernel/user.c:init_user_ns).
fn in_initial_user_namespace() -> bool {
    fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.split_whitespace().eq(["0", "0", "4294967295"]))
}

/// A namespace can be had: as root, or through a user namespace.
///
/// # Errors
/// [`Missing`] if the system forbids user namespaces. What only the attempt can tell
/// (a seccomp filter, an LSM) is told by [`crate::Stage::launch`].
pub fn user_namespaces() -> Result<(), Missing> {
    let what = "a user namespace";
    // The first is the kernel's own (kernel/ucount.c), the second Debian's.
    for file in [
        "/proc/sys/user/max_user_namespaces",
        "/proc/sys/kernel/unprivileged_userns_clone",
    ] {
        if fs::read_to_string(file).is_ok_and(|text| text.trim() == "0") {
            return Err(Missing::privilege(what, format!("{file} is 0")));
        }
    }
    match fs::metadata("/proc/self/ns/user") {
        Ok(_) => Ok(()),
        Err(_) => Err(Missing::feature(what, "this kernel has none")),
    }
}

/// The kernel speaks MPTCP and it is switched on.
///
/// # Errors
/// [`Missing`] otherwise.
pub fn mptcp() -> Result<(), Missing> {
    match Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::MPTCP)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Missing::feature("MPTCP", error)),
    }
}

/// The kernel signs TCP segments with MD5 (`CONFIG_TCP_MD5SIG`).
///
/// # Errors
/// [`Missing`] otherwise.
pub fn md5_signatures() -> Result<(), Missing> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
    match socket.and_then(|socket| crate::sockopt::demand_md5_of(&socket, std::net::Ipv4Addr::LOCALHOST)) {
        Ok(()) => Ok(()),
        Err(error) => Err(Missing::feature("MD5 signatures", error)),
    }
}

/// The kernel speaks IPv6.
///
/// # Errors
/// [`Missing`] otherwise.
pub fn ipv6() -> Result<(), Missing> {
    match Socket::new(Domain::IPV6, Type::STREAM, None) {
        Ok(_) => Ok(()),
        Err(error) => Err(Missing::feature("IPv6", error)),
    }
}

/// A cgroup can be made and frozen.
///
/// # Errors
/// [`Missing`] for an ordinary user, or where no freezer is mounted.
pub fn freezer() -> Result<(), Missing> {
    root()?;
    if crate::freezer::roots().is_empty() {
        return Err(Missing::feature("a cgroup freezer", "none is mounted"));
    }
    Ok(())
}

/// Says on stderr that a test was skipped and why.
///
/// # Panics
/// If `LISTENQ_REQUIRE_ROOT=1` and more privilege would have given what is missing: CI then
/// runs as root and a skip would hide a test that never runs.
pub fn skip_or_fail(test: &str, missing: &Missing) {
    let required = std::env::var_os("LISTENQ_REQUIRE_ROOT").is_some_and(|value| value == "1");
    assert!(may_skip(missing, required), "{test}: {missing}");
    // Not eprintln!: what that prints in a test that passes, libtest keeps to itself.
    let _ = writeln!(io::stderr(), "skipped: {test}: {missing}");
}

fn may_skip(missing: &Missing, root_required: bool) -> bool {
    !(root_required && missing.privilege)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_privilege_is_no_skip_where_root_is_required() {
        let privilege = Missing::privilege("root", "not root");
        assert!(!may_skip(&privilege, true));
        assert!(may_skip(&privilege, false));
        assert!(may_skip(&Missing::feature("MPTCP", "no"), true));
    }
}
