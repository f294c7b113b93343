//! The index of a segment: frame index pages, root, footer (FORMAT 5).
//!
//! File: `magic | key and value frames | (index page, filter)... | root | footer`. The segment's
//! id is the blake3 hash of root and footer; the root holds the checks of pages and filters, a
//! page those of its key frames, a record those of its value chunks. So one chain, id to root to
//! page to frame to chunk, verifies whole files, single frames fetched alone, and resumed
//! transfers alike.

use super::codec::{Check, FormatError, Reader, hex, put_short_bytes};

/// First bytes of every segment, and of its footer.
pub const MAGIC: &[u8; 8] = b"KVSSEG\x00\x01";

/// Size of the footer.
pub const FOOTER_BYTES: usize = 64;

/// A key frame is closed when its raw records reach this size.
pub const KEY_FRAME_BYTES: usize = 16 << 10;

/// The largest raw key frame: one below the closing size, plus the largest record (longest key,
/// and the place of a value of 1 GiB: 1,024 chunks).
pub const KEY_FRAME_BYTES_MAX: usize = KEY_FRAME_BYTES + (64 << 10) + (24 << 10);

/// Key frames in an index page.
pub const PAGE_FRAMES: usize = 64;

/// A segment is closed, and the next one begun, when its frames reach this size.
pub const SEGMENT_BYTES: u64 = 256 << 20;

/// The largest root that a reader accepts; that of a segment of full size is about 20 kB, more
/// with very long keys.
pub const ROOT_BYTES_MAX: usize = 32 << 20;

/// The largest index page or filter that a reader accepts: [`PAGE_FRAMES`] of the longest keys.
pub const PAGE_BYTES_MAX: usize = 8 << 20;

/// One key frame, as its index page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameEntry {
    /// A key above all of the frame before, and at most the first key of this one.
    pub first: Vec<u8>,
    /// Records in it.
    pub records: u32,
    /// The highest version that a record in it carries; 0 if none carries one.
    pub newest: u64,
    /// Offset in the file.
    pub offset: u64,
    /// Bytes that it takes in the file.
    pub stored_bytes: u32,
    /// Check of these bytes.
    pub check: Check,
}

/// One index page with its filter, as the root lists it. The filter stands right behind the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEntry {
    /// The `first` of the page's first frame.
    pub first: Vec<u8>,
    /// The highest version that a record below it carries.
    pub newest: u64,
    /// Offset in the file.
    pub offset: u64,
    /// Size of the page.
    pub page_bytes: u32,
    /// Check of the page.
    pub page_check: Check,
    /// Size of the filter.
    pub filter_bytes: u32,
    /// Check of the filter.
    pub filter_check: Check,
}

/// The root and footer of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The index pages in key order.
    pub pages: Vec<PageEntry>,
    /// The last key.
    pub last: Vec<u8>,
    /// Records of kind put.
    pub puts: u64,
    /// Records of kind tombstone.
    pub tombstones: u64,
    /// Records of kind revert.
    pub reverts: u64,
    /// The highest version that a record carries.
    pub newest: u64,
    /// The highest time that a record carries.
    pub time: u64,
    /// Size of the file.
    pub file_bytes: u64,
}

/// Encodes an index page.
#[must_use]
pub fn encode_page(frames: &[FrameEntry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.len() * 64);
    for frame in frames {
        put_short_bytes(&mut out, &frame.first);
        out.extend_from_slice(&frame.records.to_le_bytes());
        out.extend_from_slice(&frame.newest.to_le_bytes());
        out.extend_from_slice(&frame.offset.to_le_bytes());
        out.extend_from_slice(&frame.stored_bytes.to_le_bytes());
        out.extend_from_slice(&frame.check);
    }
    out
}

/// Decodes an index page.
///
/// # Errors
/// When it is cut short or its keys do not rise.
pub fn decode_page(page: &[u8]) -> Result<Vec<FrameEntry>, FormatError> {
    let mut reader = Reader::new(page);
    let mut frames: Vec<FrameEntry> = Vec::new();
    while reader.left() > 0 {
        let frame = FrameEntry {
            first: reader.short_bytes()?.to_vec(),
            records: reader.u32()?,
            newest: reader.u64()?,
            offset: reader.u64()?,
            stored_bytes: reader.u32()?,
            check: reader.check()?,
        };
        if frames.last().is_some_and(|before| before.first >= frame.first) {
            return Err(reader.error("frames out of order"));
        }
        frames.push(frame);
    }
    Ok(frames)
}

impl Root {
    /// Encodes root and footer: the last bytes of the file, whose hash is the segment's id.
    ///
    /// REQUIRES: a root below 4 GiB; the writer closes segments long before.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.pages.len() * 96 + FOOTER_BYTES);
        for page in &self.pages {
            put_short_bytes(&mut out, &page.first);
            out.extend_from_slice(&page.newest.to_le_bytes());
            out.extend_from_slice(&page.offset.to_le_bytes());
            out.extend_from_slice(&page.page_bytes.to_le_bytes());
            out.extend_from_slice(&page.page_check);
            out.extend_from_slice(&page.filter_bytes.to_le_bytes());
            out.extend_from_slice(&page.filter_check);
        }
        put_short_bytes(&mut out, &self.last);
        let root_bytes = u32::try_from(out.len()).expect("a root is far below 4 GiB");
        let pages = u32::try_from(self.pages.len()).expect("a page is longer than a byte");
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&root_bytes.to_le_bytes());
        out.extend_from_slice(&pages.to_le_bytes());
        for count in [self.puts, self.tombstones, self.reverts, self.newest, self.time] {
            out.extend_from_slice(&count.to_le_bytes());
        }
        out.extend_from_slice(&self.file_bytes.to_le_bytes());
        out
    }

    /// Decodes root and footer.
    ///
    /// # Errors
    /// When they are cut short, of another format, contradict themselves, or name places outside
    /// the file.
    pub fn decode(tail: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(tail);
        let root = reader.take(tail.len().saturating_sub(FOOTER_BYTES))?;
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(reader.error("not a segment of this format"));
        }
        if u64::from(reader.u32()?) != root.len() as u64 {
            return Err(reader.error("root of another length"));
        }
        let count = reader.u32()?;
        let (puts, tombstones, reverts) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let (newest, time, file_bytes) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let mut reader = Reader::new(root);
        let mut pages: Vec<PageEntry> = Vec::new();
        for _ in 0..count {
            let page = decode_page_entry(&mut reader)?;
            let end = page
                .offset
                .checked_add(u64::from(page.page_bytes) + u64::from(page.filter_bytes))
                .ok_or_else(|| reader.error("page outside the file"))?;
            if end > file_bytes {
                return Err(reader.error("page outside the file"));
            }
            if pages.last().is_some_and(|before| before.first >= page.first) {
                return Err(reader.error("pages out of order"));
            }
            pages.push(page);
        }
        let last = reader.short_bytes()?.to_vec();
        if reader.left() > 0 {
            return Err(reader.error("bytes left over"));
        }
        Ok(Self { pages, last, puts, tombstones, reverts, newest, time, file_bytes })
    }
}

fn decode_page_entry(reader: &mut Reader<'_>) -> Result<PageEntry, FormatError> {
    Ok(PageEntry {
        first: reader.short_bytes()?.to_vec(),
        newest: reader.u64()?,
        offset: reader.u64()?,
        page_bytes: reader.u32()?,
        page_check: reader.check()?,
        filter_bytes: reader.u32()?,
        filter_check: reader.check()?,
    })
}

/// The id of a segment: blake3 of root and footer, in hex.
#[must_use]
pub fn id_of(tail: &[u8]) -> String {
    hex(blake3::hash(tail).as_bytes())
}

/// The shortest byte string that is above `before` and at most `first`.
///
/// REQUIRES: `before < first`.
#[must_use]
pub fn separator(before: &[u8], first: &[u8]) -> Vec<u8> {
    let common = before.iter().zip(first).take_while(|(a, b)| a == b).count();
    first.iter().take(common + 1).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_separate() {
        for (before, first, want) in [
            (&b"abc"[..], &b"abd"[..], &b"abd"[..]),
            (b"a", b"ab", b"ab"),
            (b"a", b"azzz", b"az"),
            (b"apple", b"banana", b"b"),
        ] {
            let got = separator(before, first);
            assert_eq!(got, want);
            assert!(before < &got[..] && &got[..] <= first);
        }
    }
}
