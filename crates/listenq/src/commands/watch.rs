//! `listenq --watch`: the same question again and again, and at the end what was seen in all that time.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use anyhow::Context as _;
use model::{Sample, Status, Timeline, Window};
use probe::{Probe, clock};

use super::list::tell;
use super::live::{Page, head, page, pause, resized};
use super::signals::{Event, Signals};
use super::tally::Tally;
use crate::cli::resolve::{ListOptions, Talk};
use crate::exit::{Exit, complain};
use crate::output::report::Report;
use crate::output::text::wrap;
use crate::output::{Sheet, Table, View, summary};

/// Watches until a signal ends it.
///
/// # Errors
/// When nothing can be read any more, or written.
pub fn run(probe: &mut Probe, options: &ListOptions, interval: Duration) -> anyhow::Result<Exit> {
    let mut watch = Watch::new(options, interval)?;
    watch.until_the_end(probe)?;
    watch.finish()
}

struct Watch<'a> {
    options: &'a ListOptions,
    interval: Duration,
    signals: Signals,
    page: Option<Page>,
    tally: Tally,
    told: Option<Condition>,
}

/// What is told on stderr when it changes: whether there is nothing to see, and how each source does.
#[derive(Debug, PartialEq, Eq)]
struct Condition {
    is_nothing: bool,
    sources: Vec<(String, Status)>,
}

impl Condition {
    fn of(report: &Report) -> Self {
        let sources = report.document.sources.iter();
        Self {
            is_nothing: report.nothing.is_some(),
            sources: sources.map(|source| (source.name.to_string(), source.status)).collect(),
        }
    }
}

impl<'a> Watch<'a> {
    fn new(options: &'a ListOptions, interval: Duration) -> anyhow::Result<Self> {
        let signals = Signals::new().context("listening for signals")?;
        let in_place = options.screen.is_terminal && matches!(options.view, View::Table(_) | View::Summary);
        let mut watch = Self {
            options,
            interval,
            signals,
            page: None,
            tally: Tally::default(),
            told: None,
        };
        if in_place {
            watch.signals = watch.signals.with_screen().context("listening for signals")?;
            watch.page = Some(Page::enter()?);
        }
        Ok(watch)
    }

    fn until_the_end(&mut self, probe: &mut Probe) -> anyhow::Result<()> {
        let mut previous: Option<Sample> = None;
        let mut due = clock::since_boot();
        // A live timeline has no end; the loop ends by a signal, or a reader that has gone.
        while let Some(sample) = probe.step()? {
            let window = Window::new(previous.as_ref(), &sample);
            let report = Report::new(&sample, window, &self.options.asked);
            self.tally.add(&report, sample.since_boot);
            self.show(&report, previous.is_none())?;
            previous = Some(sample);
            due = clock::since_boot().max(due + self.interval);
            if self.pause(probe, &report, due)? == Event::End {
                break;
            }
        }
        Ok(())
    }

    /// Waits for the next look; until then the page is kept in order.
    fn pause(&mut self, probe: &mut Probe, report: &Report, due: Duration) -> anyhow::Result<Event> {
        loop {
            match pause(probe, &mut self.signals, due)? {
                event @ (Event::End | Event::Due) => return Ok(event),
                Event::Suspend => self.suspend(report)?,
                Event::Resize => self.show(report, false)?,
            }
        }
    }

    fn suspend(&mut self, report: &Report) -> anyhow::Result<()> {
        if let Some(page) = &self.page {
            page.suspend()?;
        }
        self.show(report, false)
    }

    fn show(&mut self, report: &Report, is_first: bool) -> anyhow::Result<()> {
        let shown = match &self.page {
            Some(page) => self.draw(page, report),
            None => self.append(report, is_first),
        };
        shown.context("writing the answer")
    }

    fn draw(&self, page_of_terminal: &Page, report: &Report) -> io::Result<()> {
        let (screen, height) = resized(&self.options.screen);
        let document = &report.document;
        let hostname = &document.host.hostname;
        let head = head("listenq", hostname, document.taken_at, self.interval, screen.glyphs);
        let with_closing = self.options.talk != Talk::Quiet;
        let mut sheet = match self.options.view {
            View::Summary => summary::sheet(report, &screen, with_closing),
            View::Table(detail) => Table::new(report, &screen, detail, with_closing).sheet(height),
            _ => Sheet::default(),
        };
        if let Some(nothing) = &report.nothing {
            sheet.foot = wrap(&screen.glyphs.name(nothing), &screen);
        }
        page_of_terminal.draw(&page(head, sheet, height), &screen)
    }

    fn append(&mut self, report: &Report, is_first: bool) -> io::Result<()> {
        let options = self.options;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        if is_first {
            options.view.write_header(&mut out)?;
        }
        let condition = Some(Condition::of(report));
        if self.told != condition {
            tell(report, options, None);
            self.told = condition;
        }
        if options.view.is_for_people() {
            let gap = if is_first { "" } else { "\n" };
            writeln!(out, "{gap}{}", report.document.taken_at)?;
        }
        options
            .view
            .write(&mut out, report, &options.screen, options.talk != Talk::Quiet)?;
        out.flush()
    }

    /// Gives the terminal back and says what was seen.
    fn finish(mut self) -> anyhow::Result<Exit> {
        self.page = None;
        if self.options.talk == Talk::Quiet {
            return Ok(Exit::Fine);
        }
        let said = self.tally.sentence(self.options.screen.glyphs);
        if !self.options.view.is_for_people() {
            complain(&said);
            return Ok(Exit::Fine);
        }
        let screen = match self.options.screen {
            screen if screen.is_terminal => resized(&screen).0,
            screen => screen,
        };
        let mut out = io::stdout().lock();
        for line in wrap(&said, &screen) {
            line.write(&mut out, &screen)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(Exit::Fine)
    }
}
