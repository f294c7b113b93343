//! The terminal: the only place, with `main`, that writes to stdout and stderr.
//!
//! Data goes to stdout, as raw bytes, through one buffer; everything said about it goes to stderr,
//! by level. A reader that closes the pipe early is no failure: writing then fails, the failure is
//! remembered in [`Ui::is_closed`], and the program ends quietly. Colour and progress are decided
//! once, for each stream apart. Nothing is ever asked of a user who is not at a terminal.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdinLock, StdoutLock, Write};

use crate::error::{Error, Kind, Result};

#[cfg(unix)]
mod last;
mod progress;
mod style;

#[cfg(unix)]
pub use last::LastWords;
pub use progress::Progress;
pub use style::{Paint, printable, size, time};

/// Room for output that is on its way to stdout.
const OUT_BYTES: usize = 64 * 1024;

/// A choice of `auto`, `always` or `never`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// As the stream allows.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Not at all.
    Never,
}

/// How to talk, as the global options say.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How much to say on stderr: 0 is normal, 1 tells more, -1 only warnings, -2 only failures.
    pub level: i8,
    /// Whether reports go to stdout as JSON.
    pub json: bool,
    /// Whether to colour.
    pub color: When,
    /// Whether to show progress.
    pub progress: When,
    /// Whether the environment forbids colour (`NO_COLOR`, `TERM=dumb`).
    pub plain: bool,
}

/// Stdout, stderr and stdin of the program.
pub struct Ui {
    out: BufWriter<StdoutLock<'static>>,
    closed: bool,
    options: Options,
}

impl Ui {
    /// Takes hold of stdout.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let out = BufWriter::with_capacity(OUT_BYTES, io::stdout().lock());
        Self { out, closed: false, options }
    }

    /// Whether reports go to stdout as JSON.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Whether stdout's reader went away, so that nothing more needs to be written.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes bytes to stdout as they are.
    pub fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|error| stdout_failed(&error))
    }

    /// Writes bytes to stdout, and a newline.
    pub fn line(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.data(bytes.as_ref())?;
        self.data(b"\n")
    }

    /// Writes a newline if a person is looking.
    pub fn newline_on_terminal(&mut self) -> Result<()> {
        if io::stdout().is_terminal() { self.data(b"\n") } else { Ok(()) }
    }

    /// Hands everything written so far to the system.
    pub fn finish(&mut self) -> Result<()> {
        self.flush().map_err(|error| stdout_failed(&error))
    }

    /// The way to speak while stdout is in use.
    #[must_use]
    pub fn voice(&self) -> Voice {
        Voice { level: self.options.level }
    }

    /// Tells what was done; level 0.
    pub fn say(&self, text: impl Display) {
        self.voice().note(0, format_args!("{text}"));
    }

    /// Tells of something that may surprise; level -1.
    pub fn warn(&self, text: impl Display) {
        self.voice().warn(text);
    }

    /// Tells more than most want to know; level 1.
    pub fn detail(&self, text: impl Display) {
        self.voice().note(1, format_args!("kvs: {text}"));
    }

    /// Tells of a failure: the message with its causes on stderr, what to do next below it.
    pub fn fail(&self, error: &Error) {
        let paint = self.paint_err();
        let mut text = format!("{} {}", paint.red("kvs:"), printable(&chain(error)));
        if let Some(hint) = error.hint_text() {
            text.push('\n');
            text.push_str(&paint.cyan("hint:"));
            text.push(' ');
            text.push_str(&printable(hint));
        }
        text.push('\n');
        write_stderr(&text);
    }

    /// Colours for stdout.
    #[must_use]
    pub fn paint(&self) -> Paint {
        Paint::new(self.colors(io::stdout().is_terminal()))
    }

    /// Colours for stderr.
    #[must_use]
    pub fn paint_err(&self) -> Paint {
        Paint::new(self.colors(io::stderr().is_terminal()))
    }

    fn colors(&self, is_terminal: bool) -> bool {
        match self.options.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !self.options.plain,
        }
    }

    /// Shows how work goes on, on stderr.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::new(self.options.progress, self.options.level >= 0)
    }

    /// Stdin; says that it waits, and for what, if a person is to type it.
    pub fn stdin(&self, what: &str) -> StdinLock<'static> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
            self.say(format_args!("Reading {what} from the terminal; end with {end}."));
        }
        stdin.lock()
    }

    /// Whether a person is to type what is read from stdin.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Prints text that was laid out for the terminal, such as help: to stderr where it belongs to
    /// a failure. `styled` has colours, `plain` has none.
    pub fn print_help(&mut self, styled: &str, plain: &str, is_failure: bool) -> Result<()> {
        if is_failure {
            let colors = self.colors(io::stderr().is_terminal());
            write_stderr(if colors { styled } else { plain });
            return Ok(());
        }
        let colors = self.colors(io::stdout().is_terminal());
        self.data(if colors { styled } else { plain }.as_bytes())
    }
}

impl Write for Ui {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.watch(result)
    }
}

impl Ui {
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        result
    }
}

/// Speaks on stderr, by level.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    level: i8,
}

impl Voice {
    /// Tells of something that may surprise; level -1.
    pub fn warn(self, text: impl Display) {
        self.note(-1, format_args!("kvs: {text}"));
    }

    fn note(self, level: i8, text: impl Display) {
        if self.level >= level {
            write_stderr(&format!("{text}\n"));
        }
    }
}

/// The message and its causes on one line.
#[must_use]
pub fn chain(error: &Error) -> String {
    let mut text = error.message().to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let said = source.to_string();
        // Wrappers often repeat what they wrap.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = source.source();
    }
    text
}

fn stdout_failed(error: &io::Error) -> Error {
    Error::new(Kind::Disk, format!("cannot write to stdout: {error}"))
        .hint("Check where the output goes: a full disk, a closed file.")
}

/// A stderr that cannot be written to leaves nobody to tell.
fn write_stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
