//! Read-only sources: what the kernel says of listening sockets, through netlink and procfs, put into a
//! [`model::Sample`]. The only crate that reads a clock.

#[cfg(not(target_os = "linux"))]
compile_error!("listenq reads Linux kernel interfaces (sock_diag, procfs); it can be built for Linux only");

pub mod cgroups;
pub mod owners;
pub mod procfs;
mod roots;
pub mod sysctl;

pub use roots::Roots;
