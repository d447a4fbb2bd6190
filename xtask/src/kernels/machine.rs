//! A machine with another kernel: plain QEMU, one serial port for the console, one for results.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::results::DONE;

/// When a machine that has not ended by itself is ended.
const LIMIT: Duration = Duration::from_secs(600);
/// Only how often it is looked whether a machine has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How a machine runs its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// By the processor.
    Kvm,
    /// By emulation.
    Tcg,
}

impl Accelerator {
    /// KVM where the processor has it. /dev/kvm alone says little: on a host that is a guest itself (KVM_PVM) it can be opened,
    /// and a stock kernel dies in it.
    pub fn here() -> Self {
        let usable = fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        if usable && has_virtualisation(&cpus) {
            Self::Kvm
        } else {
            Self::Tcg
        }
    }

    fn options(self) -> [&'static str; 2] {
        match self {
            Self::Kvm => ["-accel", "kvm"],
            Self::Tcg => ["-accel", "tcg,thread=multi"],
        }
    }
}

fn has_virtualisation(cpus: &str) -> bool {
    let mut flags = cpus
        .lines()
        .filter(|line| line.starts_with("flags"))
        .flat_map(str::split_whitespace);
    flags.any(|flag| flag == "vmx" || flag == "svm")
}

/// What came out of a machine.
#[derive(Debug)]
pub struct Run {
    /// The lines of the results.
    pub lines: Vec<String>,
    /// From the start of QEMU to the first line.
    pub boot: Option<Duration>,
    /// From the start of QEMU to its end.
    pub total: Duration,
    /// It had to be ended.
    pub timed_out: bool,
}

/// Starts a kernel with the archive, and ends the machine when its init is done, or at the limit; the console goes to a file.
pub fn boot(accelerator: Accelerator, image: &Path, initrd: &Path, console: &Path) -> anyhow::Result<Run> {
    let begin = Instant::now();
    let mut command = qemu(accelerator, image, initrd, "");
    command
        .args(["-display", "none", "-serial"])
        .arg(format!("file:{}", console.display()))
        .args(["-chardev", "stdio,id=results,signal=off", "-serial", "chardev:results"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("start qemu-system-x86_64")?;
    let results = child.stdout.take().context("the results of QEMU")?;
    let reader = thread::spawn(move || read(results, begin));
    let timed_out = !wait(&mut child, &reader, begin)?;
    let (lines, first) = reader.join().ok().context("read the results of QEMU")?;
    Ok(Run {
        lines,
        boot: first,
        total: begin.elapsed(),
        timed_out,
    })
}

/// Reads results until their end, or that of QEMU; and tells when the first line came.
fn read(results: impl Read, begin: Instant) -> (Vec<String>, Option<Duration>) {
    let (mut lines, mut first) = (Vec::new(), None);
    for line in BufReader::new(results).split(b'\n').map_while(Result::ok) {
        first.get_or_insert_with(|| begin.elapsed());
        // The serial line ends lines as a terminal does.
        let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
        let done = line.starts_with(DONE);
        lines.push(line);
        if done {
            break;
        }
    }
    (lines, first)
}

/// A shell in such a machine, on this terminal.
pub fn shell(accelerator: Accelerator, image: &Path, initrd: &Path) -> anyhow::Result<()> {
    qemu(accelerator, image, initrd, "listenq.shell")
        .args(["-display", "none", "-serial", "mon:stdio", "-serial", "null"])
        .status()
        .context("start qemu-system-x86_64")?;
    Ok(())
}

fn qemu(accelerator: Accelerator, image: &Path, initrd: &Path, word: &str) -> Command {
    // panic=-1 and -no-reboot end QEMU at a panic; its status is 0 even then, so only the results count.
    let line = format!("console=ttyS0 panic=-1 oops=panic no_timer_check quiet loglevel=4 {word}");
    let mut command = Command::new("qemu-system-x86_64");
    // One processor: emulated, a second takes a third more of the host's for the same tests.
    command
        .args(["-machine", "pc", "-cpu", "max", "-smp", "1", "-m", "1024"])
        .args(accelerator.options())
        .args(["-nodefaults", "-no-reboot", "-append", &line, "-kernel"])
        .arg(image)
        .arg("-initrd")
        .arg(initrd);
    command
}

/// Waits until the results have ended or QEMU has, and ends QEMU; false if the limit came first.
fn wait<T>(child: &mut Child, reader: &JoinHandle<T>, begin: Instant) -> anyhow::Result<bool> {
    let mut in_time = true;
    while in_time && !reader.is_finished() && child.try_wait().context("wait for QEMU")?.is_none() {
        thread::sleep(LOOK);
        in_time = begin.elapsed() < LIMIT;
    }
    // It may have ended already, and then cannot be ended.
    let _ = child.kill();
    child.wait().context("wait for QEMU")?;
    Ok(in_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_to_their_end_and_without_carriage_returns() {
        let text = "#up 6.1 1.0\r\no test\r\n#done 2.0\r\nafter\r\n";
        let (lines, first) = read(text.as_bytes(), Instant::now());
        assert_eq!(lines, ["#up 6.1 1.0", "o test", "#done 2.0"]);
        assert!(first.is_some());
        assert_eq!(read(&b""[..], Instant::now()).1, None);
    }

    #[test]
    fn only_a_processor_that_can_is_used() {
        assert!(has_virtualisation("processor : 0\nflags\t\t: fpu vme svm sse\n"));
        assert!(has_virtualisation("flags : vmx\n"));
        assert!(!has_virtualisation("flags : fpu vme\nbugs : svm_bug vmx\n"));
    }
}
