//! A line of the journal, as it is written and as it is read back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{JournalError, Who};
use crate::{Ending, Plan};

/// Of each line; what is only added to keeps it.
pub const SCHEMA_VERSION: u32 = 1;
/// Bytes of a line, its end included. Ten thousand listeners take about 4 MB.
pub const LONGEST_LINE: usize = 8 << 20;
/// The highest number of a change: every reader of JSON can tell it from its neighbours.
pub const HIGHEST_ID: u64 = 1 << 53;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Line {
    /// A plan is about to be carried out.
    Begin(Begin),
    /// It was, or was not.
    End(End),
}

/// A plan is about to be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Its number; numbers only grow.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// In which boot: sockets and sysctls do not outlive it.
    pub boot_id: Option<String>,
    /// On which host (uname).
    pub hostname: String,
    /// The version of listenq.
    pub version: String,
    /// By whom.
    pub who: Who,
    /// The command line, bounded, control characters escaped.
    pub argv: Vec<String>,
    /// What.
    pub plan: Plan,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Of each action of the plan, in its order.
    pub endings: Vec<Ending>,
}

/// What was found where a line should be.
#[derive(Debug)]
pub enum Found {
    /// A line.
    Line(Box<Line>),
    /// What another version has written: whole, but not understood.
    Newer {
        /// Its number.
        id: u64,
    },
    /// Anything else.
    Damaged {
        /// The highest number in it that may be one of a change, so that it is not given again.
        id: Option<u64>,
    },
}

/// What every version writes.
#[derive(Deserialize)]
struct Header {
    schema_version: u32,
    id: u64,
}

impl Line {
    /// Its number.
    pub fn id(&self) -> u64 {
        match self {
            Self::Begin(begin) => begin.id,
            Self::End(end) => end.id,
        }
    }

    /// Its bytes, with the end of the line.
    pub(super) fn encode(&self) -> Result<Vec<u8>, JournalError> {
        let encoded = serde_json::to_vec(self).map_err(|error| JournalError::File {
            what: "write into",
            path: super::FILE.into(),
            source: error.into(),
        });
        let mut bytes = encoded?;
        bytes.push(b'\n');
        match bytes.len() {
            0..=LONGEST_LINE => Ok(bytes),
            length => Err(JournalError::TooLong { bytes: length }),
        }
    }

    /// Reads a line, without its end.
    pub fn find(bytes: &[u8]) -> Found {
        let damaged = || Found::Damaged { id: number_in(bytes) };
        // A list would be taken for the fields of a header in their order.
        if bytes.len() >= LONGEST_LINE || !bytes.starts_with(b"{") {
            return damaged();
        }
        match serde_json::from_slice::<Header>(bytes) {
            Ok(Header { schema_version, id }) if (1..=HIGHEST_ID).contains(&id) => {
                match serde_json::from_slice::<Self>(bytes) {
                    Ok(line) if schema_version == SCHEMA_VERSION => Found::Line(Box::new(line)),
                    _ => Found::Newer { id },
                }
            }
            _ => damaged(),
        }
    }
}

/// A line that a crash has torn still tells its number, which stands near its beginning. In texts of others the
/// quotation marks are escaped, so none of their numbers is taken for it.
fn number_in(bytes: &[u8]) -> Option<u64> {
    const MARK: &[u8] = br#""id":"#;
    let marks = bytes.windows(MARK.len()).enumerate();
    let behind = marks
        .filter(|(_, window)| *window == MARK)
        .map(|(at, _)| at + MARK.len());
    behind.filter_map(|at| leading_number(&bytes[at..])).max()
}

fn leading_number(bytes: &[u8]) -> Option<u64> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&bytes[..length]).ok()?.parse().ok()?;
    (1..=HIGHEST_ID).contains(&number).then_some(number)
}
