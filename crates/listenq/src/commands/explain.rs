//! `listenq explain`: what is true of a counter, a setting, a symptom, with the values of this host.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use anyhow::Context as _;
use knowledge::{Found, Topic, find};
use model::Window;
use probe::{Probe, Roots, sysctl};

use crate::cli::resolve::screen;
use crate::cli::{Environment, ExplainArgs, GlobalArgs};
use crate::exit::{Exit, complain};
use crate::output::explain::here::{self, Here};
use crate::output::explain::{list, topic, way};
use crate::output::page::Page;
use crate::output::report::{Asked, Report};
use crate::output::screen::Screen;

/// Explains.
///
/// # Errors
/// When the host cannot be read at all, or the answer not be written.
pub fn run(arguments: &ExplainArgs, global: &GlobalArgs) -> anyhow::Result<Exit> {
    let screen = screen(global.color, &Environment::read());
    let mut page = Page::new(&screen);
    let asked = arguments.topic.join(" ");
    let exit = if arguments.list {
        list::write(&mut page);
        Exit::Fine
    } else if asked.trim().is_empty() {
        way::write(&mut page, &read_host(&[])?, &screen);
        Exit::Fine
    } else {
        explain(&mut page, &asked, &screen)
    };
    print(&page, &screen)?;
    Ok(exit)
}

fn explain(page: &mut Page, asked: &str, screen: &Screen) -> Exit {
    match find(asked) {
        Found::Topic(found) => write_topic(page, found, screen),
        Found::Several(several) => {
            let Some((first, others)) = several.split_first() else {
                return nothing(asked, &[]);
            };
            write_topic(page, first, screen);
            write_others(page, asked, others);
        }
        Found::Nothing(nearest) => return nothing(asked, &nearest),
    }
    Exit::Fine
}

fn write_topic(page: &mut Page, found: &Topic, screen: &Screen) {
    topic::write(page, found);
    if !found.shows.is_empty() {
        match read_host(&[found]) {
            Ok(host) => here::write(page, found, &host, screen),
            // What is true stays true where nothing can be read.
            Err(error) => page.paragraph(&format!("The values of this host could not be read: {error:#}.")),
        }
    }
    topic::write_end(page, found);
}

fn write_others(page: &mut Page, asked: &str, others: &[&Topic]) {
    page.heading(&format!("“{}” may also mean", crate::output::sanitise::sanitise(asked)));
    let pairs: Vec<_> = others.iter().map(|topic| (topic.id, topic.summary)).collect();
    page.pairs(&pairs);
}

fn nothing(asked: &str, nearest: &[&Topic]) -> Exit {
    let near: Vec<&str> = nearest.iter().map(|topic| topic.id).collect();
    let advice = if near.is_empty() {
        "listenq explain --list shows what there is".to_owned()
    } else {
        format!("the nearest: {}; listenq explain --list shows all", near.join(", "))
    };
    complain(&format!("there is no topic “{asked}”; {advice}"));
    Exit::Nothing
}

/// A sample of everything, and the settings that are in none.
fn read_host(topics: &[&Topic]) -> anyhow::Result<Here> {
    let roots = Roots::default();
    let names = topics.iter().flat_map(|topic| here::further_sysctls(topic));
    let sysctls: BTreeMap<_, _> = names
        .filter_map(|name| {
            Some((
                name,
                sysctl::text(&roots.proc, name)?.map_err(|error| error.to_string()),
            ))
        })
        .collect();
    let sample = Probe::new(probe::Options::default())?.sample()?;
    let window = Window::new(None, &sample);
    let report = Report::new(&sample, window, &Asked::default());
    Ok(Here { report, sysctls })
}

fn print(page: &Page, screen: &Screen) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    page.write(&mut out, screen)
        .and_then(|()| out.flush())
        .context("writing the answer")
}
