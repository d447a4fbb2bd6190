//! Where listenq keeps what outlives a run: the journal of changes, answers of the kernel.

use std::env;
use std::path::PathBuf;

/// The directory: /var/lib/listenq for root, else below the user's own (XDG base directories); `None` when neither
/// `XDG_STATE_HOME` nor `HOME` says where.
pub fn directory() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/listenq".into());
    }
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("listenq"))
}
