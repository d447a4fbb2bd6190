//! The only code that changes the system: the limits of live listeners, sysctls, and one file under /etc/sysctl.d.
//!
//! A [`Plan`] is a list of [`model::Action`]s, made by a pure function from what was read. [`carry_out()`] writes it
//! into the [`Journal`], lets a [`Host`] apply one action after the other, each read back, takes back what was done
//! when one fails, and marks in the journal how it ended. Nothing is ever executed as a string.
//!
//! Empty on anything but Linux, where the program says in one line why (its build script).
#![cfg(target_os = "linux")]

mod apply;
mod carry_out;
pub mod duplicate;
#[cfg(test)]
mod fixture;
mod host;
pub mod journal;
pub mod listening;
mod peer;
pub mod plan;
pub mod present;
pub mod reach;
pub mod run;
mod sys;
pub mod system_log;
mod trouble;
pub mod verify;

pub use carry_out::{Apply, Ending, OnTrouble, Report, StepReport, carry_out};
pub use host::Host;
pub use journal::{Journal, JournalError};
pub use plan::Plan;
pub use trouble::Trouble;
