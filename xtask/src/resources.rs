//! Runs a program and tells how much memory it had at most.
#![expect(
    unsafe_code,
    reason = "wait4(2) is the only way to the peak memory of a child; no library here has it"
)]

use std::io;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

/// Runs a program with its output thrown away; gives its peak resident memory in KiB (`ru_maxrss`).
pub fn run(program: &str, arguments: &[&str]) -> anyhow::Result<i64> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("start {program}"))?;
    reap(&child).with_context(|| format!("run {program} {}", arguments.join(" ")))
}

fn reap(child: &Child) -> anyhow::Result<i64> {
    let pid = i32::try_from(child.id())?;
    let mut status = 0;
    // SAFETY: rusage is plain data for which all zeros are valid; wait4 writes only to the two pointers, which live
    // until it returns.
    let (reaped, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid, &raw mut status, 0, &raw mut usage), usage)
    };
    ensure!(reaped == pid, "wait4: {}", io::Error::last_os_error());
    ensure!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "it failed");
    Ok(usage.ru_maxrss)
}
