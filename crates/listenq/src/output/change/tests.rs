use fix::verify::{Fullest, Left, Side, judge};
use fix::{Ending, Plan, Report, StepReport};
use model::action::{FileChange, Resize, SocketIdentity, SysctlChange};
use model::{Action, Protocol};

use super::*;
use crate::fixture::{HOST, PIPE, WEB, printed};

fn resize(place: &str, inode: u64, from: u32, to: u32) -> Action {
    Action::Resize(Resize {
        socket: SocketIdentity {
            namespace: WEB,
            namespace_name: Some("web".into()),
            protocol: Protocol::Tcp,
            place: place.into(),
            inode,
            cookie: Some(inode),
            owner: Some("nginx".into()),
        },
        from,
        to,
    })
}

fn somaxconn() -> Action {
    Action::Sysctl(SysctlChange {
        namespace: HOST,
        namespace_name: Some("host".into()),
        name: "net.core.somaxconn".into(),
        from: 4096,
        to: 8192,
    })
}

fn file() -> Action {
    Action::File(FileChange {
        path: "/etc/sysctl.d/99-listenq.conf".into(),
        from: Some("# ours\nnet.core.somaxconn = 4096\n".into()),
        to: Some("# ours\nnet.core.somaxconn = 8192\n".into()),
    })
}

fn change(actions: Vec<Action>) -> Change {
    Change {
        plan: Plan {
            command: "resize".into(),
            undoes: None,
            actions,
        },
        notes: vec!["The SYN queue gets the same limit: Linux has one for both.".into()],
        question: "Change the limits?".into(),
        nothing: None,
    }
}

fn several() -> Vec<Action> {
    vec![
        somaxconn(),
        resize("0.0.0.0:443", 1, 511, 8192),
        resize("0.0.0.0:443", 2, 511, 8192),
        resize("0.0.0.0:80", 3, 511, 8192),
        file(),
    ]
}

fn report(actions: Vec<Action>, endings: &[Ending]) -> Report {
    let steps = actions.into_iter().zip(endings.iter().cloned());
    Report {
        id: 7,
        steps: steps.map(|(action, ending)| StepReport { action, ending }).collect(),
    }
}

fn failed() -> Report {
    let failed = Ending::Failed {
        why: "the listener is gone: its program has closed it, or was restarted".into(),
    };
    let endings = [
        Ending::TakenBack,
        Ending::TakenBack,
        Ending::TakenBack,
        failed,
        Ending::NotTried,
    ];
    report(several(), &endings)
}

fn outcome_page(report: Report) -> String {
    let change = change(several());
    let decision = Decision::CarriedOut(report);
    let outcome = Outcome {
        change: &change,
        decision: &decision,
    };
    printed(&PIPE, |page| page::write_outcome(page, &outcome, false))
}

fn verified(taken_back: Option<Report>) -> Verified {
    let side = |seconds, refused, length, limit, left| Side {
        seconds,
        discarded: Some(refused + 3),
        refused: Some(refused),
        fullest: Some(Fullest { length, limit }),
        left: Some(Left {
            left,
            of: length.into(),
        }),
        half_open: None,
        listeners: 1,
        ..Side::default()
    };
    let verdict = if taken_back.is_some() {
        judge(side(5.0, 0, 6, 512, 0), side(60.2, 1204, 6, 5, 0))
    } else {
        judge(side(5.0, 241, 6, 5, 0), side(60.2, 0, 212, 512, 3))
    };
    Verified { verdict, taken_back }
}

#[test]
fn what_would_be_done() {
    insta::assert_snapshot!(printed(&PIPE, |page| page::write_plan(page, &change(several()))));
}

#[test]
fn all_is_done() {
    let endings = vec![Ending::Done; 5];
    insta::assert_snapshot!(outcome_page(report(several(), &endings)));
}

#[test]
fn one_step_fails() {
    insta::assert_snapshot!(outcome_page(failed()));
}

#[test]
fn it_was_better() {
    insta::assert_snapshot!(printed(&PIPE, |page| verdict::write(page, &verified(None), &PIPE)));
}

#[test]
fn it_was_worse_and_taken_back() {
    let back = report(vec![resize("0.0.0.0:443", 1, 5, 512)], &[Ending::Done]);
    let verified = verified(Some(back));
    insta::assert_snapshot!(printed(&PIPE, |page| verdict::write(page, &verified, &PIPE)));
}

/// The contract: only ever added to.
#[test]
fn the_document() {
    let change = change(several());
    let decision = Decision::CarriedOut(failed());
    let outcome = Outcome {
        change: &change,
        decision: &decision,
    };
    let mut bytes = Vec::new();
    json::write(&mut bytes, &outcome, Some(&verified(None))).unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap());
}

#[test]
fn names_that_others_chose_are_sanitised() {
    let hostile = resize("/run/\x1b[2J", 1, 5, 512);
    let change = change(vec![hostile]);
    let text = printed(&PIPE, |page| page::write_plan(page, &change));
    assert!(!text.contains('\x1b'), "{text}");
}
