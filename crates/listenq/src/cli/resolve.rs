//! What the command line means, decided in one place from nothing but the arguments and the surroundings.

use std::path::PathBuf;
use std::time::Duration;

use probe::{HalfOpenPolicy, Roots};

use super::environment::Environment;
use super::global::{GlobalArgs, When};
use super::list::{ListArgs, ReadingArgs};
use super::output::{Format, OutputArgs};
use crate::output::order::Order;
use crate::output::report::Asked;
use crate::output::screen::{ASCII, Screen, UTF8};
use crate::output::{Detail, View};

/// What `list` does.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// What to read.
    pub probe: probe::Options,
    /// What to show of it.
    pub asked: Asked,
    /// In which form.
    pub view: View,
    /// On what.
    pub screen: Screen,
    /// Whether the exit status tells of danger.
    pub check: bool,
    /// Whether to look again, and how often.
    pub watch: Option<Duration>,
    /// How much to say beside the answer.
    pub talk: Talk,
}

/// How much to say beside the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// Nothing.
    Quiet,
    /// What matters.
    Normal,
    /// How each source did, and how long it took.
    Verbose,
}

/// Options that contradict each other in a way that clap cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Owners are asked for by name and not to be looked for.
    #[error("--process and --unit cannot be told with --no-owners; leave one of them out")]
    NoOwners,
}

/// Decides.
///
/// # Errors
/// When options contradict each other.
pub fn resolve(list: ListArgs, global: &GlobalArgs, environment: &Environment) -> Result<ListOptions, Contradiction> {
    let selection = list.selection.resolve();
    let order = list.output.sort;
    let view = view(list.output);
    let names_owners = !selection.processes.is_empty() || !selection.units.is_empty();
    if names_owners && list.reading.no_owners {
        return Err(Contradiction::NoOwners);
    }
    let needs_owners = names_owners || order == Order::Process || wants_owners(&view);
    Ok(ListOptions {
        probe: probe::Options {
            owners: needs_owners && !list.reading.no_owners,
            half_open: half_open(&list.reading, &view, list.watching.watch.is_some()),
            content: !list.reading.no_syn && wants_content(&view),
            unix_clients: selection.asks_for_unix() && wants_clients(&view),
            selection: selection.clone(),
            roots: roots(list.reading),
            ..probe::Options::default()
        },
        asked: Asked {
            selection,
            order,
            threshold: list.watching.would_overflow_at,
        },
        view,
        screen: screen(global.color, environment),
        check: list.watching.check,
        watch: list.watching.watch,
        talk: talk(global),
    })
}

fn view(output: OutputArgs) -> View {
    match (output.get, output.summary, output.output) {
        (Some(field), ..) => View::Get(field),
        (None, true, _) => View::Summary,
        (None, false, Format::Table) => View::Table(Detail::Normal),
        (None, false, Format::Wide) => View::Table(Detail::Wide),
        (None, false, Format::Json) => View::Json,
        (None, false, Format::Ndjson) => View::Ndjson,
        (None, false, Format::Csv) => View::Csv,
    }
}

/// To look for owners is most of the cost, so it is left out where nothing of it would be shown.
fn wants_owners(view: &View) -> bool {
    const FROM_OWNERS: [&str; 6] = ["owners", "unit", "container", "pod", "cgroup", "accept_queue.clients"];
    match view {
        View::Summary => false,
        View::Get(field) => FROM_OWNERS.iter().any(|part| field.overlaps(part)),
        _ => true,
    }
}

fn wants_content(view: &View) -> bool {
    match view {
        View::Summary => false,
        View::Get(field) => field.overlaps("accept_queue.content"),
        _ => true,
    }
}

fn wants_clients(view: &View) -> bool {
    match view {
        View::Summary => false,
        View::Get(field) => field.overlaps("accept_queue.clients") || field.overlaps("accept_queue.blocked"),
        _ => true,
    }
}

/// Counting walks the table of all connections of the host: once is no harm, every second only for suspects.
fn half_open(reading: &ReadingArgs, view: &View, again: bool) -> HalfOpenPolicy {
    let wanted = match view {
        View::Get(field) => field.overlaps("syn_queue") || wants_content(view),
        _ => true,
    };
    if reading.no_syn || !wanted {
        HalfOpenPolicy::Never
    } else if again {
        HalfOpenPolicy::Suspects
    } else {
        HalfOpenPolicy::Within(probe::COUNTING)
    }
}

fn roots(reading: ReadingArgs) -> Roots {
    let usual = Roots::default();
    let or = |path: Option<PathBuf>, usual| path.unwrap_or(usual);
    Roots {
        proc: or(reading.procfs, usual.proc),
        sys: or(reading.sysfs, usual.sys),
        cgroup: or(reading.cgroupfs, usual.cgroup),
    }
}

/// What is printed on: `--color` decides over NO_COLOR, which decides over what stdout is.
pub fn screen(color: When, environment: &Environment) -> Screen {
    Screen {
        width: environment.is_terminal.then(|| environment.width.unwrap_or(80)),
        is_terminal: environment.is_terminal,
        colour: match color {
            When::Always => true,
            When::Never => false,
            When::Auto => environment.is_terminal && !environment.no_color,
        },
        glyphs: if environment.utf8 { &UTF8 } else { &ASCII },
    }
}

/// How much to say: `-q` and `-v`.
pub fn talk(global: &GlobalArgs) -> Talk {
    match (global.quiet, global.verbose) {
        (true, _) => Talk::Quiet,
        (false, true) => Talk::Verbose,
        (false, false) => Talk::Normal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parse;

    const TERMINAL: Environment = Environment {
        is_terminal: true,
        width: Some(100),
        utf8: true,
        no_color: false,
    };
    const PIPE: Environment = Environment {
        is_terminal: false,
        width: None,
        ..TERMINAL
    };

    fn resolved(line: &str) -> ListOptions {
        let cli = parse(line.split_whitespace().map(Into::into)).unwrap();
        resolve(cli.list, &cli.global, &PIPE).unwrap()
    }

    #[test]
    fn alone_it_reads_everything_and_prints_a_table() {
        let options = resolved("listenq");
        assert_eq!(options.view, View::Table(Detail::Normal));
        assert_eq!(
            options.probe,
            probe::Options {
                unix_clients: false,
                ..probe::Options::default()
            }
        );
        assert_eq!(
            (options.check, options.watch, options.talk),
            (false, None, Talk::Normal)
        );
    }

    #[test]
    fn only_what_is_shown_is_read() {
        for (line, owners, half_open, content) in [
            ("listenq -s", false, true, false),
            ("listenq --get accept_queue.length", false, false, false),
            ("listenq --get accept_queue", true, true, true),
            ("listenq --get syn_queue.length", false, true, false),
            ("listenq --get owners.0.pid", true, false, false),
            ("listenq --get port --process nginx", true, false, false),
            ("listenq --get port --sort process", true, false, false),
            ("listenq --no-syn", true, false, false),
            ("listenq --no-owners -o json", false, true, true),
        ] {
            let probe = resolved(line).probe;
            let counts = probe.half_open != HalfOpenPolicy::Never;
            assert_eq!(
                (probe.owners, counts, probe.content),
                (owners, half_open, content),
                "{line}"
            );
        }
    }

    #[test]
    fn a_watch_counts_half_open_connections_only_of_suspects() {
        let options = resolved("listenq --watch 2s");
        assert_eq!(options.watch, Some(Duration::from_secs(2)));
        assert_eq!(options.probe.half_open, HalfOpenPolicy::Suspects);
        assert_eq!(resolved("listenq --watch").watch, Some(Duration::from_secs(1)));
    }

    #[test]
    fn who_waits_at_unix_listeners_is_looked_up_when_they_are_asked_for() {
        assert!(resolved("listenq --unix").probe.unix_clients);
        assert!(resolved("listenq --address /run/x.sock").probe.unix_clients);
        assert!(!resolved("listenq --unix --get path").probe.unix_clients);
        assert!(!resolved("listenq --tcp").probe.unix_clients);
    }

    #[test]
    fn owners_cannot_be_selected_by_and_left_out() {
        let cli = parse("listenq --unit nginx --no-owners".split(' ').map(Into::into)).unwrap();
        assert_eq!(
            resolve(cli.list, &cli.global, &PIPE).unwrap_err(),
            Contradiction::NoOwners
        );
    }

    #[test]
    fn roots_are_where_the_user_says() {
        let roots = resolved("listenq --procfs /host/proc --cgroupfs /host/cgroup")
            .probe
            .roots;
        assert_eq!(roots.proc, PathBuf::from("/host/proc"));
        assert_eq!(roots.cgroup, PathBuf::from("/host/cgroup"));
        assert_eq!(roots.sys, PathBuf::from("/sys"));
    }

    #[test]
    fn colour_is_for_terminals_unless_said_otherwise() {
        let bare = Environment {
            no_color: true,
            ..TERMINAL
        };
        for (when, environment, colour) in [
            (When::Auto, TERMINAL, true),
            (When::Auto, PIPE, false),
            (When::Auto, bare, false),
            (When::Always, PIPE, true),
            (When::Always, bare, true),
            (When::Never, TERMINAL, false),
        ] {
            assert_eq!(screen(when, &environment).colour, colour, "{when:?} {environment:?}");
        }
    }

    #[test]
    fn a_terminal_that_does_not_tell_its_width_has_80_columns_and_a_pipe_none() {
        let unknown = Environment {
            width: None,
            ..TERMINAL
        };
        assert_eq!(screen(When::Auto, &unknown).width, Some(80));
        assert_eq!(screen(When::Auto, &PIPE).width, None);
        assert_eq!(screen(When::Auto, &TERMINAL).width, Some(100));
    }
}
