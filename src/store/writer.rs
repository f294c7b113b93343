//! The writer: whoever holds the lock of the repository.
//!
//! Invariants:
//!
//! * A put is one write and one sync of the log, nothing else on the way.
//! * Everything else changes the store by a swap (`swap.rs`), from the state read under the lock.
//! * Before a writer acknowledges anything it makes durable what a killed one may have left in the
//!   page cache only: the log, and the names that lead to it. A log whose sync has failed, or may
//!   have, is sealed, never appended to: the page cache may show what the disk has not.

use std::time::Duration;

use crate::env::{Env, Lock, WriteFile};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::format::codec::{unhex16, wide};
use crate::format::entry::SegmentEntry;
use crate::format::frame;
use crate::format::state::{CountNote, State};
use crate::store::arena::Arena;
use crate::store::batch::{Batch, Prepared};
use crate::store::cursor::{Cursor, Direction, LogCursor};
use crate::store::files::sync_dir;
use crate::store::layout::Layout;
use crate::store::log::{LOG_BYTES_FULL_DISK, LOG_BYTES_MAX, LogView, Mark, Note};
use crate::store::merge;
use crate::store::segment_writer::{RunWriter, Written};
use crate::store::snapshot::{Snapshot, read_state};
use crate::store::swap::{self, Change};
use crate::store::workspace::Workspace;

/// The owner of the writer lock.
pub struct Writer {
    pub(crate) env: Env,
    pub(crate) layout: Layout,
    lock: Box<dyn Lock>,
    state: State,
    /// The log as it is: its end, and the highest time in it.
    note: Note,
    log: Box<dyn WriteFile>,
    /// The log's last sync failed, or may have.
    seal_first: bool,
    /// A swap failed, so the state on disk may be the old one or the new one.
    unsure: bool,
}

/// Takes a lock, asking again until the time-out.
///
/// # Errors
/// Kind `locked` after the time-out; kind `disk` when the lock file cannot be opened or locked.
pub fn acquire(env: &Env, path: &std::path::Path, timeout: Duration) -> Result<Box<dyn Lock>> {
    // The sum of the waits, not the clock: that may be set back meanwhile.
    let mut waited = Duration::ZERO;
    let mut wait = Duration::from_millis(1);
    loop {
        match env.files.try_lock(path) {
            Ok(Some(lock)) => return Ok(lock),
            Ok(None) => {}
            Err(error) => return Err(Error::disk("lock", path, error)),
        }
        if waited >= timeout {
            let seconds = timeout.as_secs_f64();
            let message = format!("{} is held by another process", path.display());
            return Err(Error::new(ErrorKind::Locked, message)
                .hint(format!("Waited {seconds} s; see --lock-timeout.")));
        }
        let next = wait.min(timeout.saturating_sub(waited));
        env.clock.sleep(next);
        waited += next;
        wait = (wait * 2).min(Duration::from_millis(20));
    }
}

impl Writer {
    /// Takes the lock and reads the state.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`, `usage` (newer format).
    pub fn open(env: &Env, layout: &Layout, timeout: Duration) -> Result<Self> {
        let mut lock = acquire(env, &layout.lock(), timeout)?;
        let state = read_state(env, layout)?;
        let path = layout.log(&state.log);
        let mut log = env.files.open_write(&path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                return Error::damaged(path.display(), "it is missing").because(error);
            }
            Error::disk("open", &path, error)
        })?;
        let disk = |error| Error::disk("read", &path, error);
        let left = lock.read_note().map_err(|error| Error::disk("read", layout.lock(), error))?;
        let left = Note::decode(&left).filter(|note| unhex16(&state.log) == Some(note.log));
        let bytes = log.bytes().map_err(disk)?;
        let trusted = left.filter(|note| note.mark == Mark::Clean && note.end == bytes);
        let note = match trusted {
            Some(note) => note,
            None => recover(env, layout, &state, &mut *log)?,
        };
        // Frames that no note vouches for were written by somebody whose sync may have failed,
        // note and all; a later sync that succeeds would say nothing about them.
        let vouched = left.map_or(wide(frame::HEADER_BYTES), |note| note.end);
        let has_failed = left.is_some_and(|note| note.mark == Mark::SyncFailed);
        let seal_first = trusted.is_none() && (has_failed || note.end > vouched);
        let (env, layout) = (env.clone(), layout.clone());
        Ok(Self { env, layout, lock, state, note, log, seal_first, unsure: false })
    }

    /// The state as it is.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// A view of the store as it is under the lock.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::take(&self.env, &self.layout, false)
    }

    /// The time for what is written next: the wall clock, but never at or below anything that was
    /// written or pulled here.
    #[must_use]
    pub fn next_time(&self) -> u64 {
        let seen = self.state.clock.max(self.note.time);
        wall_time(&self.env).max(seen.saturating_add(1))
    }

    /// Makes a batch visible. Durable when this returns.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`; nothing of the batch is visible then.
    pub fn commit(&mut self, batch: Batch) -> Result<()> {
        let time = self.next_time();
        let prepared = batch.prepare(time)?;
        self.commit_prepared(prepared, time)
    }

    /// The same for a batch that was made ready with records of this time.
    pub(crate) fn commit_prepared(&mut self, prepared: Prepared, time: u64) -> Result<()> {
        match prepared {
            Prepared::Empty => Ok(()),
            Prepared::Frame(arena) => self.append(&arena),
            Prepared::Segments(workspace, written) => {
                merge::after_seal(self)?;
                self.lay(&workspace, written, |state| state.clock = state.clock.max(time))
            }
        }
    }

    /// Appends one frame. Durable when this returns.
    fn append(&mut self, records: &Arena) -> Result<()> {
        self.check_sure()?;
        if self.seal_first || self.note.end >= LOG_BYTES_MAX {
            match self.seal().and_then(|()| merge::after_seal(self)) {
                // A disk with room for this frame but not for a segment: deletes must get through.
                Err(error) if self.may_go_on(&error) => {}
                result => result?,
            }
        }
        let time = self.next_time();
        let mut payload = Vec::with_capacity(records.record_bytes());
        for record in records.records() {
            let mut record = record?;
            record.time = time;
            record.encode(&mut payload);
        }
        let mut bytes = Vec::with_capacity(payload.len() + frame::FRAME_HEADER_BYTES);
        frame::encode(&self.note.log, self.note.end, &payload, &mut bytes);
        self.leave(Mark::Appending)?;
        let path = self.layout.log(&self.state.log);
        if let Err(error) = self.log.write_all_at(&bytes, self.note.end) {
            // What was written of it is a torn tail. Cutting it is a courtesy to readers; the next
            // writer does it in any case.
            drop(self.log.set_bytes(self.note.end));
            return Err(Error::disk("append to", path, error));
        }
        if let Err(error) = self.log.sync() {
            self.seal_first = true;
            // What is not acknowledged is better not seen; what stays of it is sealed.
            drop(self.log.set_bytes(self.note.end));
            // Without the note the next writer finds a frame that no note vouches for.
            drop(self.leave(Mark::SyncFailed));
            return Err(Error::disk("sync", path, error));
        }
        self.note.end += wide(bytes.len());
        self.note.time = time;
        // The put is durable. Without the note the next writer reads the log, nothing worse.
        drop(self.leave(Mark::Clean));
        Ok(())
    }

    /// Whether an append may go on although the log could not be sealed: the disk is full, and
    /// the log is as it was, and sound.
    fn may_go_on(&self, error: &Error) -> bool {
        let is_full = std::error::Error::source(error)
            .and_then(|source| source.downcast_ref::<std::io::Error>())
            .is_some_and(|source| source.kind() == std::io::ErrorKind::StorageFull);
        is_full && !self.seal_first && !self.unsure && self.note.end < LOG_BYTES_FULL_DISK
    }

    fn leave(&mut self, mark: Mark) -> Result<()> {
        self.note.mark = mark;
        let note = self.note.encode();
        self.lock.write_note(&note).map_err(|error| Error::disk("write", self.layout.lock(), error))
    }

    /// Turns the log's content into a segment and begins a new log.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`; everything is as it was then.
    pub fn seal(&mut self) -> Result<()> {
        if self.is_log_empty() && !self.seal_first {
            return Ok(());
        }
        let workspace = Workspace::new(&self.env, &self.layout)?;
        self.lay(&workspace, Vec::new(), |_| {})
    }

    fn is_log_empty(&self) -> bool {
        self.note.end <= wide(frame::HEADER_BYTES)
    }

    /// Lays segments on top of everything, in one swap that also seals the log, and changes the
    /// rest of the state as asked. Durable when this returns.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`; everything is as it was then.
    pub(crate) fn lay(
        &mut self,
        workspace: &Workspace,
        written: Vec<Written>,
        adjust: impl FnOnce(&mut State),
    ) -> Result<()> {
        let first = self.state.local.is_empty() && self.is_log_empty() && self.state.base.is_none();
        let mut state = self.state.clone();
        let mut moves = written;
        let mut local: Vec<SegmentEntry> =
            moves.iter().map(|written| written.entry.clone()).collect();
        if first {
            let covers = local.iter().map(|entry| entry.id.clone()).collect();
            let live = local.iter().map(|entry| entry.puts).sum::<u64>();
            state.count = Some(CountNote { covers, delta: i64::try_from(live).unwrap_or(0) });
        }
        let new_log = !self.is_log_empty() || self.seal_first;
        if new_log {
            let sealed = self.seal_into(workspace)?;
            local.extend(sealed.iter().map(|written| written.entry.clone()));
            moves.extend(sealed);
        }
        state.local.splice(0..0, local);
        state.clock = self.next_time();
        adjust(&mut state);
        self.swap(Change { state, moves, new_log })
    }

    /// Writes the newest record of each key of the log into segments.
    fn seal_into(&self, workspace: &Workspace) -> Result<Vec<Written>> {
        let path = self.layout.log(&self.state.log);
        let view = LogView::read(&self.env, &path, &self.state.log)?
            .ok_or_else(|| Error::damaged(path.display(), "it is missing"))?;
        let mut cursor = LogCursor::new(&view, Direction::Forward)?;
        cursor.seek(None)?;
        let mut writer = RunWriter::new(&self.env, workspace);
        while cursor.key().is_some() {
            let record = cursor.record()?;
            writer.copy(&record, None, record.time, record.version)?;
            cursor.advance()?;
        }
        writer.finish()
    }

    /// Puts a new state in the place of the one read under the lock. Durable when this returns.
    ///
    /// # Errors
    /// Kind `disk`. The old state is still there, or the new one is; both are whole.
    pub(crate) fn swap(&mut self, change: Change) -> Result<()> {
        self.check_sure()?;
        self.unsure = true;
        let new_log = change.new_log;
        let state = swap::swap(&self.env, &self.layout, &self.state, change)?;
        if new_log {
            let path = self.layout.log(&state.log);
            self.log = self
                .env
                .files
                .open_write(&path)
                .map_err(|error| Error::disk("open", &path, error))?;
            let log = unhex16(&state.log).unwrap_or_default();
            let end = wide(frame::HEADER_BYTES);
            self.note = Note { mark: Mark::Clean, log, end, time: self.note.time };
            self.seal_first = false;
            // Without the note the next writer reads the log and syncs, nothing worse.
            drop(self.leave(Mark::Clean));
        }
        self.state = state;
        self.unsure = false;
        Ok(())
    }

    /// After a failed swap the log that is open here may be one that no state names.
    fn check_sure(&self) -> Result<()> {
        if !self.unsure {
            return Ok(());
        }
        let state = self.layout.state();
        let message = format!("cannot tell whether {} was replaced", state.display());
        Err(Error::new(ErrorKind::Disk, message).hint("Open the repository again."))
    }

    /// Changes the state alone.
    ///
    /// # Errors
    /// As [`swap`](Self::swap).
    pub fn update(&mut self, adjust: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = self.state.clone();
        adjust(&mut state);
        self.swap(Change { state, moves: Vec::new(), new_log: false })
    }

    /// Forgets everything unpushed, and changes the rest of the state as asked.
    ///
    /// # Errors
    /// As [`swap`](Self::swap).
    pub fn drop_unpushed(&mut self, adjust: impl FnOnce(&mut State)) -> Result<()> {
        let mut state = self.state.clone();
        state.local.clear();
        state.count = None;
        state.clock = self.next_time();
        adjust(&mut state);
        self.swap(Change { state, moves: Vec::new(), new_log: true })
    }
}

/// Hybrid logical time of the wall clock: milliseconds times 65,536.
#[must_use]
pub fn wall_time(env: &Env) -> u64 {
    env.clock.now_ms().saturating_mul(1 << 16)
}

/// Finds the log's end where no note tells it, and makes durable whatever a killed writer left.
fn recover(env: &Env, layout: &Layout, state: &State, log: &mut dyn WriteFile) -> Result<Note> {
    let path = layout.log(&state.log);
    let view = LogView::read(env, &path, &state.log)?
        .ok_or_else(|| Error::damaged(path.display(), "it is missing"))?;
    if view.is_torn() {
        log.set_bytes(view.end()).map_err(|error| Error::disk("cut", &path, error))?;
    }
    log.sync().map_err(|error| Error::disk("sync", &path, error))?;
    sync_dir(env, &layout.logs())?;
    sync_dir(env, layout.root())?;
    let log = unhex16(&state.log).unwrap_or_default();
    Ok(Note { mark: Mark::Clean, log, end: view.end(), time: view.newest_time()? })
}
