//! Puts and deletes on their way to become visible together.
//!
//! Invariants: a batch takes no lock and changes nothing before it is committed. It holds at most
//! `MEMORY_BYTES` (and one value) in memory; what is more is sorted and spilled into runs below
//! `tmp/`. Of several operations on one key the last counts.

use std::path::{Path, PathBuf};

use crate::env::{Env, ReadFile};
use crate::error::{Error, Result};
use crate::format::codec::{Reader, narrow, wide};
use crate::format::record::{self, KEY_BYTES_MAX, Kind, Record, VALUE_BYTES_MAX, Value};
use crate::store::arena::Arena;
use crate::store::cursor::{Cursor, Direction};
use crate::store::join::Join;
use crate::store::layout::Layout;
use crate::store::log::LOG_BATCH_BYTES_MAX;
use crate::store::segment::Segment;
use crate::store::segment_writer::{RunWriter, Written};
use crate::store::workspace::Workspace;

/// What a batch holds in memory before it spills.
const MEMORY_BYTES: usize = 160 << 20;

/// So many runs of one level are merged into one of the next.
const RUNS_MERGED: usize = 16;

/// A run is read and written in pieces of this size.
const RUN_BUFFER_BYTES: usize = 1 << 20;

/// Puts and deletes to be made visible together, all or nothing.
pub struct Batch {
    env: Env,
    layout: Layout,
    arena: Arena,
    memory_bytes: usize,
    workspace: Option<Workspace>,
    /// Spilled runs with their levels, oldest first.
    runs: Vec<(u32, PathBuf)>,
    operations: u64,
}

/// A batch made ready outside the lock.
pub(crate) enum Prepared {
    /// Nothing in it.
    Empty,
    /// Small enough for one frame of the log: records in the order they came.
    Frame(Arena),
    /// Sealed segments, in key order, and the folder they are in.
    Segments(Workspace, Vec<Written>),
}

impl Batch {
    pub(crate) fn new(env: &Env, layout: &Layout) -> Self {
        Self {
            env: env.clone(),
            layout: layout.clone(),
            arena: Arena::default(),
            memory_bytes: MEMORY_BYTES,
            workspace: None,
            runs: Vec::new(),
            operations: 0,
        }
    }

    /// Adds a put.
    ///
    /// # Errors
    /// Kind `usage` for a key of 0 or more than 65,535 bytes or a value over 1 GiB; kind `disk`
    /// when a run cannot be spilled.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        check_key(key)?;
        check_value(value)?;
        self.add(Kind::Put, key, value)
    }

    /// Adds a tombstone, whether the key is there or not.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn delete(&mut self, key: &[u8]) -> Result<()> {
        check_key(key)?;
        self.add(Kind::Tombstone, key, &[])
    }

    /// Adds a revert: the key becomes as the base has it.
    pub(crate) fn revert(&mut self, key: &[u8]) -> Result<()> {
        self.add(Kind::Revert, key, &[])
    }

    fn add(&mut self, kind: Kind, key: &[u8], value: &[u8]) -> Result<()> {
        if !self.arena.is_empty() && self.arena.bytes() + value.len() > self.memory_bytes {
            self.spill()?;
        }
        self.arena.push(kind, key, value);
        self.operations += 1;
        Ok(())
    }

    /// Number of operations so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.operations
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    /// Whether it fits into one frame of the log.
    pub(crate) fn is_small(&self) -> bool {
        self.runs.is_empty() && self.arena.record_bytes() <= LOG_BATCH_BYTES_MAX
    }

    fn workspace(&mut self) -> Result<&Workspace> {
        if self.workspace.is_none() {
            self.workspace = Some(Workspace::new(&self.env, &self.layout)?);
        }
        Ok(self.workspace.as_ref().expect("it was just made"))
    }

    fn spill(&mut self) -> Result<()> {
        let path = self.workspace()?.fresh();
        let mut cursor = std::mem::take(&mut self.arena).into_cursor();
        cursor.seek(None)?;
        write_run(&self.env, &path, |buffer| {
            if cursor.key().is_none() {
                return Ok(false);
            }
            cursor.record()?.encode(buffer);
            cursor.advance()?;
            Ok(true)
        })?;
        self.runs.push((0, path));
        self.arena = cursor.into_empty_arena();
        self.merge_runs()
    }

    /// Merges runs of one level into one of the next, so that the number of open runs, and of their
    /// buffers, follows the logarithm of what was written.
    fn merge_runs(&mut self) -> Result<()> {
        while let Some(start) = self.runs.len().checked_sub(RUNS_MERGED) {
            let Some(last) = self.runs.get(start..) else { return Ok(()) };
            let level = last.first().map_or(0, |run| run.0);
            if last.iter().any(|run| run.0 != level) {
                return Ok(());
            }
            let mut join = self.join_runs(last)?;
            let path = self.workspace()?.fresh();
            write_run(&self.env, &path, |buffer| {
                if !join.next_key()? {
                    return Ok(false);
                }
                if let Some(record) = Join::record(join.ours())? {
                    record.encode(buffer);
                }
                Ok(true)
            })?;
            drop(join);
            for (_, merged) in self.runs.split_off(start) {
                let removed = self.env.files.remove_file(&merged);
                removed.map_err(|error| Error::disk("remove", &merged, error))?;
            }
            self.runs.push((level + 1, path));
        }
        Ok(())
    }

    /// A walk over runs, the last of which has the newest operations.
    fn join_runs(&self, runs: &[(u32, PathBuf)]) -> Result<Join> {
        let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
        for (_, path) in runs.iter().rev() {
            cursors.push(Box::new(RunCursor::open(&self.env, path)?));
        }
        let count = cursors.len();
        Join::new(cursors, count, Direction::Forward, None)
    }

    /// Makes the batch ready: what is large becomes segments whose records have this time.
    pub(crate) fn prepare(self, time: u64) -> Result<Prepared> {
        if self.is_empty() {
            return Ok(Prepared::Empty);
        }
        if self.is_small() {
            return Ok(Prepared::Frame(self.arena));
        }
        let (workspace, written) = self.into_segments(time)?;
        Ok(Prepared::Segments(workspace, written))
    }

    /// Writes the batch into segments, whatever its size.
    pub(crate) fn into_segments(mut self, time: u64) -> Result<(Workspace, Vec<Written>)> {
        self.workspace()?;
        let mut join = if self.runs.is_empty() {
            let cursor = std::mem::take(&mut self.arena).into_cursor();
            Join::new(vec![Box::new(cursor)], 1, Direction::Forward, None)?
        } else {
            // With many runs their buffers take the place of the records in memory.
            if !self.arena.is_empty() {
                self.spill()?;
            }
            self.arena = Arena::default();
            self.join_runs(&self.runs)?
        };
        let workspace = self.workspace.take().expect("it was just made");
        let mut writer = RunWriter::new(&self.env, &workspace);
        while join.next_key()? {
            if let Some(record) = Join::record(join.ours())? {
                writer.copy(&record, None, time, 0)?;
            }
        }
        let written = writer.finish()?;
        Ok((workspace, written))
    }
}

/// Checks a key that comes from outside.
///
/// # Errors
/// Kind `usage`.
pub fn check_key(key: &[u8]) -> Result<()> {
    match key.len() {
        0 => Err(Error::usage("a key cannot be empty")),
        1..=KEY_BYTES_MAX => Ok(()),
        bytes => {
            let shown = crate::text::escape::escape(key.get(..32).unwrap_or(key)).into_owned();
            let message = format!("the key {shown}... has {bytes} bytes; the limit is 65,535");
            Err(Error::usage(message))
        }
    }
}

/// Checks a value that comes from outside.
///
/// # Errors
/// Kind `usage`.
pub fn check_value(value: &[u8]) -> Result<()> {
    if wide(value.len()) <= VALUE_BYTES_MAX {
        return Ok(());
    }
    let bytes = value.len();
    Err(Error::usage(format!("the value has {bytes} bytes; the limit is 1 GiB (1,073,741,824)")))
}

/// Writes the records of a cursor one after the other. Not durable: a run dies with its process.
fn write_run(
    env: &Env,
    path: &Path,
    mut next: impl FnMut(&mut Vec<u8>) -> Result<bool>,
) -> Result<()> {
    let disk = |error| Error::disk("write", path, error);
    let mut file = env.files.create_new(path).map_err(disk)?;
    let (mut buffer, mut written) = (Vec::with_capacity(RUN_BUFFER_BYTES), 0);
    while next(&mut buffer)? {
        if buffer.len() >= RUN_BUFFER_BYTES {
            file.write_all_at(&buffer, written).map_err(disk)?;
            written += wide(buffer.len());
            buffer.clear();
        }
    }
    file.write_all_at(&buffer, written).map_err(disk)
}

/// Reads a run once, forwards.
struct RunCursor {
    file: Box<dyn ReadFile>,
    path: PathBuf,
    bytes: u64,
    /// Offset in the file of the end of `buffer`.
    read: u64,
    buffer: Vec<u8>,
    /// The current record, as a range of `buffer`; empty at the end.
    at: usize,
    end: usize,
}

impl RunCursor {
    fn open(env: &Env, path: &Path) -> Result<Self> {
        let disk = |error| Error::disk("read", path, error);
        let file = env.files.open(path).map_err(disk)?;
        let bytes = file.bytes().map_err(disk)?;
        let path = path.to_owned();
        Ok(Self { file, path, bytes, read: 0, buffer: Vec::new(), at: 0, end: 0 })
    }

    /// Bytes of the record at `end`, as far as it is in the buffer.
    fn measure(&self) -> Option<usize> {
        let mut reader = Reader::new(self.buffer.get(self.end..)?);
        record::decode(&mut reader).ok()?;
        Some(reader.offset())
    }

    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.end);
        (self.at, self.end) = (0, 0);
        let kept = self.buffer.len();
        // A record larger than the buffer doubles it until it fits.
        let more = narrow(self.bytes - self.read).min(RUN_BUFFER_BYTES.max(kept));
        self.buffer.resize(kept + more, 0);
        let room = self.buffer.get_mut(kept..).unwrap_or_default();
        let got = self.file.read_exact_at(room, self.read);
        got.map_err(|error| Error::disk("read", &self.path, error))?;
        self.read += wide(more);
        Ok(())
    }
}

impl Cursor for RunCursor {
    fn key(&self) -> Option<&[u8]> {
        (self.end > self.at).then(|| self.record().ok().map(|record| record.key))?
    }

    fn record(&self) -> Result<Record<'_>> {
        record::decode(&mut Reader::new(self.buffer.get(self.at..self.end).unwrap_or_default()))
            .map_err(|error| Error::damaged(self.path.display(), error))
    }

    fn seek(&mut self, _start: Option<&[u8]>) -> Result<()> {
        self.advance()
    }

    fn advance(&mut self) -> Result<()> {
        loop {
            if let Some(bytes) = self.measure() {
                self.at = self.end;
                self.end += bytes;
                return Ok(());
            }
            if self.read >= self.bytes {
                let whole = self.end == self.buffer.len();
                self.at = self.end;
                let what = "a run ends in the middle of a record";
                return if whole { Ok(()) } else { Err(Error::damaged(self.path.display(), what)) };
            }
            self.fill()?;
        }
    }

    fn segment(&self) -> Option<&std::sync::Arc<Segment>> {
        None
    }
}

/// A record of an arena or run, which has no time yet.
pub(crate) fn timeless<'a>(kind: Kind, key: &'a [u8], value: &'a [u8]) -> Record<'a> {
    let value_bytes = wide(value.len());
    let value = if kind == Kind::Put { Value::Inline(value) } else { Value::None };
    Record { kind, key, time: 0, version: 0, value_bytes, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing;

    #[test]
    fn runs_and_memory_merge_with_the_last_operation_on_top() {
        let (env, layout, _folder) = testing::empty_repository();
        let mut batch = Batch::new(&env, &layout);
        batch.memory_bytes = 4_000;
        for round in 0..3_u32 {
            for n in (0..500_u32).rev() {
                batch.put(format!("{n:04}").as_bytes(), &(n + round).to_le_bytes()).unwrap();
            }
        }
        batch.delete(b"0007").unwrap();
        batch.put(b"big", &vec![7; 3 << 20]).unwrap();
        assert!(batch.runs.iter().any(|run| run.0 > 0));
        let Prepared::Segments(workspace, written) = batch.prepare(9).unwrap() else {
            panic!("a batch with runs makes segments");
        };
        let [only] = &written[..] else { panic!("one segment is enough") };
        assert_eq!((only.entry.puts, only.entry.tombstones), (500, 1));
        assert_eq!(only.entry.first, b"0000");
        let file = env.files.open(&only.path).unwrap();
        let segment = Segment::from_file(file, only.path.clone(), &only.entry).unwrap();
        let segment = std::sync::Arc::new(segment);
        let find = |key: &[u8]| segment.get(key, crate::format::filter::hash_of(key)).unwrap();
        assert_eq!(find(b"0007").unwrap().kind, Kind::Tombstone);
        assert_eq!(find(b"0499").unwrap().read_value().unwrap(), 501_u32.to_le_bytes());
        assert_eq!(find(b"big").unwrap().read_value().unwrap(), vec![7; 3 << 20]);
        assert!(find(b"0500").is_none());
        drop(workspace);
        assert!(env.files.list_dir(&layout.tmp()).unwrap().is_empty());
    }
}
