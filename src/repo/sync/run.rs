//! What a push sends: everything unpushed, without reverts, without what does not differ from the
//! base, and without anything that was overwritten or discarded since.
//!
//! A segment all of whose records count goes as it is; the rest is merged into one run.

use std::path::PathBuf;

use super::absorb;
use crate::error::Result;
use crate::format::entry::SegmentEntry;
use crate::format::record::Kind;
use crate::store::changes::{ChangeKind, Pairs};
use crate::store::owned::{OwnedRecord, OwnedValue};
use crate::store::segment_writer::{RunWriter, Source, Written};
use crate::store::workspace::Workspace;
use crate::store::{Range, Snapshot, Store};

/// What is to be published.
#[derive(Default)]
pub(super) struct Run {
    /// Unpushed segments that go as they are.
    pub kept: Vec<SegmentEntry>,
    /// New segments; their files are durable, nothing names them yet.
    pub written: Vec<Written>,
    /// What goes to the remote in the place of both, where it takes in listed segments.
    pub merged: Vec<Written>,
    /// So many of the base's newest segments are in `merged`.
    pub absorbed: usize,
    /// Keys that the base has not.
    pub added: u64,
    /// Keys with another value than in the base.
    pub modified: u64,
    /// Keys that only the base has.
    pub deleted: u64,
}

impl Run {
    /// Whether nothing differs from the base.
    pub(super) fn is_empty(&self) -> bool {
        self.added + self.modified + self.deleted == 0
    }

    /// The listing of what goes to the remote.
    pub(super) fn published(&self) -> Vec<SegmentEntry> {
        if self.absorbed == 0 {
            return self.entries();
        }
        self.merged.iter().map(|written| written.entry.clone()).collect()
    }

    /// The listing of all its segments, as the unpushed part here.
    pub(super) fn entries(&self) -> Vec<SegmentEntry> {
        let written = self.written.iter().map(|written| written.entry.clone());
        written.chain(self.kept.iter().cloned()).collect()
    }

    /// What it does to the number of live keys.
    pub(super) fn delta(&self) -> i64 {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        signed(self.added) - signed(self.deleted)
    }
}

/// Works out the run. REQUIRES: a snapshot whose log is empty, so that ranks are segments.
///
/// # Errors
/// Kinds `disk` and `damaged`.
pub(super) fn build(store: &Store, snapshot: &Snapshot, workspace: &Workspace) -> Result<Run> {
    let local = &snapshot.state().local;
    let mut run = Run::default();
    let mut counted = vec![0_u64; local.len()];
    let mut pairs = Pairs::new(snapshot, &Range::default())?;
    while let Some(pair) = pairs.next_pair()? {
        match pair.kind() {
            Some(ChangeKind::Added) => run.added += 1,
            Some(ChangeKind::Modified) => run.modified += 1,
            Some(ChangeKind::Deleted) => run.deleted += 1,
            None => continue,
        }
        if let Some(count) = counted.get_mut(pair.rank) {
            *count += 1;
        }
    }
    let whole: Vec<bool> = local
        .iter()
        .zip(&counted)
        .map(|(entry, count)| entry.reverts == 0 && entry.records() == *count)
        .collect();
    run.kept = local.iter().zip(&whole).filter(|(_, whole)| **whole).map(|x| x.0.clone()).collect();
    let rest: u64 = counted.iter().zip(&whole).filter(|(_, whole)| !**whole).map(|x| x.0).sum();
    // A few small segments are cheaper to merge than to list one by one for ever.
    let small = |entry: &SegmentEntry| entry.bytes < SMALL_BYTES;
    let merge_all = run.kept.iter().all(small) && run.kept.len() + usize::from(rest > 0) > 1;
    if merge_all {
        run.kept.clear();
    }
    if rest > 0 || merge_all {
        let skip = |rank: usize| !merge_all && whole.get(rank).copied().unwrap_or(false);
        run.written = write_rest(store, snapshot, workspace, skip)?;
    }
    if run.kept.iter().all(small) {
        let written = run.written.iter().map(|new| (new.path.clone(), new.entry.clone()));
        let kept = run.kept.iter().map(|old| (store.layout().segment(&old.id), old.clone()));
        let parts: Vec<(PathBuf, SegmentEntry)> = written.chain(kept).collect();
        let bytes = parts.iter().map(|(_, entry)| entry.bytes).sum();
        let listed = snapshot.base().map_or(&[][..], |base| &base.segments);
        run.absorbed = absorb::count(bytes, listed);
        if run.absorbed > 0 {
            run.merged = absorb::merge(store, snapshot, workspace, &parts, run.absorbed)?;
        }
    }
    Ok(run)
}

/// Segments below this size are merged before they are pushed.
const SMALL_BYTES: u64 = 16 << 20;

fn write_rest(
    store: &Store,
    snapshot: &Snapshot,
    workspace: &Workspace,
    skip: impl Fn(usize) -> bool,
) -> Result<Vec<Written>> {
    let mut writer = RunWriter::new(store.env(), workspace);
    let mut pairs = Pairs::new(snapshot, &Range::default())?;
    while let Some(pair) = pairs.next_pair()? {
        if pair.kind().is_some() && !skip(pair.rank) {
            add(&mut writer, &pair.ours)?;
        }
    }
    writer.finish()
}

/// Adds a record that came out of its frame.
fn add(writer: &mut RunWriter<'_>, record: &OwnedRecord) -> Result<()> {
    let source = match &record.value {
        OwnedValue::None => Source::None,
        OwnedValue::Inline(value) => Source::Bytes(value),
        OwnedValue::Placed(segment, place) => Source::Placed(segment, place),
    };
    debug_assert!(record.kind != Kind::Revert, "a revert differs from nothing");
    writer.add(record.kind, &record.key, record.time, 0, record.value_bytes, source)
}
