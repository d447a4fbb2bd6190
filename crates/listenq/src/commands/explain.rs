//! `listenq explain`: what is true of a counter, a setting, a symptom, with the values of this host.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;
use knowledge::{Found, Topic, find};
use model::Window;
use probe::{Probe, Roots, sysctl};

use super::prove::{self, Outcome};
use crate::behaviours::Behaviours;
use crate::cli::resolve::screen;
use crate::cli::{Environment, ExplainArgs, GlobalArgs, TextFormat};
use crate::exit::{Exit, complain};
use crate::output::explain::here::{self, Here};
use crate::output::explain::{kernel, list, topic, way};
use crate::output::page::Page;
use crate::output::report::{Asked, Report};
use crate::output::screen::Screen;
use crate::output::text::Line;
use crate::output::{explain, json, sanitise};

/// Explains, or proves.
///
/// # Errors
/// When the host cannot be read at all, or the answer not be written.
pub fn run(arguments: &ExplainArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let screen = screen(global.color, &Environment::read());
    let asked = arguments.topic.join(" ");
    let asked = asked.trim();
    if arguments.prove {
        return prove(asked, arguments.output, &screen);
    }
    if asked.is_empty() {
        return overview(arguments, &screen);
    }
    let Some(found) = found(asked) else {
        return Ok(Exit::Nothing);
    };
    if arguments.output == TextFormat::Json {
        write_json(&found, &[], &screen)?;
        return Ok(Exit::Fine);
    }
    let mut page = Page::new(&screen);
    write_topics(&mut page, asked, &found, &screen);
    print(&page, &screen)?;
    Ok(Exit::Fine)
}

/// The way of a connection, or the list of all topics.
fn overview(arguments: &ExplainArgs, screen: &Screen) -> anyhow::Result<Exit> {
    if arguments.output == TextFormat::Json {
        let all: Vec<_> = knowledge::topics().collect();
        write_json(&all, &[], screen)?;
        return Ok(Exit::Fine);
    }
    let mut page = Page::new(screen);
    if arguments.list {
        list::write(&mut page);
    } else {
        way::write(&mut page, &read_here(&[])?, screen);
    }
    print(&page, screen)?;
    Ok(Exit::Fine)
}

/// What somebody means, the likeliest first; if it is nothing, the nearest are told.
fn found(asked: &str) -> Option<Vec<&'static Topic>> {
    match find(asked) {
        Found::Topic(topic) => Some(vec![topic]),
        Found::Several(several) => Some(several),
        Found::Nothing(nearest) => {
            nothing(asked, &nearest);
            None
        }
    }
}

fn nothing(asked: &str, nearest: &[&Topic]) {
    let near: Vec<&str> = nearest.iter().map(|topic| topic.id).collect();
    let advice = if near.is_empty() {
        "listenq explain --list shows what there is".to_owned()
    } else {
        format!("the nearest: {}; listenq explain --list shows all", near.join(", "))
    };
    complain(&format!("there is no topic “{asked}”; {advice}"));
}

/// The first in full, and what else may be meant.
fn write_topics(page: &mut Page, asked: &str, found: &[&'static Topic], screen: &Screen) {
    let Some((first, others)) = found.split_first() else {
        return;
    };
    write_topic(page, first, screen);
    if !others.is_empty() {
        page.heading(&format!("“{}” may also mean", sanitise::sanitise(asked)));
        let pairs: Vec<_> = others.iter().map(|topic| (topic.id, topic.summary)).collect();
        page.pairs(&pairs);
    }
}

fn write_topic(page: &mut Page, found: &Topic, screen: &Screen) {
    topic::write(page, found);
    let boot_id = sysctl::boot_id(&Roots::default().proc);
    let known = boot_id.and_then(|id| Behaviours::recall(&id));
    kernel::write(page, found, known.as_ref());
    if !found.shows.is_empty() {
        match read_here(&[found]) {
            Ok(here) => here::write(page, found, &here, screen),
            // What is true stays true where nothing can be read.
            Err(error) => page.paragraph(&format!("The values of this host could not be read: {error:#}.")),
        }
    }
    topic::write_end(page, found);
}

/// A sample of everything, and the settings that are in none.
fn read_here(topics: &[&Topic]) -> anyhow::Result<Here> {
    let roots = Roots::default();
    let names = topics.iter().flat_map(|topic| here::further_sysctls(topic));
    let sysctls: BTreeMap<_, _> = names
        .filter_map(|name| {
            let value = sysctl::text(&roots.proc, name)?;
            Some((name, value.map_err(|error| error.to_string())))
        })
        .collect();
    let sample = Probe::new(probe::Options::default())?.sample()?;
    let window = Window::new(None, &sample);
    let report = Report::new(&sample, window, &Asked::default());
    Ok(Here { report, sysctls })
}

/// The proofs of a topic in full; without a topic all of them, a line each.
fn prove(asked: &str, format: TextFormat, screen: &Screen) -> anyhow::Result<Exit> {
    let Some(proofs) = prove::meant(asked) else {
        return Ok(found(asked).map_or(Exit::Nothing, |_| Exit::Fine));
    };
    if proofs.is_empty() {
        complain(&format!(
            "nothing in “{asked}” can be played; listenq explain --list shows what can"
        ));
        return Ok(Exit::Nothing);
    }
    let mut exit = Exit::Fine;
    let mut outcomes = Vec::new();
    for together in proofs.chunks(prove::TOGETHER) {
        let (played, result) = prove::play(together);
        exit = prove::worse(exit, result);
        if format == TextFormat::Text {
            let mut page = Page::new(screen);
            if !asked.is_empty() && !outcomes.is_empty() {
                page.line(Line::default());
            }
            match asked {
                "" => prove::write_verdicts(&mut page, &played),
                _ => played.iter().for_each(|outcome| outcome.write(&mut page)),
            }
            print(&page, screen)?;
        }
        outcomes.extend(played);
    }
    match format {
        TextFormat::Json => write_json(&[], &outcomes, screen)?,
        TextFormat::Text => {
            let mut page = Page::new(screen);
            page.line(Line::default());
            page.text(&prove::count(&outcomes, proofs.len()));
            print(&page, screen)?;
        }
    }
    Ok(exit)
}

fn write_json(topics: &[&Topic], outcomes: &[Outcome], screen: &Screen) -> anyhow::Result<()> {
    let proofs = outcomes.iter().map(Outcome::proved).collect();
    let document = explain::json::Document::new(topics, proofs);
    json::write(&mut io::stdout().lock(), &document, screen).context("writing the answer")
}

fn print(page: &Page, screen: &Screen) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    page.write(&mut out, screen)
        .and_then(|()| out.flush())
        .context("writing the answer")
}
