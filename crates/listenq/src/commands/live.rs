//! The terminal during a watch: drawn over in place, and given back as it was.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use probe::{Probe, clock};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use super::signals::{Event, Signals};
use crate::cli::terminal_size;
use crate::output::Sheet;
use crate::output::screen::{Glyphs, Screen};
use crate::output::style::Style;
use crate::output::text::Line;

/// Other page, no cursor, no line breaks of the terminal's own (xterm: DECSET 1049, DECTCEM, DECAWM).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &[u8] = b"\x1b[?7h\x1b[?25h\x1b[?1049l";
/// Draw what is between them at once (DECSET 2026; terminals that do not know it ignore it).
const BEGIN: &[u8] = b"\x1b[?2026h\x1b[H";
const END: &[u8] = b"\x1b[J\x1b[?2026l";

/// A page of the terminal that is ours while this lives.
#[derive(Debug)]
pub struct Page {
    out: io::Stdout,
}

impl Page {
    /// Takes it.
    pub fn enter() -> io::Result<Self> {
        let page = Self { out: io::stdout() };
        page.write(ENTER)?;
        Ok(page)
    }

    /// Draws a page, in one write.
    pub fn draw(&self, page: &[Line], screen: &Screen) -> io::Result<()> {
        let mut bytes = BEGIN.to_vec();
        for (number, line) in page.iter().enumerate() {
            if number > 0 {
                bytes.extend_from_slice(b"\r\n");
            }
            // Cleared before and not after it: behind a full line the cursor stands on its last character.
            bytes.extend_from_slice(b"\x1b[K");
            line.write(&mut bytes, screen)?;
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(END);
        self.write(&bytes)
    }

    /// Gives the terminal back, stops as SIGTSTP would have, and takes it again.
    pub fn suspend(&self) -> io::Result<()> {
        self.write(LEAVE)?;
        emulate_default_handler(SIGTSTP)?;
        self.write(ENTER)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = self.out.lock();
        out.write_all(bytes)?;
        out.flush()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = self.write(LEAVE);
    }
}

/// A probe that is not used lets go of dead namespaces only when it is told to.
const HOUSEKEEPING: Duration = Duration::from_secs(5);

/// Waits until `due` or for a signal; until then dead namespaces are let go.
pub fn pause(probe: &mut Probe, signals: &mut Signals, due: Duration) -> anyhow::Result<Event> {
    loop {
        let now = clock::since_boot();
        if now >= due {
            return Ok(Event::Due);
        }
        match signals.wait_until(due.min(now + HOUSEKEEPING))? {
            Event::Due => probe.housekeep(clock::since_boot())?,
            event => return Ok(event),
        }
    }
}

/// “listenq · web-1 · 11:06:40 · every 1s”.
pub fn head(command: &str, hostname: &str, taken_at: Timestamp, every: Duration, glyphs: &Glyphs) -> Line {
    let time = taken_at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string();
    let (host, dot) = (glyphs.name(hostname), glyphs.dot);
    let text = format!("{command} {dot} {host} {dot} {time} {dot} every {every:?} {dot} Ctrl-C ends");
    Line::of(text, Style::Faint)
}

/// The screen as wide as the terminal is now.
pub fn resized(screen: &Screen) -> (Screen, usize) {
    let (width, height) = terminal_size().unwrap_or((screen.width.unwrap_or(80), 24));
    (
        Screen {
            width: Some(width),
            ..*screen
        },
        height,
    )
}

/// As much of a table as fits: all but rows are shown, and how many rows are not. On a low terminal rows
/// matter more than what is said below them.
pub fn page(head: Line, mut sheet: Sheet, height: usize) -> Vec<Line> {
    sheet.foot.truncate((height / 3).max(2));
    let mut lines = vec![head];
    lines.extend(sheet.head.take());
    // The last line of the terminal stays empty, and one is needed to say what is not shown.
    let room = height.saturating_sub(lines.len() + sheet.foot.len() + 2);
    let shown = fitting(&sheet, room);
    lines.extend(sheet.rows.into_iter().take(shown).flatten());
    if shown < sheet.total {
        let more = sheet.total - shown;
        lines.push(Line::plain(format!("{more} more that do not fit")));
    }
    lines.extend(sheet.foot);
    lines.truncate(height.saturating_sub(1).max(1));
    lines
}

/// How many of the rows, with what belongs under them, take no more than so many lines; if none is left out,
/// the line that would say so is theirs too.
fn fitting(sheet: &Sheet, room: usize) -> usize {
    let lines: usize = sheet.rows.iter().map(Vec::len).sum();
    if sheet.rows.len() == sheet.total && lines <= room + 1 {
        return sheet.total;
    }
    let mut taken = 0;
    let fits = |row: &&Vec<Line>| {
        taken += row.len();
        taken <= room
    };
    sheet.rows.iter().take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: usize, foot: usize) -> Sheet {
        let line = || Line::plain("x");
        Sheet {
            head: Some(line()),
            total: rows,
            rows: (0..rows).map(|_| vec![line()]).collect(),
            foot: (0..foot).map(|_| line()).collect(),
        }
    }

    #[test]
    fn a_page_is_never_higher_than_the_terminal() {
        for height in 1..40 {
            for rows in [0, 1, 5, 18, 19, 20, 21, 100] {
                let page = page(Line::plain("head"), table(rows, 2), height);
                assert!(page.len() < height.max(2), "{rows} rows on {height}: {}", page.len());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let lines = page(Line::plain("head"), table(30, 2), 24);
        assert!(lines.contains(&Line::plain("12 more that do not fit")), "{lines:?}");
        assert_eq!(lines.len(), 23);
        let whole = page(Line::plain("head"), table(19, 2), 24);
        assert_eq!(whole.len(), 23);
    }
}
