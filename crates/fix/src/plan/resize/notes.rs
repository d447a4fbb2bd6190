//! What has to be known before limits are changed: only what concerns the case.

use std::collections::{BTreeMap, BTreeSet};

use knowledge::{Kind, ProgramFacts, Topic};
use model::action::SysctlChange;
use model::syn_limit::LimitBy;
use model::{Document, Listener, NamespaceKey, Owner, Protocol, Setting};

use super::meant::{Meant, oldest};
use super::{Request, somaxconn, title};

/// Bit of `net.ipv4.tcp_fastopen` that lets listeners take it (include/net/tcp.h:TFO_SERVER_ENABLE).
const FAST_OPEN_SERVER: i64 = 2;
/// So many programs are told how they are set for good.
const PROGRAMS: usize = 3;

type Change<'a> = (&'a Listener, u32);

/// The notes.
pub(super) fn notes(
    document: &Document,
    meant: &Meant,
    changes: &[Change],
    raises: &[SysctlChange],
    request: Request,
) -> Vec<String> {
    if changes.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    notes.extend(group(meant));
    notes.extend(left_out(meant, changes, request));
    notes.extend(shrinking(changes, request));
    notes.extend(raises.iter().map(|raise| raised(document, raise)));
    notes.extend(not_known(document, changes, request));
    notes.extend(growing(changes, request));
    notes.extend(syn_queue(changes));
    notes.extend(fast_open(document, changes));
    notes.extend(peer(changes));
    notes.extend(for_good(changes));
    notes
}

fn group(meant: &Meant) -> Option<String> {
    let whole = "Each has queues of its own, so all are resized.";
    match meant.added {
        0 => None,
        1 => Some(format!("1 more socket shares the port (SO_REUSEPORT). {whole}")),
        more => Some(format!("{more} more sockets share the port (SO_REUSEPORT). {whole}")),
    }
}

fn left_out(meant: &Meant, changes: &[Change], request: Request) -> Option<String> {
    let same = meant.listeners.len() - changes.len();
    let ownerless = meant.ownerless.len();
    let limit = request.limit;
    match (same, ownerless) {
        (0, 0) => None,
        (same, 0) => Some(format!("{} left out: the limit is {limit} already.", are(same))),
        (0, ownerless) => Some(format!("{} left out: no process holds them.", are(ownerless))),
        (same, ownerless) => Some(format!(
            "{} left out: the limit of {same} is {limit} already, and no process holds {ownerless}.",
            are(same + ownerless)
        )),
    }
}

/// KERNEL.md 1.3: what is queued stays, and the queue refuses until it is drained.
fn shrinking(changes: &[Change], request: Request) -> Option<String> {
    let limit = request.limit;
    let holds = u64::from(limit) + 1;
    let shrinks = |change: &&Change| change.1 > limit;
    let fullest = changes
        .iter()
        .filter(shrinks)
        .max_by_key(|(listener, _)| listener.accept_queue.length)?;
    let (listener, from) = fullest;
    let before = u64::from(*from) + 1;
    let refusing = if listener.protocol == Protocol::Unix {
        "connect() of every further client waits"
    } else {
        "every further one is refused"
    };
    Some(match listener.accept_queue.length.map(u64::from) {
        Some(length) if length > holds => format!(
            "At {} {length} connections wait now. They stay, and {refusing} until {limit} or fewer are left.",
            listener.place()
        ),
        Some(length) => format!(
            "The accept queue of {} holds {holds} connections then instead of {before} ({length} wait now); {refusing}.",
            listener.place()
        ),
        None => format!(
            "The accept queue of {} holds {holds} connections then instead of {before}; {refusing}.",
            listener.place()
        ),
    })
}

fn raised(document: &Document, raise: &SysctlChange) -> String {
    format!(
        "With somaxconn at {to}, every later listen() in {} may get as much, of any program. It lasts until the next \
         boot or the end of the namespace; listenq tune --somaxconn {to} --persist makes it last.",
        title(document, raise.namespace),
        to = raise.to
    )
}

fn not_known(document: &Document, changes: &[Change], request: Request) -> Vec<String> {
    let namespaces: BTreeSet<NamespaceKey> = changes.iter().map(|(listener, _)| listener.namespace).collect();
    let unknown = namespaces.into_iter().filter(|key| somaxconn(document, *key).is_none());
    let note = |key| {
        format!(
            "net.core.somaxconn of {} cannot be read, and nobody can raise it where it does not exist. If it is below \
             {}, the limit is put back and that is said.",
            title(document, key),
            request.limit
        )
    };
    unknown.map(note).collect()
}

fn growing(changes: &[Change], request: Request) -> Option<String> {
    let grows = changes.iter().any(|(_, from)| *from < request.limit);
    grows.then(|| {
        "A longer queue takes a longer burst. Where accept() is slower than connections come for good, it only makes \
         clients wait longer, and those that give up keep their place: --verify tells which it is."
            .to_owned()
    })
}

/// Since 4.4 the SYN queue has no limit of its own (KERNEL.md 0.2), but for the three-quarter rule.
fn syn_queue(changes: &[Change]) -> Option<String> {
    let queues: Vec<_> = changes.iter().filter_map(|(listener, _)| listener.syn_queue).collect();
    if queues.is_empty() {
        return None;
    }
    let is_by_sysctl = queues
        .iter()
        .any(|queue| queue.limit_by == Some(LimitBy::MaxSynBacklog));
    Some(if is_by_sysctl {
        "The SYN queue gets the same limit, but while tcp_syncookies is 0, three quarters of tcp_max_syn_backlog \
         limit it too."
            .to_owned()
    } else {
        "The SYN queue gets the same limit: Linux has one for both.".to_owned()
    })
}

fn fast_open(document: &Document, changes: &[Change]) -> Option<String> {
    let takes = |listener: &Listener| {
        let namespace = document.namespaces.iter().find(|one| one.key == listener.namespace);
        let setting = namespace.and_then(|one| one.sysctls.get(Setting::TcpFastopen));
        listener.protocol != Protocol::Unix && setting.is_some_and(|bits| bits & FAST_OPEN_SERVER != 0)
    };
    let takes = changes.iter().any(|(listener, _)| takes(listener));
    takes.then(|| "A queue for TCP Fast Open has a limit of its own, which stays.".to_owned())
}

/// A second listen() makes its caller the peer of later clients (net/unix/af_unix.c:unix_listen); see [`crate::peer`].
fn peer(changes: &[Change]) -> Option<String> {
    let is_unix = changes.iter().any(|(listener, _)| listener.protocol == Protocol::Unix);
    is_unix.then(|| {
        "Clients of a unix listener that ask who serves them (SO_PEERCRED) are told the pid of listenq from then on, \
         which ends with this command; user and groups stay as they are."
            .to_owned()
    })
}

/// A restart, or the program's own listen(), brings its own number back (KERNEL.md 6.1).
fn for_good(changes: &[Change]) -> Vec<String> {
    let owners: BTreeMap<&str, &Owner> = changes
        .iter()
        .filter_map(|(listener, _)| oldest(listener))
        .map(|owner| (&*owner.comm, owner))
        .collect();
    if owners.len() > PROGRAMS {
        return vec![
            "When a program is restarted, or calls listen() again, its own number is back. How each is set for good: \
             listenq explain PROGRAM."
                .to_owned(),
        ];
    }
    owners.into_values().map(for_good_in).collect()
}

fn for_good_in(owner: &Owner) -> String {
    let name = &*owner.comm;
    let back = format!("When {name} is restarted, or calls listen() again, its own number is back.");
    let known = program(name).or_else(|| program(owner.executable.as_deref()?));
    let Some((topic, facts)) = known else {
        return format!(
            "{back} For good it has to be set in the program, or listenq run gives it another: \
             listenq explain backlog-of-a-program."
        );
    };
    match facts.set.first() {
        Some(set) => format!(
            "{back} For good: {} ({}). It takes effect by: {}. More: listenq explain {}.",
            set.line, set.place, facts.applies, topic.id
        ),
        None => format!("{back} How it is set for good: listenq explain {}.", topic.id),
    }
}

fn program(name: &str) -> Option<(&'static Topic, ProgramFacts)> {
    knowledge::topics().find_map(|topic| match topic.kind {
        Kind::Program(facts) if facts.processes.contains(&name) => Some((topic, facts)),
        _ => None,
    })
}

fn are(count: usize) -> String {
    if count == 1 {
        "1 listener is".to_owned()
    } else {
        format!("{count} listeners are")
    }
}
