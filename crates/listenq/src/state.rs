//! Where listenq keeps what outlives a run: the journal of changes, answers of the kernel.

use std::env;
use std::path::PathBuf;

/// Where the system log listens; `LISTENQ_LOG_SOCKET` says so where it is not /dev/log.
pub fn system_log() -> PathBuf {
    env::var_os("LISTENQ_LOG_SOCKET").map_or_else(|| fix::system_log::SOCKET.into(), PathBuf::from)
}

/// The directory: the one that systemd gives to a service (`STATE_DIRECTORY`, systemd.exec(5)); else /var/lib/listenq
/// for root, or below the user's own (XDG base directories); `None` when none of the variables says where.
pub fn directory() -> Option<PathBuf> {
    let given = env::var("STATE_DIRECTORY").ok();
    let first = given.as_deref().and_then(|paths| paths.split(':').next());
    if let Some(path) = first.map(PathBuf::from).filter(|path| path.is_absolute()) {
        return Some(path);
    }
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/listenq".into());
    }
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("listenq"))
}
