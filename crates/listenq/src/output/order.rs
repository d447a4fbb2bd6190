//! In which order listeners are shown.

use std::cmp::Reverse;

use clap::ValueEnum;
use model::{Listener, Owner};

/// What listeners are sorted by; those that are equal in it by danger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// Most endangered first: by state, then fill, then drops
    #[default]
    Danger,
    /// Lowest port first, unix last
    Port,
    /// Longest accept queue first
    Length,
    /// Fullest accept queue first
    Fill,
    /// Most drops first: per second, then in total
    Drops,
    /// By the name of the owner
    Process,
}

impl Order {
    /// Sorts what is in the order of danger already, as a window is. What is equal stays in that order.
    pub fn sort(self, listeners: &mut [Listener]) {
        match self {
            Self::Danger => {}
            Self::Port => listeners.sort_by_key(|listener| (listener.port.is_none(), listener.port)),
            Self::Length => listeners.sort_by_key(|listener| Reverse(listener.accept_queue.length)),
            Self::Fill => listeners.sort_by(|a, b| fill(b).total_cmp(&fill(a))),
            Self::Drops => listeners.sort_by(|a, b| {
                let (a, b) = (drops(a), drops(b));
                b.0.total_cmp(&a.0).then_with(|| b.1.cmp(&a.1))
            }),
            Self::Process => listeners.sort_by(|a, b| process(a).cmp(&process(b))),
        }
    }
}

fn fill(listener: &Listener) -> f64 {
    listener.accept_queue.fill().unwrap_or(-1.0)
}

fn drops(listener: &Listener) -> (f64, Option<u32>) {
    let drops = listener.drops.as_ref();
    let per_second = drops.and_then(|drops| drops.per_second);
    (per_second.unwrap_or(-1.0), drops.and_then(|drops| drops.total))
}

/// Those without a known owner last.
fn process(listener: &Listener) -> (bool, Option<&str>, Option<u32>) {
    let owner: Option<&Owner> = listener.owners.as_deref().and_then(<[Owner]>::first);
    (
        owner.is_none(),
        owner.map(|owner| &*owner.comm),
        owner.map(|owner| owner.pid),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{busy_host, window};

    fn ports(order: Order) -> Vec<Option<u16>> {
        let mut listeners = window(&busy_host()).listeners;
        order.sort(&mut listeners);
        listeners.iter().map(|listener| listener.port).collect()
    }

    #[test]
    fn each_order_puts_first_what_it_names() {
        assert_eq!(ports(Order::Danger)[0], Some(80));
        assert_eq!(ports(Order::Port)[0], Some(22));
        assert_eq!(ports(Order::Port).last(), Some(&None));
        assert_eq!(ports(Order::Length)[0], Some(443));
        assert_eq!(ports(Order::Fill)[0], Some(80));
        assert_eq!(ports(Order::Drops)[0], Some(80));
        assert_eq!(ports(Order::Process)[0], Some(9000));
    }
}
