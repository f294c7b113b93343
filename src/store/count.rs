//! The number of live keys, without walking over them.
//!
//! The base's number stands in its manifest. What the unpushed part adds or takes away is worked
//! out once and remembered in `state.json`, with the segments it takes into account; only newer
//! segments and the log are looked at again.

use crate::error::Result;
use crate::format::record::Kind;
use crate::format::state::CountNote;
use crate::store::cursor::{Cursor, Direction, LogCursor, SegmentCursor};
use crate::store::finder::Finder;
use crate::store::join::Join;
use crate::store::snapshot::Snapshot;

/// The number of live keys, and what to remember of working it out.
pub struct Counted {
    /// Live keys.
    pub live: u64,
    /// The difference that all unpushed segments make, where that was not remembered already.
    pub note: Option<CountNote>,
    /// How many records had to be looked at for the note.
    pub records: u64,
}

impl Snapshot {
    /// Number of live keys. Its cost follows what was written since it was last remembered.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn count(&self) -> Result<u64> {
        Ok(self.counted()?.live)
    }

    /// The same, with what to remember.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn counted(&self) -> Result<Counted> {
        let local = &self.state().local;
        let note = self.state().count.as_ref().filter(|note| {
            let covered = local.iter().rev().take(note.covers.len()).map(|entry| &entry.id);
            note.covers.len() <= local.len() && covered.eq(note.covers.iter().rev())
        });
        let (covered, known) = note.map_or((0, 0), |note| (note.covers.len(), note.delta));
        let newer = local.len() - covered;
        let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
        for index in 0..newer {
            cursors.push(Box::new(SegmentCursor::new(self.segment(index)?)));
        }
        let (segments, records) = self.delta(cursors, newer)?;
        let segments = known.saturating_add(segments);
        let log: Vec<Box<dyn Cursor>> = if self.log().is_empty() {
            Vec::new()
        } else {
            vec![Box::new(LogCursor::new(self.log(), Direction::Forward)?)]
        };
        let (log, _) = self.delta(log, 0)?;
        let live = self.base_live().saturating_add_signed(segments.saturating_add(log));
        let covers = local.iter().map(|entry| entry.id.clone()).collect();
        let note = (newer > 0).then_some(CountNote { covers, delta: segments });
        Ok(Counted { live, note, records })
    }

    /// What some newer sources do to the number of live keys over the segments from `rank` on, and
    /// how many records that took.
    fn delta(&self, newer: Vec<Box<dyn Cursor>>, rank: usize) -> Result<(i64, u64)> {
        let count = newer.len();
        let mut join = Join::new(newer, count, Direction::Forward, None)?;
        let mut below = Finder::from_rank(self, rank);
        let mut base = Finder::in_base(self);
        let (mut delta, mut records) = (0_i64, 0);
        while join.next_key()? {
            let Some(record) = Join::record(join.ours())? else { continue };
            let before = below.is_live(record.key)?;
            let after = match record.kind {
                Kind::Put => true,
                Kind::Tombstone => false,
                Kind::Revert => base.is_live(record.key)?,
            };
            delta += i64::from(after) - i64::from(before);
            records += 1;
        }
        Ok((delta, records))
    }
}
