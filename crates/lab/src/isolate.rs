//! Entering a fresh network namespace: the only unsafe call of the lab.
#![expect(unsafe_code, reason = "rustix marks unshare(2) unsafe because of CLONE_FILES")]

use std::fs;
use std::io;

use rustix::process::{getegid, geteuid};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use crate::error::{LabError, Missing};

/// Moves the calling thread into a new network namespace.
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`.
pub(crate) fn new_network_namespace() -> io::Result<()> {
    // SAFETY: CLONE_FILES, the flag that could take descriptors away from other threads, is not set.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.map_err(io::Error::from)
}

/// Moves the calling process, which must have one thread, into a new network namespace, and
/// into a new user namespace as well where it lacks the privilege for the first alone.
///
/// # Errors
/// [`LabError::Missing`] where neither is allowed.
pub(crate) fn enter() -> Result<(), LabError> {
    if geteuid().is_root() && new_network_namespace().is_ok() {
        return Ok(());
    }
    enter_user_namespace()
}

/// Moves the calling process, which must have one thread, into a new user namespace, as whose root
/// it goes on, and into a new network namespace that belongs to it.
///
/// # Errors
/// [`LabError::Missing`] where that is not allowed.
pub(crate) fn enter_user_namespace() -> Result<(), LabError> {
    // Read before the new user namespace hides them behind the overflow id.
    let (uid, gid) = (geteuid(), getegid());
    new_user_and_network_namespace().map_err(|error| {
        Missing::privilege(
            "a network namespace",
            format!("neither root nor allowed to make a user namespace ({error})"),
        )
    })?;
    // user_namespaces(7): an unprivileged writer of gid_map must give up setgroups(2) first.
    for (file, text) in [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("0 {} 1", uid.as_raw())),
        ("/proc/self/gid_map", format!("0 {} 1", gid.as_raw())),
    ] {
        // Where an LSM restricts user namespaces, this is where it shows.
        fs::write(file, text).map_err(|error| Missing::privilege("a user namespace", format!("{file}: {error}")))?;
    }
    Ok(())
}

fn new_user_and_network_namespace() -> io::Result<()> {
    // SAFETY: CLONE_FILES is not set; see new_network_namespace.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET) }.map_err(io::Error::from)
}
