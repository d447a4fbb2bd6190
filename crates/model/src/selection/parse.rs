//! Selections as users write them.

use std::fmt;
use std::str::FromStr;

use super::{Address, Netns, Ports, Process};

/// A selection that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// Neither a port nor a range of ports.
    #[error("`{0}` is no port and no range of ports; write 80 or 8000-8099")]
    Ports(String),
    /// Not a namespace.
    #[error("`{0}` names no namespace; write all, host, self, an inode number, a name or pid:N")]
    Netns(String),
}

impl FromStr for Ports {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ports = first.parse().ok().zip(last.parse().ok());
        let (first, last) = ports.ok_or_else(|| SelectionError::Ports(text.to_owned()))?;
        if first > last {
            Err(SelectionError::Ports(text.to_owned()))
        } else {
            Ok(Self(first..=last))
        }
    }
}

impl FromStr for Address {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text);
        Ok(bare.parse().map_or_else(|_| Self::Path(text.to_owned()), Self::Ip))
    }
}

impl FromStr for Process {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Pid))
    }
}

impl FromStr for Netns {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || SelectionError::Netns(text.to_owned());
        Ok(match text {
            "" => return Err(error()),
            "all" => Self::All,
            "host" => Self::Host,
            "self" => Self::Own,
            _ => match text.strip_prefix("pid:") {
                Some(pid) => Self::OfPid(pid.parse().map_err(|_| error())?),
                None => Self::Named(text.to_owned()),
            },
        })
    }
}

impl fmt::Display for Netns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Host => f.write_str("host"),
            Self::Own => f.write_str("self"),
            Self::Named(name) => f.write_str(name),
            Self::OfPid(pid) => write!(f, "pid:{pid}"),
            Self::Key(key) => write!(f, "{key}"),
        }
    }
}
