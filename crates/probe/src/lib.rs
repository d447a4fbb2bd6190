//! Read-only sources: what the kernel says of listening sockets, through netlink and procfs, put into a
//! [`model::Sample`]. The only crate that reads a clock.
//!
//! [`Probe`] is the live timeline. Below it, each folder is one kind of source: [`diag`] for netlink, [`procfs`] for
//! files, [`namespaces`] for what there is to read, [`owners`] for the processes behind the sockets.
//!
//! Empty on anything but Linux, where the program says in one line why (its build script).
#![cfg(target_os = "linux")]

pub mod cgroups;
pub mod clock;
pub mod diag;
pub mod live;
pub mod namespaces;
pub mod own_cost;
pub mod owners;
pub mod privileges;
pub mod procfs;
mod roots;
pub mod sysctl;
pub mod sysctl_files;

pub use live::{COUNTING, HalfOpenPolicy, Options, Probe, ProbeError, namespace_of};
pub use namespaces::discover::initial as initial_namespace;
pub use roots::Roots;
