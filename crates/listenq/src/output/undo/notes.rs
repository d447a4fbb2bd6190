//! What has to be known before a change is taken back: which one it is, what stays, what will be refused.

use fix::journal::state::Judged;
use fix::plan::undo::{LeftOut, Undo};
use fix::present::Present;
use jiff::tz::TimeZone;
use model::action::{Resize, SysctlChange};
use model::{Action, Protocol};

use super::time;

/// So many objects are told one by one.
const ONE_BY_ONE: usize = 8;

/// The notes.
pub fn notes(chosen: &Judged, undo: &Undo, present: &Present, zone: &TimeZone) -> Vec<String> {
    let length = |change: &Resize| present.length(&change.socket);
    let mut notes = vec![which(chosen, zone)];
    notes.extend(left_out(chosen, &undo.left_out));
    notes.extend(lowered(&undo.plan.actions, length));
    notes.extend(sysctls(&undo.plan.actions));
    notes.extend(files(&undo.plan.actions));
    notes
}

/// Why nothing of a change can be taken back, in one line.
pub fn nothing(chosen: &Judged, undo: &Undo) -> String {
    let mut reasons: Vec<String> = left_out(chosen, &undo.left_out);
    if let more @ 1.. = reasons.len().saturating_sub(3) {
        reasons.truncate(3);
        reasons.push(format!("And {more} more."));
    }
    let id = chosen.change.begin.id;
    format!("nothing of change {id} is in effect any more. {}", reasons.join(" "))
}

/// “It takes back change 7: resize, 2026-07-30 14:02:11, by root (sudo from alice).”
fn which(chosen: &Judged, zone: &TimeZone) -> String {
    let begin = &chosen.change.begin;
    let command = match begin.plan.undoes {
        Some(id) => format!("undo of change {id}"),
        None => begin.plan.command.clone(),
    };
    let unfinished = match chosen.change.end {
        Some(_) => "",
        None => " It has not ended properly; what is in effect of it was found by looking at the host.",
    };
    format!(
        "It takes back change {}: {command}, {}, by {}.{unfinished}",
        begin.id,
        time(begin.at, zone),
        begin.who
    )
}

/// What a restart of the host has ended is told in one sentence.
fn left_out(chosen: &Judged, all: &[LeftOut]) -> Vec<String> {
    let is_gone_by_itself = |one: &&LeftOut| chosen.is_of_other_boot && !one.action.is_durable();
    let (gone, others): (Vec<&LeftOut>, Vec<&LeftOut>) = all.iter().partition(is_gone_by_itself);
    let restarted = (!gone.is_empty()).then(|| {
        format!(
            "The host was restarted since: {} of its live changes ended with that and {} left out.",
            gone.len(),
            if gone.len() == 1 { "is" } else { "are" }
        )
    });
    let told = |one: &&LeftOut| format!("Left out: {}: {}.", one.action, one.why);
    let one_by_one = others.iter().take(ONE_BY_ONE).map(told);
    restarted
        .into_iter()
        .chain(one_by_one)
        .chain(more(others.len(), "left out"))
        .collect()
}

/// What a lower limit refuses, in numbers.
fn lowered(actions: &[Action], length: impl Fn(&Resize) -> Option<u32>) -> Vec<String> {
    let lowered: Vec<&Resize> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Resize(change) if change.to < change.from => Some(change),
            _ => None,
        })
        .collect();
    let one_by_one = lowered
        .iter()
        .take(ONE_BY_ONE)
        .map(|change| refused(change, length(change)));
    let is_tcp = lowered.iter().any(|change| change.socket.protocol != Protocol::Unix);
    let syn_queue = is_tcp.then(|| "The limit is that of the SYN queue too.".to_owned());
    one_by_one
        .chain(more(lowered.len(), "lowered"))
        .chain(syn_queue)
        .collect()
}

/// What waits stays; the next is refused as long as more than the limit wait (KERNEL.md 1.1, 1.3). A unix listener
/// refuses nobody who can wait (net/unix/af_unix.c:unix_stream_connect).
fn refused(change: &Resize, length: Option<u32>) -> String {
    let Resize { socket, to, .. } = change;
    let (place, holds) = (&socket.place, u64::from(*to) + 1);
    let refused = match socket.protocol {
        Protocol::Unix => "clients that connect are made to wait, or fail if they do not block",
        Protocol::Tcp | Protocol::Mptcp => "new ones are refused",
    };
    match length {
        None => format!(
            "{place}: how many connections wait is not known. A limit of {to} holds {holds}; beyond that {refused}."
        ),
        Some(length) if length > *to => format!(
            "{place}: {length} connections wait, and a limit of {to} holds {holds}. They stay, but {refused} until \
             only {to} wait."
        ),
        Some(length) => {
            format!(
                "{place}: {length} connections wait, and a limit of {to} holds {holds}: nothing is refused at once."
            )
        }
    }
}

fn sysctls(actions: &[Action]) -> Vec<String> {
    let somaxconn = actions
        .iter()
        .any(|action| matches!(action, Action::Sysctl(SysctlChange { name, .. }) if name == "net.core.somaxconn"));
    let note = "net.core.somaxconn changes no listener that is live, until its program calls listen() again.";
    somaxconn.then(|| note.to_owned()).into_iter().collect()
}

fn files(actions: &[Action]) -> Vec<String> {
    let has_file = actions.iter().any(Action::is_durable);
    let note = "A file under /etc is read at the next boot: by itself it changes nothing that is set now.";
    has_file.then(|| note.to_owned()).into_iter().collect()
}

fn more(all: usize, what: &str) -> Option<String> {
    let more = all.checked_sub(ONE_BY_ONE).filter(|more| *more > 0)?;
    Some(format!("{more} more are {what}."))
}

#[cfg(test)]
mod tests {
    use fix::plan::undo;

    use super::super::fixture::with_listing;
    use super::*;

    fn resize(from: u32, to: u32, protocol: Protocol) -> Action {
        let Action::Resize(change) = super::super::fixture::resize("127.0.0.1:80", from, to) else {
            panic!("a resize");
        };
        let mut socket = change.socket;
        socket.protocol = protocol;
        Action::Resize(Resize { socket, from, to })
    }

    #[test]
    fn what_a_lower_limit_refuses_is_said_in_numbers() {
        let said = |length, protocol| lowered(&[resize(512, 5, protocol)], |_| length).join(" | ");
        let too = " | The limit is that of the SYN queue too.";
        assert_eq!(
            said(Some(40), Protocol::Tcp),
            format!(
                "127.0.0.1:80: 40 connections wait, and a limit of 5 holds 6. They stay, but new ones are refused until \
                 only 5 wait.{too}"
            )
        );
        // Six are allowed to wait, and then the queue is full: the next is refused.
        assert!(said(Some(6), Protocol::Tcp).contains("refused until only 5 wait"));
        assert!(said(Some(5), Protocol::Tcp).ends_with(&format!("nothing is refused at once.{too}")));
        assert!(said(None, Protocol::Tcp).contains("is not known. A limit of 5 holds 6"));
        assert!(said(Some(40), Protocol::Unix).ends_with("or fail if they do not block until only 5 wait."));
    }

    #[test]
    fn a_higher_limit_refuses_nothing() {
        assert!(lowered(&[resize(5, 512, Protocol::Tcp)], |_| Some(40)).is_empty());
    }

    #[test]
    fn of_many_some_are_told_one_by_one() {
        let many = vec![resize(512, 5, Protocol::Unix); 20];
        let said = lowered(&many, |_| Some(0));
        assert_eq!((said.len(), said.last().unwrap().as_str()), (9, "12 more are lowered."));
    }

    #[test]
    fn what_is_left_out_is_said() {
        with_listing(|listing| {
            let of = |id| listing.changes.iter().find(|one| one.change.begin.id == id).unwrap();
            let said = |id| left_out(of(id), &undo::plan(of(id)).left_out).join(" | ");
            assert_eq!(
                said(1),
                "The host was restarted since: 1 of its live changes ended with that and is left out."
            );
            assert_eq!(said(3), "Left out: 0.0.0.0:8081: limit 5 → 512: the listener is gone.");
            assert_eq!(
                nothing(of(1), &undo::plan(of(1))),
                "nothing of change 1 is in effect any more. The host was restarted since: 1 of its live changes ended \
                 with that and is left out."
            );
        });
    }
}
