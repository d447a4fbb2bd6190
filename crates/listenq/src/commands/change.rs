//! The way of every change: show, ask, carry out, tell.

use std::io::{self, BufRead as _, BufWriter, IsTerminal as _, Write};

use anyhow::{Context as _, bail};
use fix::system_log::Log;
use fix::{Host, Journal, OnTrouble, Plan, Report};

use super::signals::Signals;
use crate::cli::resolve::screen;
use crate::cli::{ChangeArgs, Environment, GlobalArgs, TextFormat};
use crate::exit::{Exit, complain};
use crate::output::change::{Change, Decision, Outcome, Verified, json, page, verdict};
use crate::output::page::Page;
use crate::output::sanitise::sanitise;
use crate::output::screen::Screen;
use crate::state;

/// How the user wants it.
pub struct Flow {
    arguments: ChangeArgs,
    screen: Screen,
    is_quiet: bool,
    is_verbose: bool,
}

impl Flow {
    /// From the command line.
    ///
    /// # Errors
    /// When json is asked for and it is not said whether to carry it out.
    pub fn new(arguments: ChangeArgs, global: &GlobalArgs) -> anyhow::Result<Self> {
        if arguments.output == TextFormat::Json && !arguments.yes && !arguments.dry_run {
            bail!("-o json asks nothing; add --yes to carry it out, or --dry-run");
        }
        Ok(Self {
            arguments,
            screen: screen(global.color, &Environment::read()),
            is_quiet: global.quiet,
            is_verbose: global.verbose,
        })
    }

    /// Shows the change, asks, and carries it out. What became of it is told by [`Self::tell`].
    ///
    /// # Errors
    /// When it would have to ask and cannot, or the journal cannot be written: then nothing was done.
    pub fn carry_out(&self, change: &Change, host: &mut Host, on_trouble: OnTrouble) -> anyhow::Result<Decision> {
        self.carry_out_after(change, host, on_trouble, || Ok(()))
    }

    /// As [`Self::carry_out`]; once all is said, and before anything is done, there is something else to do.
    ///
    /// # Errors
    /// Also when that fails: then nothing was done.
    pub fn carry_out_after(
        &self,
        change: &Change,
        host: &mut Host,
        on_trouble: OnTrouble,
        before: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Decision> {
        let is_text = self.arguments.output == TextFormat::Text;
        if is_text && !(self.is_quiet && self.arguments.yes) {
            print(|out| {
                let mut sheet = Page::new(&self.screen);
                page::write_plan(&mut sheet, change);
                sheet.write(out, &self.screen)
            })?;
        }
        if self.arguments.dry_run || change.plan.actions.is_empty() {
            return Ok(Decision::Shown);
        }
        if !self.arguments.yes && !ask(change)? {
            return Ok(Decision::Declined);
        }
        let journal = journal(host)?;
        before()?;
        let report = self.with(journal, &change.plan, host, on_trouble)?;
        Ok(Decision::CarriedOut(report))
    }

    fn with(
        &self,
        mut journal: Journal,
        plan: &Plan,
        host: &mut Host,
        on_trouble: OnTrouble,
    ) -> anyhow::Result<Report> {
        // Between two steps is no place to end: Ctrl-C is for what comes before and after.
        let _deaf = Signals::new()?;
        let report = fix::carry_out(plan, host, &mut journal, on_trouble).context("nothing was changed")?;
        self.tell_unwritten(&journal);
        Ok(report)
    }

    /// What could not be written down afterwards.
    fn tell_unwritten(&self, journal: &Journal) {
        if let Some(error) = journal.unmarked() {
            complain(&format!(
                "{error}; the journal does not say how the change ended, and undo will look at the host"
            ));
        }
        if let Some(trouble) = journal.log().and_then(Log::trouble).filter(|_| self.is_verbose) {
            complain(&format!("the system log was not told: {trouble}"));
        }
    }

    /// Carries out what needs no leave: the user has given it before.
    ///
    /// # Errors
    /// When the journal cannot be written: then nothing was done.
    pub fn carry_out_unasked(&self, plan: &Plan, host: &mut Host, on_trouble: OnTrouble) -> anyhow::Result<Report> {
        self.with(journal(host)?, plan, host, on_trouble)
    }

    /// Whether the answer is for programs: one document, at the end.
    pub fn is_json(&self) -> bool {
        self.arguments.output == TextFormat::Json
    }

    /// Tells what the change did, after [`Self::tell`] unless [`Self::is_json`]. The status is 2 when it was taken back.
    ///
    /// # Errors
    /// When the answer cannot be written.
    pub fn tell_verified(&self, change: &Change, decision: &Decision, verified: &Verified) -> anyhow::Result<Exit> {
        let outcome = Outcome { change, decision };
        print(|out| match self.arguments.output {
            TextFormat::Json => json::write(out, &outcome, Some(verified)),
            TextFormat::Text => {
                let mut sheet = Page::new(&self.screen);
                verdict::write(&mut sheet, verified, &self.screen);
                sheet.write(out, &self.screen)
            }
        })?;
        Ok(match verified.taken_back {
            Some(_) => Exit::Failed,
            None => Exit::Fine,
        })
    }

    /// Tells what became of it; the status is 0 when all was done, or only a look was wanted.
    ///
    /// # Errors
    /// When the answer cannot be written.
    pub fn tell(&self, change: &Change, decision: &Decision) -> anyhow::Result<Exit> {
        let outcome = Outcome { change, decision };
        match self.arguments.output {
            TextFormat::Json => print(|out| json::write(out, &outcome, None))?,
            TextFormat::Text => print(|out| {
                let mut sheet = Page::new(&self.screen);
                page::write_outcome(&mut sheet, &outcome, self.is_quiet);
                sheet.write(out, &self.screen)
            })?,
        }
        Ok(match decision {
            Decision::CarriedOut(report) if report.is_done() => Exit::Fine,
            Decision::CarriedOut(_) | Decision::Declined => Exit::Failed,
            Decision::Shown => Exit::Fine,
        })
    }
}

fn journal(host: &Host) -> anyhow::Result<Journal> {
    let directory = state::directory().context("neither XDG_STATE_HOME nor HOME says where to keep the journal")?;
    let boot_id = probe::sysctl::boot_id(&host.roots().proc);
    let journal = Journal::open(&directory, boot_id).context("nothing was changed")?;
    Ok(journal.telling(Log::open(&state::system_log())))
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).context("writing the answer")
}

/// Asks on the terminal; anything but yes is no.
fn ask(change: &Change) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("it would have to ask, and standard input is no terminal; add --yes, or --dry-run to only look");
    }
    let mut err = io::stderr().lock();
    write!(err, "{} [y/N] ", sanitise(&change.question)).and_then(|()| err.flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let is_yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    if !is_yes {
        complain("nothing was changed");
    }
    Ok(is_yes)
}
