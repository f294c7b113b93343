//! Giving local space back: one merge of everything unpushed, and removal of what no state names.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::format::state::{self, State};
use crate::store::files::read_small;
use crate::store::{Store, merge, swap, workspace};

/// What compacting did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of logs and segments before.
    pub bytes_before: u64,
    /// Bytes of logs and segments after.
    pub bytes_after: u64,
}

impl Store {
    /// Merges all unpushed parts into one run and removes files that nothing names. Safe to stop at
    /// any moment. A commit under way keeps its segments as they are. A dry run changes nothing and
    /// tells the bytes of files that nothing names as those that would go.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; everything is as it was then.
    pub fn compact(&self, dry_run: bool) -> Result<Compacted> {
        let (env, layout) = (&self.env, &self.layout);
        if dry_run {
            let state = self.state()?;
            let bytes_before = self.data_files()?.iter().map(|(_, bytes)| bytes).sum();
            let rubbish: u64 = self.unnamed(&[&state])?.iter().map(|(_, bytes)| bytes).sum();
            return Ok(Compacted { bytes_before, bytes_after: bytes_before - rubbish });
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
