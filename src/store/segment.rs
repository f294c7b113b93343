//! Reading a sealed segment (FORMAT 5).
//!
//! Opening reads root and footer and holds them against the id; everything below is checked
//! against them when it is read: index page, filter, key frame, value chunk. Whatever does not
//! match is kind `damaged`, naming file and offset; nothing unchecked is handed on.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::env::{Env, ReadFile};
use crate::error::{Error, Result};
use crate::format::codec::{Check, FormatError, check_of, narrow};
use crate::format::compress;
use crate::format::entry::SegmentEntry;
use crate::format::record::{CHUNK_BYTES, Place};
use crate::format::segment::{
    FrameEntry, KEY_FRAME_BYTES_MAX, PAGE_BYTES_MAX, PageEntry, Root, decode_page, id_of,
};
use crate::store::cursor::SegmentCursor;
use crate::store::layout::Layout;
use crate::store::owned::OwnedRecord;

/// An open segment. Threads can share it.
pub struct Segment {
    file: Box<dyn ReadFile>,
    path: PathBuf,
    entry: SegmentEntry,
    root: Root,
}

impl Segment {
    /// Opens a listed segment and checks its root against the id. `None` where the file is gone.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn open(env: &Env, layout: &Layout, entry: &SegmentEntry) -> Result<Option<Arc<Self>>> {
        let path = layout.segment(&entry.id);
        let file = match env.files.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::disk("open", &path, error)),
        };
        Self::from_file(file, path, entry).map(|segment| Some(Arc::new(segment)))
    }

    /// The same for a file that is not in its place yet.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn at(env: &Env, path: PathBuf, entry: &SegmentEntry) -> Result<Self> {
        let file = env.files.open(&path).map_err(|error| Error::disk("open", &path, error))?;
        Self::from_file(file, path, entry)
    }

    /// The same for a file that is open.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn from_file(file: Box<dyn ReadFile>, path: PathBuf, entry: &SegmentEntry) -> Result<Self> {
        entry.check(&path.display().to_string())?;
        let offset = entry.bytes - entry.root;
        let mut tail = vec![0; narrow(entry.root)];
        read_at(&*file, &path, &mut tail, offset)?;
        if id_of(&tail) != entry.id {
            let what = format!("its root at byte {offset} does not match its name");
            return Err(Error::damaged(path.display(), what));
        }
        let root = Root::decode(&tail).map_err(|error| broken(&path, offset, &error))?;
        if root.file_bytes != entry.bytes {
            return Err(Error::damaged(path.display(), "its root tells of another file size"));
        }
        Ok(Self { file, path, entry: entry.clone(), root })
    }

    /// How it is listed.
    #[must_use]
    pub fn entry(&self) -> &SegmentEntry {
        &self.entry
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The open file, for sending it on.
    #[must_use]
    pub fn file(&self) -> &dyn ReadFile {
        &*self.file
    }

    /// The version of a record that carries `version`.
    #[must_use]
    pub fn version_of(&self, version: u64) -> u64 {
        if version == 0 { self.entry.version } else { version }
    }

    /// Looks a key up: range, filter, index page, frame.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn get(self: &Arc<Self>, key: &[u8], hash: u64) -> Result<Option<OwnedRecord>> {
        if !self.entry.covers(key) {
            return Ok(None);
        }
        let mut cursor = SegmentCursor::new(Arc::clone(self));
        if cursor.may_hold(key, hash)? { cursor.find(key) } else { Ok(None) }
    }

    /// Reads the filter that belongs to an index page.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn filter(&self, index: usize) -> Result<Vec<u8>> {
        let Some(page) = self.root.pages.get(index) else { return Ok(Vec::new()) };
        let offset = page.offset + u64::from(page.page_bytes);
        self.checked(offset, page.filter_bytes, PAGE_BYTES_MAX, page.filter_check, "filter")
    }

    /// The index page in which the key would be; `None` for one before the first.
    #[must_use]
    pub fn page_of(&self, key: &[u8]) -> Option<usize> {
        let after = self.root.pages.partition_point(|page| page.first.as_slice() <= key);
        after.checked_sub(1)
    }

    /// Reads an index page.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn page(&self, page: &PageEntry) -> Result<Vec<FrameEntry>> {
        let (offset, check) = (page.offset, page.page_check);
        let bytes = self.checked(offset, page.page_bytes, PAGE_BYTES_MAX, check, "index page")?;
        decode_page(&bytes).map_err(|error| broken(&self.path, offset, &error))
    }

    /// Reads a key frame: its raw records.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn frame(&self, frame: &FrameEntry) -> Result<Vec<u8>> {
        let (offset, bytes_max) = (frame.offset, KEY_FRAME_BYTES_MAX + compress::HEADER_BYTES);
        let stored = self.checked(offset, frame.stored_bytes, bytes_max, frame.check, "frame")?;
        compress::load(&stored, KEY_FRAME_BYTES_MAX)
            .map_err(|error| broken(&self.path, offset, &error))
    }

    /// Writes a placed value, chunk by chunk, each checked before it is handed on.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`; an error of `to` as kind `disk` with the cause kept.
    pub fn write_value(&self, place: &Place, to: &mut dyn Write) -> Result<()> {
        self.each_chunk(place, |offset, stored| {
            let raw = compress::load(stored, CHUNK_BYTES)
                .map_err(|error| broken(&self.path, offset, &error))?;
            to.write_all(&raw).map_err(|error| Error::disk("write", "the value", error))
        })
    }

    /// Hands on the stored chunks of a placed value, each checked.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`, and those of `visit`.
    pub fn each_chunk(
        &self,
        place: &Place,
        mut visit: impl FnMut(u64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut offset = place.offset;
        for chunk in &place.chunks {
            let bytes_max = CHUNK_BYTES + compress::HEADER_BYTES;
            let stored =
                self.checked(offset, chunk.stored_bytes, bytes_max, chunk.check, "value")?;
            visit(offset, &stored)?;
            offset = offset.saturating_add(u64::from(chunk.stored_bytes));
        }
        Ok(())
    }

    fn checked(
        &self,
        offset: u64,
        bytes: u32,
        bytes_max: usize,
        check: Check,
        what: &str,
    ) -> Result<Vec<u8>> {
        let bytes = narrow(u64::from(bytes));
        let end = offset.checked_add(bytes as u64);
        if bytes > bytes_max || end.is_none_or(|end| end > self.entry.bytes) {
            let what = format!("the {what} at byte {offset} has an impossible size");
            return Err(Error::damaged(self.path.display(), what));
        }
        let mut buffer = vec![0; bytes];
        read_at(&*self.file, &self.path, &mut buffer, offset)?;
        if check_of(&buffer) == check {
            return Ok(buffer);
        }
        let what = format!("the {what} at byte {offset} does not match its check");
        Err(Error::damaged(self.path.display(), what))
    }
}

/// Fills the buffer; a file that ends before is damaged.
pub(super) fn read_at(
    file: &dyn ReadFile,
    path: &Path,
    buffer: &mut [u8],
    offset: u64,
) -> Result<()> {
    file.read_exact_at(buffer, offset).map_err(|error| {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Error::damaged(path.display(), "it is shorter than listed").because(error)
        } else {
            Error::disk("read", path, error)
        }
    })
}

fn broken(path: &Path, offset: u64, error: &FormatError) -> Error {
    Error::damaged(path.display(), format!("{error} of what stands at byte {offset}"))
}
