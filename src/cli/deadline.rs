//! The end of a `sync --deadline`, whatever it waits for: a service that accepts a connection and
//! never answers, a merge program that hangs.
//!
//! The sync itself stops between two rounds before its deadline. This is for the moment when it
//! cannot: the process ends, as it may at any moment, and the next run goes on.

use std::time::Duration;

use super::{end, error_report};
use crate::commands::Context;
use crate::error::{Error, Kind};

/// Ends the process when the time is over.
pub(super) fn watch(context: &Context, deadline: Duration) {
    let (Ok(last), Ok(repo)) = (context.ui.last_words(), context.repo()) else { return };
    let env = context.env.clone();
    std::thread::spawn(move || {
        env.clock.sleep(deadline);
        let is_pending = repo.store().state().is_ok_and(|state| state.pending.is_some());
        let kind = if is_pending { Kind::Unknown } else { Kind::Unavailable };
        let error = Error::new(kind, "the deadline was reached while the sync waited")
            .hint("Run it again: it goes on where it stopped.");
        last.say(&error, &error_report(&error));
        end(kind);
    });
}
