//! An actor process: takes its name and its role, plays it, and dies with the stage.

mod client;
mod role;
mod server;

use std::ffi::CString;
use std::process::ExitCode;

use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit};

pub(crate) use role::{Accept, Client, Listen, Manner, Request, Role, Server, Told};

use crate::clock::Deadline;
use crate::control::{Control, Incoming};
use crate::error::{During, LabError};

/// What an actor holds until it ends: its sockets, by whatever type.
type Props = Box<dyn std::any::Any>;

/// Plays the role that the stage asks for until the control socket closes.
pub(crate) fn main() -> ExitCode {
    let Ok(mut control) = Control::from_stdin() else {
        return ExitCode::FAILURE;
    };
    match enter(&mut control) {
        Ok(_props) => {
            wait_for_the_end(&mut control);
            ExitCode::SUCCESS
        }
        Err(error) => {
            // If the stage is gone there is nobody to tell.
            let _ = control.send(&Told::Failed(error.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn enter(control: &mut Control) -> Result<Props, LabError> {
    let request: Request = control.request("the stage")?;
    take_name(&request.comm)?;
    die_with(request.stage)?;
    match request.role {
        Role::Server(server) => server::play(&server, control),
        Role::Client(client) => client::play(client, control),
        Role::Holder => hold(control),
    }
}

/// Holds a listener that the stage sends, beside the process that made it.
fn hold(control: &mut Control) -> Result<Props, LabError> {
    let () = control.request("the stage")?;
    let listener = control.take_descriptor();
    control
        .send(&Told::Ready { inodes: Vec::new() })
        .during("tell", "the stage")?;
    Ok(Box::new(listener))
}

fn take_name(comm: &str) -> Result<(), LabError> {
    let name = CString::new(comm).unwrap_or_default();
    rustix::thread::set_name(&name).during("take the name", comm)
}

/// Lets the process hold as many descriptors as the system allows it.
fn raise_descriptor_limit() -> Result<(), LabError> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    )
    .during("raise", "RLIMIT_NOFILE")
}

/// Has the kernel kill this process when the stage ends, however it ends.
fn die_with(stage: u32) -> Result<(), LabError> {
    set_parent_process_death_signal(Some(Signal::KILL)).during("follow", "the stage")?;
    // The stage may have ended before the line above.
    let parent = Pid::as_raw(getppid());
    if u32::try_from(parent) == Ok(stage) {
        Ok(())
    } else {
        Err(LabError::Gone {
            who: "the stage".into(),
            what: "ended".into(),
        })
    }
}

/// The stage has no orders for actors: its end is the only news.
fn wait_for_the_end(control: &mut Control) {
    let deadline = Deadline::after(crate::LONGEST_HOLD);
    while let Ok(Incoming::Message(())) = control.receive(deadline) {}
}
