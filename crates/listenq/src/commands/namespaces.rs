//! The network namespaces that were asked for through a process: `--netns pid:N`.

use model::selection::Netns;
use probe::{ProbeError, Roots};

/// Puts the namespace of each process in its place.
///
/// # Errors
/// When there is no such process, or it may not be looked at.
pub fn look_up(roots: &Roots, namespaces: &mut [Netns]) -> Result<(), ProbeError> {
    for netns in namespaces {
        if let Netns::OfPid(pid) = *netns {
            *netns = Netns::Key(probe::namespace_of(roots, pid)?);
        }
    }
    Ok(())
}

/// [`look_up`], where a process that is not there is no failure: it is said, and the rest is left as it is.
///
/// # Errors
/// When a process may not be looked at.
pub fn look_up_or_say(roots: &Roots, namespaces: &mut [Netns]) -> Result<Option<String>, ProbeError> {
    match look_up(roots, namespaces) {
        Err(ProbeError::NoProcess { pid, source }) if source.is_gone() => {
            Ok(Some(format!("there is no process {pid}")))
        }
        result => result.map(|()| None),
    }
}
