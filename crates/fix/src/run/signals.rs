//! Which of the signals that `run` gets are passed on to the program.

use std::io;

use rustix::fd::OwnedFd;

use crate::sys;

/// `SI_KERNEL` and the positive codes are the kernel's, 0 and the negative ones a process's (sigaction(2)).
const LAST_CODE_OF_A_PROCESS: i32 = 0;

/// A signal that has come (`struct signalfd_siginfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Which.
    pub signal: i32,
    /// Why: `si_code`.
    pub code: i32,
    /// Who sent it; 0 for the kernel, and for a sender that cannot be seen.
    pub sender: u32,
}

/// What decides.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// The program's process.
    pub program: u32,
    /// Whether it is stopped.
    pub is_stopped: bool,
    /// Whether this process leads its session: then a hangup of the terminal is told to it alone
    /// (drivers/tty/tty_jobctrl.c:tty_signal_session_leader).
    pub leads_session: bool,
}

impl Received {
    /// Whether the program is to get it from us. What the terminal sends it sends to the whole process group, so the
    /// program has it already; and it is not sent back what it has sent itself.
    pub fn is_passed_on(&self, situation: Situation) -> bool {
        match self.signal {
            libc::SIGCHLD => false,
            libc::SIGCONT => situation.is_stopped,
            libc::SIGHUP if situation.leads_session => true,
            _ => self.code <= LAST_CODE_OF_A_PROCESS && self.sender != situation.program,
        }
    }

    fn parse(bytes: &[u8; 128]) -> Self {
        let number = |at: usize| {
            let mut four = [0; 4];
            four.copy_from_slice(&bytes[at..at + 4]);
            u32::from_ne_bytes(four)
        };
        Self {
            signal: number(0).cast_signed(),
            code: number(8).cast_signed(),
            sender: number(12),
        }
    }
}

/// All signals, blocked and read from a descriptor.
#[derive(Debug)]
pub struct Signals {
    /// What is polled.
    pub fd: OwnedFd,
    /// Those that were blocked before, as bits.
    pub blocked: u64,
    /// Those that were ignored before, of those that this program changes; as bits.
    pub ignored: u64,
}

impl Signals {
    /// Begins. Nothing is handled or ignored that was not, so the program inherits what `run` was started with.
    pub fn take_over() -> io::Result<Self> {
        let blocked = sys::block_signals()?;
        Ok(Self {
            fd: sys::signal_descriptor()?,
            blocked,
            ignored: sys::take_over_dispositions(),
        })
    }

    /// The next one, if there is one.
    pub fn next(&self) -> Option<Received> {
        let mut bytes = [0; 128];
        let read = rustix::io::read(&self.fd, &mut bytes).ok()?;
        (read == bytes.len()).then(|| Received::parse(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITUATION: Situation = Situation {
        program: 812,
        is_stopped: false,
        leads_session: false,
    };

    fn from_process(signal: i32) -> Received {
        Received {
            signal,
            code: 0,
            sender: 1,
        }
    }

    fn from_terminal(signal: i32) -> Received {
        Received {
            signal,
            code: 0x80,
            sender: 0,
        }
    }

    #[test]
    fn what_a_process_sends_is_passed_on_and_what_the_terminal_sends_is_not() {
        for signal in [
            libc::SIGTERM,
            libc::SIGINT,
            libc::SIGHUP,
            libc::SIGUSR1,
            libc::SIGTSTP,
            40,
        ] {
            assert!(from_process(signal).is_passed_on(SITUATION), "{signal}");
            assert!(!from_terminal(signal).is_passed_on(SITUATION), "{signal}");
        }
        let by_queue = Received {
            code: -1,
            ..from_process(libc::SIGUSR1)
        };
        assert!(by_queue.is_passed_on(SITUATION));
    }

    #[test]
    fn the_program_is_not_sent_its_own() {
        let own = Received {
            sender: 812,
            ..from_process(libc::SIGTERM)
        };
        assert!(!own.is_passed_on(SITUATION));
    }

    #[test]
    fn only_a_stopped_program_is_continued() {
        let stopped = Situation {
            is_stopped: true,
            ..SITUATION
        };
        assert!(from_process(libc::SIGCONT).is_passed_on(stopped));
        assert!(!from_process(libc::SIGCONT).is_passed_on(SITUATION));
        assert!(!from_process(libc::SIGCHLD).is_passed_on(stopped));
    }

    #[test]
    fn a_hangup_that_only_the_leader_of_the_session_is_told_is_passed_on() {
        let leader = Situation {
            leads_session: true,
            ..SITUATION
        };
        assert!(from_terminal(libc::SIGHUP).is_passed_on(leader));
        assert!(!from_terminal(libc::SIGINT).is_passed_on(leader));
    }
}
