//! `listenq counters --watch`: what moved, again and again, and at the end what moved in all that time.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use anyhow::Context as _;
use model::{Sample, Status};
use probe::clock;

use super::super::live::{Page, head, page, resized};
use super::super::signals::{Event, Signals};
use super::look::Looker;
use super::tell;
use crate::cli::counters::CountersOptions;
use crate::cli::resolve::Talk;
use crate::exit::{Exit, complain};
use crate::output::Sheet;
use crate::output::counters::Report;
use crate::output::counters::difference::Base;
use crate::output::counters::moment::Moment;
use crate::output::text::wrap;

/// The most namespaces of which something is said in one line.
const NAMED: usize = 5;

/// Watches until a signal ends it.
///
/// # Errors
/// When nothing can be read any more, or written.
pub fn run(looker: &mut Looker, options: &CountersOptions, interval: Duration) -> anyhow::Result<Exit> {
    let mut signals = Signals::new().context("listening for signals")?;
    let mut watch = Watch::new(options, interval);
    if options.screen.is_terminal && options.view.is_for_people() {
        signals = signals.with_screen().context("listening for signals")?;
        watch.page = Some(Page::enter()?);
    }
    let first = looker.sample()?;
    let begin = Moment::of(&first);
    watch.until_the_end(looker, &mut signals, first)?;
    let last = looker.sample()?;
    watch.finish(&looker.report(&last, Base::Look(&begin)))
}

struct Watch<'a> {
    options: &'a CountersOptions,
    interval: Duration,
    page: Option<Page>,
    told: Option<Vec<(String, Status)>>,
    is_first: bool,
}

impl<'a> Watch<'a> {
    fn new(options: &'a CountersOptions, interval: Duration) -> Self {
        Self {
            options,
            interval,
            page: None,
            told: None,
            is_first: true,
        }
    }

    fn until_the_end(&mut self, looker: &mut Looker, signals: &mut Signals, first: Sample) -> anyhow::Result<()> {
        let mut sample = first;
        let mut previous: Option<Moment> = None;
        let mut due = sample.since_boot;
        loop {
            let report = looker.report(&sample, previous.as_ref().map_or(Base::Nothing, Base::Look));
            self.show(&report)?;
            due = clock::since_boot().max(due + self.interval);
            if self.pause(looker, signals, &report, due)? == Event::End {
                return Ok(());
            }
            previous = Some(Moment::of(&sample));
            sample = looker.sample()?;
        }
    }

    /// Waits for the next look; until then the page is kept in order.
    fn pause(
        &self,
        looker: &mut Looker,
        signals: &mut Signals,
        report: &Report,
        due: Duration,
    ) -> anyhow::Result<Event> {
        loop {
            match (looker.pause(signals, due)?, &self.page) {
                (event @ (Event::End | Event::Due), _) => return Ok(event),
                (Event::Suspend, Some(page)) => {
                    page.suspend()?;
                    self.draw(page, report)?;
                }
                (Event::Resize, Some(page)) => self.draw(page, report)?,
                (Event::Suspend | Event::Resize, None) => {}
            }
        }
    }

    fn show(&mut self, report: &Report) -> anyhow::Result<()> {
        let shown = match &self.page {
            Some(page) => self.draw(page, report),
            None => self.append(report),
        };
        self.is_first = false;
        shown.context("writing the answer")
    }

    fn draw(&self, page_of_terminal: &Page, report: &Report) -> io::Result<()> {
        let (screen, height) = resized(&self.options.screen);
        let with_closing = self.options.talk != Talk::Quiet;
        let lines = match &report.nothing {
            Some(nothing) => wrap(&screen.glyphs.name(nothing), &screen),
            None => self.options.view.lines(report, &screen, with_closing),
        };
        let sheet = Sheet {
            head: None,
            total: lines.len(),
            rows: lines.into_iter().map(|line| vec![line]).collect(),
            foot: Vec::new(),
        };
        let document = &report.document;
        let hostname = &document.host.hostname;
        let head = head(
            "listenq counters",
            hostname,
            document.taken_at,
            self.interval,
            screen.glyphs,
        );
        page_of_terminal.draw(&page(head, sheet, height), &screen)
    }

    /// What to look at next is said once, at the end.
    fn append(&mut self, report: &Report) -> io::Result<()> {
        let options = self.options;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        if self.is_first {
            options.view.write_header(&mut out)?;
        }
        let sources = report.document.sources.iter();
        let condition = Some(sources.map(|source| (source.name.to_string(), source.status)).collect());
        if self.told != condition {
            tell(report, options);
            self.told = condition;
        }
        if options.view.is_for_people() {
            let gap = if self.is_first { "" } else { "\n" };
            writeln!(out, "{gap}{}", report.document.taken_at)?;
        }
        options.view.write(&mut out, report, &options.screen, false)?;
        out.flush()
    }

    /// Gives the terminal back and says what moved in all the time.
    fn finish(mut self, report: &Report) -> anyhow::Result<Exit> {
        let was_in_place = self.page.take().is_some();
        let options = self.options;
        if options.talk == Talk::Quiet {
            return Ok(Exit::Fine);
        }
        if !options.view.is_for_people() {
            complain(&in_one_line(report));
            return Ok(Exit::Fine);
        }
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let screen = if was_in_place {
            resized(&options.screen).0
        } else {
            writeln!(out, "\nIn all that time:")?;
            options.screen
        };
        options.view.write(&mut out, report, &screen, true)?;
        out.flush().context("writing the answer")?;
        Ok(Exit::Fine)
    }
}

/// “host: In 12.0 s a full accept queue refused 37 packets …”, of the gravest.
fn in_one_line(report: &Report) -> String {
    let namespaces = &report.document.namespaces;
    let name =
        |one: &crate::output::counters::document::NamespaceCounters| one.name.as_deref().unwrap_or(&one.id).to_owned();
    let grave: Vec<_> = namespaces.iter().filter(|one| !one.reading_id.is_calm()).collect();
    if let (true, Some(calm)) = (grave.is_empty(), namespaces.first()) {
        return format!("{}: {}", name(calm), calm.reading);
    }
    let mut said: Vec<String> = grave
        .iter()
        .take(NAMED)
        .map(|one| format!("{}: {}", name(one), one.reading))
        .collect();
    let more = grave.len().saturating_sub(NAMED);
    if more > 0 {
        said.push(format!("And {more} more namespaces."));
    }
    said.join(" ")
}
