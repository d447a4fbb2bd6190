//! The options of `listenq counters`, and what they mean.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use model::Selection;
use model::selection::{Family, Netns};
use probe::{HalfOpenPolicy, Roots};

use super::duration::parse_interval;
use super::environment::Environment;
use super::global::GlobalArgs;
use super::resolve::{Talk, screen, talk};
use crate::output::counters::View;
use crate::output::screen::Screen;

/// Which counters, in which time, in which form.
#[derive(Args, Clone, Debug, Default)]
pub struct CountersArgs {
    /// Only these, by any name they have: ListenOverflows, TcpExtListenDrops
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Network namespace: all (the default), host, self, an inode number, a name, or pid:N
    #[arg(short, long, value_name = "NETNS")]
    netns: Vec<Netns>,

    /// Also those that are 0, or did not move
    #[arg(short, long)]
    all: bool,

    /// Form of the answer
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    output: CountersFormat,

    /// In which time.
    #[command(flatten)]
    time: TimeArgs,

    /// Where procfs is mounted
    #[arg(long, value_name = "PATH", help_heading = "Reading")]
    procfs: Option<PathBuf>,
}

/// Without any of them: totals.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What moved (else: totals since each namespace was made)")]
struct TimeArgs {
    /// Look twice, so far apart (500ms, 10s, 5m); SIGINT takes the second look at once
    #[arg(long = "for", value_name = "TIME", value_parser = parse_interval, conflicts_with_all = ["watch", "diff", "since_boot"])]
    window: Option<Duration>,

    /// Look again every second, or every INTERVAL, until SIGINT; then say what moved in all that time
    #[arg(short, long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "1s", value_parser = parse_interval, conflicts_with_all = ["diff", "since_boot", "save"])]
    watch: Option<Duration>,

    /// Since the reading that --save wrote to FILE, if that was since the last boot
    #[arg(long, value_name = "FILE", conflicts_with = "since_boot")]
    diff: Option<PathBuf>,

    /// Since boot, for the namespace whose counters began then
    #[arg(long)]
    since_boot: bool,

    /// Write the reading to FILE, for --diff; replaces a saved reading or an empty file, nothing else
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The forms of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum CountersFormat {
    /// For people; as wide as the terminal
    #[default]
    Table,
    /// One document, schema_version 1 (pretty on a terminal, else on one line), with every counter this kernel has
    Json,
    /// One namespace per line
    Ndjson,
    /// One counter of one namespace per row, one header line
    Csv,
}

/// What `counters` does.
#[derive(Clone, Debug)]
pub struct CountersOptions {
    /// Names of the counters that were asked for; all, if there are none.
    pub names: Vec<String>,
    /// What to read, and in which namespaces.
    pub probe: probe::Options,
    /// What to compare with.
    pub time: Time,
    /// Where to write the reading.
    pub save: Option<PathBuf>,
    /// In which form.
    pub view: View,
    /// On what.
    pub screen: Screen,
    /// How much to say beside the answer.
    pub talk: Talk,
}

/// What the counters are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Time {
    /// Nothing: totals.
    Totals,
    /// A look so long before.
    For(Duration),
    /// The look before, again and again.
    Watch(Duration),
    /// A saved reading.
    SinceSaved(PathBuf),
    /// Boot.
    SinceBoot,
}

impl CountersArgs {
    /// What they mean.
    pub fn resolve(self, global: &GlobalArgs, environment: &Environment) -> CountersOptions {
        let usual = Roots::default();
        let roots = Roots {
            proc: self.procfs.unwrap_or(usual.proc),
            ..usual
        };
        let save = self.time.save.clone();
        CountersOptions {
            names: self.names,
            probe: only_counters(self.netns, roots),
            time: time(self.time),
            save,
            view: match self.output {
                CountersFormat::Table => View::Table { all: self.all },
                CountersFormat::Json => View::Json,
                CountersFormat::Ndjson => View::Ndjson,
                CountersFormat::Csv => View::Csv,
            },
            screen: screen(global.color, environment),
            talk: talk(global),
        }
    }
}

/// TCP listeners are read for their drops, which costs one dump of few rows; everything dearer is left out.
fn only_counters(namespaces: Vec<Netns>, roots: Roots) -> probe::Options {
    probe::Options {
        roots,
        owners: false,
        half_open: HalfOpenPolicy::Never,
        content: false,
        unix_clients: false,
        selection: Selection {
            namespaces,
            families: vec![Family::Tcp],
            ..Selection::default()
        },
        ..probe::Options::default()
    }
}

fn time(arguments: TimeArgs) -> Time {
    match arguments {
        TimeArgs {
            window: Some(length), ..
        } => Time::For(length),
        TimeArgs {
            watch: Some(interval), ..
        } => Time::Watch(interval),
        TimeArgs { diff: Some(file), .. } => Time::SinceSaved(file),
        TimeArgs { since_boot: true, .. } => Time::SinceBoot,
        _ => Time::Totals,
    }
}
