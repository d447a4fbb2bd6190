//! The error number of a netlink reply, named where it matters for `sock_diag`.

use std::fmt;

/// A positive error number as the kernel reports it in `NLMSG_ERROR` or `NLMSG_DONE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(i32);

impl Errno {
    /// Operation not permitted.
    pub const EPERM: Self = Self(1);
    /// No handler of that family or protocol: its module is missing and could not be loaded
    /// (`net/core/sock_diag.c:__sock_diag_cmd`, `net/ipv4/inet_diag.c:inet_diag_lock_handler`).
    pub const ENOENT: Self = Self(2);
    /// Out of memory.
    pub const ENOMEM: Self = Self(12);
    /// Permission denied.
    pub const EACCES: Self = Self(13);
    /// Busy: another dump of this netlink socket is still under way (`netlink_dump_start`).
    pub const EBUSY: Self = Self(16);
    /// Invalid argument: the request's shape or filter program is refused, or, on kernels without
    /// `INET_DIAG_REQ_PROTOCOL` (5.8 and older), a request that has it and no filter.
    pub const EINVAL: Self = Self(22);
    /// Message too long: the one row asked for does not fit a reply.
    pub const EMSGSIZE: Self = Self(90);
    /// Operation not supported.
    pub const EOPNOTSUPP: Self = Self(95);
    /// Stale: the socket of that inode has another cookie (`sock_diag_check_cookie`).
    pub const ESTALE: Self = Self(116);

    /// The number behind a reply's `code`, which the kernel sends negated.
    pub(crate) fn from_reply(code: i32) -> Self {
        Self(code.saturating_abs())
    }

    /// The positive number.
    pub const fn number(self) -> i32 {
        self.0
    }

    fn name_and_text(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::EPERM => ("EPERM", "operation not permitted"),
            Self::ENOENT => ("ENOENT", "no such file or directory"),
            Self::ENOMEM => ("ENOMEM", "out of memory"),
            Self::EACCES => ("EACCES", "permission denied"),
            Self::EBUSY => ("EBUSY", "device or resource busy"),
            Self::EINVAL => ("EINVAL", "invalid argument"),
            Self::EMSGSIZE => ("EMSGSIZE", "message too long"),
            Self::EOPNOTSUPP => ("EOPNOTSUPP", "operation not supported"),
            Self::ESTALE => ("ESTALE", "stale file handle"),
            _ => return None,
        })
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name_and_text() {
            Some((name, text)) => write!(f, "{name} ({text})"),
            None => write!(f, "errno {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_have_a_name_others_their_number() {
        assert_eq!(Errno::from_reply(-2).to_string(), "ENOENT (no such file or directory)");
        assert_eq!(
            Errno::from_reply(-95).to_string(),
            "EOPNOTSUPP (operation not supported)"
        );
        assert_eq!(Errno::from_reply(-110).to_string(), "errno 110");
    }

    #[test]
    fn the_smallest_code_does_not_overflow() {
        assert_eq!(Errno::from_reply(i32::MIN).number(), i32::MAX);
    }
}
