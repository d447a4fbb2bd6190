//! The steps of a plan as rows: alike ones that follow each other are one.

use fix::{Ending, StepReport};
use model::Action;
use model::action::{FileChange, Resize, SysctlChange};

use crate::output::page::Page;
use crate::output::sanitise::sanitise;
use crate::output::text::columns;

/// A row.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// “127.0.0.1:80 in web”, “net.core.somaxconn”.
    what: String,
    /// “limit 5 → 512”, “4096 → 8192”, “make”.
    change: String,
    owner: Option<String>,
    ending: Option<String>,
    /// What is added to and taken out of a file.
    lines: Vec<String>,
    /// How many steps it stands for.
    count: usize,
}

/// What would be done.
pub fn write_plan(page: &mut Page, actions: &[Action]) {
    write(page, actions.iter().map(Row::planned));
}

/// What became of each step.
pub fn write_steps(page: &mut Page, steps: &[StepReport]) {
    write(page, steps.iter().map(Row::ended));
}

fn write(page: &mut Page, each: impl Iterator<Item = Row>) {
    let mut rows: Vec<Row> = Vec::new();
    for row in each {
        match rows.last_mut() {
            Some(last) if last.is_like(&row) => last.count += 1,
            _ => rows.push(row),
        }
    }
    let width = rows.iter().map(|row| columns(&row.what)).max().unwrap_or(0);
    for row in &rows {
        page.pair(&row.what, width, &row.text());
        for line in &row.lines {
            page.beside("      ", "        ", line);
        }
    }
}

impl Row {
    fn planned(action: &Action) -> Self {
        let mut row = match action {
            Action::Resize(change) => Self::resize(change),
            Action::Sysctl(change) => Self::sysctl(change),
            Action::File(change) => Self::file(change),
        };
        row.what = sanitise(&row.what).into_owned();
        row
    }

    fn ended(step: &StepReport) -> Self {
        Self {
            ending: Some(ending(&step.ending)),
            lines: Vec::new(),
            ..Self::planned(&step.action)
        }
    }

    fn of(what: String, change: String) -> Self {
        Self {
            what,
            change,
            owner: None,
            ending: None,
            lines: Vec::new(),
            count: 1,
        }
    }

    fn resize(Resize { socket, from, to }: &Resize) -> Self {
        let what = format!("{}{}", socket.place, of(socket.namespace_name.as_deref()));
        Self {
            owner: socket.owner.as_deref().map(|owner| sanitise(owner).into_owned()),
            ..Self::of(what, format!("limit {from} → {to}"))
        }
    }

    fn sysctl(change: &SysctlChange) -> Self {
        let what = format!("{}{}", change.name, of(change.namespace_name.as_deref()));
        Self::of(what, format!("{} → {}", change.from, change.to))
    }

    fn file(FileChange { path, from, to }: &FileChange) -> Self {
        let verb = match (from, to) {
            (None, _) => "make",
            (Some(_), Some(_)) => "write",
            (Some(_), None) => "remove",
        };
        let lines = |text: &Option<String>| -> Vec<String> {
            text.iter()
                .flat_map(|text| text.lines())
                .map(|line| sanitise(line).into_owned())
                .collect()
        };
        let (before, after) = (lines(from), lines(to));
        let gone = before
            .iter()
            .filter(|line| !after.contains(line))
            .map(|line| format!("- {line}"));
        let new = after
            .iter()
            .filter(|line| !before.contains(line))
            .map(|line| format!("+ {line}"));
        Self {
            lines: gone.chain(new).collect(),
            ..Self::of(path.display().to_string(), verb.to_owned())
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (&self.what, &self.change, &self.owner, &self.ending)
            == (&other.what, &other.change, &other.owner, &other.ending)
    }

    fn text(&self) -> String {
        let sockets = (self.count > 1).then(|| format!("{} sockets", self.count));
        let aside: Vec<&str> = self.owner.as_deref().into_iter().chain(sockets.as_deref()).collect();
        let mut text = self.change.clone();
        if !aside.is_empty() {
            text = format!("{text} ({})", aside.join(", "));
        }
        match &self.ending {
            Some(ending) => format!("{text}: {ending}"),
            None => text,
        }
    }
}

/// The host's namespace is not worth a word.
fn of(namespace: Option<&str>) -> String {
    match namespace {
        None | Some("host") => String::new(),
        Some(name) => format!(" in {name}"),
    }
}

fn ending(ending: &Ending) -> String {
    let text = match ending {
        Ending::Done => "done".to_owned(),
        Ending::Failed { why } => format!("failed: {why}"),
        Ending::Skipped { why } => format!("left out: {why}"),
        Ending::NotTried => "not tried".to_owned(),
        Ending::TakenBack => "taken back, since another failed".to_owned(),
        Ending::LeftDone { why } => format!("done, and could not be taken back: {why}"),
    };
    sanitise(&text).into_owned()
}
