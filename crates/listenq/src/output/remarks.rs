//! What is said under the row of a listener: clients that have left, who waits, a limit that was too small.

use std::collections::HashMap;

use model::listener::Content;
use model::sample::{BlockedConnector, UnixClient};
use model::{Listener, Owner};

use super::cells::Context;
use super::screen::Glyphs;
use super::style::Style;
use super::text::Line;

/// The most processes that are named under one listener.
const MOST: usize = 10;

/// The remarks on a listener.
pub fn lines(listener: &Listener, context: &Context) -> Vec<Line> {
    let queued = listener.accept_queue.content.as_deref().filter(|_| !context.is_wide);
    let mut said: Vec<String> = queued.and_then(who_left).into_iter().collect();
    if let (Some(true), Some(limit)) = (listener.would_overflow, context.report.threshold) {
        said.push(format!("a limit of {limit} would not have been enough"));
    }
    if context.report.asks_for_unix {
        said.extend(bounded(who_waits(listener, context.glyphs)));
    }
    said.into_iter()
        .map(|text| Line::of(format!("  {} {text}", context.glyphs.below), Style::Faint))
        .collect()
}

/// “9 of 129 clients have left (6 closed, 3 reset)”.
fn who_left(content: &Content) -> Option<String> {
    let left = content.closed_by_client + content.reset;
    let all = left + content.established;
    let (closed, reset) = (content.closed_by_client, content.reset);
    let how = match (closed, reset) {
        (0, _) => "reset".to_owned(),
        (_, 0) => "closed".to_owned(),
        _ => format!("{closed} closed, {reset} reset"),
    };
    let have = if left == 1 { "has" } else { "have" };
    (left > 0).then(|| format!("{left} of {all} clients {have} left ({how})"))
}

/// A sentence for each process that waits in the queue or for a place in it.
fn who_waits(listener: &Listener, glyphs: &Glyphs) -> Vec<String> {
    let queue = &listener.accept_queue;
    let mut said = queued(queue.clients.as_deref().unwrap_or_default(), glyphs);
    said.extend(queue.blocked.iter().flatten().map(|thread| blocked(thread, glyphs)));
    said
}

/// Clients of one process are told together, in the order in which they are met.
fn queued(clients: &[UnixClient], glyphs: &Glyphs) -> Vec<String> {
    let mut order: Vec<(String, u32)> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for client in clients {
        let who = client_name(client, glyphs);
        let position = *positions.entry(who.clone()).or_insert(order.len());
        match order.get_mut(position) {
            Some((_, count)) => *count += 1,
            None => order.push((who, 1)),
        }
    }
    let connections = |count: u32| {
        if count == 1 {
            "1 connection".to_owned()
        } else {
            format!("{count} connections")
        }
    };
    order
        .into_iter()
        .map(|(who, count)| format!("{} {who}", connections(count)))
        .collect()
}

fn client_name(client: &UnixClient, glyphs: &Glyphs) -> String {
    match client.owners.as_deref() {
        _ if client.inode == 0 => "whose client has left".to_owned(),
        None => "of a process that is not known".to_owned(),
        Some([]) => "of no process".to_owned(),
        Some([oldest, others @ ..]) => format!("of {}", name_of(oldest, others.len(), glyphs)),
    }
}

fn name_of(owner: &Owner, others: usize, glyphs: &Glyphs) -> String {
    let more = if others == 0 {
        String::new()
    } else {
        format!(" +{others}")
    };
    format!("{}({}){more}", glyphs.name(&owner.comm), owner.pid)
}

fn blocked(thread: &BlockedConnector, glyphs: &Glyphs) -> String {
    let name = glyphs.name(&thread.comm);
    let which = if thread.tid == thread.pid {
        String::new()
    } else {
        format!(" thread {}", thread.tid)
    };
    let verb = if thread.certain {
        "waits for a place in connect()"
    } else {
        "waits in connect(), may be for this one"
    };
    format!("{name}({}){which} {verb}", thread.pid)
}

fn bounded(mut said: Vec<String>) -> Vec<String> {
    let more = said.len().saturating_sub(MOST);
    if more > 0 {
        said.truncate(MOST);
        said.push(format!("and {more} more"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::owner;
    use crate::output::screen::UTF8;

    fn content(established: u32, closed_by_client: u32, reset: u32) -> Content {
        Content {
            established,
            closed_by_client,
            reset,
            with_data: 0,
            bytes: 0,
        }
    }

    #[test]
    fn clients_that_left_are_told_by_how() {
        assert_eq!(who_left(&content(6, 0, 0)), None);
        assert_eq!(who_left(&content(6, 1, 0)).unwrap(), "1 of 7 clients has left (closed)");
        assert_eq!(who_left(&content(0, 0, 2)).unwrap(), "2 of 2 clients have left (reset)");
        assert_eq!(
            who_left(&content(6, 2, 1)).unwrap(),
            "3 of 9 clients have left (2 closed, 1 reset)"
        );
    }

    #[test]
    fn one_client_of_ten_thousand_processes_each_is_cut_short() {
        let client = |pid| UnixClient {
            inode: 1,
            owners: Some([owner(pid, "c")].into()),
        };
        let clients: Vec<_> = (1..=10_000).map(client).collect();
        let said = bounded(queued(&clients, &UTF8));
        assert_eq!(said.len(), MOST + 1);
        assert_eq!(said[0], "1 connection of c(1)");
        assert_eq!(said[MOST], "and 9990 more");
    }

    #[test]
    fn what_is_not_certain_is_said_so() {
        let thread = BlockedConnector {
            pid: 7,
            tid: 9,
            comm: "x".into(),
            certain: false,
        };
        assert_eq!(
            blocked(&thread, &UTF8),
            "x(7) thread 9 waits in connect(), may be for this one"
        );
    }
}
