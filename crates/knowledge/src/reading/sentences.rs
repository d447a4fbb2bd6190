//! The sentences of a reading: what happened, what goes with it, and at which listeners.

use model::Setting;

use super::quantity::{cookies, drops, packets, rate, span, syns, were};
use super::{Counts, Dropper, Facts, ReadingId, Span, syncookies};

/// The counters of a file are read one after the other while packets come in, so each may be ahead of another by the
/// few packets of that moment (net/ipv4/proc.c:netstat_seq_show).
const BETWEEN_READINGS: u64 = 2;
/// Cookies that have to be sent before it tells something that few come back.
const ENOUGH_COOKIES: u64 = 100;

/// A reading while it is put together.
pub(super) struct Sentences<'a> {
    facts: &'a Facts<'a>,
    counts: Counts,
    id: ReadingId,
    said: Vec<String>,
}

impl<'a> Sentences<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, counts: Counts, id: ReadingId) -> Self {
        Self {
            facts,
            counts,
            id,
            said: Vec::new(),
        }
    }

    /// All of them, as one text.
    pub(super) fn finish(mut self) -> String {
        match self.id {
            ReadingId::AcceptQueueFull => self.accept_queue_full(),
            ReadingId::SynQueueFull => self.syn_queue_full(),
            ReadingId::RefusedElsewhere => self.refused_elsewhere(),
            ReadingId::SynCookiesActive => self.cookies_active(),
            ReadingId::SynCookiesUnclear => self.cookies_unclear(),
            ReadingId::SynCookiesAlways => self.cookies_always(),
            ReadingId::NoiseDrops => self.noise(),
            ReadingId::NothingRefused => self.nothing_refused(),
            ReadingId::NothingMoved => self.nothing_moved(),
            ReadingId::Unknown => {}
        }
        if self.is_total() {
            self.say("Totals say nothing of now.");
        }
        self.said.join(" ")
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.said.push(sentence.into());
    }

    fn accept_queue_full(&mut self) {
        let overflows = self.counts.overflows;
        let (when, rate) = (self.when(), self.rate(overflows));
        self.say(format!(
            "{when} a full accept queue refused {}{rate}: more came in than fits before accept() makes room.",
            packets(overflows)
        ));
        self.syn_queue_too();
        self.cookies_too();
        if !self.is_total() && self.facts.settings.get(Setting::TcpAbortOnOverflow) == Some(1) {
            self.say(
                "tcp_abort_on_overflow is 1: a client whose final ACK is refused is reset and does not try again.",
            );
        }
        if self.counts.drops == 0 {
            self.say("ListenDrops did not move with it, as with SMC and with BPF programs that make SYN cookies.");
        }
        self.elsewhere_too();
        self.listeners();
    }

    /// What a full accept queue refuses stays half-open, and both queues have the same limit (KERNEL.md 2.5).
    fn syn_queue_too(&mut self) {
        let dropped = self.counts.dropped_by_syn_queue();
        if dropped > 0 {
            self.say(format!(
                "A full SYN queue dropped {} besides: a full accept queue fills the SYN queue too, so look at the \
                 accept queue first.",
                syns(dropped)
            ));
        }
    }

    fn cookies_too(&mut self) {
        let count = self.counts.cookies;
        // With 2 that is every SYN.
        if count == 0 || (syncookies(self.facts) == Some(2) && !self.is_total()) {
            return;
        }
        let given = format!("{} {} given over to SYN cookies", syns(count), were(count));
        self.say(match self.id {
            ReadingId::AcceptQueueFull => format!(
                "{given}: a full accept queue fills the SYN queue too, so that alone is no sign of a flood, and no \
                 cookie helps."
            ),
            _ => format!("{given}."),
        });
    }

    fn syn_queue_full(&mut self) {
        let dropped = self.counts.dropped_by_syn_queue();
        let (when, rate) = (self.when(), self.rate(dropped));
        self.say(format!(
            "{when} a full SYN queue dropped {}{rate}; no accept queue was full.",
            syns(dropped)
        ));
        self.say(if syncookies(self.facts) == Some(0) {
            "tcp_syncookies is 0, so no cookie answers for a full queue."
        } else {
            "No cookie answered for them: tcp_syncookies was 0 then."
        });
        self.say("What limits a SYN queue is the backlog of its listener.");
        self.cookies_too();
        self.elsewhere_too();
        self.listeners();
        self.noise_too();
    }

    fn refused_elsewhere(&mut self) {
        let refused = self.counts.drops;
        let queue = if self.counts.cookies > 0 || self.counts.syn_queue_full.is_none() {
            "accept queue"
        } else {
            "queue"
        };
        let (when, rate) = (self.when(), self.rate(refused));
        self.say(format!(
            "{when} {} {} refused{rate} though no {queue} was full: {}.",
            packets(refused),
            were(refused),
            self.other_causes()
        ));
        self.cookies_too();
        self.listeners();
    }

    /// What is refused beside what full queues refuse.
    fn elsewhere_too(&mut self) {
        match self.counts.elsewhere() {
            0 => {}
            few @ 1..=BETWEEN_READINGS => self.say(format!("{few} more may have been refused for another reason.")),
            many => self.say(format!(
                "{} more {} refused for another reason: {}.",
                packets(many),
                were(many),
                self.other_causes()
            )),
        }
    }

    /// The branches of tcp_conn_request, and of making the child, that count in ListenDrops alone (KERNEL.md 2.3).
    fn other_causes(&self) -> String {
        const ALWAYS: &str = "memory, a missing route, a security module, or a socket that could not be made";
        let cookies = syncookies(self.facts).filter(|_| !self.is_total());
        let most = self.facts.settings.get(Setting::TcpMaxSynBacklog);
        let uncounted = match self.counts.syn_queue_full {
            Some(_) => "",
            None => "a full SYN queue, which this kernel does not count, or ",
        };
        let rule = match (cookies, most) {
            (Some(1 | 2), _) => String::new(),
            (Some(0), Some(most)) => format!(
                "the three-quarter rule (tcp_syncookies is 0, and more than 3/4 of tcp_max_syn_backlog, which is \
                 {most}, were half-open), "
            ),
            _ => "the three-quarter rule of tcp_max_syn_backlog (only where tcp_syncookies is 0), ".to_owned(),
        };
        format!("{uncounted}{rule}{ALWAYS}")
    }

    fn cookies_active(&mut self) {
        let count = self.counts.cookies;
        let (when, rate) = (self.when(), self.rate(count));
        let (sent, valid) = (self.counts.cookies_sent, self.counts.cookies_valid);
        self.say(format!(
            "{when} a full SYN queue gave {}{rate} over to SYN cookies: {} {} sent, {valid} came back. Nothing was \
             refused.",
            syns(count),
            cookies(sent),
            were(sent)
        ));
        if sent >= ENOUGH_COOKIES && valid < sent / 10 {
            self.say("Few came back: clients do not answer, as in a SYN flood, or their answers are lost.");
        }
        self.say("What limits a SYN queue is the backlog of its listener.");
        self.noise_too();
    }

    fn cookies_unclear(&mut self) {
        let count = self.counts.cookies;
        let (when, rate) = (self.when(), self.rate(count));
        let now = syncookies(self.facts).map(|value| format!("; it is {value} now"));
        self.say(format!(
            "{when} {} {} given over to SYN cookies{rate}. Where tcp_syncookies is 1 that means a full SYN queue, \
             where it is 2 it is every SYN and means nothing{}. Nothing was refused.",
            syns(count),
            were(count),
            now.unwrap_or_default()
        ));
        self.noise_too();
    }

    fn cookies_always(&mut self) {
        let (when, count) = (self.when(), self.counts.cookies);
        self.say(format!(
            "{when} nothing was refused. tcp_syncookies is 2: every SYN is answered with a cookie ({}), and the SYN \
             queue stays empty.",
            syns(count)
        ));
        self.noise_too();
    }

    fn noise(&mut self) {
        let count = self.facts.listeners.total;
        let (when, rate) = if self.is_total() {
            ("Since they were made".to_owned(), String::new())
        } else {
            (self.when(), self.rate(count))
        };
        self.say(format!(
            "{when} the listeners counted {}{rate}, none of them a refusal, for ListenDrops did not move: duplicate \
             SYNs, RSTs or deferred ACKs. That is a matter of the network or the clients, not of the queues.",
            drops(count)
        ));
        self.listeners();
    }

    /// Where drops are beside something else, and none of them was a refusal. A full SYN queue adds one drop for each
    /// SYN, so what is above that is noise too; any other refusal may add two.
    fn noise_too(&mut self) {
        let is_exact = self.counts.overflows == 0 && self.counts.elsewhere() == 0;
        let refused = self.counts.drops.max(self.counts.dropped_by_syn_queue());
        let noise = self.facts.listeners.total.saturating_sub(refused);
        if is_exact && noise > BETWEEN_READINGS && !self.is_total() {
            self.say(format!(
                "{} of the listeners {} no refusal: duplicate SYNs, RSTs or deferred ACKs.",
                drops(noise),
                were(noise)
            ));
        }
    }

    fn nothing_refused(&mut self) {
        let when = self.when();
        self.say(format!(
            "{when} nothing was refused at a listener, and no SYN met a full SYN queue."
        ));
    }

    fn nothing_moved(&mut self) {
        let sentence = match self.facts.span {
            Span::Window(length) => format!("Nothing moved in {}.", span(length)),
            Span::Boot(length) => format!("Nothing has moved since boot, {} ago.", span(length)),
            Span::Made => "Nothing has moved since this namespace was made.".to_owned(),
        };
        self.say(sentence);
    }

    /// “Listeners whose drops grew: 0.0.0.0:80, nginx: 37 of 37.”
    fn listeners(&mut self) {
        let (found, is_total) = (self.facts.listeners, self.is_total());
        if found.most.is_empty() {
            self.say("No listener that can be seen has counted a drop.");
            return;
        }
        let mut named: Vec<String> = found.most.iter().map(|one| share(one, found.total)).collect();
        let more = found.listeners.saturating_sub(found.most.len());
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        let named = named.join("; ");
        let what = if is_total { "with drops" } else { "whose drops grew" };
        // tcp_v4_syn_recv_sock counts one, and tcp_v4_rcv another when it discards the packet.
        let doubled = if self.counts.overflows > 0 && !is_total && found.total > self.counts.drops {
            " (a refused final ACK counts twice there)"
        } else {
            ""
        };
        self.say(format!("Listeners {what}: {named}{doubled}."));
    }

    fn is_total(&self) -> bool {
        !matches!(self.facts.span, Span::Window(_))
    }

    fn when(&self) -> String {
        match self.facts.span {
            Span::Made => "Since this namespace was made".to_owned(),
            Span::Boot(length) => format!("In the {} since boot", span(length)),
            Span::Window(length) => format!("In {}", span(length)),
        }
    }

    /// “ (7.4 per second)”, where there is a length of time to divide by.
    fn rate(&self, count: u64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown with three digits")]
        let per_second = self.facts.span.seconds().map(|seconds| count as f64 / seconds);
        per_second
            .map(|per_second| format!(" ({} per second)", rate(per_second)))
            .unwrap_or_default()
    }
}

fn share(listener: &Dropper, total: u64) -> String {
    let Dropper {
        place, owner, drops, ..
    } = listener;
    match owner {
        Some(owner) => format!("{place}, {owner}: {drops} of {total}"),
        None => format!("{place}: {drops} of {total}"),
    }
}
