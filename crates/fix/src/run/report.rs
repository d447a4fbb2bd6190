//! What became of each listen(), in one line.

use std::fmt;

use rustix::io::Errno;

/// What `run` has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A listen() was answered.
    Listen(Listen),
    /// Something else that the user should know.
    Remark(String),
}

/// A listen() that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Who called it.
    pub caller: Caller,
    /// Where; `None` when the socket could not be had.
    pub place: Option<Place>,
    /// What it asked for.
    pub asked: Asked,
    /// What it got.
    pub outcome: Outcome,
}

/// What a listen() asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// This.
    For(i32),
    /// Its call was not seen; this is the limit that the listener had, which somaxconn may have cut.
    Had(u32),
}

impl Asked {
    /// As the kernel compares it: without sign.
    fn number(self) -> u32 {
        match self {
            Self::For(backlog) => backlog.cast_unsigned(),
            Self::Had(limit) => limit,
        }
    }
}

/// Who called listen().
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its process.
    pub pid: u32,
    /// The process's name; chosen by it, so never trusted.
    pub comm: Option<String>,
}

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `address:port`, or a path; chosen by the program, so never trusted.
    pub name: String,
    /// Inode number of its network namespace, when that is not ours.
    pub foreign: Option<u64>,
}

/// What became of a listen().
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// listen() was called for it.
    Given {
        /// With this backlog.
        wanted: u32,
        /// The limit that the listener then had, read back from the kernel.
        limit: Option<u32>,
        /// net.core.somaxconn of our namespace; `None` when the socket is in another one.
        somaxconn: Option<u32>,
    },
    /// listen() was called for it, and failed.
    Failed(Errno),
    /// It got what it had asked for: the call was left as it was.
    Left(String),
}

impl Listen {
    /// Whether its limit was raised above what it had asked for.
    pub fn is_raised(&self) -> bool {
        matches!(self.outcome, Outcome::Given { limit: Some(limit), .. } if limit > self.asked.number())
    }

    /// Whether nothing was given to it.
    pub fn is_left(&self) -> bool {
        !matches!(self.outcome, Outcome::Given { .. })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(listen) => listen.fmt(f),
            Self::Remark(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        match self.asked {
            Asked::For(backlog) => write!(f, "{} asked for {backlog}", self.caller)?,
            Asked::Had(limit) => write!(f, "{} had {limit}", self.caller)?,
        }
        match &self.outcome {
            Outcome::Given {
                wanted, limit: None, ..
            } => write!(f, ", was given {wanted}; its limit could not be read back"),
            Outcome::Given {
                wanted,
                limit: Some(limit),
                somaxconn,
            } => self.given(f, *wanted, *limit, *somaxconn),
            Outcome::Failed(errno) => write!(f, ": listen(): {errno}"),
            Outcome::Left(why) => write!(f, " and keeps it: {why}"),
        }
    }
}

impl Listen {
    fn given(&self, f: &mut fmt::Formatter<'_>, wanted: u32, limit: u32, somaxconn: Option<u32>) -> fmt::Result {
        let asked = self.asked.number();
        if limit >= wanted || asked == wanted {
            let less = if asked > wanted {
                ", which is less (--min leaves it)"
            } else {
                ""
            };
            return write!(f, ", got {limit}{less}");
        }
        write!(f, ", got {limit} of {wanted}: ")?;
        if somaxconn.is_some_and(|somaxconn| somaxconn >= wanted) {
            return f.write_str("somebody else has set its limit since");
        }
        // listen(2) sets the smaller of the two (KERNEL.md 1.2), so the limit is what somaxconn was there.
        let namespace = self.place.as_ref().and_then(|place| place.foreign);
        let option = namespace.map(|inode| format!("--netns {inode} ")).unwrap_or_default();
        write!(
            f,
            "net.core.somaxconn is {limit} (listenq tune {option}--somaxconn {wanted})"
        )
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.comm {
            Some(comm) => write!(f, "{comm}({})", self.pid),
            None => write!(f, "process {}", self.pid),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.foreign {
            Some(inode) => write!(f, "{} in netns {inode}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(asked: i32, outcome: Outcome) -> Listen {
        Listen {
            caller: Caller {
                pid: 812,
                comm: Some("python3".into()),
            },
            place: Some(Place {
                name: "127.0.0.1:8080".into(),
                foreign: None,
            }),
            asked: Asked::For(asked),
            outcome,
        }
    }

    fn given(asked: i32, wanted: u32, limit: u32) -> String {
        given_where(asked, wanted, limit, Some(128))
    }

    fn given_where(asked: i32, wanted: u32, limit: u32, somaxconn: Option<u32>) -> String {
        let outcome = Outcome::Given {
            wanted,
            limit: Some(limit),
            somaxconn,
        };
        listen(asked, outcome).to_string()
    }

    #[test]
    fn the_lines() {
        for (said, line) in [
            (given(5, 512, 512), "127.0.0.1:8080: python3(812) asked for 5, got 512"),
            (
                given(5, 512, 128),
                "127.0.0.1:8080: python3(812) asked for 5, got 128 of 512: net.core.somaxconn is 128 (listenq tune --somaxconn 512)",
            ),
            (
                given_where(5, 512, 128, Some(4096)),
                "127.0.0.1:8080: python3(812) asked for 5, got 128 of 512: somebody else has set its limit since",
            ),
            (
                given(4096, 512, 512),
                "127.0.0.1:8080: python3(812) asked for 4096, got 512, which is less (--min leaves it)",
            ),
            (
                given(-1, u32::MAX, 4096),
                "127.0.0.1:8080: python3(812) asked for -1, got 4096",
            ),
            (
                given(512, 512, 512),
                "127.0.0.1:8080: python3(812) asked for 512, got 512",
            ),
            (
                listen(5, Outcome::Failed(Errno::ADDRINUSE)).to_string(),
                "127.0.0.1:8080: python3(812) asked for 5: listen(): Address already in use (os error 98)",
            ),
            (
                listen(5, Outcome::Left("it is no socket".into())).to_string(),
                "127.0.0.1:8080: python3(812) asked for 5 and keeps it: it is no socket",
            ),
        ] {
            assert_eq!(said, line);
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_so() {
        let unknown = Listen {
            caller: Caller { pid: 812, comm: None },
            place: None,
            asked: Asked::For(5),
            outcome: Outcome::Given {
                wanted: 512,
                limit: None,
                somaxconn: None,
            },
        };
        assert_eq!(
            unknown.to_string(),
            "process 812 asked for 5, was given 512; its limit could not be read back"
        );
    }

    #[test]
    fn the_sysctl_is_that_of_the_sockets_namespace() {
        let mut cut = listen(
            5,
            Outcome::Given {
                wanted: 512,
                limit: Some(128),
                somaxconn: None,
            },
        );
        cut.place.as_mut().unwrap().foreign = Some(4_026_532_000);
        assert_eq!(
            cut.to_string(),
            "127.0.0.1:8080 in netns 4026532000: python3(812) asked for 5, got 128 of 512: net.core.somaxconn is 128 \
             (listenq tune --netns 4026532000 --somaxconn 512)"
        );
    }
}
