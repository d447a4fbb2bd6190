//! Why a reply could not be parsed.

/// A datagram, message or attribute that is not what the kernel would send.
///
/// The source it came from is to be marked as failed; nothing that was parsed before it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes end before the thing does: the reply was cut, or its inner lengths lie.
    #[error("{what}: cut short, {available} bytes of {needed}")]
    Short {
        /// What was being parsed, by its name in the kernel's headers.
        what: &'static str,
        /// Bytes there.
        available: usize,
        /// Bytes needed.
        needed: usize,
    },
    /// A stated length that does not even cover the header which states it.
    #[error("{what}: states a length of {stated} bytes, less than its own header of {header}")]
    Length {
        /// What was being parsed, by its name in the kernel's headers.
        what: &'static str,
        /// The length as stated, in bytes.
        stated: usize,
        /// The size of the header, in bytes.
        header: usize,
    },
    /// A row of another address family than the parser's.
    #[error("{what}: unexpected address family {family}")]
    Family {
        /// What was being parsed, by its name in the kernel's headers.
        what: &'static str,
        /// `AF_*` as found.
        family: u8,
    },
}
