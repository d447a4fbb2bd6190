//! Why the journal could not be read or written.

use std::io;
use std::path::PathBuf;

/// The journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system said no.
    #[error("{what} the journal {}: {source}", path.display())]
    File {
        /// `open`, `read`, `write`, `lock`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another change is being carried out.
    #[error("another change has not ended after {waited} s: {holder}; try again")]
    Busy {
        /// How long it was waited for, in seconds.
        waited: u64,
        /// Which, as far as it can be told.
        holder: String,
    },
    /// The plan is longer than what is ever read back.
    #[error("the plan is too long to be written down: {bytes} bytes; choose fewer listeners")]
    TooLong {
        /// Length of the line.
        bytes: usize,
    },
    /// A line has the highest number there is.
    #[error("the journal {} has no numbers left, so it is damaged; move it away", path.display())]
    NoNumbers {
        /// The file.
        path: PathBuf,
    },
}
