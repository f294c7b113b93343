//! Giving local space back: one merge of everything unpushed, and removal of what no state names.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::format::codec::wide;
use crate::format::frame;
use crate::format::record::{Record, Value};
use crate::format::state::{self, State};
use crate::store::cursor::Direction;
use crate::store::files::read_small;
use crate::store::join::Join;
use crate::store::snapshot::Snapshot;
use crate::store::{Store, merge, swap, workspace};

/// What a record takes beside key and value.
const RECORD_BYTES: u64 = 16;

/// What compacting did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of logs and segments before.
    pub bytes_before: u64,
    /// Bytes of logs and segments after; in a dry run an estimate.
    pub bytes_after: u64,
}

/// About what a record takes of a file.
fn weight(record: &Record<'_>) -> u64 {
    let value = match &record.value {
        Value::None => 0,
        Value::Inline(value) => wide(value.len()),
        Value::Placed(place) => place.stored_bytes(),
    };
    value.saturating_add(wide(record.key.len())).saturating_add(RECORD_BYTES)
}

fn narrowed(bytes: u128) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Store {
    /// Merges all unpushed parts into one run and removes files that nothing names. Safe to stop at
    /// any moment. A commit under way keeps its segments as they are. A dry run changes nothing:
    /// it reads all unpushed records, and tells what would stay if compression goes on as it went.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; everything is as it was then.
    pub fn compact(&self, dry_run: bool) -> Result<Compacted> {
        let (env, layout) = (&self.env, &self.layout);
        if dry_run {
            let state = self.state()?;
            let bytes_before = self.data_files()?.iter().map(|(_, bytes)| bytes).sum();
            let rubbish: u64 = self.unnamed(&[&state])?.iter().map(|(_, bytes)| bytes).sum();
            let gain = rubbish.saturating_add(self.merge_gain(state)?);
            return Ok(Compacted { bytes_before, bytes_after: bytes_before.saturating_sub(gain) });
        }
        let _sync = self.sync_lock()?;
        let bytes_before = self.data_files()?.iter().map(|(_, bytes)| bytes).sum();
        let mut writer = self.writer()?;
        writer.seal()?;
        let state = writer.state().clone();
        // Writers go on while segments are merged: their seals come on top of what is merged here,
        // and their own merges need the sync lock.
        drop(writer);
        if state.pending.is_none() && !state.local.is_empty() {
            let workspace = workspace::Workspace::new(env, layout)?;
            let count = state.local.len();
            let written = merge::merge(env, layout, &workspace, &state, 0..count)?;
            let mut writer = self.writer()?;
            let newer = writer.state().local.len() - count;
            merge::replace(&mut writer, newer..newer + count, written)?;
            // A second swap lets go of the state that still names the inputs.
            writer.update(|_| {})?;
        }
        workspace::clean(env, layout)?;
        let writer = self.writer()?;
        self.remove_unnamed(writer.state())?;
        let bytes_after = self.data_files()?.iter().map(|(_, bytes)| bytes).sum();
        Ok(Compacted { bytes_before, bytes_after })
    }

    /// About how many bytes a merge of everything unpushed would save.
    fn merge_gain(&self, state: State) -> Result<u64> {
        if state.pending.is_some() {
            return Ok(0);
        }
        let snapshot = Snapshot::of(&self.env, &self.layout, state)?;
        let state = snapshot.state();
        let (mut sealed, mut kept) = (0_u64, 0_u64);
        let log_cursors = usize::from(!snapshot.log().is_empty());
        let cursors = snapshot.local_cursors(b"", None, Direction::Forward)?;
        for mut cursor in cursors.into_iter().skip(log_cursors) {
            cursor.seek(None)?;
            while cursor.key().is_some() {
                sealed = sealed.saturating_add(weight(&cursor.record()?));
                cursor.advance()?;
            }
        }
        let cursors = snapshot.local_cursors(b"", None, Direction::Forward)?;
        let count = cursors.len();
        let mut join = Join::new(cursors, count, Direction::Forward, None)?;
        while join.next_key()? {
            if let Some(ours) = join.ours() {
                let record = ours.record()?;
                if merge::keeps(record.kind, true, state) {
                    kept = kept.saturating_add(weight(&record));
                }
            }
        }
        let segments = state.local.iter().map(|entry| entry.bytes).sum::<u64>();
        // A log is not compressed; what comes out of it will be as the segments are.
        let stays = match sealed {
            0 => kept,
            _ => narrowed(u128::from(kept) * u128::from(segments) / u128::from(sealed)),
        };
        let log = snapshot.log().end().saturating_sub(wide(frame::HEADER_BYTES));
        Ok(segments.saturating_add(log).saturating_sub(stays))
    }

    /// Logs and segments, whoever names them, with their sizes.
    fn data_files(&self) -> Result<Vec<(PathBuf, u64)>> {
        let mut found = Vec::new();
        for folder in [self.layout.logs(), self.layout.segments()] {
            let entries = self.env.files.list_dir(&folder);
            for entry in entries.map_err(|error| Error::disk("read", &folder, error))? {
                found.push((folder.join(&entry.name), entry.bytes));
            }
        }
        Ok(found)
    }

    fn unnamed(&self, states: &[&State]) -> Result<Vec<(PathBuf, u64)>> {
        let mut names = HashSet::new();
        for state in states {
            names.extend(swap::named(&self.env, &self.layout, state)?);
        }
        let mut found = self.data_files()?;
        found.retain(|(path, _)| !names.contains(path));
        Ok(found)
    }

    /// REQUIRES: both locks.
    fn remove_unnamed(&self, state: &State) -> Result<()> {
        let old = read_small(&self.env, &self.layout.state_old(), state::BYTES_MAX)?;
        let old = old.and_then(|bytes| State::decode(&bytes, "state.old.json").ok());
        let states: Vec<&State> = std::iter::once(state).chain(old.as_ref()).collect();
        for (path, _) in self.unnamed(&states)? {
            let removed = self.env.files.remove_file(&path);
            removed.map_err(|error| Error::disk("remove", &path, error))?;
        }
        Ok(())
    }
}
