//! Merging unpushed segments by size, so that their number stays small.
//!
//! Four neighbours of one size class become one of the next. What a single put may have to merge
//! is bounded (`PUT_MERGE_BYTES`); larger merges belong to import, push and compact. Merging keeps
//! tombstones over a base, and reverts unless nothing lies below that they could undo.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::env::Env;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::format::entry::SegmentEntry;
use crate::format::record::Kind;
use crate::format::state::{CountNote, State};
use crate::store::cursor::{Cursor, Direction, SegmentCursor};
use crate::store::join::Join;
use crate::store::layout::Layout;
use crate::store::segment::Segment;
use crate::store::segment_writer::{RunWriter, Written};
use crate::store::swap::Change;
use crate::store::workspace::Workspace;
use crate::store::writer::{Writer, acquire};

/// A put merges segments of at most this size together.
const PUT_MERGE_BYTES: u64 = 8 << 20;

/// Neighbours of one class that are merged.
const FAN_IN: usize = 4;

/// After a seal: merges small neighbours, unless somebody syncs.
///
/// # Errors
/// Kinds `disk` and `damaged`; everything is as it was then.
pub fn after_seal(writer: &mut Writer) -> Result<()> {
    while let Some(range) = group(&writer.state().local) {
        let lock = acquire(&writer.env, &writer.layout.sync_lock(), Duration::ZERO);
        let _lock = match lock {
            Ok(lock) if writer.state().pending.is_none() => lock,
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Locked => return Ok(()),
            Err(error) => return Err(error),
        };
        let workspace = Workspace::new(&writer.env, &writer.layout)?;
        let (env, layout) = (writer.env.clone(), writer.layout.clone());
        let written = merge(&env, &layout, &workspace, writer.state(), range.clone())?;
        replace(writer, range, written)?;
    }
    Ok(())
}

/// The size class of a segment: each is four times as large as the one before.
fn class(entry: &SegmentEntry) -> u32 {
    (entry.bytes >> 18).max(1).ilog(4)
}

/// Neighbours that a put is to merge: the newest `FAN_IN` of one class, or below it.
fn group(local: &[SegmentEntry]) -> Option<Range<usize>> {
    let mut start = 0;
    while start < local.len() {
        let first = local.get(start)?;
        let alike = local.iter().skip(start).take_while(|entry| class(entry) <= class(first));
        let mut bytes = 0_u64;
        // Of neighbours that have gathered, as many as a put may merge.
        let fitting = alike.take_while(|entry| {
            bytes = bytes.saturating_add(entry.bytes);
            bytes <= PUT_MERGE_BYTES
        });
        let count = fitting.count();
        if count >= FAN_IN {
            return Some(start..start + count);
        }
        start += count.max(1);
    }
    None
}

/// Merges neighbours into new segments. Their files are durable; nothing names them yet.
///
/// # Errors
/// Kinds `disk` and `damaged`.
pub fn merge(
    env: &Env,
    layout: &Layout,
    workspace: &Workspace,
    state: &State,
    range: Range<usize>,
) -> Result<Vec<Written>> {
    let oldest = range.end == state.local.len();
    let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
    for entry in state.local.get(range).unwrap_or_default() {
        let segment = Segment::open(env, layout, entry)?
            .ok_or_else(|| Error::damaged(layout.segment(&entry.id).display(), "it is missing"))?;
        cursors.push(Box::new(SegmentCursor::new(segment)));
    }
    let count = cursors.len();
    let mut join = Join::new(cursors, count, Direction::Forward, None)?;
    let mut writer = RunWriter::new(env, workspace);
    while join.next_key()? {
        let Some(ours) = join.ours() else { continue };
        let record = ours.record()?;
        if keeps(record.kind, oldest, state) {
            let segment = ours.segment().map(Arc::as_ref);
            writer.copy(&record, segment, record.time, record.version)?;
        }
    }
    writer.finish()
}

/// Whether a merge keeps a record that nothing newer hides. `oldest`: nothing unpushed lies below.
pub(crate) fn keeps(kind: Kind, oldest: bool, state: &State) -> bool {
    match kind {
        Kind::Put => true,
        Kind::Tombstone => !oldest || state.base.is_some(),
        Kind::Revert => !oldest,
    }
}

/// Puts merged segments in the place of their inputs. REQUIRES: the inputs still stand at `range`.
///
/// # Errors
/// Kind `disk`.
pub fn replace(writer: &mut Writer, range: Range<usize>, moves: Vec<Written>) -> Result<()> {
    let mut state = writer.state().clone();
    let merged: Vec<SegmentEntry> = moves.iter().map(|written| written.entry.clone()).collect();
    state.count = state.count.take().and_then(|note| carry(&note, &state, &range, &merged));
    state.local.splice(range, merged);
    writer.swap(Change { state, moves, new_log: false })
}

/// A count note after a merge: it stays if it covers all inputs or none.
fn carry(
    note: &CountNote,
    state: &State,
    range: &Range<usize>,
    merged: &[SegmentEntry],
) -> Option<CountNote> {
    let first_covered = state.local.len().checked_sub(note.covers.len())?;
    if range.end <= first_covered {
        return Some(note.clone());
    }
    if range.start < first_covered {
        return None;
    }
    let mut covers = note.covers.clone();
    let ids = merged.iter().map(|entry| entry.id.clone());
    covers.splice(range.start - first_covered..range.end - first_covered, ids);
    Some(CountNote { covers, delta: note.delta })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(bytes: u64) -> SegmentEntry {
        SegmentEntry {
            id: String::new(),
            slot: 0,
            version: 0,
            bytes,
            root: 0,
            puts: 0,
            tombstones: 0,
            reverts: 0,
            first: Vec::new(),
            last: Vec::new(),
            replaces: Vec::new(),
        }
    }

    #[test]
    fn what_has_gathered_while_nobody_merged_is_merged() {
        let mut local: Vec<SegmentEntry> = (0..100).map(|_| sized(584 << 10)).collect();
        while let Some(range) = group(&local) {
            let bytes: u64 = local[range.clone()].iter().map(|entry| entry.bytes).sum();
            local.splice(range, [sized(bytes)]);
        }
        assert!(local.len() < 100 / FAN_IN, "{}", local.len());
    }

    #[test]
    fn sizes_grow_by_steps_and_stop_at_the_bound() {
        let mut local: Vec<SegmentEntry> = Vec::new();
        let mut merged_bytes = 0;
        for _ in 0..2_000 {
            local.insert(0, sized(500 << 10));
            while let Some(range) = group(&local) {
                let bytes: u64 = local[range.clone()].iter().map(|entry| entry.bytes).sum();
                assert!(bytes <= PUT_MERGE_BYTES);
                merged_bytes += bytes;
                local.splice(range, [sized(bytes)]);
            }
        }
        let bytes: u64 = 2_000 * (500 << 10);
        assert!(local.len() as u64 <= bytes / (2 << 20) / 2, "{}", local.len());
        assert!(merged_bytes <= bytes * 4);
    }
}
