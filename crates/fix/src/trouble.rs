//! Why an action could not be carried out.

use std::io;
use std::path::PathBuf;

use model::NamespaceKey;
use probe::ProbeError;
use probe::diag::socket::NetlinkError;
use probe::namespaces::enter::EnterError;

use crate::duplicate::DuplicateError;
use crate::listening::NotIt;

/// Why an action could not be carried out; nothing of it is left, unless [`Trouble::ReadBack`] says so.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The host could not be looked at.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The kernel could not be asked for the socket.
    #[error(transparent)]
    Netlink(#[from] NetlinkError),
    /// The socket is no longer there.
    #[error("the listener is gone: its program has closed it, or was restarted")]
    NoSocket,
    /// Nobody is known to hold the socket.
    #[error("the processes that hold it cannot be seen; needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; try sudo")]
    UnknownOwner,
    /// No process holds the socket.
    #[error("no process holds it, so there is no descriptor to reach it through")]
    NoOwner,
    /// None of its descriptors could be taken.
    #[error(transparent)]
    Duplicate(#[from] DuplicateError),
    /// What was taken is not the listener that was meant.
    #[error(transparent)]
    NotIt(#[from] NotIt),
    /// The value is no longer the one the plan was made for.
    #[error("{what} was {expected} when the plan was made, and is {found} now")]
    Changed {
        /// Of what.
        what: String,
        /// The value of the plan.
        expected: String,
        /// The present one.
        found: String,
    },
    /// The namespace is gone or cannot be reached.
    #[error("there is no network namespace {0} any more")]
    NoNamespace(NamespaceKey),
    /// The namespace could not be entered.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// A file could not be read or written.
    #[error("{} {}: {source}{}", what, path.display(), hint(source))]
    File {
        /// `read`, `write`, `make`, `remove`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It was done, and the system said another value than the one that was set.
    #[error("{what} was set to {wanted} and read {found}; {}", if *is_put_back { "it was put back" } else { "it could not be put back" })]
    ReadBack {
        /// Of what.
        what: String,
        /// The value that was set.
        wanted: String,
        /// The value that it had.
        found: String,
        /// Whether the old value was set again.
        is_put_back: bool,
    },
}

impl Trouble {
    /// How much it says, of several troubles with the same socket.
    pub(crate) fn telling(&self) -> u8 {
        match self {
            Self::NoOwner => 0,
            Self::Duplicate(DuplicateError::Gone { .. } | DuplicateError::Reused { .. }) => 1,
            Self::Duplicate(DuplicateError::Closed { .. }) | Self::NotIt(NotIt::Other) => 2,
            Self::NotIt(NotIt::Ask { .. }) | Self::Duplicate(DuplicateError::Failed { .. }) => 3,
            Self::Duplicate(DuplicateError::Refused { .. } | DuplicateError::Unsupported) => 4,
            // It was reached: what it says of itself is true through every descriptor.
            _ => 5,
        }
    }

    /// Whether the object is gone or somebody else has changed it since the plan was made.
    pub fn is_overtaken(&self) -> bool {
        match self {
            Self::NoSocket
            | Self::Changed { .. }
            | Self::NoNamespace(_)
            | Self::NotIt(NotIt::NotListening | NotIt::Other) => true,
            Self::Duplicate(error) => matches!(
                error,
                DuplicateError::Gone { .. } | DuplicateError::Reused { .. } | DuplicateError::Closed { .. }
            ),
            Self::Enter(error) => matches!(error, EnterError::Gone { .. }),
            _ => false,
        }
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "; try sudo",
        io::ErrorKind::ReadOnlyFilesystem => "; in a container the runtime mounts it so: set it outside",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_touched_says_more_than_what_has_ended() {
        let (pid, fd) = (7, 3);
        let gone = Trouble::Duplicate(DuplicateError::Gone { pid });
        let closed = Trouble::Duplicate(DuplicateError::Closed { pid, fd });
        let why = "needs CAP_SYS_PTRACE".to_owned();
        let refused = Trouble::Duplicate(DuplicateError::Refused { pid, fd, why });
        let not_listening = Trouble::NotIt(NotIt::NotListening);
        let rising = [Trouble::NoOwner, gone, closed, refused, not_listening];
        assert!(rising.is_sorted_by(|one, other| one.telling() < other.telling()));
    }
}
