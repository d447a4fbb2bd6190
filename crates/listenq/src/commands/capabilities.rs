//! `listenq capabilities`: what can be seen and done here, and what would bring the rest.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use fix::reach::{self, Reach};
use lab::{Launch, Stage};
use model::selection::Netns;
use model::{Sample, Selection, SourceHealth};
use probe::privileges::Privileges;
use probe::{Probe, Roots};

use super::prove;
use crate::behaviours::Behaviours;
use crate::cli::resolve::screen;
use crate::cli::{CapabilitiesArgs, Environment, GlobalArgs, TextFormat};
use crate::exit::{Exit, complain};
use crate::output::capabilities::changes::Changes;
use crate::output::capabilities::features::{Tried, features};
use crate::output::capabilities::{self, Capabilities, grants};
use crate::output::explain::record::Origin;
use crate::output::page::Page;

/// Tells.
///
/// # Errors
/// When the host cannot be read at all, or the answer not be written.
pub fn run(arguments: &CapabilitiesArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let screen = screen(global.color, &Environment::read());
    let found = find_out(arguments.probe)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match arguments.output {
        TextFormat::Text => {
            let mut page = Page::new(&screen);
            capabilities::write_page(&mut page, &found, &screen);
            page.write(&mut out, &screen)
        }
        TextFormat::Json => capabilities::write_json(&mut out, &found, &screen),
    };
    written.and_then(|()| out.flush()).context("writing the answer")?;
    Ok(found.exit)
}

/// Everything is asked by trying: a sample of everything, a scene of the lab.
fn find_out(asks_kernel: bool) -> anyhow::Result<Capabilities> {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("listenq"));
    let privileges = Privileges::read(&Roots::default());
    let sample = Probe::new(probe::Options::default())?.sample()?;
    let tried = Tried {
        privileges: &privileges,
        own: &own_sources()?,
        host: &sample.sources,
        changes: Changes {
            reach: Reach::look(&Roots::default()),
            sysctls: reach::can_write_sysctls(&Roots::default()),
            notifies: reach::can_notify(),
        },
        lab: Stage::launch(&Launch::new(&program, "idle"))
            .and_then(Stage::finish)
            .map_err(|error| error.to_string()),
    };
    let (behaviours, exit) = if asks_kernel {
        ask_kernel(&sample)
    } else {
        let boot_id = sample.host.boot_id.as_deref().unwrap_or_default();
        (Behaviours::recall(boot_id), Exit::Fine)
    };
    Ok(Capabilities {
        behaviours,
        exit,
        host: sample.host,
        features: features(&tried),
        grants: grants(&privileges, &program),
        privileges,
    })
}

/// Plays the proofs that answer, and remembers what they answered.
fn ask_kernel(sample: &Sample) -> (Option<Behaviours>, Exit) {
    let mut names: Vec<&str> = lab::behaviours().iter().map(|behaviour| behaviour.proof).collect();
    names.dedup();
    let proofs: Vec<_> = names.iter().filter_map(|name| lab::find_proof(name).ok()).collect();
    let mut behaviours = Behaviours {
        boot_id: sample.host.boot_id.as_deref().unwrap_or_default().to_owned(),
        kernel: sample.host.kernel.to_string(),
        asked_at: sample.taken_at,
        answers: BTreeMap::new(),
    };
    let mut exit = Exit::Fine;
    for together in proofs.chunks(prove::TOGETHER) {
        let (outcomes, result) = prove::play(together);
        exit = prove::worse(exit, result);
        let played = outcomes.into_iter().filter(|outcome| outcome.origin == Origin::Played);
        behaviours
            .answers
            .extend(played.flat_map(|outcome| outcome.record.answers));
    }
    if behaviours.answers.is_empty() {
        return (None, exit);
    }
    if let Err(error) = behaviours.remember() {
        complain(&format!("{error:#}"));
    }
    (Some(behaviours), exit)
}

/// How each source fares in the own namespace, where no entering is in the way.
fn own_sources() -> anyhow::Result<Vec<SourceHealth>> {
    let options = probe::Options {
        selection: Selection {
            namespaces: vec![Netns::Own],
            ..Selection::default()
        },
        ..probe::Options::default()
    };
    Ok(Probe::new(options)?.sample()?.sources)
}
