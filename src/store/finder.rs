//! Many look-ups in rising key order: each segment keeps the page, filter and frame it used last.

use crate::error::Result;
use crate::format::filter;
use crate::format::record::Kind;
use crate::store::cursor::SegmentCursor;
use crate::store::owned::OwnedRecord;
use crate::store::snapshot::Snapshot;

/// Look-ups in the segments of a snapshot from a rank on; the log is above all ranks.
pub struct Finder {
    snapshot: Snapshot,
    from: usize,
    cursors: Vec<Option<SegmentCursor>>,
}

impl Finder {
    /// Looks below the unpushed part: in the base.
    #[must_use]
    pub fn in_base(snapshot: &Snapshot) -> Self {
        Self::from_rank(snapshot, snapshot.locals())
    }

    /// Looks in the segments from `rank` on: unpushed ones first, then those of the base.
    #[must_use]
    pub fn from_rank(snapshot: &Snapshot, rank: usize) -> Self {
        Self { snapshot: snapshot.clone(), from: rank, cursors: Vec::new() }
    }

    /// The record that decides the key, tombstones included.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn find(&mut self, key: &[u8]) -> Result<Option<OwnedRecord>> {
        let hash = filter::hash_of(key);
        let mut rank = self.from;
        while let Some(entry) = self.snapshot.entry_at(rank) {
            if entry.covers(key)
                && let Some(record) = self.find_at(rank, key, hash)?
            {
                if record.kind != Kind::Revert {
                    return Ok(Some(record));
                }
                rank = self.snapshot.locals();
                continue;
            }
            rank += 1;
        }
        Ok(None)
    }

    /// Whether the key is live there.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn is_live(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.find(key)?.is_some_and(|record| record.kind == Kind::Put))
    }

    fn find_at(&mut self, rank: usize, key: &[u8], hash: u64) -> Result<Option<OwnedRecord>> {
        if self.cursors.len() <= rank {
            self.cursors.resize_with(rank + 1, || None);
        }
        let Some(cell) = self.cursors.get_mut(rank) else { return Ok(None) };
        let cursor = match cell {
            Some(cursor) => cursor,
            None => cell.insert(SegmentCursor::new(self.snapshot.segment(rank)?)),
        };
        if cursor.may_hold(key, hash)? { cursor.find(key) } else { Ok(None) }
    }
}
