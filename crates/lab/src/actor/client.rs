//! The client's role: connections that stay, one that blocks, or bursts of them.

use std::time::Duration;

use super::{Client, Manner, Props, Told};
use crate::clock::{Deadline, pace};
use crate::control::Control;
use crate::cpu;
use crate::error::{During, LabError};
use crate::target::Target;

/// Makes the connections and tells the stage so.
pub(super) fn play(client: Client, control: &mut Control) -> Result<Props, LabError> {
    let ready = Told::Ready { inodes: Vec::new() };
    let Client { target, source, manner } = client;
    match manner {
        Manner::Stay { connections } => {
            super::raise_descriptor_limit()?;
            let connections = (0..connections)
                .map(|_| target.connect_from(source))
                .collect::<std::io::Result<Vec<_>>>()
                .during("connect to", &target)?;
            control.send(&ready).during("tell", "the stage")?;
            Ok(Box::new(connections))
        }
        Manner::Block => {
            control.send(&ready).during("tell", "the stage")?;
            let socket = target.socket().during("make", "a socket")?;
            let address = target.address().during("name", &target)?;
            // On this thread, so that /proc/PID/wchan of the process shows where it waits.
            socket.connect(&address).during("connect to", &target)?;
            Ok(Box::new(socket))
        }
        Manner::Burst {
            connections,
            every_ms,
            cpu,
        } => {
            cpu::stay_on(cpu)?;
            control.send(&ready).during("tell", "the stage")?;
            let every = Duration::from_millis(every_ms.into());
            std::thread::Builder::new()
                .spawn(move || bursts(&target, connections, every))
                .during("start", "the bursts")?;
            Ok(Box::new(()))
        }
    }
}

fn bursts(target: &Target, connections: u32, every: Duration) {
    let deadline = Deadline::after(crate::LONGEST_HOLD);
    while !deadline.passed() {
        // A connection that fails (no port left) is one fewer in this burst.
        let burst: Vec<_> = (0..connections).filter_map(|_| target.knock().ok()).collect();
        pace(every);
        drop(burst);
    }
}
