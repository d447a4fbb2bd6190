//! What no sysctl fixes: a limit that the program chose, and a program that accepts too slowly.

use model::{Listener, Setting};

use super::Ruling;
use super::case::{Case, called, is_full, limit, longest};
use super::rules::room_for;

/// The least limit that is worth a change: what C programs ask for that ask for SOMAXCONN of old headers.
const LEAST: i64 = 128;
/// The most listeners that are named for one thing.
const NAMED: usize = 5;

/// Something about a listener that no sysctl changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which listener, for people: “0.0.0.0:80 (nginx)”.
    pub listener: String,
    /// Its port; `None` for unix.
    pub port: Option<u16>,
    /// Its path, for unix.
    pub path: Option<String>,
    /// Name of its oldest owner.
    pub owner: Option<String>,
    /// What it is about.
    pub about: About,
}

/// What no sysctl changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Its limit is below somaxconn: the program asked for so much.
    OwnLimit {
        /// What it has.
        limit: i64,
        /// What somaxconn is, or will be.
        somaxconn: i64,
        /// What would give it room.
        room: i64,
    },
    /// It was full at both looks.
    NotAccepting {
        /// Between the looks, in seconds.
        seconds: u64,
    },
}

/// Looks at the listeners in trouble.
pub(super) fn advise<'a>(case: &Case, rulings: impl Iterator<Item = &'a Ruling>) -> Vec<Advice> {
    let changes: Vec<i64> = rulings.filter_map(somaxconn_of).collect();
    let somaxconn = changes.first().copied().or_else(|| case.value(Setting::Somaxconn));
    let troubled: Vec<&Listener> = case.troubled().collect();
    let own = troubled
        .iter()
        .filter_map(|one| own_limit(case, one, somaxconn))
        .take(NAMED);
    let slow = troubled.iter().filter_map(|one| not_accepting(case, one)).take(NAMED);
    own.chain(slow).collect()
}

fn somaxconn_of(ruling: &Ruling) -> Option<i64> {
    match ruling {
        Ruling::Change(change) if change.setting == Setting::Somaxconn => Some(change.to),
        _ => None,
    }
}

fn own_limit(case: &Case, listener: &Listener, somaxconn: Option<i64>) -> Option<Advice> {
    let (limit, present, after) = (limit(listener)?, case.value(Setting::Somaxconn)?, somaxconn?);
    if limit >= present {
        return None;
    }
    let room = room_for(longest(listener).unwrap_or(0), limit, true, LEAST).min(after);
    let about = About::OwnLimit {
        limit,
        somaxconn: after,
        room,
    };
    Some(advice(listener, about))
}

fn not_accepting(case: &Case, listener: &Listener) -> Option<Advice> {
    let was_full = case.earlier(listener).is_some_and(is_full);
    let seconds = case.seconds?.round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds of a window"
    )]
    let seconds = seconds as u64;
    (was_full && is_full(listener)).then(|| advice(listener, About::NotAccepting { seconds }))
}

fn advice(listener: &Listener, about: About) -> Advice {
    let oldest = listener.owners.as_deref().and_then(|owners| owners.first());
    Advice {
        listener: called(listener),
        port: listener.port,
        path: listener.path.clone(),
        owner: oldest.map(|owner| owner.comm.to_string()),
        about,
    }
}

impl Advice {
    /// In words.
    pub fn text(&self) -> String {
        let listener = &self.listener;
        match self.about {
            About::OwnLimit { limit, somaxconn, .. } => format!(
                "{listener} has a limit of {limit}, below net.core.somaxconn ({somaxconn}): its program asked for \
                 {limit}, so no sysctl gives it more."
            ),
            About::NotAccepting { seconds } => format!(
                "{listener} was full at both looks, {seconds} s apart: accept() is slower than clients arrive. A \
                 higher limit buys time in a burst; here it would only let clients wait longer."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Host, plan, tcp};
    use super::*;

    #[test]
    fn a_limit_that_the_program_chose_is_said() {
        let host = Host::new(4096).with(tcp(80, 129, 128));
        let plan = plan(&host);
        assert_eq!(plan.changes, []);
        let [advice] = &plan.advice[..] else {
            panic!("{:?}", plan.advice)
        };
        let about = About::OwnLimit {
            limit: 128,
            somaxconn: 4096,
            room: 512,
        };
        assert_eq!((advice.port, &advice.about), (Some(80), &about));
        assert!(advice.text().contains("below net.core.somaxconn (4096)"));
    }

    #[test]
    fn full_at_both_looks_is_a_slow_accept() {
        let host = Host::new(128).with(tcp(80, 129, 128));
        assert_eq!(plan(&host).advice, [], "one look does not tell");
        let plan = plan(&host.later(10));
        assert_eq!(plan.advice[0].about, About::NotAccepting { seconds: 10 });
        assert_eq!(plan.changes.len(), 1, "and it is cut, too");
    }

    #[test]
    fn nobody_in_trouble_needs_no_advice() {
        assert_eq!(plan(&Host::new(4096).with(tcp(80, 3, 128))).advice, []);
    }
}
