//! `listenq resize`: another limit for live listeners.

use fix::plan::resize::{self, Planned, Refusal, Request};
use fix::{Host, OnTrouble, Plan};
use model::{Action, Document, Selection, Window};
use probe::{HalfOpenPolicy, Probe, ProbeError, Roots};

use super::change::Flow;
use super::namespaces;
use super::verify::{self, Wish};
use crate::cli::{GlobalArgs, ResizeArgs};
use crate::exit::{Exit, complain};
use crate::output::change::{Change, Decision};

/// Resizes.
///
/// # Errors
/// When it cannot be done; then nothing was.
pub fn run(arguments: &ResizeArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let flow = Flow::new(arguments.change.clone(), global)?;
    let roots = Roots::default();
    let selection = match selection(arguments, &roots) {
        Err(ProbeError::NoProcess { pid, source }) if source.is_gone() => {
            return nothing(&flow, format!("there is no process {pid}"));
        }
        selection => selection?,
    };
    let planned = match resize::plan(&look(&selection, &roots)?, &selection, request(arguments)) {
        Err(Refusal::Nothing { why }) => return nothing(&flow, why),
        Err(refusal) => return Ok(refuse(&refusal)),
        Ok(planned) => planned,
    };
    let change = change(&planned);
    let mut host = Host::open(roots)?;
    if let (Some(time), None) = (arguments.verify, &change.nothing) {
        let wish = Wish {
            time,
            rollback: arguments.rollback,
            is_quiet: global.quiet,
        };
        return verify::run(&flow, &change, &planned, &mut host, wish);
    }
    let decision = flow.carry_out(&change, &mut host, OnTrouble::TakeBack)?;
    flow.tell(&change, &decision)
}

fn request(arguments: &ResizeArgs) -> Request {
    Request {
        limit: arguments.limit,
        raise_somaxconn: arguments.raise_somaxconn,
        allow_shrink: arguments.allow_shrink,
        all: arguments.all,
    }
}

/// What is selected; `pid:N` is looked up.
fn selection(arguments: &ResizeArgs, roots: &Roots) -> Result<Selection, ProbeError> {
    let mut selection = arguments.selection.clone().resolve();
    namespaces::look_up(roots, &mut selection.namespaces)?;
    Ok(selection)
}

/// All listeners: those of a group that were not selected, and what is nearest when nothing matches, are among them.
fn look(selection: &Selection, roots: &Roots) -> Result<Document, ProbeError> {
    let options = probe::Options {
        roots: roots.clone(),
        half_open: HalfOpenPolicy::Never,
        content: false,
        unix_clients: false,
        selection: selection.clone(),
        ..probe::Options::default()
    };
    let sample = Probe::new(options)?.sample()?;
    Ok(Document::new(&sample, Window::new(None, &sample)))
}

fn refuse(refusal: &Refusal) -> Exit {
    let is_root = rustix::process::geteuid().is_root();
    let hint = match refusal {
        Refusal::UnknownOwner { .. } | Refusal::UnknownLimit { .. } if !is_root => "; try sudo",
        _ => "",
    };
    complain(&format!("{refusal}{hint}"));
    for line in refusal.list() {
        complain(&format!("  {line}"));
    }
    Exit::Failed
}

/// Programs get their document all the same.
fn nothing(flow: &Flow, why: String) -> anyhow::Result<Exit> {
    complain(&why);
    let empty = Plan {
        command: "resize".to_owned(),
        undoes: None,
        actions: Vec::new(),
    };
    let change = Change {
        plan: empty,
        notes: Vec::new(),
        question: String::new(),
        nothing: Some(why),
    };
    flow.tell(&change, &Decision::Shown)?;
    Ok(Exit::Nothing)
}

fn change(planned: &Planned) -> Change {
    Change {
        question: question(planned),
        plan: planned.plan.clone(),
        notes: planned.notes.clone(),
        nothing: planned.nothing.clone(),
    }
}

fn question(planned: &Planned) -> String {
    let sysctls = planned.plan.actions.len() - planned.sockets().count();
    let first = match planned.plan.actions.last() {
        Some(Action::Resize(only)) if planned.sockets().count() == 1 => {
            format!("the limit of {} from {} to {}", only.socket.place, only.from, only.to)
        }
        _ => format!("the limits of {} listeners", planned.sockets().count()),
    };
    match sysctls {
        0 => format!("Change {first}?"),
        _ => format!("Raise somaxconn, and change {first}?"),
    }
}
