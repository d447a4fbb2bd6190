//! What each column of the table says of a listener.

use std::fmt::Display;

use model::listener::{Content, SynQueue};
use model::syn_limit::LimitBy;
use model::{Listener, State};

use super::bar::bar;
use super::report::Report;
use super::screen::Glyphs;
use super::style::Style;
use super::text::{Line, columns, keep_head, keep_tail};

/// What the cells of one table have in common.
pub struct Context<'a> {
    /// What is shown.
    pub report: &'a Report,
    /// The characters to use.
    pub glyphs: &'static Glyphs,
    /// Widths of the numbers that stand under each other.
    pub numbers: Numbers,
    /// Whether there are columns for what else would be remarked.
    pub is_wide: bool,
    /// Cells of a bar; 0 for none.
    pub bar: usize,
    /// Columns for the place of a listener.
    pub place_room: usize,
    /// Columns for its owner.
    pub owner_room: usize,
}

/// Widths of the numbers that stand under each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers {
    length: usize,
    limit: usize,
    drops: usize,
    rate: usize,
}

impl Numbers {
    /// Measures the rows.
    pub fn of(report: &Report) -> Self {
        let mut widths = Self::default();
        for listener in report.rows() {
            let queue = &listener.accept_queue;
            widths.length = widths.length.max(digits(queue.length));
            widths.limit = widths.limit.max(digits(queue.limit));
            if let Some(drops) = &listener.drops {
                widths.drops = widths.drops.max(digits(drops.total));
                widths.rate = widths.rate.max(rate(drops.per_second).len());
            }
        }
        widths
    }
}

/// How wide a number is; the sign for unknown takes one column.
fn digits(value: Option<u32>) -> usize {
    let log = value.and_then(u32::checked_ilog10).unwrap_or(0);
    usize::try_from(log).unwrap_or(0) + 1
}

/// Appends a number, or the sign for unknown.
fn push_number(cell: &mut Line, value: Option<impl Display>, context: &Context, style: Style) {
    match value {
        Some(value) => cell.put(format_args!("{value}"), style),
        None => cell.push(context.glyphs.unknown, style),
    }
}

/// ` +3/s`; nothing when it stands still or is not known.
fn rate(per_second: Option<f64>) -> String {
    match per_second {
        Some(rate) if rate >= 9.95 => format!(" +{rate:.0}/s"),
        Some(rate) if rate >= 0.05 => format!(" +{rate:.1}/s"),
        Some(rate) if rate > 0.0 => " +<0.1/s".to_owned(),
        _ => String::new(),
    }
}

/// How endangered it is.
pub fn state(cell: &mut Line, listener: &Listener, context: &Context) {
    let name = listener.state.map_or(context.glyphs.unknown, State::name);
    cell.push(name, Style::of(listener.state));
}

/// `tcp`, `mptcp`, `unix`.
pub fn protocol(cell: &mut Line, listener: &Listener, _: &Context) {
    cell.push(listener.protocol.name(), Style::Plain);
}

/// A bar, the length, the limit; the slashes stand under each other.
pub fn accept_queue(cell: &mut Line, listener: &Listener, context: &Context) {
    let (queue, numbers) = (&listener.accept_queue, context.numbers);
    let style = match listener.state {
        Some(State::Idle) => Style::Plain,
        state => Style::of(state),
    };
    let mut end = 0;
    if context.bar > 0 {
        cell.push(&bar(queue.fill().unwrap_or(0.0), context.bar, context.glyphs), style);
        end = context.bar + 1;
    }
    end += numbers.length;
    cell.pad_to(end - digits(queue.length));
    push_number(cell, queue.length, context, style);
    cell.push("/", Style::Plain);
    push_number(cell, queue.limit, context, Style::Plain);
    cell.pad_to(end + 1 + numbers.limit);
}

/// Half-open connections; blank for unix, which has no such queue.
pub fn syn_queue(cell: &mut Line, listener: &Listener, context: &Context) {
    if let Some(queue) = listener.syn_queue {
        push_half_open(cell, &queue, context);
    }
}

/// The same with the limit and the rule it comes from.
pub fn syn_queue_wide(cell: &mut Line, listener: &Listener, context: &Context) {
    let Some(queue) = listener.syn_queue else {
        return;
    };
    let rule = match queue.limit_by {
        Some(LimitBy::Backlog) => " backlog",
        Some(LimitBy::MaxSynBacklog) => " max_syn_backlog",
        Some(LimitBy::Cookies) => " cookies",
        None => "",
    };
    push_half_open(cell, &queue, context);
    cell.push("/", Style::Plain);
    push_number(cell, queue.limit, context, Style::Plain);
    cell.push(rule, Style::Plain);
}

/// A number, or a range when some may belong to another listener.
fn push_half_open(cell: &mut Line, queue: &SynQueue, context: &Context) {
    match (queue.length, queue.length_min, queue.length_max) {
        (None, Some(min), Some(max)) => cell.put(format_args!("{min}{}{max}", context.glyphs.to), Style::Plain),
        (length, ..) => push_number(cell, length, context, Style::Plain),
    }
}

/// What it has refused, and how fast that grows; blank for unix, where a full queue makes connect() wait.
pub fn drops(cell: &mut Line, listener: &Listener, context: &Context) {
    let Some(drops) = &listener.drops else {
        return;
    };
    let style = match listener.state {
        Some(State::Dropping) => Style::Danger,
        _ => Style::Plain,
    };
    cell.pad_to(context.numbers.drops - digits(drops.total));
    push_number(cell, drops.total, context, Style::Plain);
    cell.push(&rate(drops.per_second), style);
    cell.pad_to(context.numbers.drops + context.numbers.rate);
}

/// Where it listens, and what else tells it from its neighbours. Of a place that is too long the end is kept,
/// where port and name are; where there is hardly room for it, the rest is left out.
pub fn place(cell: &mut Line, listener: &Listener, context: &Context) {
    let mut suffix = place_suffix(listener, context);
    let text = listener.place();
    let text = context.glyphs.name(&text);
    if context.place_room < columns(&suffix) + columns(&text).min(12) {
        suffix.clear();
    }
    let room = context.place_room.saturating_sub(columns(&suffix));
    cell.push(&keep_tail(&text, room, context.glyphs.cut), Style::Plain);
    cell.push(&suffix, Style::Faint);
}

/// ` mptcp`, ` #2/4` in a SO_REUSEPORT group, ` in NAME` in another namespace.
fn place_suffix(listener: &Listener, context: &Context) -> String {
    let mut suffix = String::new();
    if listener.protocol == model::Protocol::Mptcp {
        suffix.push_str(" mptcp");
    }
    suffix.push_str(&member_suffix(listener, context));
    if let Some(name) = context.report.foreign_namespace(listener) {
        let name = context.glyphs.name(name);
        suffix.push_str(" in ");
        suffix.push_str(&keep_head(&name, 12, context.glyphs.cut));
    }
    suffix
}

fn member_suffix(listener: &Listener, context: &Context) -> String {
    let member = context.report.member(listener);
    member
        .map(|member| format!(" #{}/{}", member.position, member.count))
        .unwrap_or_default()
}

/// The place with nothing cut; protocol and namespace have columns of their own.
pub fn place_wide(cell: &mut Line, listener: &Listener, context: &Context) {
    cell.push(&context.glyphs.name(&listener.place()), Style::Plain);
    cell.push(&member_suffix(listener, context), Style::Faint);
}

/// The oldest process that holds it and how many more do; else the unit, if that is known.
pub fn owner(cell: &mut Line, listener: &Listener, context: &Context) {
    let (room, cut) = (context.owner_room, context.glyphs.cut);
    match listener.owners.as_deref() {
        None => {
            let unit = listener.unit.as_deref().unwrap_or(context.glyphs.unknown);
            cell.push(&keep_head(&context.glyphs.name(unit), room, cut), Style::Faint);
        }
        // A socket without a file has inode 0: it belongs to the kernel (nfsd, for one).
        Some([]) if listener.inode == 0 => cell.push(&keep_head("kernel", room, cut), Style::Faint),
        Some([]) => cell.push(&keep_head("no process", room, cut), Style::Warning),
        Some([oldest, others @ ..]) => {
            let name = context.glyphs.name(&oldest.comm);
            let suffix = owner_suffix(oldest.pid, others.len(), room.saturating_sub(columns(&name).min(6)));
            let room = room.saturating_sub(suffix.len());
            cell.push(&keep_head(&name, room, cut), Style::Plain);
            cell.push(&suffix, Style::Faint);
        }
    }
}

/// `(812) +3`, or as much of it as there is room for.
fn owner_suffix(pid: u32, others: usize, room: usize) -> String {
    let alone = format!("({pid})");
    let whole = match others {
        0 => alone.clone(),
        _ => format!("{alone} +{others}"),
    };
    let fits = |suffix: &String| suffix.len() <= room;
    [whole, alone].into_iter().find(fits).unwrap_or_default()
}

/// The name of its namespace, or the number if it has none.
pub fn namespace(cell: &mut Line, listener: &Listener, context: &Context) {
    let namespaces = &context.report.document.namespaces;
    let own = namespaces.iter().find(|namespace| namespace.key == listener.namespace);
    match own.and_then(|namespace| namespace.name.as_deref()) {
        Some(name) => cell.push(&context.glyphs.name(name), Style::Plain),
        None => cell.put(format_args!("{}", listener.namespace), Style::Plain),
    }
}

/// The systemd unit.
pub fn unit(cell: &mut Line, listener: &Listener, context: &Context) {
    push_name(cell, listener.unit.as_deref(), context);
}

/// The first twelve digits of the container's id, as the engines show it.
pub fn container(cell: &mut Line, listener: &Listener, context: &Context) {
    let id = listener.container.as_deref();
    push_name(cell, id.map(|id| id.get(..12).unwrap_or(id)), context);
}

/// The control group.
pub fn cgroup(cell: &mut Line, listener: &Listener, context: &Context) {
    push_name(cell, listener.cgroup.as_deref(), context);
}

fn push_name(cell: &mut Line, name: Option<&str>, context: &Context) {
    match name {
        Some(name) => cell.push(&context.glyphs.name(name), Style::Plain),
        None => cell.push(context.glyphs.unknown, Style::Plain),
    }
}

/// Who made it.
pub fn uid(cell: &mut Line, listener: &Listener, context: &Context) {
    push_number(cell, listener.uid, context, Style::Plain);
}

/// Inode of the socket.
pub fn inode(cell: &mut Line, listener: &Listener, context: &Context) {
    push_number(cell, Some(listener.inode), context, Style::Plain);
}

/// Cookie of the socket.
pub fn cookie(cell: &mut Line, listener: &Listener, context: &Context) {
    push_number(cell, listener.cookie, context, Style::Plain);
}

/// What waits in the accept queue; blank when nothing does.
pub fn content(cell: &mut Line, listener: &Listener, context: &Context) {
    match (listener.accept_queue.content.as_deref(), listener.accept_queue.length) {
        (Some(queued), _) => cell.push(&describe(queued), Style::Plain),
        (None, Some(0)) => {}
        _ => cell.push(context.glyphs.unknown, Style::Plain),
    }
}

fn describe(content: &Content) -> String {
    let parts = [
        (u64::from(content.established), "open"),
        (u64::from(content.closed_by_client), "closed"),
        (u64::from(content.reset), "reset"),
        (content.bytes, "bytes"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_but_never_to_nothing() {
        assert_eq!(rate(None), "");
        assert_eq!(rate(Some(0.0)), "");
        assert_eq!(rate(Some(0.01)), " +<0.1/s");
        assert_eq!(rate(Some(0.25)), " +0.2/s");
        assert_eq!(rate(Some(9.96)), " +10/s");
        assert_eq!(rate(Some(1234.5)), " +1234/s");
    }
}
