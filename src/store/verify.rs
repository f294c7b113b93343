//! Reading a segment whole and checking the whole chain: after a download, and for fsck.

use std::path::Path;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::codec::Reader;
use crate::format::entry::{SegmentEntry, bound_of};
use crate::format::filter;
use crate::format::record::{self, Kind, Record, Value};
use crate::format::segment::{FrameEntry, MAGIC};
use crate::store::segment::{Segment, read_at};

/// Checks every index page, filter, frame, record and value of a segment's file against its
/// listing: everything by which a look-up could go wrong.
///
/// # Errors
/// Kind `damaged`, naming file and offset; kind `disk`.
pub fn verify(env: &Env, path: &Path, entry: &SegmentEntry) -> Result<()> {
    let disk = |error| Error::disk("read", path, error);
    let file = env.files.open(path).map_err(disk)?;
    let mut magic = [0; MAGIC.len()];
    read_at(&*file, path, &mut magic, 0)?;
    if &magic != MAGIC {
        return Err(Error::damaged(path.display(), "it does not begin as a segment does"));
    }
    let segment = Segment::from_file(file, path.to_owned(), entry)?;
    let mut walk = Walk { path, segment: &segment, counts: [0; 3], first: None, last: Vec::new() };
    for (index, page) in segment.root().pages.iter().enumerate() {
        let bits = segment.filter(index)?;
        let frames = segment.page(page)?;
        if frames.first().map(|frame| &frame.first) != Some(&page.first) {
            return Err(walk.wrong(format!("page {index} begins with another key than listed")));
        }
        for frame in &frames {
            walk.frame(frame, &bits)?;
        }
    }
    walk.finish(entry)
}

/// A walk over all records of a segment.
struct Walk<'a> {
    path: &'a Path,
    segment: &'a Segment,
    /// Puts, tombstones, reverts.
    counts: [u64; 3],
    first: Option<Vec<u8>>,
    last: Vec<u8>,
}

impl Walk<'_> {
    fn wrong(&self, what: String) -> Error {
        Error::damaged(self.path.display(), what)
    }

    fn frame(&mut self, frame: &FrameEntry, bits: &[u8]) -> Result<()> {
        let at = frame.offset;
        if self.first.is_some() && frame.first <= self.last {
            return Err(self.wrong(format!("the frame at byte {at} is listed too low")));
        }
        let raw = self.segment.frame(frame)?;
        let mut reader = Reader::new(&raw);
        let mut records = 0;
        while reader.left() > 0 {
            let record = record::decode(&mut reader)
                .map_err(|error| self.wrong(format!("{error} of the frame at byte {at}")))?;
            let low = records == 0 && record.key < frame.first.as_slice();
            if low || (self.first.is_some() && record.key <= self.last.as_slice()) {
                return Err(self.wrong(format!("keys are out of order in the frame at byte {at}")));
            }
            if !filter::may_hold(bits, filter::hash_of(record.key)) {
                return Err(self.wrong(format!("the filter misses a key of the frame at {at}")));
            }
            self.record(&record)?;
            records += 1;
        }
        if records == frame.records {
            return Ok(());
        }
        Err(self.wrong(format!("the frame at byte {at} has {records} records")))
    }

    fn record(&mut self, record: &Record<'_>) -> Result<()> {
        self.first.get_or_insert_with(|| record.key.to_vec());
        self.last.clear();
        self.last.extend_from_slice(record.key);
        let [puts, tombstones, reverts] = &mut self.counts;
        match record.kind {
            Kind::Put => *puts += 1,
            Kind::Tombstone => *tombstones += 1,
            Kind::Revert => *reverts += 1,
        }
        let Value::Placed(place) = &record.value else { return Ok(()) };
        let mut check = ValueCheck::default();
        self.segment.write_value(place, &mut check)?;
        if check.finish() == (place.value_check, record.value_bytes) {
            return Ok(());
        }
        Err(self.wrong(format!("the value at byte {} is another", place.offset)))
    }

    fn finish(self, entry: &SegmentEntry) -> Result<()> {
        let root = self.segment.root();
        let counts = [root.puts, root.tombstones, root.reverts] == self.counts
            && [entry.puts, entry.tombstones, entry.reverts] == self.counts;
        let first = self.first.as_deref().unwrap_or_default();
        let bounds = entry.first == bound_of(first) && entry.last == bound_of(&self.last);
        if counts && bounds && root.last == self.last {
            return Ok(());
        }
        Err(self.wrong("its counts or bounds are not those of its records".to_owned()))
    }
}

#[derive(Default)]
struct ValueCheck {
    hasher: blake3::Hasher,
    bytes: u64,
}

impl ValueCheck {
    fn finish(&self) -> (crate::format::codec::Check, u64) {
        let mut check = [0; 16];
        check.copy_from_slice(self.hasher.finalize().as_bytes().split_at(16).0);
        (check, self.bytes)
    }
}

impl std::io::Write for ValueCheck {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
