//! Writing segments: sorted records in, sealed files out (FORMAT 5).
//!
//! Invariants: records come in rising key order, one a key. A file is synced before its entry is
//! given out; its name becomes durable when the swap that lists it syncs the folder. Memory is
//! bounded by one value, the write buffer and the index of one segment (16 MiB, and one page of the
//! longest keys).

use std::path::PathBuf;

use crate::env::{Env, WriteFile};
use crate::error::{Error, Result};
use crate::format::codec::{check_of, wide};
use crate::format::compress;
use crate::format::entry::{SegmentEntry, bound_of};
use crate::format::filter;
use crate::format::record::{CHUNK_BYTES, Chunk, INLINE_BYTES_MAX, Kind, Place, Record, Value};
use crate::format::segment::{
    FrameEntry, KEY_FRAME_BYTES, MAGIC, PAGE_FRAMES, PageEntry, Root, SEGMENT_BYTES, encode_page,
    id_of, separator,
};
use crate::store::segment::Segment;
use crate::store::workspace::Workspace;

/// A segment is closed when its index pages and filters, which wait in memory, reach this size.
const INDEX_BYTES: usize = 16 << 20;

/// A segment is closed when its root reaches this size, far below what a reader accepts.
const ROOT_BYTES: usize = 4 << 20;

/// Bytes that a page takes in the root beside its first key.
const ROOT_ENTRY_BYTES: usize = 64;

/// The write buffer is handed to the file at this size.
const BUFFER_BYTES: usize = 1 << 20;

/// Where the value of a record to be written comes from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// There is none.
    None,
    /// These bytes.
    Bytes(&'a [u8]),
    /// The stored chunks of another segment, copied as they are.
    Placed(&'a Segment, &'a Place),
}

/// A segment that was written but is not listed yet.
pub struct Written {
    /// Its listing.
    pub entry: SegmentEntry,
    /// Where its file is.
    pub path: PathBuf,
}

/// Writes records into as many segments as they need.
pub struct RunWriter<'w> {
    env: Env,
    workspace: &'w Workspace,
    current: Option<SegmentWriter>,
    done: Vec<Written>,
    segment_bytes: u64,
}

impl<'w> RunWriter<'w> {
    /// A writer into files of a workspace.
    #[must_use]
    pub fn new(env: &Env, workspace: &'w Workspace) -> Self {
        let env = env.clone();
        Self { env, workspace, current: None, done: Vec::new(), segment_bytes: SEGMENT_BYTES }
    }

    /// Adds a record. REQUIRES: a key above the last one.
    ///
    /// # Errors
    /// Kind `disk`; kind `damaged` from a copied value.
    pub fn add(
        &mut self,
        kind: Kind,
        key: &[u8],
        time: u64,
        version: u64,
        value_bytes: u64,
        source: Source<'_>,
    ) -> Result<()> {
        if self.current.as_ref().is_some_and(|writer| writer.is_full(self.segment_bytes)) {
            self.close()?;
        }
        if self.current.is_none() {
            self.current = Some(SegmentWriter::create(&self.env, self.workspace.fresh())?);
        }
        let Some(writer) = &mut self.current else { return Ok(()) };
        writer.add(kind, key, time, version, value_bytes, source)
    }

    /// Adds a record as it stands in a source, with its value and this time and version.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn copy(
        &mut self,
        record: &Record<'_>,
        from: Option<&Segment>,
        time: u64,
        version: u64,
    ) -> Result<()> {
        let source = match (&record.value, from) {
            (Value::Inline(value), _) => Source::Bytes(value),
            (Value::Placed(place), Some(segment)) => Source::Placed(segment, place),
            (Value::None | Value::Placed(_), _) => Source::None,
        };
        self.add(record.kind, record.key, time, version, record.value_bytes, source)
    }

    fn close(&mut self) -> Result<()> {
        if let Some(writer) = self.current.take() {
            self.done.push(writer.finish()?);
        }
        Ok(())
    }

    /// Seals what is open and gives out all segments, in key order. Their files are durable; their
    /// names are not yet.
    ///
    /// # Errors
    /// Kind `disk`.
    pub fn finish(mut self) -> Result<Vec<Written>> {
        self.close()?;
        Ok(self.done)
    }
}

struct SegmentWriter {
    file: Box<dyn WriteFile>,
    path: PathBuf,
    buffer: Vec<u8>,
    flushed: u64,
    raw: Vec<u8>,
    raw_records: u32,
    raw_newest: u64,
    raw_first: Vec<u8>,
    last: Vec<u8>,
    first: Vec<u8>,
    frames: Vec<FrameEntry>,
    hashes: Vec<u64>,
    /// Index pages with their filters, written behind the frames.
    index: Vec<(PageEntry, Vec<u8>)>,
    index_bytes: usize,
    root_bytes: usize,
    puts: u64,
    tombstones: u64,
    reverts: u64,
    newest: u64,
    time: u64,
}

impl SegmentWriter {
    fn create(env: &Env, path: PathBuf) -> Result<Self> {
        let file =
            env.files.create_new(&path).map_err(|error| Error::disk("create", &path, error))?;
        Ok(Self {
            file,
            path,
            buffer: MAGIC.to_vec(),
            flushed: 0,
            raw: Vec::new(),
            raw_records: 0,
            raw_newest: 0,
            raw_first: Vec::new(),
            last: Vec::new(),
            first: Vec::new(),
            frames: Vec::new(),
            hashes: Vec::new(),
            index: Vec::new(),
            index_bytes: 0,
            root_bytes: 0,
            puts: 0,
            tombstones: 0,
            reverts: 0,
            newest: 0,
            time: 0,
        })
    }

    fn bytes(&self) -> u64 {
        self.flushed + wide(self.buffer.len())
    }

    /// Whether the segment is to be closed: by its frames, or, with very long keys, by its index.
    fn is_full(&self, segment_bytes: u64) -> bool {
        self.bytes() >= segment_bytes
            || self.index_bytes >= INDEX_BYTES
            || self.root_bytes >= ROOT_BYTES
    }

    fn add(
        &mut self,
        kind: Kind,
        key: &[u8],
        time: u64,
        version: u64,
        value_bytes: u64,
        source: Source<'_>,
    ) -> Result<()> {
        debug_assert!(self.last.is_empty() || self.last.as_slice() < key, "keys must rise");
        let value = match source {
            Source::None => Value::None,
            Source::Bytes(value) if value.len() <= INLINE_BYTES_MAX => Value::Inline(value),
            Source::Bytes(value) => Value::Placed(self.write_chunks(value)?),
            Source::Placed(segment, place) => Value::Placed(self.copy_chunks(segment, place)?),
        };
        if self.raw_records == 0 {
            self.raw_first =
                if self.last.is_empty() { key.to_vec() } else { separator(&self.last, key) };
        }
        if self.last.is_empty() {
            self.first = key.to_vec();
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        Record { kind, key, time, version, value_bytes, value }.encode(&mut self.raw);
        self.raw_records += 1;
        self.raw_newest = self.raw_newest.max(version);
        self.newest = self.newest.max(version);
        self.time = self.time.max(time);
        self.hashes.push(filter::hash_of(key));
        match kind {
            Kind::Put => self.puts += 1,
            Kind::Tombstone => self.tombstones += 1,
            Kind::Revert => self.reverts += 1,
        }
        if self.raw.len() >= KEY_FRAME_BYTES { self.close_frame() } else { Ok(()) }
    }

    fn write_chunks(&mut self, value: &[u8]) -> Result<Place> {
        let offset = self.bytes();
        let mut chunks = Vec::with_capacity(value.len().div_ceil(CHUNK_BYTES));
        for raw in value.chunks(CHUNK_BYTES) {
            let start = self.buffer.len();
            compress::store(raw, &mut self.buffer);
            chunks.push(self.chunk_from(start));
            self.flush_when_full()?;
        }
        Ok(Place { offset, value_check: check_of(value), chunks })
    }

    fn copy_chunks(&mut self, segment: &Segment, place: &Place) -> Result<Place> {
        let offset = self.bytes();
        segment.each_chunk(place, |_, stored| {
            self.buffer.extend_from_slice(stored);
            self.flush_when_full()
        })?;
        Ok(Place { offset, value_check: place.value_check, chunks: place.chunks.clone() })
    }

    fn chunk_from(&self, start: usize) -> Chunk {
        let stored = self.buffer.get(start..).unwrap_or_default();
        let stored_bytes = u32::try_from(stored.len()).expect("a chunk has about 1 MiB");
        Chunk { stored_bytes, check: check_of(stored) }
    }

    fn close_frame(&mut self) -> Result<()> {
        if self.raw_records == 0 {
            return Ok(());
        }
        let offset = self.bytes();
        let start = self.buffer.len();
        compress::store(&self.raw, &mut self.buffer);
        let Chunk { stored_bytes, check } = self.chunk_from(start);
        let first = std::mem::take(&mut self.raw_first);
        let (records, newest) = (self.raw_records, self.raw_newest);
        self.frames.push(FrameEntry { first, records, newest, offset, stored_bytes, check });
        self.raw.clear();
        self.raw_records = 0;
        self.raw_newest = 0;
        if self.frames.len() >= PAGE_FRAMES {
            self.close_page();
        }
        self.flush_when_full()
    }

    /// Makes the index page and filter of the frames so far; they wait for their place behind the
    /// last frame.
    fn close_page(&mut self) {
        let Some(first) = self.frames.first().map(|frame| frame.first.clone()) else { return };
        let mut bytes = encode_page(&self.frames);
        let filter = filter::build(&self.hashes);
        let size = |bytes: usize| u32::try_from(bytes).expect("a page is far below 4 GiB");
        let page = PageEntry {
            first,
            newest: self.frames.iter().map(|frame| frame.newest).max().unwrap_or(0),
            offset: 0,
            page_bytes: size(bytes.len()),
            page_check: check_of(&bytes),
            filter_bytes: size(filter.len()),
            filter_check: check_of(&filter),
        };
        bytes.extend_from_slice(&filter);
        self.index_bytes += bytes.len();
        self.root_bytes += page.first.len() + ROOT_ENTRY_BYTES;
        self.index.push((page, bytes));
        self.frames.clear();
        self.hashes.clear();
    }

    fn flush_when_full(&mut self) -> Result<()> {
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.file.write_all_at(&self.buffer, self.flushed);
        written.map_err(|error| Error::disk("write", &self.path, error))?;
        self.flushed += wide(self.buffer.len());
        self.buffer.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Written> {
        self.close_frame()?;
        self.close_page();
        let mut pages = Vec::with_capacity(self.index.len());
        for (mut page, bytes) in std::mem::take(&mut self.index) {
            page.offset = self.bytes();
            pages.push(page);
            self.buffer.extend_from_slice(&bytes);
            self.flush_when_full()?;
        }
        let mut root = Root {
            pages,
            last: self.last.clone(),
            puts: self.puts,
            tombstones: self.tombstones,
            reverts: self.reverts,
            newest: self.newest,
            time: self.time,
            file_bytes: 0,
        };
        root.file_bytes = self.bytes() + wide(root.encode().len());
        let tail = root.encode();
        self.buffer.extend_from_slice(&tail);
        self.flush()?;
        self.file.sync().map_err(|error| Error::disk("sync", &self.path, error))?;
        let entry = SegmentEntry {
            id: id_of(&tail),
            slot: 0,
            version: 0,
            bytes: root.file_bytes,
            root: wide(tail.len()),
            puts: self.puts,
            tombstones: self.tombstones,
            reverts: self.reverts,
            first: bound_of(&self.first).to_vec(),
            last: bound_of(&self.last).to_vec(),
            replaces: Vec::new(),
        };
        Ok(Written { entry, path: self.path })
    }
}
