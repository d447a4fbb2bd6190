//! What can be seen and done here: each feature, whether it is to be had, why not, and what would bring it.

pub mod changes;
pub mod features;
mod grants;
mod json;
mod page;

use model::{Host, Status};
use probe::privileges::Privileges;
use serde::Serialize;

use crate::behaviours::Behaviours;
use crate::exit::Exit;

pub use grants::{Grant, grants};
pub use json::write as write_json;
pub use page::write as write_page;

/// Everything that was found out.
#[derive(Debug)]
pub struct Capabilities {
    /// The machine.
    pub host: Host,
    /// Where we stand on it.
    pub privileges: Privileges,
    /// What there is.
    pub features: Vec<Feature>,
    /// How the kernel behaves, if it was asked in this boot.
    pub behaviours: Option<Behaviours>,
    /// Whether all that was asked was answered.
    pub exit: Exit,
    /// How the missing privileges are given; empty when none is missing.
    pub grants: Vec<Grant>,
}

/// Something that listenq can show or do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// What it gives.
    pub gives: &'static str,
    /// How much of it is to be had.
    pub status: Status,
    /// Why not all of it.
    pub reason: Option<String>,
    /// What would bring the rest.
    pub remedy: Option<String>,
}
