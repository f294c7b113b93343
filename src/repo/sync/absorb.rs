//! Small segments at the end of the remote's list are taken into what a push brings, so that a
//! remote that is fed every minute stays at a logarithmic number of segments.
//!
//! Sizes fall into classes, each four times as large as the one below. Where what is pushed and
//! the newest listed segments make four of one class, they become one. So a record is sent again
//! about once for each class that the database grows by. What is absorbed keeps its version, which
//! is written out in each record; tombstones stay.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::format::entry::SegmentEntry;
use crate::store::Snapshot;
use crate::store::Store;
use crate::store::cursor::{Cursor, Direction, SegmentCursor};
use crate::store::join::Join;
use crate::store::segment::Segment;
use crate::store::segment_writer::{RunWriter, Written};
use crate::store::workspace::Workspace;

/// Segments of one class that become one, the pushed one included.
const FAN_IN: usize = 4;

/// The smallest class: up to this size.
const CLASS_BYTES: u64 = 512;

/// Nothing larger is sent again.
const ABSORBED_BYTES_MAX: u64 = 64 << 20;

fn class(bytes: u64) -> u32 {
    (bytes / CLASS_BYTES).max(1).ilog(4)
}

/// How many of the listed segments, newest first, a run of `bytes` takes in.
pub(super) fn count(bytes: u64, listed: &[SegmentEntry]) -> usize {
    let (mut taken, mut bytes) = (0, bytes);
    loop {
        let rest = listed.iter().skip(taken);
        let alike = rest.take_while(|entry| class(entry.bytes) <= class(bytes)).count();
        let more: u64 = listed.iter().skip(taken).take(alike).map(|entry| entry.bytes).sum();
        if alike + 1 < FAN_IN || bytes.saturating_add(more) > ABSORBED_BYTES_MAX {
            return taken;
        }
        taken += alike;
        bytes = bytes.saturating_add(more);
    }
}

/// Merges a run, given by its files and listings, with the `count` newest segments of the base.
///
/// # Errors
/// Kinds `disk` and `damaged`.
pub(super) fn merge(
    store: &Store,
    snapshot: &Snapshot,
    workspace: &Workspace,
    run: &[(PathBuf, SegmentEntry)],
    count: usize,
) -> Result<Vec<Written>> {
    let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
    for (path, entry) in run {
        let segment = Segment::at(store.env(), path.clone(), entry)?;
        cursors.push(Box::new(SegmentCursor::new(Arc::new(segment))));
    }
    for index in snapshot.locals()..snapshot.locals() + count {
        cursors.push(Box::new(SegmentCursor::new(snapshot.segment(index)?)));
    }
    let all = cursors.len();
    let mut join = Join::new(cursors, all, Direction::Forward, None)?;
    let mut writer = RunWriter::new(store.env(), workspace);
    while join.next_key()? {
        let Some(newest) = join.ours() else { continue };
        let record = newest.record()?;
        let segment = newest.segment().map(Arc::as_ref);
        // What is pushed has no version yet: it gets that of the segment, as the rest does not.
        let version = segment.map_or(0, |segment| segment.version_of(record.version));
        writer.copy(&record, segment, record.time, version)?;
    }
    writer.finish()
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
    fn a_push_a_minute_for_months_stays_at_few_segments() {
        const PUSHES: u64 = 200_000;
        const BYTES: u64 = 600;
        let (mut listed, mut sent, mut most) = (Vec::new(), 0, 0);
        for _ in 0..PUSHES {
            let taken = count(BYTES, &listed);
            let bytes = listed.drain(..taken).map(|entry: SegmentEntry| entry.bytes).sum::<u64>();
            sent += bytes + BYTES;
            listed.insert(0, sized(bytes + BYTES));
            most = most.max(listed.len());
        }
        assert!(most < 40, "{most} segments");
        assert!(sent < PUSHES * BYTES * 12, "{} times", sent / (PUSHES * BYTES));
    }

    #[test]
    fn what_is_large_is_left_alone() {
        assert_eq!(count(1_000, &[sized(100 << 20)]), 0);
        assert_eq!(count(30 << 20, &[sized(20 << 20), sized(20 << 20), sized(20 << 20)]), 0);
    }
}
