//! What a pull brings: the keys that differ between the old base and the new one.
//!
//! Only segments that the old base has not are walked over, so the cost follows what is new.

use std::collections::HashSet;

use crate::error::Result;
use crate::format::record::Kind;
use crate::repo::SyncReport;
use crate::store::Snapshot;
use crate::store::cursor::Direction;
use crate::store::cursor::{Cursor, SegmentCursor};
use crate::store::finder::Finder;
use crate::store::join::Join;

/// Counts keys that are new, changed and gone in `next` against the base of `old`.
///
/// # Errors
/// Kinds `disk` and `damaged`.
pub(super) fn count(old: &Snapshot, next: &Snapshot) -> Result<SyncReport> {
    let mut report = SyncReport::default();
    let Some(manifest) = next.base() else { return Ok(report) };
    if old.base().is_none() {
        report.added = manifest.live;
        return Ok(report);
    }
    let known: HashSet<&str> =
        old.base().iter().flat_map(|base| &base.segments).map(|entry| entry.id.as_str()).collect();
    let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
    for (index, entry) in manifest.segments.iter().enumerate() {
        if !known.contains(entry.id.as_str()) {
            cursors.push(Box::new(SegmentCursor::new(next.segment(index)?)));
        }
    }
    let locals = cursors.len();
    let mut join = Join::new(cursors, locals, Direction::Forward, None)?;
    let (mut before, mut after) = (Finder::in_base(old), Finder::in_base(next));
    while join.next_key()? {
        let key = join.key();
        let live = |found: Option<crate::store::owned::OwnedRecord>| {
            found.filter(|record| record.kind == Kind::Put)
        };
        match (live(before.find(key)?), live(after.find(key)?)) {
            (None, Some(_)) => report.added += 1,
            (Some(_), None) => report.deleted += 1,
            (Some(before), Some(after)) if !before.same_state(&after) => report.modified += 1,
            _ => {}
        }
    }
    Ok(report)
}
