//! `listenq resize`: another limit for live listeners.

use fix::plan::resize;
use fix::{Host, OnTrouble};
use model::{Document, Window};
use probe::{Probe, Roots};

use super::change::Flow;
use crate::cli::{GlobalArgs, ResizeArgs};
use crate::exit::Exit;
use crate::output::change::Change;

/// Resizes.
///
/// # Errors
/// When it cannot be done.
pub fn run(arguments: ResizeArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let flow = Flow::new(arguments.change, global)?;
    let sample = Probe::new(probe::Options::default())?.sample()?;
    let selection = arguments.selection.resolve();
    let mut document = Document::new(&sample, Window::new(None, &sample));
    let namespaces = document.namespaces.clone();
    document
        .listeners
        .retain(|listener| selection.matches(listener, &namespaces));
    let plan = resize::plan(&document, arguments.limit);
    let change = Change {
        question: format!("Resize {} listeners?", plan.actions.len()),
        plan,
        notes: Vec::new(),
        nothing: None,
    };
    let mut host = Host::open(Roots::default())?;
    let decision = flow.carry_out(&change, &mut host, OnTrouble::TakeBack)?;
    flow.tell(&change, &decision)
}
