//! Sync: pull and push until through.
//!
//! Of simultaneous writers one wins each version; the others pull and try again. Waits grow and are
//! random, so that they do not meet again and again; the number of rounds is bounded.

use std::time::Duration;

use super::push::{Parent, Pushed};
use super::session::Session;
use crate::error::{Error, Kind, Result};
use crate::repo::{Progress, PushOptions, Repo, SyncOptions, SyncReport};

/// Rounds before a sync gives up; with random waits many more writers than this get through.
const ROUNDS_MAX: u32 = 60;

/// The longest wait between two rounds.
const WAIT_MAX: Duration = Duration::from_secs(4);

impl Repo {
    /// Pulls and pushes until both are done, one at a time for a repository.
    ///
    /// # Errors
    /// As push and pull; when the deadline or the number of rounds is reached, the last obstacle.
    pub fn sync(&self, options: &SyncOptions, progress: &dyn Progress) -> Result<SyncReport> {
        let clock = &self.store().env().clock;
        let start = clock.now_ms();
        let session = Session::open(self, progress)?;
        let push = PushOptions { message: options.message.clone(), dry_run: false };
        let mut conflicts = Vec::new();
        let mut warnings = Vec::new();
        let mut pulled = SyncReport::default();
        for round in 0.. {
            let obstacle = match session.round(options, &push) {
                Ok((came, Pushed::Done(report))) => {
                    add(&mut pulled, &came);
                    conflicts.extend(came.conflicts);
                    warnings.extend(came.warnings);
                    add(&mut pulled, &report);
                    let SyncReport { added, modified, deleted, .. } = pulled;
                    return Ok(SyncReport {
                        added,
                        modified,
                        deleted,
                        conflicts,
                        warnings,
                        ..report
                    });
                }
                Ok((came, Pushed::Lost)) => {
                    add(&mut pulled, &came);
                    conflicts.extend(came.conflicts);
                    Error::new(Kind::MovedOn, "others keep pushing: nothing was published")
                        .hint("Run it again.")
                }
                Err(error) if error.kind().exit().retryable && options.deadline.is_some() => error,
                Err(error) => return Err(error),
            };
            let wait = self.wait(round)?;
            let spent = Duration::from_millis(clock.now_ms().saturating_sub(start));
            let late = options.deadline.is_some_and(|deadline| spent + wait >= deadline);
            if late || round + 1 >= ROUNDS_MAX {
                return Err(obstacle);
            }
            clock.sleep(wait);
        }
        Err(Error::new(Kind::MovedOn, "others keep pushing: nothing was published"))
    }

    /// A random wait that grows with the rounds.
    fn wait(&self, round: u32) -> Result<Duration> {
        let mut byte = [0];
        let filled = self.store().env().random.fill(&mut byte);
        filled.map_err(|error| Error::disk("get random bytes for", self.dir(), error))?;
        let longest = Duration::from_millis(25 << round.min(10)).min(WAIT_MAX);
        Ok(longest * u32::from(byte[0]) / 255)
    }
}

/// Adds the numbers of keys up. What a remote tells of is no reason to trust that they fit.
fn add(sum: &mut SyncReport, report: &SyncReport) {
    sum.added = sum.added.saturating_add(report.added);
    sum.modified = sum.modified.saturating_add(report.modified);
    sum.deleted = sum.deleted.saturating_add(report.deleted);
}

impl Session<'_> {
    fn round(&self, options: &SyncOptions, push: &PushOptions) -> Result<(SyncReport, Pushed)> {
        self.settle()?;
        let (came, newest) = self.pull(&options.pull)?;
        let pushed = self.push(push, Parent::Known(newest.as_ref()))?;
        Ok((came, pushed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_fit_are_cut() {
        let mut sum = SyncReport { added: 2, deleted: 1, ..SyncReport::default() };
        let more = SyncReport { added: u64::MAX, modified: 3, ..SyncReport::default() };
        add(&mut sum, &more);
        assert_eq!((sum.added, sum.modified, sum.deleted), (u64::MAX, 3, 1));
    }
}
