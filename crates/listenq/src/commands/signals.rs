//! Waiting for time to pass or a signal to come, whichever is first.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use probe::clock;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level::pipe;

/// What ended the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The time has come.
    Due,
    /// The user or the system wants an end: SIGINT, SIGTERM, SIGHUP.
    End,
    /// The user wants the shell back for a while: SIGTSTP.
    Suspend,
    /// The terminal has another size: SIGWINCH.
    Resize,
}

/// The signals that are listened to while this lives.
#[derive(Debug)]
pub struct Signals {
    sources: Vec<(Event, UnixStream)>,
    registered: Vec<signal_hook::SigId>,
}

impl Signals {
    /// Begins to listen for an end.
    pub fn new() -> io::Result<Self> {
        let mut signals = Self {
            sources: Vec::new(),
            registered: Vec::new(),
        };
        signals.listen(Event::End, &[SIGINT, SIGTERM, SIGHUP])?;
        Ok(signals)
    }

    /// Begins to listen for what concerns a screen.
    pub fn with_screen(mut self) -> io::Result<Self> {
        self.listen(Event::Suspend, &[SIGTSTP])?;
        self.listen(Event::Resize, &[SIGWINCH])?;
        Ok(self)
    }

    fn listen(&mut self, event: Event, signals: &[i32]) -> io::Result<()> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        for signal in signals {
            self.registered.push(pipe::register(*signal, write.try_clone()?)?);
        }
        self.sources.push((event, read));
        Ok(())
    }

    /// Waits until `due` (since boot) or for a signal.
    pub fn wait_until(&mut self, due: Duration) -> io::Result<Event> {
        loop {
            if let Some(event) = self.take() {
                return Ok(event);
            }
            let left = due.saturating_sub(clock::since_boot());
            if left.is_zero() {
                return Ok(Event::Due);
            }
            self.poll(left)?;
        }
    }

    /// The first event that has come. Signals of one kind that came together are one event.
    fn take(&mut self) -> Option<Event> {
        let mut scratch = [0; 64];
        let came = |source: &mut UnixStream| source.read(&mut scratch).is_ok_and(|bytes| bytes > 0);
        let mut came = came;
        self.sources
            .iter_mut()
            .find_map(|(event, source)| came(source).then_some(*event))
    }

    fn poll(&self, left: Duration) -> io::Result<()> {
        // More than a day is cut into days by the loop that calls this.
        let left = left.min(Duration::from_secs(86_400));
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(86_400),
            tv_nsec: left.subsec_nanos().into(),
        };
        let mut fds: Vec<PollFd> = self
            .sources
            .iter()
            .map(|(_, source)| PollFd::new(source, PollFlags::IN))
            .collect();
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_and_a_resize_wakes() {
        let mut signals = Signals {
            sources: Vec::new(),
            registered: Vec::new(),
        };
        signals.listen(Event::Resize, &[SIGWINCH]).unwrap();
        let soon = clock::since_boot() + Duration::from_millis(5);
        assert_eq!(signals.wait_until(soon).unwrap(), Event::Due);
        assert!(clock::since_boot() >= soon);
        signal_hook::low_level::raise(SIGWINCH).unwrap();
        let late = clock::since_boot() + Duration::from_secs(60);
        assert_eq!(signals.wait_until(late).unwrap(), Event::Resize);
    }
}
