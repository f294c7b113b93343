//! The local store: a log, sealed segments, and a state that names them.
//!
//! A put is a frame in the log; a full log is sealed into a segment; whatever else changes goes
//! through a swap of `state.json`. Readers take snapshots and never wait. Nothing here knows of a
//! remote; a base is a manifest and its segments, however they came.

mod arena;
pub mod batch;
pub mod changes;
pub mod check;
pub mod count;
pub mod cursor;
pub mod entry;
pub mod files;
pub mod finder;
pub mod join;
pub mod layout;
pub mod log;
pub mod merge;
#[cfg(test)]
mod model_test;
pub mod owned;
pub mod scan;
pub mod segment;
pub mod segment_writer;
pub mod snapshot;
pub mod space;
pub mod swap;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod workspace;
pub mod writer;

use std::path::Path;
use std::time::Duration;

pub use batch::Batch;
pub use changes::{Change, ChangeKind, Changes};
pub use entry::{Entry, State};
pub use scan::{Range, Scan};
pub use snapshot::Snapshot;

use crate::env::{Env, Lock};
use crate::error::{Error, Kind, Result};
use crate::format::REPOSITORY_FORMAT;
use crate::format::codec::{unhex16, wide};
use crate::format::state::State as StateFile;
use crate::format::{frame, record};
use layout::Layout;
use writer::Writer;

/// A count that looked at more records than this is worth remembering.
const COUNT_RECORDS_NOTED: u64 = 10_000;

/// The store of one repository.
#[derive(Clone)]
pub struct Store {
    env: Env,
    layout: Layout,
    lock_timeout: Duration,
}

impl Store {
    /// The store in `dir/.kvs`. Reads nothing.
    #[must_use]
    pub fn new(env: &Env, dir: &Path, lock_timeout: Duration) -> Self {
        Self { env: env.clone(), layout: Layout::new(dir), lock_timeout }
    }

    /// Makes the store in `dir/.kvs`; `false` if there is one already. Durable when it returns.
    ///
    /// # Errors
    /// Kinds `disk` and `locked`; kind `damaged` where a repository has lost its state.
    pub fn create(&self) -> Result<bool> {
        let (env, layout) = (&self.env, &self.layout);
        if env.files.metadata(&layout.state()).is_ok() {
            return Ok(false);
        }
        for path in [layout.logs(), layout.segments(), layout.manifests(), layout.tmp()] {
            env.files.create_dir_all(&path).map_err(|error| Error::disk("create", &path, error))?;
        }
        let _lock = writer::acquire(env, &layout.lock(), self.lock_timeout)?;
        if env.files.metadata(&layout.state()).is_ok() {
            return Ok(false);
        }
        // A new state would make rubbish of whatever the lost one named.
        if self.has_lost_its_state()? {
            return Err(Error::damaged(layout.state().display(), "it is missing"));
        }
        let name = |error| Error::disk("name", layout.root(), error);
        let (database, log) = (env.nonce().map_err(name)?, env.nonce().map_err(name)?);
        let id = unhex16(&log).unwrap_or_default();
        log::create(env, &layout.log(&log), &layout.logs(), &id)?;
        let state = StateFile {
            format: REPOSITORY_FORMAT,
            generation: 1,
            database,
            log,
            clock: 0,
            local: Vec::new(),
            base: None,
            known: None,
            pending: None,
            count: None,
            synced_ms: None,
        };
        swap::create(env, layout, &state)?;
        if let Some(dir) = layout.root().parent() {
            files::sync_dir(env, dir)?;
        }
        Ok(true)
    }

    /// Whether there is anything that only a repository with a state can have.
    fn has_lost_its_state(&self) -> Result<bool> {
        let (env, layout) = (&self.env, &self.layout);
        if env.files.metadata(&layout.state_old()).is_ok() {
            return Ok(true);
        }
        let is_empty = wide(frame::HEADER_BYTES);
        for (folder, bytes) in
            [(layout.logs(), is_empty), (layout.segments(), 0), (layout.manifests(), 0)]
        {
            let found = env.files.list_dir(&folder);
            let found = found.map_err(|error| Error::disk("read", &folder, error))?;
            if found.iter().any(|entry| entry.bytes > bytes) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The outside world.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The names of its files.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Reads the state.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn state(&self) -> Result<StateFile> {
        snapshot::read_state(&self.env, &self.layout)
    }

    /// A view of the store with all that it names open.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.settled(|_| Snapshot::take(&self.env, &self.layout, true))
    }

    /// The live record of one key; opens only what may hold it.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn get(&self, key: &[u8]) -> Result<Option<Entry>> {
        self.settled(|open_all| Snapshot::take(&self.env, &self.layout, open_all)?.get(key))
    }

    /// Reads; what meets damage reads once more under the lock, with everything open, before it
    /// says so: a writer may have been at work, or two swaps gone by.
    fn settled<T>(&self, read: impl Fn(bool) -> Result<T>) -> Result<T> {
        match read(false) {
            Err(error) if error.kind() == Kind::Damaged => {
                let lock = writer::acquire(&self.env, &self.layout.lock(), self.lock_timeout);
                // A folder that cannot be written has no writers to wait for.
                let _lock = lock.ok();
                read(true)
            }
            result => result,
        }
    }

    /// The number of live keys; remembers it where working it out was long.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn count(&self) -> Result<u64> {
        let snapshot = self.snapshot()?;
        let counted = snapshot.counted()?;
        if counted.records > COUNT_RECORDS_NOTED && counted.note.is_some() {
            // Only a convenience for the next count: a writer at work or a folder that cannot be
            // written is no reason to fail.
            if let Ok(mut writer) = Writer::open(&self.env, &self.layout, Duration::ZERO)
                && writer.state().local == snapshot.state().local
                && writer.state().base == snapshot.state().base
            {
                drop(writer.update(|state| state.count = counted.note));
            }
        }
        Ok(counted.live)
    }

    /// Takes the writer lock.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`, `usage` (newer format).
    pub fn writer(&self) -> Result<Writer> {
        Writer::open(&self.env, &self.layout, self.lock_timeout)
    }

    /// Takes the lock of push, pull, discard and compact.
    ///
    /// # Errors
    /// Kinds `locked` and `disk`.
    pub fn sync_lock(&self) -> Result<Box<dyn Lock>> {
        writer::acquire(&self.env, &self.layout.sync_lock(), self.lock_timeout)
    }

    /// An empty batch.
    #[must_use]
    pub fn batch(&self) -> Batch {
        Batch::new(&self.env, &self.layout)
    }

    /// Stores one pair. A value too large for the log goes straight into a segment: beside the
    /// caller's there is never a second copy of it in memory. Durable when this returns.
    ///
    /// # Errors
    /// Kinds `usage` (limits), `locked`, `disk`, `damaged`; nothing is visible then.
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        if value.len() <= log::LOG_BATCH_BYTES_MAX {
            let mut batch = self.batch();
            batch.put(key, value)?;
            return self.commit(batch);
        }
        batch::check_key(key)?;
        batch::check_value(value)?;
        let time = self.writer()?.next_time();
        let workspace = workspace::Workspace::new(&self.env, &self.layout)?;
        let mut segments = segment_writer::RunWriter::new(&self.env, &workspace);
        let source = segment_writer::Source::Bytes(value);
        segments.add(record::Kind::Put, key, time, 0, wide(value.len()), source)?;
        let written = segments.finish()?;
        let prepared = batch::Prepared::Segments(workspace, written);
        self.writer()?.commit_prepared(prepared, time)
    }

    /// Makes a batch visible, all or nothing. Large batches are written before the lock is taken.
    /// Durable when this returns.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; nothing of the batch is visible then.
    pub fn commit(&self, batch: Batch) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        if batch.is_small() {
            return self.writer()?.commit(batch);
        }
        // The lock is let go of at once, but only under it is the newest time of the log known.
        let time = self.writer()?.next_time();
        let prepared = batch.prepare(time)?;
        self.writer()?.commit_prepared(prepared, time)
    }
}
