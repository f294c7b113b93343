//! How long work goes on: a bar on a terminal, a plain line every ten seconds elsewhere.
//!
//! Work that is done within ten seconds says nothing in a log file; longer work ends with a last
//! line. `always` brings the lines from the start. May be called from any thread.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{When, size, write_stderr};

const LINE_EVERY: Duration = Duration::from_secs(10);
const TICK_EVERY: Duration = Duration::from_millis(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Bars,
    Lines { from_the_start: bool },
    Silent,
}

/// Shows pieces of work, one after another.
#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    work: Mutex<Option<Work>>,
}

#[derive(Debug)]
struct Work {
    what: String,
    done: u64,
    all: Option<u64>,
    began: Instant,
    said: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(when: When, is_talking: bool) -> Self {
        let mode = match when {
            When::Never => Mode::Silent,
            When::Auto if !is_talking => Mode::Silent,
            _ if io::stderr().is_terminal() => Mode::Bars,
            When::Auto => Mode::Lines { from_the_start: false },
            When::Always => Mode::Lines { from_the_start: true },
        };
        Self { mode, work: Mutex::new(None) }
    }

    /// A piece of work begins: what, and how many bytes if known. Ends the one before.
    pub fn begin(&self, what: &str, bytes: Option<u64>) {
        self.end();
        let bar = (self.mode == Mode::Bars).then(|| bar(what, bytes));
        let began = Instant::now();
        let mut work = Work { what: what.to_owned(), done: 0, all: bytes, began, said: None, bar };
        if self.mode == (Mode::Lines { from_the_start: true }) {
            work.line("");
        }
        *self.lock() = Some(work);
    }

    /// So many bytes more are done.
    pub fn advance(&self, bytes: u64) {
        let Some(work) = &mut *self.lock() else { return };
        work.done = work.done.saturating_add(bytes);
        if let Some(bar) = &work.bar {
            bar.inc(bytes);
        }
        let last = work.said.unwrap_or(work.began);
        if matches!(self.mode, Mode::Lines { .. }) && last.elapsed() >= LINE_EVERY {
            work.line("");
        }
    }

    /// The piece of work is done. Without one this does nothing.
    pub fn end(&self) {
        let Some(mut work) = self.lock().take() else { return };
        if let Some(bar) = &work.bar {
            bar.finish_and_clear();
        }
        if work.said.is_some() {
            work.line(", done");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Work>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // A failure must not leave a half bar above its message.
        if let Some(bar) = self.lock().take().and_then(|work| work.bar) {
            bar.finish_and_clear();
        }
    }
}

impl Work {
    fn line(&mut self, end: &str) {
        let done = size(self.done);
        let line = match self.all {
            Some(all) => format!("{}: {done} of {}{end}\n", self.what, size(all)),
            None => format!("{}: {done}{end}\n", self.what),
        };
        write_stderr(&line);
        self.said = Some(Instant::now());
    }
}

fn bar(what: &str, bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(all) => (
            ProgressBar::new(all),
            "{msg} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
        ),
        None => (ProgressBar::new_spinner(), "{msg} {spinner} {decimal_bytes}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(TICK_EVERY);
    bar
}
