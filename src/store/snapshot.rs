//! Snapshots: views of the store that never change and never wait.
//!
//! A reader reads `state.json` once, then the log and the listing of the base, and opens what it
//! names. It keeps that view whatever writers do. Where a file is gone because two swaps went by
//! in between, it starts again from the new state.

use std::sync::{Arc, OnceLock};

use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::entry::SegmentEntry;
use crate::format::filter;
use crate::format::manifest::{self, Manifest, Version};
use crate::format::record::Kind;
use crate::format::state::{self, State};
use crate::store::cursor::{Cursor, Direction, LogCursor, SegmentCursor};
use crate::store::entry::Entry;
use crate::store::files::read_small;
use crate::store::layout::Layout;
use crate::store::log::LogView;
use crate::store::owned::OwnedRecord;
use crate::store::scan::{Range, Scan};
use crate::store::segment::Segment;

/// How often a view is begun anew because a file it names is gone.
const ATTEMPTS: usize = 20;

/// A view of the store, fixed when it was taken. Cheap to clone; threads can share it.
#[derive(Clone)]
pub struct Snapshot {
    inner: Arc<Inner>,
}

struct Inner {
    env: Env,
    layout: Layout,
    state: State,
    base: Option<Manifest>,
    log: LogView,
    /// Unpushed segments, then those of the base; each newest first.
    segments: Vec<OnceLock<Arc<Segment>>>,
}

/// A part of the view that is gone.
enum Taken {
    Whole(Snapshot),
    Gone(String),
}

/// Reads `state.json`.
///
/// # Errors
/// Kinds `damaged`, `usage` (newer format), `disk`.
pub fn read_state(env: &Env, layout: &Layout) -> Result<State> {
    let path = layout.state();
    match read_small(env, &path, state::BYTES_MAX)? {
        Some(bytes) => State::decode(&bytes, &path.display().to_string()),
        None => Err(Error::damaged(path.display(), "it is missing")),
    }
}

/// Reads the manifest of the base, held against its hash.
///
/// # Errors
/// Kinds `damaged` and `disk`. `Ok(None)` for a repository that never synced.
pub fn read_base(env: &Env, layout: &Layout, state: &State) -> Result<Option<Manifest>> {
    let Some(base) = &state.base else { return Ok(None) };
    let path = layout.manifest(base.version);
    let place = path.display().to_string();
    let bytes = read_small(env, &path, manifest::BYTES_MAX)?
        .ok_or_else(|| Error::damaged(&place, "the base's manifest is missing"))?;
    if manifest::hash_of(&bytes) != base.hash {
        return Err(Error::damaged(&place, "it does not match the hash in state.json"));
    }
    match manifest::decode(&bytes, base.version, &place)? {
        Version::Live(manifest) => Ok(Some(manifest)),
        Version::Retired(_) => Err(Error::damaged(&place, "the base is a tombstone")),
    }
}

impl Snapshot {
    /// Takes a view. Segments are opened when first asked for, or all at once.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn take(env: &Env, layout: &Layout, open_all: bool) -> Result<Self> {
        let mut last = (0, String::new());
        for _ in 0..ATTEMPTS {
            let state = read_state(env, layout)?;
            let generation = state.generation;
            match Self::of_state(env, layout, state, open_all)? {
                Taken::Whole(snapshot) => return Ok(snapshot),
                // Gone while the state that names it still stands: not compaction, but loss.
                Taken::Gone(path) if (generation, &path) == (last.0, &last.1) => {
                    return Err(Error::damaged(path, "it is missing"));
                }
                Taken::Gone(path) => last = (generation, path),
            }
        }
        Err(Error::damaged(last.1, "it is missing"))
    }

    /// A view of a state that is not, or not yet, that of the store.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn of(env: &Env, layout: &Layout, state: State) -> Result<Self> {
        match Self::of_state(env, layout, state, true)? {
            Taken::Whole(snapshot) => Ok(snapshot),
            Taken::Gone(path) => Err(Error::damaged(path, "it is missing")),
        }
    }

    fn of_state(env: &Env, layout: &Layout, state: State, open_all: bool) -> Result<Taken> {
        let base = read_base(env, layout, &state)?;
        let log_path = layout.log(&state.log);
        let Some(log) = LogView::read(env, &log_path, &state.log)? else {
            return Ok(Taken::Gone(log_path.display().to_string()));
        };
        let count = state.local.len() + base.as_ref().map_or(0, |base| base.segments.len());
        let segments = (0..count).map(|_| OnceLock::new()).collect();
        let (env, layout) = (env.clone(), layout.clone());
        let snapshot = Self { inner: Arc::new(Inner { env, layout, state, base, log, segments }) };
        if open_all {
            for index in 0..count {
                if snapshot.open(index)?.is_none() {
                    let entry = snapshot.entry_at(index).map(|entry| entry.id.clone());
                    let path = snapshot.inner.layout.segment(&entry.unwrap_or_default());
                    return Ok(Taken::Gone(path.display().to_string()));
                }
            }
        }
        Ok(Taken::Whole(snapshot))
    }

    /// The state it was taken from.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.inner.state
    }

    /// The base's manifest.
    #[must_use]
    pub fn base(&self) -> Option<&Manifest> {
        self.inner.base.as_ref()
    }

    /// The log as it was.
    #[must_use]
    pub fn log(&self) -> &LogView {
        &self.inner.log
    }

    /// Live keys of the base.
    #[must_use]
    pub fn base_live(&self) -> u64 {
        self.inner.base.as_ref().map_or(0, |base| base.live)
    }

    /// Number of unpushed segments.
    #[must_use]
    pub fn locals(&self) -> usize {
        self.inner.state.local.len()
    }

    /// The listing of a segment: unpushed ones first, then the base's.
    #[must_use]
    pub fn entry_at(&self, index: usize) -> Option<&SegmentEntry> {
        let local = &self.inner.state.local;
        local.get(index).or_else(|| self.inner.base.as_ref()?.segments.get(index - local.len()))
    }

    fn open(&self, index: usize) -> Result<Option<Arc<Segment>>> {
        let (Some(cell), Some(entry)) = (self.inner.segments.get(index), self.entry_at(index))
        else {
            return Ok(None);
        };
        if let Some(segment) = cell.get() {
            return Ok(Some(Arc::clone(segment)));
        }
        let opened = Segment::open(&self.inner.env, &self.inner.layout, entry)?;
        Ok(opened.map(|segment| Arc::clone(cell.get_or_init(|| segment))))
    }

    /// Opens a segment by its place in the listing.
    ///
    /// # Errors
    /// Kind `damaged` where it is gone or does not match its id; kind `disk`.
    pub fn segment(&self, index: usize) -> Result<Arc<Segment>> {
        self.open(index)?.ok_or_else(|| {
            let id = self.entry_at(index).map(|entry| entry.id.clone()).unwrap_or_default();
            Error::damaged(self.inner.layout.segment(&id).display(), "it is missing")
        })
    }

    /// The live record of a key.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn get(&self, key: &[u8]) -> Result<Option<Entry>> {
        let found = self.find(key)?;
        Ok(found.filter(|record| record.kind == Kind::Put).map(Entry::new))
    }

    /// The record that decides a key, tombstones included: the newest unpushed one unless that is
    /// a revert, else the base's.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn find(&self, key: &[u8]) -> Result<Option<OwnedRecord>> {
        match self.find_unpushed(key)? {
            Some(record) if record.kind != Kind::Revert => Ok(Some(record)),
            _ => self.find_in_base(key),
        }
    }

    /// The newest unpushed record of a key.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn find_unpushed(&self, key: &[u8]) -> Result<Option<OwnedRecord>> {
        if let Some(record) = self.inner.log.find(key)? {
            return Ok(Some(OwnedRecord::new(&record, None)));
        }
        self.find_between(0, self.locals(), key)
    }

    /// The newest record of a key in the base.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn find_in_base(&self, key: &[u8]) -> Result<Option<OwnedRecord>> {
        self.find_between(self.locals(), self.inner.segments.len(), key)
    }

    fn find_between(&self, from: usize, to: usize, key: &[u8]) -> Result<Option<OwnedRecord>> {
        let hash = filter::hash_of(key);
        for index in from..to {
            if self.entry_at(index).is_some_and(|entry| entry.covers(key))
                && let Some(record) = self.segment(index)?.get(key, hash)?
            {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Live keys of a range, in order.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn scan(&self, range: &Range) -> Result<Scan> {
        Scan::new(self, range)
    }

    /// Cursors over the unpushed parts that can hold keys of a range, newest first.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn local_cursors(
        &self,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
    ) -> Result<Vec<Box<dyn Cursor>>> {
        let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
        if !self.inner.log.is_empty() {
            cursors.push(Box::new(LogCursor::new(&self.inner.log, direction)?));
        }
        self.segment_cursors(0, self.locals(), start, end, direction, &mut cursors)?;
        Ok(cursors)
    }

    /// Cursors over the base's segments that can hold keys of a range, newest first.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn base_cursors(
        &self,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
    ) -> Result<Vec<Box<dyn Cursor>>> {
        let (from, to) = (self.locals(), self.inner.segments.len());
        let mut cursors = Vec::new();
        self.segment_cursors(from, to, start, end, direction, &mut cursors)?;
        Ok(cursors)
    }

    fn segment_cursors(
        &self,
        from: usize,
        to: usize,
        start: &[u8],
        end: Option<&[u8]>,
        direction: Direction,
        cursors: &mut Vec<Box<dyn Cursor>>,
    ) -> Result<()> {
        for index in from..to {
            if self.entry_at(index).is_some_and(|entry| entry.touches(start, end)) {
                let segment = self.segment(index)?;
                cursors.push(Box::new(SegmentCursor::with_direction(segment, direction)));
            }
        }
        Ok(())
    }

    /// An upper bound of the number of unpushed records.
    #[must_use]
    pub fn unpushed_records_max(&self) -> u64 {
        // The smallest record with its frame takes more than 32 bytes of the log.
        let log = self.inner.log.end() / 32;
        self.inner.state.local.iter().map(SegmentEntry::records).fold(log, u64::saturating_add)
    }
}
