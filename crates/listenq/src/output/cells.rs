//! What each column of the table says of a listener.

use model::listener::{Content, SynQueue};
use model::syn_limit::LimitBy;
use model::{Listener, State};
use unicode_width::UnicodeWidthStr;

use super::bar::bar;
use super::report::Report;
use super::screen::Glyphs;
use super::style::Style;
use super::text::{Line, keep_head, keep_tail};

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
    pub fn of(report: &Report, glyphs: &Glyphs) -> Self {
        let mut widths = Self::default();
        for listener in report.rows() {
            let queue = &listener.accept_queue;
            widths.length = widths.length.max(number(queue.length, glyphs).width());
            widths.limit = widths.limit.max(number(queue.limit, glyphs).width());
            if let Some(drops) = listener.drops {
                widths.drops = widths.drops.max(number(drops.total, glyphs).width());
                widths.rate = widths.rate.max(rate(drops.per_second).width());
            }
        }
        widths
    }
}

/// A number, or the sign for unknown.
fn number(value: Option<impl ToString>, glyphs: &Glyphs) -> String {
    value.map_or_else(|| glyphs.unknown.to_owned(), |value| value.to_string())
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
pub fn state(listener: &Listener, context: &Context) -> Line {
    let name = listener.state.map_or(context.glyphs.unknown, State::name);
    Line::of(name, Style::of(listener.state))
}

/// `tcp`, `mptcp`, `unix`.
pub fn protocol(listener: &Listener, _: &Context) -> Line {
    Line::plain(listener.protocol.name())
}

/// A bar, the length, the limit; the slashes stand under each other.
pub fn accept_queue(listener: &Listener, context: &Context) -> Line {
    let queue = &listener.accept_queue;
    let style = Style::of(listener.state);
    let mut line = Line::default();
    if context.bar > 0 {
        let fill = queue.fill().unwrap_or(0.0);
        line.push(bar(fill, context.bar, context.glyphs), style);
        line.pad_to(context.bar + 1);
    }
    let length = number(queue.length, context.glyphs);
    let limit = number(queue.limit, context.glyphs);
    line.push(
        " ".repeat(context.numbers.length.saturating_sub(length.width())),
        Style::Plain,
    );
    line.push(
        length,
        if listener.state == Some(State::Idle) {
            Style::Plain
        } else {
            style
        },
    );
    line.push(format!("/{limit}"), Style::Plain);
    line.push(
        " ".repeat(context.numbers.limit.saturating_sub(limit.width())),
        Style::Plain,
    );
    line
}

/// Half-open connections; blank for unix, which has no such queue.
pub fn syn_queue(listener: &Listener, context: &Context) -> Line {
    Line::plain(
        listener
            .syn_queue
            .map(|queue| half_open(&queue, context.glyphs))
            .unwrap_or_default(),
    )
}

/// The same with the limit and the rule it comes from.
pub fn syn_queue_wide(listener: &Listener, context: &Context) -> Line {
    let Some(queue) = listener.syn_queue else {
        return Line::default();
    };
    let rule = match queue.limit_by {
        Some(LimitBy::Backlog) => " backlog",
        Some(LimitBy::MaxSynBacklog) => " max_syn_backlog",
        Some(LimitBy::Cookies) => " cookies",
        None => "",
    };
    let limit = number(queue.limit, context.glyphs);
    Line::plain(format!("{}/{limit}{rule}", half_open(&queue, context.glyphs)))
}

/// A number, or a range when some may belong to another listener.
fn half_open(queue: &SynQueue, glyphs: &Glyphs) -> String {
    match (queue.length, queue.length_min, queue.length_max) {
        (Some(length), ..) => length.to_string(),
        (None, Some(min), Some(max)) => format!("{min}{}{max}", glyphs.to),
        _ => glyphs.unknown.to_owned(),
    }
}

/// What it has refused, and how fast that grows; blank for unix, where a full queue makes connect() wait.
pub fn drops(listener: &Listener, context: &Context) -> Line {
    let Some(drops) = listener.drops else {
        return Line::default();
    };
    let total = number(drops.total, context.glyphs);
    let mut line = Line::plain(format!("{total:>width$}", width = context.numbers.drops));
    let style = if listener.state == Some(State::Dropping) {
        Style::Danger
    } else {
        Style::Plain
    };
    line.push(rate(drops.per_second), style);
    line.pad_to(context.numbers.drops + context.numbers.rate);
    line
}

/// Where it listens, and what else tells it from its neighbours. Of a place that is too long the end is kept,
/// where port and name are; where there is hardly room for it, the rest is left out.
pub fn place(listener: &Listener, context: &Context) -> Line {
    let mut suffix = place_suffix(listener, context);
    let text = listener.place();
    let text = context.glyphs.name(&text);
    if context.place_room < suffix.width() + text.width().min(12) {
        suffix.clear();
    }
    let room = context.place_room.saturating_sub(suffix.width());
    let mut line = Line::plain(keep_tail(&text, room, context.glyphs.cut));
    line.push(suffix, Style::Faint);
    line
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
pub fn place_wide(listener: &Listener, context: &Context) -> Line {
    let place = listener.place();
    let device = member_suffix(listener, context);
    Line::plain(format!("{}{device}", context.glyphs.name(&place)))
}

/// The oldest process that holds it and how many more do; else the unit, if that is known.
pub fn owner(listener: &Listener, context: &Context) -> Line {
    let glyphs = context.glyphs;
    let Some(owners) = listener.owners.as_deref() else {
        return unit_as_owner(listener, context);
    };
    let Some((oldest, others)) = owners.split_first() else {
        // A socket without a file has inode 0: it belongs to the kernel (nfsd, for one).
        let (name, style) = if listener.inode == 0 {
            ("kernel", Style::Faint)
        } else {
            ("no process", Style::Warning)
        };
        return Line::of(keep_head(name, context.owner_room, glyphs.cut), style);
    };
    let name = glyphs.name(&oldest.comm);
    let suffix = owner_suffix(
        oldest.pid,
        others.len(),
        context.owner_room.saturating_sub(name.width().min(6)),
    );
    let room = context.owner_room.saturating_sub(suffix.width());
    let mut line = Line::plain(keep_head(&name, room, glyphs.cut));
    line.push(suffix, Style::Faint);
    line
}

/// `(812) +3`, or as much of it as there is room for.
fn owner_suffix(pid: u32, others: usize, room: usize) -> String {
    let pid = format!("({pid})");
    let both = if others == 0 {
        pid.clone()
    } else {
        format!("{pid} +{others}")
    };
    [both, pid]
        .into_iter()
        .find(|suffix| suffix.len() <= room)
        .unwrap_or_default()
}

fn unit_as_owner(listener: &Listener, context: &Context) -> Line {
    let unit = listener.unit.as_deref().unwrap_or(context.glyphs.unknown);
    Line::of(
        keep_head(&context.glyphs.name(unit), context.owner_room, context.glyphs.cut),
        Style::Faint,
    )
}

/// The name of its namespace, or the number if it has none.
pub fn namespace(listener: &Listener, context: &Context) -> Line {
    let report = context
        .report
        .document
        .namespaces
        .iter()
        .find(|namespace| namespace.key == listener.namespace);
    let name = report.and_then(|namespace| namespace.name.as_deref());
    Line::plain(name.map_or_else(
        || listener.namespace.to_string(),
        |name| context.glyphs.name(name).into_owned(),
    ))
}

/// The systemd unit.
pub fn unit(listener: &Listener, context: &Context) -> Line {
    optional(listener.unit.as_deref(), context)
}

/// The first twelve digits of the container's id, as the engines show it.
pub fn container(listener: &Listener, context: &Context) -> Line {
    optional(
        listener.container.as_deref().map(|id| id.get(..12).unwrap_or(id)),
        context,
    )
}

/// The control group.
pub fn cgroup(listener: &Listener, context: &Context) -> Line {
    optional(listener.cgroup.as_deref(), context)
}

fn optional(text: Option<&str>, context: &Context) -> Line {
    Line::plain(context.glyphs.name(text.unwrap_or(context.glyphs.unknown)))
}

/// Who made it.
pub fn uid(listener: &Listener, context: &Context) -> Line {
    Line::plain(number(listener.uid, context.glyphs))
}

/// Inode of the socket.
pub fn inode(listener: &Listener, _: &Context) -> Line {
    Line::plain(listener.inode.to_string())
}

/// Cookie of the socket.
pub fn cookie(listener: &Listener, context: &Context) -> Line {
    Line::plain(number(listener.cookie, context.glyphs))
}

/// What waits in the accept queue; blank when nothing does.
pub fn content(listener: &Listener, context: &Context) -> Line {
    Line::plain(match (listener.accept_queue.content, listener.accept_queue.length) {
        (Some(queued), _) => describe(&queued),
        (None, Some(0)) => String::new(),
        _ => context.glyphs.unknown.to_owned(),
    })
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
