use std::time::Duration;

use model::namespace::{HalfOpen, LocalEnd, Queued, QueuedCounts};

use super::*;
use crate::fixture::{HOST, listen_drops, member, sample, tcp, unix};

fn expected(socket: &ListeningSocket, limit: u32) -> Expected {
    let socket = SocketIdentity {
        namespace: HOST,
        namespace_name: None,
        protocol: socket.protocol,
        place: String::new(),
        inode: socket.inode,
        cookie: socket.cookie,
        owner: None,
    };
    Expected { socket, limit }
}

fn local(port: u16) -> LocalEnd {
    LocalEnd {
        address: "10.0.0.1".parse().unwrap(),
        port,
        interface: 0,
    }
}

/// A sample after so many seconds, with so many drops of the first socket and refusals of the namespace.
fn taken(seconds: u64, mut sockets: Vec<ListeningSocket>, drops: u32, refused: u64) -> Sample {
    sockets[0].drops = Some(drops);
    let mut taken = sample(sockets);
    taken.since_boot = Duration::from_secs(100 + seconds);
    listen_drops(&mut taken.namespaces[0], refused);
    taken
}

fn side(expected: &[Expected], samples: &[Sample]) -> Side {
    let mut measure = Measure::new(expected);
    for sample in samples {
        measure.add(sample);
    }
    measure.side()
}

#[test]
fn drops_are_differences_and_wrap() {
    let socket = tcp(80, 3, 5);
    let samples = [
        taken(0, vec![socket.clone()], u32::MAX - 1, 7),
        taken(4, vec![socket.clone()], 8, 17),
    ];
    let side = side(&[expected(&socket, 5)], &samples);
    assert_eq!((side.seconds, side.discarded, side.refused), (4.0, Some(10), Some(10)));
    assert_eq!(side.refused_per_second(), Some(2.5));
    assert_eq!((side.gone, side.changed), (0, 0));
}

#[test]
fn drops_while_listen_drops_stands_still_are_noise() {
    let socket = tcp(80, 3, 5);
    let samples = [
        taken(0, vec![socket.clone()], 0, 7),
        taken(4, vec![socket.clone()], 8, 7),
    ];
    let side = side(&[expected(&socket, 5)], &samples);
    assert_eq!((side.discarded, side.refused), (Some(8), Some(0)));
}

#[test]
fn the_fullest_is_by_share_and_kept() {
    let (small, large) = (tcp(80, 6, 5), tcp(81, 100, 512));
    let all = [expected(&small, 5), expected(&large, 512)];
    let later = vec![tcp(80, 0, 5), tcp(81, 200, 512)];
    let side = side(&all, &[taken(0, vec![small, large], 0, 0), taken(1, later, 0, 0)]);
    assert_eq!(side.fullest, Some(Fullest { length: 6, limit: 5 }));
    assert!(side.fullest.unwrap().is_full());
}

#[test]
fn who_left_is_told_for_a_group_as_a_whole() {
    let first = tcp(80, 9, 512);
    let second = member(1, &first);
    let mut taken = taken(0, vec![first.clone(), second.clone()], 0, 0);
    let counts = QueuedCounts {
        established: 11,
        closed_by_client: 4,
        ..QueuedCounts::default()
    };
    taken.namespaces[0].queued = Some(vec![Queued {
        local: local(80),
        counts,
    }]);
    taken.namespaces[0].half_open = Some(vec![HalfOpen {
        local: local(80),
        count: 5,
        young: 5,
    }]);
    let whole = side(&[expected(&first, 512), expected(&second, 512)], &[taken.clone()]);
    assert_eq!(whole.left, Some(Left { left: 7, of: 18 }));
    assert_eq!(whole.half_open, Some(5));
    // Of one member alone it cannot be told.
    let part = side(&[expected(&first, 512)], &[taken]);
    assert_eq!((part.left, part.half_open), (None, None));
}

#[test]
fn what_was_not_looked_at_is_unknown() {
    let socket = tcp(80, 3, 5);
    let side = side(&[expected(&socket, 5)], &[taken(0, vec![socket.clone()], 0, 0)]);
    assert_eq!((side.left, side.half_open), (None, None));
    assert_eq!(side.refused_per_second(), None, "no time has passed");
}

#[test]
fn a_unix_listener_has_no_drops_and_nobody_left() {
    let socket = unix("/run/x", 6, 5);
    let mut taken = sample(vec![socket.clone()]);
    let first = taken.clone();
    taken.since_boot += Duration::from_secs(1);
    let side = side(&[expected(&socket, 5)], &[first, taken]);
    assert_eq!((side.discarded, side.refused, side.left), (None, None, None));
    assert_eq!(side.fullest, Some(Fullest { length: 6, limit: 5 }));
}

#[test]
fn what_is_gone_or_changed_by_others_is_counted() {
    let (one, two) = (tcp(80, 0, 512), tcp(81, 0, 512));
    let both = [expected(&one, 512), expected(&two, 512)];
    let start = taken(0, vec![one.clone(), two], 0, 0);
    let after = taken(1, vec![tcp(80, 0, 511)], 0, 0);
    let side = side(&both, &[start, after]);
    assert_eq!((side.listeners, side.gone, side.changed), (2, 1, 1));
    assert_eq!(Measure::new(&both).side().gone, 2, "never seen");
}
