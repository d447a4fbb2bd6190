//! The options of a TCP header, made and read.

use std::fmt;

// RFC 9293 3.1, RFC 7323 3, RFC 2385 3, RFC 7413 4.1, RFC 8684 3
const END: u8 = 0;
const PADDING: u8 = 1;
const MSS: u8 = 2;
const TIMESTAMP: u8 = 8;
const MD5_SIGNATURE: u8 = 19;
const MPTCP: u8 = 30;
const FAST_OPEN: u8 = 34;

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TcpOption {
    /// Largest segment in bytes.
    Mss(u16),
    /// The sender's clock, and the last that it saw of the other's.
    Timestamp {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// A Fast Open cookie; an empty one asks for a cookie.
    FastOpen(Vec<u8>),
    /// An MD5 signature.
    Md5Signature([u8; 16]),
    /// An MPTCP option without kind and length; see [`super::mptcp`].
    Mptcp(Vec<u8>),
    /// Any other, by its kind.
    Other(u8),
}

impl TcpOption {
    fn push(&self, out: &mut Vec<u8>) {
        let (kind, value) = match self {
            Self::Mss(bytes) => (MSS, bytes.to_be_bytes().to_vec()),
            Self::Timestamp { value, echo } => (TIMESTAMP, [value.to_be_bytes(), echo.to_be_bytes()].concat()),
            Self::FastOpen(cookie) => (FAST_OPEN, cookie.clone()),
            Self::Md5Signature(digest) => (MD5_SIGNATURE, digest.to_vec()),
            Self::Mptcp(value) => (MPTCP, value.clone()),
            Self::Other(kind) => (*kind, Vec::new()),
        };
        out.push(kind);
        out.push(u8::try_from(value.len() + 2).unwrap_or(u8::MAX));
        out.extend(value);
    }

    fn read(kind: u8, value: &[u8]) -> Self {
        match (kind, value) {
            (MSS, &[high, low]) => Self::Mss(u16::from_be_bytes([high, low])),
            (TIMESTAMP, times) if times.len() == 8 => Self::Timestamp {
                value: times.first_chunk().map_or(0, |time| u32::from_be_bytes(*time)),
                echo: times.last_chunk().map_or(0, |time| u32::from_be_bytes(*time)),
            },
            (FAST_OPEN, cookie) => Self::FastOpen(cookie.to_vec()),
            (MPTCP, value) => Self::Mptcp(value.to_vec()),
            _ => Self::Other(kind),
        }
    }
}

/// The options one after the other, padded to whole words.
pub(crate) fn encode(options: &[TcpOption]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for option in options {
        option.push(&mut bytes);
    }
    bytes.resize(bytes.len().next_multiple_of(4), PADDING);
    bytes
}

/// The options that `bytes` hold, up to the first that is cut.
pub(crate) fn decode(mut bytes: &[u8]) -> Vec<TcpOption> {
    let mut options = Vec::new();
    while let Some((&kind, rest)) = bytes.split_first() {
        match kind {
            END => break,
            PADDING => bytes = rest,
            _ => {
                let length = rest.first().map_or(0, |&length| usize::from(length));
                let (Some(value), Some(after)) = (bytes.get(2..length), bytes.get(length..)) else {
                    break;
                };
                options.push(TcpOption::read(kind, value));
                bytes = after;
            }
        }
    }
    options
}

impl fmt::Display for TcpOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mss(bytes) => write!(f, "mss {bytes}"),
            Self::Timestamp { value, echo } => write!(f, "timestamp {value}, echoing {echo}"),
            Self::FastOpen(cookie) if cookie.is_empty() => f.write_str("asking for a Fast Open cookie"),
            Self::FastOpen(_) => f.write_str("with a Fast Open cookie"),
            Self::Md5Signature(_) => f.write_str("MD5 signature"),
            Self::Mptcp(value) => f.write_str(super::mptcp::name(value)),
            Self::Other(kind) => write!(f, "option {kind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_survive_the_way_there_and_back() {
        let options = vec![
            TcpOption::Mss(1460),
            TcpOption::Timestamp {
                value: 7,
                echo: u32::MAX,
            },
            TcpOption::FastOpen(vec![1, 2, 3, 4]),
            TcpOption::FastOpen(Vec::new()),
            TcpOption::Mptcp(vec![0x10, 0x81]),
        ];
        let bytes = encode(&options);
        assert_eq!(bytes.len() % 4, 0);
        assert_eq!(decode(&bytes), options);
    }

    #[test]
    fn lengths_that_lie_end_the_list() {
        for bytes in [&[2_u8, 0][..], &[2, 1], &[2, 40, 1], &[2], &[30, 255, 0]] {
            assert_eq!(decode(bytes), []);
        }
        assert_eq!(decode(&[1, 0, 2, 4, 1, 1]), [], "nothing after the end");
    }
}
