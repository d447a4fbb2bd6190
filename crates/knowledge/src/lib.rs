//! What is true about the listen queues of Linux, as data: one [`Topic`] per counter, sysctl, column, claim, kernel
//! log line, symptom and well-known program, each with what it means, what it does not mean, on which kernels, and
//! where that is written.
//!
//! Data only: no I/O, no clock. What a topic says was read in kernel source or seen in an experiment; the experiments
//! are the proofs of the lab, named in [`Topic::proofs`].

pub mod defaults;
mod find;
pub mod reading;
mod topic;
pub mod topics;

pub use find::{Found, find};
pub use topic::{
    CounterFacts, Kind, Look, ProgramFacts, SetIt, SettingFacts, Show, Source, Tool, Topic, Verdict, Which,
};
pub use topics::{counter, setting, topic, topics};
