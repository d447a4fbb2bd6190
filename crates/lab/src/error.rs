//! What can go wrong in the lab, with the operation and the object it concerned.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a stage, a scene or a namespace could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A system call failed.
    #[error("{operation} {object}: {source}")]
    Io {
        /// What was tried, in a word or two ("bind", "write").
        operation: &'static str,
        /// What it was tried on: an address, a path, a program.
        object: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A condition that makes a scene ready did not come true in time.
    #[error("scene {scene} is not ready: {condition} was not so within {waited:?}")]
    NotReady {
        /// The scene's name.
        scene: String,
        /// The condition, in words.
        condition: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The machine or the user lacks what is needed.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// No scene has this name.
    #[error("no scene is called {name}; there are: {known}")]
    UnknownScene {
        /// The name asked for.
        name: String,
        /// The names there are, with commas.
        known: String,
    },
    /// No proof has this name.
    #[error("no proof is called {name}; there are: {known}")]
    UnknownProof {
        /// The name asked for.
        name: String,
        /// The names there are, with commas.
        known: String,
    },
    /// A condition on which a proof waited did not come true in time.
    #[error("{condition}: not so within {waited:?}")]
    NeverSo {
        /// The condition, in words.
        condition: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The machine was too slow for what a proof has to do before a timer fires.
    #[error("this machine was too slow: a retransmission timer may have fired too early")]
    TooSlow,
    /// The kernel did not answer a packet that a proof needs answered.
    #[error("no SYN-ACK came for {segment}")]
    Unanswered {
        /// The packet, in words.
        segment: String,
    },
    /// A setting that is not written `name=number`.
    #[error("{text}: a setting is written name=number")]
    MalformedSetting {
        /// What was written.
        text: String,
    },
    /// A setting that the scene does not have.
    #[error("{setting} is no setting of scene {scene}; it has: {known}")]
    UnknownSetting {
        /// The scene's name.
        scene: String,
        /// The setting asked for.
        setting: String,
        /// The settings there are, with commas.
        known: String,
    },
    /// A setting outside its bounds.
    #[error("{name}={value}: scene {scene} takes {min} to {max}")]
    SettingOutOfRange {
        /// The scene's name.
        scene: String,
        /// The setting's name.
        name: String,
        /// The value asked for.
        value: u32,
        /// The smallest value allowed.
        min: u32,
        /// The largest value allowed.
        max: u32,
    },
    /// The stage or an actor ended, or answered what nobody asked.
    #[error("{who} {what}")]
    Gone {
        /// Which process.
        who: String,
        /// What it did instead of answering.
        what: String,
    },
    /// What a stage or an actor reported, in its own words.
    #[error("{0}")]
    Reported(String),
}

/// What is not there on this machine or for this user, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{what} is not to be had: {reason}")]
pub struct Missing {
    /// What is needed ("a network namespace", "MPTCP").
    pub what: String,
    /// Why it is not there.
    pub reason: String,
    /// Whether more privilege would give it; otherwise the kernel or the machine lacks it.
    pub privilege: bool,
}

impl Missing {
    /// Something that more privilege would give.
    pub(crate) fn privilege(what: &str, reason: impl Display) -> Self {
        Self {
            what: what.into(),
            reason: reason.to_string(),
            privilege: true,
        }
    }

    /// Something that the kernel or the machine does not have.
    pub(crate) fn feature(what: &str, reason: impl Display) -> Self {
        Self {
            what: what.into(),
            reason: reason.to_string(),
            privilege: false,
        }
    }
}

/// Names the operation and the object of a failed system call.
pub(crate) trait During<T> {
    /// Turns the system's error into a [`LabError::Io`].
    fn during(self, operation: &'static str, object: impl Display) -> Result<T, LabError>;
}

impl<T, E: Into<io::Error>> During<T> for Result<T, E> {
    fn during(self, operation: &'static str, object: impl Display) -> Result<T, LabError> {
        self.map_err(|source| LabError::Io {
            operation,
            object: object.to_string(),
            source: source.into(),
        })
    }
}

/// A [`LabError`] on its way from a child process to its parent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    NotReady {
        scene: String,
        condition: String,
        waited: Duration,
    },
    Missing(Missing),
    TooSlow,
    Other(String),
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        match error {
            LabError::NotReady {
                scene,
                condition,
                waited,
            } => Self::NotReady {
                scene,
                condition,
                waited,
            },
            LabError::Missing(missing) => Self::Missing(missing),
            LabError::TooSlow => Self::TooSlow,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<Failure> for LabError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotReady {
                scene,
                condition,
                waited,
            } => Self::NotReady {
                scene,
                condition,
                waited,
            },
            Failure::Missing(missing) => Self::Missing(missing),
            Failure::TooSlow => Self::TooSlow,
            Failure::Other(text) => Self::Reported(text),
        }
    }
}
