//! The process that becomes the program: it installs the filter on itself, hands its descriptor over, and executes.

use std::ffi::{CString, OsString};
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt as _;
use std::process::ExitCode;

use rustix::io::Errno;
use rustix::net::listen;
use rustix::thread::set_no_new_privs;
use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::part::Orders;
use super::{CANNOT_EXECUTE, NOT_FOUND, OWN_FAILURE, filter};
use crate::sys;

/// How the installation of the filter went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installed {
    /// It is there; its descriptor comes with this message.
    Yes {
        /// Whether setuid programs no longer gain rights.
        no_new_privs: bool,
    },
    /// The kernel has refused it: an errno.
    Refused(i32),
    /// It was not to be installed.
    NotAsked,
}

/// The part's main function.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some((orders, command)) = Orders::read(arguments) else {
        return OWN_FAILURE.into();
    };
    match prepare(&orders) {
        Ok(true) => execute(&orders, command),
        // Whoever started it has ended, and has said why, or was killed.
        Ok(false) => OWN_FAILURE.into(),
        Err(error) => {
            complain(&format!("before the program was started: {error}"));
            OWN_FAILURE.into()
        }
    }
}

/// Whether the program is to be started.
fn prepare(orders: &Orders) -> io::Result<bool> {
    let channel = Channel::from_descriptor(sys::inherit(orders.channel)?);
    if !orders.filter {
        channel.send(&Installed::NotAsked, &[])?;
        return is_to_start(&channel);
    }
    match install() {
        Ok((listener, no_new_privs)) => {
            channel.send(&Installed::Yes { no_new_privs }, &[listener.as_fd()])?;
            drop(listener);
            rehearse(&channel);
        }
        Err(error) => channel.send(&Installed::Refused(error.raw_os_error().unwrap_or(0)), &[])?,
    }
    is_to_start(&channel)
}

/// A call of listen() that changes nothing (a socket without a name cannot listen): it shows whether this kernel lets
/// calls go on, and which ids it gives.
fn rehearse(channel: &Channel) {
    // That it fails is its purpose.
    let _ = listen(channel, 0);
}

/// The program starts only once somebody answers its calls.
fn is_to_start(channel: &Channel) -> io::Result<bool> {
    Ok(channel.receive::<()>()?.is_some())
}

/// Installs the filter; the kernel wants CAP_SYS_ADMIN for it, or that setuid programs gain no rights below it.
fn install() -> io::Result<(rustix::fd::OwnedFd, bool)> {
    let denied = |error: &io::Error| error.raw_os_error() == Some(Errno::ACCESS.raw_os_error());
    match install_with_any_flags() {
        Err(error) if denied(&error) => {
            set_no_new_privs(true)?;
            Ok((install_with_any_flags()?, true))
        }
        other => Ok((other?, false)),
    }
}

fn install_with_any_flags() -> io::Result<rustix::fd::OwnedFd> {
    let program = filter::program();
    let install = |killable_only| sys::install(&program, sys::InstallFlags { killable_only });
    match install(true) {
        Err(error) if error.raw_os_error() == Some(Errno::INVAL.raw_os_error()) => install(false),
        other => other,
    }
}

fn execute(orders: &Orders, command: Vec<OsString>) -> ExitCode {
    let name = command.first().map(|name| name.to_string_lossy().into_owned());
    let command: Result<Vec<CString>, _> = command.into_iter().map(|one| CString::new(one.into_vec())).collect();
    let error = match command {
        Ok(command) => sys::execute(&command, orders.blocked, orders.ignored),
        Err(error) => error.into(),
    };
    complain(&format!("{}: {error}", name.unwrap_or_default()));
    match error.kind() {
        io::ErrorKind::NotFound => NOT_FOUND.into(),
        _ => CANNOT_EXECUTE.into(),
    }
}

fn complain(message: &str) {
    let safe: String = message
        .chars()
        .map(|one| if one.is_control() { '?' } else { one })
        .collect();
    // There is nowhere to tell that stderr is closed.
    let _ = writeln!(io::stderr(), "listenq: run: {safe}");
}
