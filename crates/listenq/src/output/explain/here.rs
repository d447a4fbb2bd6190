//! What of the present host belongs to a topic: values of settings, counters, and the listeners it concerns.

use std::collections::BTreeMap;

use knowledge::defaults::{buckets, max_orphans, max_syn_backlog};
use knowledge::{Show, Topic, Which};
use model::counter::Counter;
use model::document::NamespaceReport;
use model::listener::Content;
use model::syn_limit::LimitBy;
use model::{Listener, Protocol, Setting, State};

use crate::output::page::Page;
use crate::output::report::Report;
use crate::output::screen::Screen;
use crate::output::{Detail, Table};

/// The size of the table of connections, from which defaults are computed; Linux 6.1 and later.
const BUCKETS: &str = "net.ipv4.tcp_ehash_entries";
/// The most listeners that are shown.
const MOST: usize = 5;
/// The most namespaces that are named for one value.
const NAMED: usize = 3;

/// What was read of the host.
#[derive(Debug)]
pub struct Here {
    /// The sample, with everything that was asked for.
    pub report: Report,
    /// Sysctls that are not part of a sample, as the reader's own namespace shows them, or why not.
    pub sysctls: BTreeMap<&'static str, Result<String, String>>,
}

/// The sysctls that a topic shows and that are in no sample.
pub fn further_sysctls(topic: &Topic) -> impl Iterator<Item = &'static str> {
    topic.shows.iter().filter_map(|show| match show {
        Show::Setting(name) if Setting::named(name).is_none() => Some(*name),
        Show::DefaultOf(_) => Some(BUCKETS),
        _ => None,
    })
}

/// Everything that the topic wants to be shown of this host.
pub fn write(page: &mut Page, topic: &Topic, here: &Here, screen: &Screen) {
    if topic.shows.is_empty() {
        return;
    }
    let document = &here.report.document;
    page.heading(&format!(
        "Here, on {} (Linux {})",
        screen.glyphs.name(&document.host.hostname),
        screen.glyphs.name(&document.host.kernel)
    ));
    for show in topic.shows {
        match show {
            Show::Setting(name) => page.indented(&setting(name, here, screen)),
            Show::Counter(group, name) => page.indented(&counter(group, name, here, screen)),
            Show::DefaultOf(name) => page.indented(&default_of(name, here)),
            Show::Listeners(which) => listeners(page, *which, here, screen),
        }
    }
}

fn setting(name: &str, here: &Here, screen: &Screen) -> String {
    if let Some(setting) = Setting::named(name) {
        let value = |namespace: &NamespaceReport| namespace.sysctls.get(setting).map(|value| value.to_string());
        return by_namespace(&format!("{name} ="), here, screen, value);
    }
    match here.sysctls.get(name) {
        Some(Ok(value)) => format!("{name} = {value}"),
        Some(Err(why)) => format!("{name}: not known: {why}"),
        None => format!("{name}: not known"),
    }
}

/// How the default of a setting came about on this host.
fn default_of(name: &str, here: &Here) -> String {
    let of_table = |label: &str, divisor: u64, compute: fn(u64) -> u64| {
        let entries = here
            .sysctls
            .get(BUCKETS)
            .and_then(|value| value.as_ref().ok()?.parse().ok());
        match entries.map(buckets) {
            Some(count) => format!(
                "{name}: its default here is {}: {count} buckets in the table of connections / {divisor}{label}",
                compute(count)
            ),
            None => format!(
                "{name}: its default is the buckets in the table of connections / {divisor}{label}; how many there are \
                 is not known, {BUCKETS} (Linux 6.1 and later) cannot be read"
            ),
        }
    };
    match name {
        "net.ipv4.tcp_max_syn_backlog" => of_table(", at least 128 (Linux 5.4 and later)", 128, max_syn_backlog),
        "net.ipv4.tcp_max_orphans" => of_table("", 2, max_orphans),
        _ => format!("{name}: its default is compiled into the kernel; each new network namespace starts with it"),
    }
}

fn counter(group: &str, name: &str, here: &Here, screen: &Screen) -> String {
    let Some(counter) = Counter::find(group, name) else {
        return format!("{group}.{name}: not read");
    };
    let value = |namespace: &NamespaceReport| Some(namespace.counters.as_ref()?.get(counter)?.to_string());
    by_namespace(&format!("{} =", counter.name()), here, screen, value)
}

/// `NAME = 4096 in this namespace; 128 in web, db and 3 more`; namespaces of one value are told together.
fn by_namespace(
    name: &str,
    here: &Here,
    screen: &Screen,
    value: impl Fn(&NamespaceReport) -> Option<String>,
) -> String {
    let mut groups: Vec<(Option<String>, Vec<String>)> = Vec::new();
    let mut namespaces: Vec<&NamespaceReport> = here.report.document.namespaces.iter().collect();
    namespaces.sort_by_key(|namespace| !namespace.is_own);
    for namespace in namespaces {
        let value = value(namespace);
        let position = groups.iter().position(|(known, _)| *known == value);
        let position = position.unwrap_or_else(|| {
            groups.push((value, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, names)) = groups.get_mut(position) {
            names.push(name_of(namespace, screen));
        }
    }
    let said: Vec<String> = groups
        .iter()
        .map(|(value, names)| format!("{} in {}", value.as_deref().unwrap_or("not known"), enumerated(names)))
        .collect();
    format!("{name} {}", said.join("; "))
}

fn name_of(namespace: &NamespaceReport, screen: &Screen) -> String {
    let name = namespace.name.as_deref().unwrap_or(&namespace.id);
    if namespace.is_own {
        "this network namespace".to_owned()
    } else {
        screen.glyphs.name(name).into_owned()
    }
}

fn enumerated(names: &[String]) -> String {
    match names {
        [only] => only.clone(),
        [..] if names.len() > NAMED => {
            format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED)
        }
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
        [] => String::new(),
    }
}

fn listeners(page: &mut Page, which: Which, here: &Here, screen: &Screen) {
    let mut report = here.report.clone();
    let namespaces = std::mem::take(&mut report.document.namespaces);
    let mut unknown = 0;
    report.document.listeners.retain(|listener| {
        let own = namespaces.iter().find(|namespace| namespace.key == listener.namespace);
        let concerned = is_concerned(which, listener, own);
        unknown += usize::from(concerned.is_none());
        concerned == Some(true)
    });
    report.document.namespaces = namespaces;
    let (concerned, none) = words(which);
    let count = report.document.listeners.len();
    match count {
        // That none is seen among those that could be read does not make it none.
        0 if unknown > 0 => {}
        0 => page.indented(none),
        _ => {
            page.indented(&format!("{concerned}: {count}"));
            // Idle unix listeners are folded into one line elsewhere; here they were chosen.
            report.asks_for_unix = matches!(which, Which::UnixWaiting | Which::Processes(_));
            table(page, &report, screen);
        }
    }
    if unknown > 0 {
        page.indented(&format!(
            "{concerned}: not known of {unknown}, as what tells it could not be read; listenq -v says why"
        ));
    }
}

/// The first few, as `listenq` shows them.
fn table(page: &mut Page, report: &Report, screen: &Screen) {
    let sheet = Table::new(report, screen, Detail::Normal, false).sheet(MOST);
    let more = sheet.total.saturating_sub(MOST);
    let lines = sheet.head.into_iter().chain(sheet.rows.into_iter().flatten());
    lines.for_each(|line| page.line(line));
    if more > 0 {
        page.indented(&format!("and {more} more"));
    }
}

/// `None` when what decides it could not be read.
fn is_concerned(which: Which, listener: &Listener, namespace: Option<&NamespaceReport>) -> Option<bool> {
    let queue = &listener.accept_queue;
    let is_unix = listener.protocol == Protocol::Unix;
    let waits = queue.length.map(|length| length > 0);
    match which {
        Which::Tcp => Some(!is_unix),
        Which::UnixWaiting if is_unix => waits,
        Which::UnixWaiting => Some(false),
        Which::Mptcp => Some(listener.protocol == Protocol::Mptcp),
        Which::Reuseport => Some(listener.reuseport_group.is_some()),
        Which::Waiting => waits,
        Which::Endangered => listener.state.map(State::is_endangered),
        Which::Full => Some(matches!(listener.state?, State::Full | State::Dropping)),
        Which::LimitIsSomaxconn => {
            let somaxconn = namespace?.sysctls.get(Setting::Somaxconn)?;
            Some(i64::from(queue.limit?) == somaxconn)
        }
        Which::Processes(names) => is_owned_by(listener, names),
        Which::Dropped | Which::HalfOpen | Which::LimitedByMaxSynBacklog | Which::DeadQueued if is_unix => Some(false),
        Which::Dropped => Some(listener.drops.as_ref()?.total? > 0),
        Which::HalfOpen => {
            let queue = listener.syn_queue?;
            Some(queue.length.or(queue.length_max)? > 0)
        }
        Which::LimitedByMaxSynBacklog => Some(listener.syn_queue?.limit_by? == LimitBy::MaxSynBacklog),
        Which::DeadQueued if waits == Some(false) => Some(false),
        Which::DeadQueued => queue.content.as_deref().map(has_dead),
    }
}

fn has_dead(content: &Content) -> bool {
    content.closed_by_client + content.reset > 0
}

fn is_owned_by(listener: &Listener, names: &[&str]) -> Option<bool> {
    let mut owners = listener.owners.as_deref()?.iter();
    Some(owners.any(|owner| {
        let executable = owner.executable.as_deref();
        names.contains(&&*owner.comm) || executable.is_some_and(|name| names.contains(&name))
    }))
}

/// What the listeners are, and what is said when there are none.
fn words(which: Which) -> (&'static str, &'static str) {
    match which {
        Which::Tcp => ("TCP listeners", "no TCP listener"),
        Which::UnixWaiting => (
            "unix listeners at which connections wait",
            "no connection waits at a unix listener",
        ),
        Which::Mptcp => ("MPTCP listeners", "no MPTCP listener"),
        Which::Reuseport => (
            "listeners that share a port (SO_REUSEPORT)",
            "no listener shares its port (SO_REUSEPORT)",
        ),
        Which::Waiting => (
            "listeners at which connections wait",
            "no connection waits for accept()",
        ),
        Which::Endangered => ("listeners that are high or full", "no listener is high or full"),
        Which::Full => ("listeners whose accept queue is full", "no accept queue is full"),
        Which::Dropped => (
            "listeners with drops since they were made",
            "no listener has drops since it was made",
        ),
        Which::HalfOpen => (
            "listeners with half-open connections",
            "no half-open connection was counted",
        ),
        Which::LimitIsSomaxconn => (
            "listeners whose limit is somaxconn",
            "the limit of no listener is somaxconn",
        ),
        Which::LimitedByMaxSynBacklog => (
            "listeners whose SYN queue tcp_max_syn_backlog limits",
            "it limits the SYN queue of no listener",
        ),
        Which::DeadQueued => (
            "listeners at which clients wait that have left",
            "no client that has left was seen in an accept queue",
        ),
        Which::Processes(_) => (
            "its listeners",
            "it has no listener here, or the owners could not be read",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, explained};
    use crate::output::screen::UTF8;

    const SCREEN: Screen = Screen {
        width: Some(100),
        is_terminal: true,
        colour: false,
        glyphs: &UTF8,
    };

    fn shown(shows: &'static [Show]) -> String {
        let topic = Topic { shows, ..Topic::BLANK };
        explained(&busy_host(), &SCREEN, |page, here| write(page, &topic, here, &SCREEN))
    }

    #[test]
    fn values_and_listeners() {
        insta::assert_snapshot!(
            "here",
            shown(&[
                Show::Setting("net.core.somaxconn"),
                Show::Setting("net.ipv4.tcp_syncookies"),
                Show::Counter("TcpExt", "ListenOverflows"),
                Show::Setting("net.ipv4.tcp_max_orphans"),
                Show::Listeners(Which::Endangered),
                Show::Listeners(Which::Mptcp),
                Show::Listeners(Which::Processes(&["nginx"])),
            ])
        );
    }

    #[test]
    fn a_default_is_computed_from_the_table_of_this_host() {
        let text = shown(&[
            Show::DefaultOf("net.ipv4.tcp_max_syn_backlog"),
            Show::DefaultOf("net.ipv4.tcp_max_orphans"),
        ]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("default here is 2048: 262144 buckets"), "{text}");
        assert!(text.contains("default here is 131072: 262144 buckets"), "{text}");
    }

    #[test]
    fn every_sort_of_listener_has_words_and_none_is_guessed() {
        let busy = busy_host();
        for which in [
            Which::Tcp,
            Which::UnixWaiting,
            Which::Mptcp,
            Which::Reuseport,
            Which::Waiting,
            Which::Endangered,
            Which::Full,
            Which::Dropped,
            Which::HalfOpen,
            Which::LimitIsSomaxconn,
            Which::LimitedByMaxSynBacklog,
            Which::DeadQueued,
            Which::Processes(&["nginx"]),
        ] {
            let text = explained(&busy, &SCREEN, |page, here| listeners(page, which, here, &SCREEN));
            let (some, none) = words(which);
            assert!(text.contains(some) != text.contains(none), "{which:?}: {text}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_not_none() {
        let mut blind = busy_host();
        for socket in &mut blind.sockets {
            socket.drops = None;
        }
        let text = explained(&blind, &SCREEN, |page, here| {
            listeners(page, Which::Dropped, here, &SCREEN);
        });
        assert!(text.contains("drops since they were made: not known of 10"), "{text}");
        assert!(!text.contains("no listener has drops"), "{text}");
    }

    #[test]
    fn namespaces_are_enumerated_up_to_a_bound() {
        let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        assert_eq!(enumerated(&names(1)), "n0");
        assert_eq!(enumerated(&names(3)), "n0, n1 and n2");
        assert_eq!(enumerated(&names(6)), "n0, n1, n2 and 3 more");
    }
}
