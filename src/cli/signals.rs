//! SIGINT and SIGTERM during long work: said, and told by the exit code.
//!
//! Nothing has to be tidied up: every command can be stopped at any moment, and the next run goes
//! on where this one stopped. Short commands are left to the system, which ends them with the same
//! codes as a shell sees them, and start faster for it.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{end, error_report};
use crate::error::{Error, Kind};
use crate::ui::Ui;

/// Waits for signals from now on. Where the system has no means left for it, signals end the
/// program without a word.
pub(super) fn watch(ui: &Ui) {
    let (Ok(last), Ok(mut signals)) = (ui.last_words(), Signals::new([SIGINT, SIGTERM])) else {
        return;
    };
    std::thread::spawn(move || {
        let kind = match signals.forever().next() {
            Some(SIGTERM) => Kind::Terminated,
            _ => Kind::Interrupted,
        };
        let error = Error::new(kind, "stopped by a signal")
            .hint("Run the command again: it goes on where it stopped.");
        last.say(&error, &error_report(&error));
        end(kind);
    });
}
