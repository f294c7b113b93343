//! The append log: the only file of a repository that grows (FORMAT 3).
//!
//! Invariants:
//!
//! * A frame is acknowledged only after the file was synced.
//! * A reader sees the frames up to the first that does not verify. If a whole frame stands behind
//!   that, the log is damaged; else the rest is a torn tail, which the next writer cuts.
//! * The log stays small (`LOG_BYTES_MAX` and one batch), so it is read whole.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::{Env, ReadFile};
use crate::error::{Error, Result};
use crate::format::codec::{Reader, narrow, unhex16, wide};
use crate::format::frame::{self, LogId, Tail};
use crate::format::record::{self, Kind, Record};

/// A log is sealed before the next append when it has reached this size.
pub const LOG_BYTES_MAX: u64 = 512 << 10;

/// A log that cannot be sealed because the disk is full is appended to up to this size.
pub const LOG_BYTES_FULL_DISK: u64 = 4 << 20;

/// A batch whose records take more than this goes into segments, not into the log.
pub const LOG_BATCH_BYTES_MAX: usize = 256 << 10;

/// The largest file that is read as a log.
const FILE_BYTES_MAX: u64 = 1 << 32;

/// How often a log is read again because a writer cut its torn tail meanwhile.
const ATTEMPTS: usize = 10;

/// The frames of a log, as they were at one moment.
#[derive(Clone)]
pub struct LogView {
    bytes: Arc<Vec<u8>>,
    end: usize,
    torn: bool,
    path: PathBuf,
}

impl LogView {
    /// Reads a log whole.
    ///
    /// # Errors
    /// `Ok(None)` where the file is gone; kind `damaged` as told above; kind `disk`.
    pub fn read(env: &Env, path: &Path, id: &str) -> Result<Option<Self>> {
        let id = unhex16(id).ok_or_else(|| Error::damaged(path.display(), "its id is none"))?;
        let file = match env.files.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::disk("open", path, error)),
        };
        let bytes = read_whole(&*file).map_err(|error| Error::disk("read", path, error))?;
        let Some(bytes) = bytes else {
            return Err(Error::damaged(path.display(), "it is larger than any log"));
        };
        let scanned = frame::scan(&bytes, &id)
            .map_err(|error| Error::damaged(path.display(), &error).because(error))?;
        match scanned {
            (end, Tail::Damaged(next)) => {
                let what = format!("no valid frame at byte {end}, but one at byte {next}");
                Err(Error::damaged(path.display(), what))
            }
            (end, tail) => {
                let (bytes, path) = (Arc::new(bytes), path.to_owned());
                Ok(Some(Self { bytes, end, torn: tail == Tail::Torn, path }))
            }
        }
    }

    /// Where the last frame ends.
    #[must_use]
    pub fn end(&self) -> u64 {
        wide(self.end)
    }

    /// Whether there is anything behind the last frame.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// Whether it holds no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end <= frame::HEADER_BYTES
    }

    /// Calls `visit` with each record in order, and with its place.
    fn each<'a>(&'a self, mut visit: impl FnMut(usize, Record<'a>)) -> Result<()> {
        let mut at = frame::HEADER_BYTES;
        while at < self.end {
            let start = at + frame::FRAME_HEADER_BYTES;
            let length = Reader::new(self.bytes.get(at..).unwrap_or_default()).u32();
            let end = start + narrow(u64::from(length.map_err(|error| self.broken(&error))?));
            let payload = self.bytes.get(start..end).unwrap_or_default();
            let mut reader = Reader::new(payload);
            while reader.left() > 0 {
                let place = start + reader.offset();
                let record = record::decode(&mut reader).map_err(|error| self.broken(&error))?;
                if matches!(record.value, record::Value::Placed(_)) {
                    return Err(self.broken(&reader.error("a value outside the log")));
                }
                visit(place, record);
            }
            at = end;
        }
        Ok(())
    }

    fn broken(&self, error: &crate::format::codec::FormatError) -> Error {
        Error::damaged(self.path.display(), error)
    }

    /// The newest record of a key.
    ///
    /// # Errors
    /// Kind `damaged` when a frame that verifies holds no records.
    pub fn find(&self, key: &[u8]) -> Result<Option<Record<'_>>> {
        let mut found = None;
        self.each(|_, record| {
            if record.key == key {
                found = Some(record);
            }
        })?;
        Ok(found)
    }

    /// The places of the newest record of each key, in key order.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn sorted(&self) -> Result<Vec<usize>> {
        let mut all: Vec<(&[u8], usize)> = Vec::new();
        self.each(|place, record| all.push((record.key, place)))?;
        // Of one key the last place comes first, and stays.
        all.sort_unstable_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)));
        all.dedup_by(|later, kept| later.0 == kept.0);
        Ok(all.into_iter().map(|(_, place)| place).collect())
    }

    /// The record at a place that [`sorted`](Self::sorted) gave.
    ///
    /// # Errors
    /// Kind `damaged`; not for places that it gave.
    pub fn record_at(&self, place: usize) -> Result<Record<'_>> {
        let mut reader = Reader::new(self.bytes.get(place..).unwrap_or_default());
        record::decode(&mut reader).map_err(|error| self.broken(&error))
    }

    /// The highest time in the log; 0 for an empty one.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn newest_time(&self) -> Result<u64> {
        let mut newest = 0;
        self.each(|_, record| newest = newest.max(record.time))?;
        Ok(newest)
    }
}

/// The file's bytes; `None` if they are too many.
fn read_whole(file: &dyn ReadFile) -> io::Result<Option<Vec<u8>>> {
    let mut attempt = 1;
    loop {
        let length = file.bytes()?;
        if length > FILE_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; narrow(length)];
        match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => return Ok(Some(bytes)),
            // It was cut between the two calls.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && attempt < ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Creates an empty log. Durable, with its name, when this returns.
///
/// # Errors
/// Kind `disk`.
pub fn create(env: &Env, path: &Path, folder: &Path, id: &LogId) -> Result<()> {
    let disk = |error| Error::disk("create", path, error);
    let mut file = env.files.create_new(path).map_err(disk)?;
    file.write_all_at(&frame::header(id), 0).map_err(disk)?;
    file.sync().map_err(disk)?;
    env.files.sync_dir(folder).map_err(|error| Error::disk("sync", folder, error))
}

/// What the owner of the writer lock leaves to the next one: whether an append was under way, and
/// where the log ended. It is never synced: it tells about killed processes. After a power loss
/// the disk itself is the truth, and a note that contradicts it is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// How the last append ended.
    pub mark: Mark,
    /// The log.
    pub log: LogId,
    /// Its end.
    pub end: u64,
    /// The highest time in it.
    pub time: u64,
}

/// How the last append ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was synced.
    Clean = 1,
    /// It was under way: the next writer syncs before it acknowledges anything.
    Appending = 2,
    /// Its sync failed: what the page cache shows may not be on the disk. The log is sealed, and
    /// never appended to again.
    SyncFailed = 3,
}

/// Size of a note.
pub const NOTE_BYTES: usize = 37;

impl Note {
    /// The note's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(NOTE_BYTES);
        out.push(self.mark as u8);
        out.extend_from_slice(&self.log);
        out.extend_from_slice(&self.end.to_le_bytes());
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// Reads a note; `None` where there is none, or one that was cut off.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mark = match reader.u8().ok()? {
            1 => Mark::Clean,
            2 => Mark::Appending,
            3 => Mark::SyncFailed,
            _ => return None,
        };
        let log = reader.check().ok()?;
        let (end, time) = (reader.u64().ok()?, reader.u64().ok()?);
        let covered = bytes.get(..reader.offset())?;
        (reader.u32().ok()? == crc32c::crc32c(covered)).then_some(Self { mark, log, end, time })
    }
}

/// Makes the payload of a frame out of records.
pub fn encode_record(out: &mut Vec<u8>, kind: Kind, key: &[u8], time: u64, value: &[u8]) {
    let value_bytes = wide(value.len());
    let value = match kind {
        Kind::Put => record::Value::Inline(value),
        Kind::Tombstone | Kind::Revert => record::Value::None,
    };
    Record { kind, key, time, version: 0, value_bytes, value }.encode(out);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A file of 3 bytes that tells of more, so many times.
    struct Cut(AtomicU64);

    impl ReadFile for Cut {
        fn bytes(&self) -> io::Result<u64> {
            let left = self.0.load(Ordering::Relaxed);
            self.0.store(left.saturating_sub(1), Ordering::Relaxed);
            Ok(if left > 0 { 10 } else { 3 })
        }

        fn read_exact_at(&self, buffer: &mut [u8], _: u64) -> io::Result<()> {
            if buffer.len() > 3 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            buffer.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_tail_that_is_cut_meanwhile_is_read_again() {
        assert_eq!(read_whole(&Cut(AtomicU64::new(2))).unwrap(), Some(vec![7; 3]));
        let error = read_whole(&Cut(AtomicU64::new(u64::MAX))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
