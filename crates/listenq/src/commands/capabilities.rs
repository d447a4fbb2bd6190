//! `listenq capabilities`: what can be seen and done here, and what would bring the rest.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use lab::{Launch, Stage};
use model::selection::Netns;
use model::{Selection, SourceHealth};
use probe::privileges::Privileges;
use probe::{Probe, Roots};

use crate::cli::resolve::screen;
use crate::cli::{CapabilitiesArgs, Environment, GlobalArgs, TextFormat};
use crate::exit::Exit;
use crate::output::capabilities::features::{Tried, features};
use crate::output::capabilities::{self, Capabilities, grants};
use crate::output::page::Page;

/// Tells.
///
/// # Errors
/// When the host cannot be read at all, or the answer not be written.
pub fn run(arguments: &CapabilitiesArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let screen = screen(global.color, &Environment::read());
    let found = find_out()?;
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
    Ok(Exit::Fine)
}

/// Everything is asked by trying: a sample of everything, a scene of the lab.
fn find_out() -> anyhow::Result<Capabilities> {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("listenq"));
    let privileges = Privileges::read(&Roots::default());
    let sample = Probe::new(probe::Options::default())?.sample()?;
    let tried = Tried {
        privileges: &privileges,
        own: &own_sources()?,
        host: &sample.sources,
        lab: Stage::launch(&Launch::new(&program, "idle"))
            .and_then(Stage::finish)
            .map_err(|error| error.to_string()),
    };
    Ok(Capabilities {
        host: sample.host,
        features: features(&tried),
        grants: grants(&privileges, &program),
        privileges,
    })
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
