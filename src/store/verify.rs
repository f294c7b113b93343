//! Reading a segment whole and checking the whole chain: after a download, and for fsck.

use std::path::Path;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::codec::Reader;
use crate::format::entry::{SegmentEntry, bound_of};
use crate::format::filter;
use crate::format::record::{self, Kind, Value};
use crate::store::segment::Segment;

/// Checks every index page, filter, frame, record and value of a segment's file against its
/// listing.
///
/// # Errors
/// Kind `damaged`, naming file and offset; kind `disk`.
pub fn verify(env: &Env, path: &Path, entry: &SegmentEntry) -> Result<()> {
    let file = env.files.open(path).map_err(|error| Error::disk("open", path, error))?;
    let segment = Segment::from_file(file, path.to_owned(), entry)?;
    let wrong = |what: String| Error::damaged(path.display(), what);
    let (mut puts, mut tombstones, mut reverts) = (0, 0, 0);
    let (mut first, mut last): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for (index, page) in segment.root().pages.iter().enumerate() {
        let bits = segment.filter(index)?;
        for frame in segment.page(page)? {
            let raw = segment.frame(&frame)?;
            let mut reader = Reader::new(&raw);
            let mut records = 0;
            while reader.left() > 0 {
                let record = record::decode(&mut reader)
                    .map_err(|error| wrong(format!("{error} of the frame at {}", frame.offset)))?;
                if !last.is_empty() && record.key <= last.as_slice() {
                    return Err(wrong(format!("keys fall in the frame at {}", frame.offset)));
                }
                if !filter::may_hold(&bits, filter::hash_of(record.key)) {
                    return Err(wrong(format!("the filter of page {index} misses a key")));
                }
                if last.is_empty() {
                    first = record.key.to_vec();
                }
                last = record.key.to_vec();
                records += 1;
                match record.kind {
                    Kind::Put => puts += 1,
                    Kind::Tombstone => tombstones += 1,
                    Kind::Revert => reverts += 1,
                }
                if let Value::Placed(place) = &record.value {
                    let mut check = ValueCheck::default();
                    segment.write_value(place, &mut check)?;
                    if check.finish() != (place.value_check, record.value_bytes) {
                        return Err(wrong(format!("the value at {} is another", place.offset)));
                    }
                }
            }
            if records != frame.records {
                return Err(wrong(format!("the frame at {} has {records} records", frame.offset)));
            }
        }
    }
    let root = segment.root();
    let counts = (root.puts, root.tombstones, root.reverts) == (puts, tombstones, reverts);
    let listed = (entry.puts, entry.tombstones, entry.reverts) == (puts, tombstones, reverts);
    let bounds = entry.first == bound_of(&first) && entry.last == bound_of(&last);
    if counts && listed && bounds && root.last == last {
        return Ok(());
    }
    Err(wrong("its counts or bounds are not those of its records".to_owned()))
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
