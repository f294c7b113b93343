//! Moving over the records of one source in key order, forwards or backwards.
//!
//! A cursor stands on a record or past the end. It loads one index page and one key frame at a
//! time, so its memory does not follow the size of the segment.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::codec::Reader;
use crate::format::filter;
use crate::format::record::{self, Record};
use crate::format::segment::FrameEntry;
use crate::store::log::LogView;
use crate::store::owned::OwnedRecord;
use crate::store::segment::Segment;

/// A place in a sorted source.
pub trait Cursor: Send {
    /// The key it stands on; `None` past the end.
    fn key(&self) -> Option<&[u8]>;
    /// The record it stands on. REQUIRES: `key()` is some.
    fn record(&self) -> Result<Record<'_>>;
    /// Goes to the first record at or after `key`; backwards, to the last one before it, or to the
    /// last of all for `None`.
    fn seek(&mut self, key: Option<&[u8]>) -> Result<()>;
    /// Goes one record on.
    fn advance(&mut self) -> Result<()>;
    /// The segment that is read; `None`: a log.
    fn segment(&self) -> Option<&Arc<Segment>>;

    /// The record it stands on, copied out.
    fn owned(&self) -> Result<OwnedRecord> {
        Ok(OwnedRecord::new(&self.record()?, self.segment()))
    }
}

/// Which way a cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Keys rise.
    Forward,
    /// Keys fall.
    Backward,
}

/// A cursor over the newest records of a log.
pub struct LogCursor {
    view: LogView,
    places: Vec<usize>,
    /// Index into `places`; its length is past the end, either way.
    at: usize,
    direction: Direction,
}

impl LogCursor {
    /// A cursor that still has to seek.
    ///
    /// # Errors
    /// Kind `damaged`.
    pub fn new(view: &LogView, direction: Direction) -> Result<Self> {
        let places = view.sorted()?;
        Ok(Self { view: view.clone(), at: places.len(), places, direction })
    }
}

impl Cursor for LogCursor {
    fn key(&self) -> Option<&[u8]> {
        // Places come from `sorted`, which has decoded them all.
        Some(self.view.record_at(*self.places.get(self.at)?).ok()?.key)
    }

    fn record(&self) -> Result<Record<'_>> {
        let place = self.places.get(self.at).copied().unwrap_or(usize::MAX);
        self.view.record_at(place)
    }

    fn seek(&mut self, key: Option<&[u8]>) -> Result<()> {
        let below = |place: &usize| {
            let found = self.view.record_at(*place);
            found.is_ok_and(|record| key.is_none_or(|key| record.key < key))
        };
        self.at = match (self.direction, key) {
            (Direction::Forward, None) => 0,
            (Direction::Forward, Some(_)) => self.places.partition_point(below),
            (Direction::Backward, _) => {
                self.places.partition_point(below).checked_sub(1).unwrap_or(self.places.len())
            }
        };
        Ok(())
    }

    fn advance(&mut self) -> Result<()> {
        self.at = step(self.at, self.places.len(), self.direction);
        Ok(())
    }

    fn segment(&self) -> Option<&Arc<Segment>> {
        None
    }
}

/// The index after `at`; `len` is past the end, either way.
fn step(at: usize, len: usize, direction: Direction) -> usize {
    match direction {
        Direction::Forward => (at + 1).min(len),
        Direction::Backward if at >= len => len,
        Direction::Backward => at.checked_sub(1).unwrap_or(len),
    }
}

/// A cursor over a segment.
pub struct SegmentCursor {
    segment: Arc<Segment>,
    direction: Direction,
    page_index: usize,
    frames: Vec<FrameEntry>,
    frame_index: usize,
    /// The filter used last, and its page.
    filter: Option<(usize, Vec<u8>)>,
    raw: Vec<u8>,
    /// Where each record of `raw` starts, and the range of its key.
    places: Vec<RecordPlace>,
    at: usize,
}

#[derive(Clone, Copy)]
struct RecordPlace {
    start: usize,
    key: (usize, usize),
}

/// Bytes of a record in front of its key.
const KEY_OFFSET: usize = 1 + 8 + 8 + 4 + 2;

impl SegmentCursor {
    /// A forward cursor that still has to seek.
    #[must_use]
    pub fn new(segment: Arc<Segment>) -> Self {
        Self::with_direction(segment, Direction::Forward)
    }

    /// A cursor that still has to seek.
    #[must_use]
    pub fn with_direction(segment: Arc<Segment>, direction: Direction) -> Self {
        Self {
            segment,
            direction,
            page_index: usize::MAX,
            frames: Vec::new(),
            frame_index: usize::MAX,
            filter: None,
            raw: Vec::new(),
            places: Vec::new(),
            at: 0,
        }
    }

    /// The record of a key. What is loaded is used again, so asking for rising keys is cheap.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn find(&mut self, key: &[u8]) -> Result<Option<OwnedRecord>> {
        let Some(page) = self.segment.page_of(key) else { return Ok(None) };
        self.load_page(page)?;
        let after = self.frames.partition_point(|frame| frame.first.as_slice() <= key);
        let Some(frame) = after.checked_sub(1) else { return Ok(None) };
        self.load_frame(frame)?;
        let index = self.places.partition_point(|place| self.key_at(*place) < key);
        match self.places.get(index) {
            Some(place) if self.key_at(*place) == key => {
                self.at = index;
                Ok(Some(self.owned()?))
            }
            _ => Ok(None),
        }
    }

    /// Whether the filter lets a key pass. The filter is kept for the next key.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn may_hold(&mut self, key: &[u8], hash: u64) -> Result<bool> {
        let Some(index) = self.segment.page_of(key) else { return Ok(false) };
        if let Some((loaded, bytes)) = &self.filter
            && *loaded == index
        {
            return Ok(filter::may_hold(bytes, hash));
        }
        let bytes = self.segment.filter(index)?;
        let holds = filter::may_hold(&bytes, hash);
        self.filter = Some((index, bytes));
        Ok(holds)
    }

    fn key_at(&self, place: RecordPlace) -> &[u8] {
        self.raw.get(place.key.0..place.key.1).unwrap_or_default()
    }

    fn load_page(&mut self, index: usize) -> Result<()> {
        if self.page_index == index {
            return Ok(());
        }
        let page = self.segment.root().pages.get(index);
        self.frames = page.map_or_else(|| Ok(Vec::new()), |page| self.segment.page(page))?;
        self.page_index = index;
        self.unload_frame();
        Ok(())
    }

    fn unload_frame(&mut self) {
        self.frame_index = usize::MAX;
        self.raw.clear();
        self.places.clear();
        self.at = 0;
    }

    fn load_frame(&mut self, index: usize) -> Result<()> {
        if self.frame_index == index {
            return Ok(());
        }
        self.unload_frame();
        let Some(frame) = self.frames.get(index) else { return Ok(()) };
        self.raw = self.segment.frame(frame)?;
        let mut reader = Reader::new(&self.raw);
        let mut before: &[u8] = &[];
        while reader.left() > 0 {
            let start = reader.offset();
            let decoded = record::decode(&mut reader);
            let sound = decoded.as_ref().is_ok_and(|record| record.key > before);
            let Some(record) = decoded.ok().filter(|_| sound) else {
                let place = format!("segment {}", self.segment.entry().id);
                let what = format!("the frame at byte {} holds no sorted records", frame.offset);
                return Err(Error::damaged(place, what));
            };
            before = record.key;
            let key = (start + KEY_OFFSET, start + KEY_OFFSET + record.key.len());
            self.places.push(RecordPlace { start, key });
        }
        self.frame_index = index;
        Ok(())
    }

    /// Stands on the first record of the next frame that has one, from `frame_index` on.
    fn settle_forward(&mut self) -> Result<()> {
        while self.at >= self.places.len() {
            let next = self.frame_index.wrapping_add(1);
            if next < self.frames.len() {
                self.load_frame(next)?;
            } else if self.page_index.wrapping_add(1) < self.segment.root().pages.len() {
                self.load_page(self.page_index.wrapping_add(1))?;
            } else {
                self.leave(self.segment.root().pages.len());
                return Ok(());
            }
        }
        Ok(())
    }

    /// Stands past the end.
    fn leave(&mut self, page_index: usize) {
        self.unload_frame();
        self.frames.clear();
        self.page_index = page_index;
    }

    /// Stands on the last record of the next frame before that has one.
    fn settle_backward(&mut self) -> Result<()> {
        loop {
            if self.frame_index != usize::MAX && self.frame_index > 0 {
                self.load_frame(self.frame_index - 1)?;
            } else if self.page_index != usize::MAX && self.page_index > 0 {
                self.load_page(self.page_index - 1)?;
                let Some(last) = self.frames.len().checked_sub(1) else { continue };
                self.load_frame(last)?;
            } else {
                self.leave(usize::MAX);
                return Ok(());
            }
            if let Some(last) = self.places.len().checked_sub(1) {
                self.at = last;
                return Ok(());
            }
        }
    }

    fn seek_forward(&mut self, key: &[u8]) -> Result<()> {
        let page = self.segment.page_of(key).unwrap_or(0);
        self.load_page(page)?;
        let after = self.frames.partition_point(|frame| frame.first.as_slice() <= key);
        self.load_frame(after.saturating_sub(1))?;
        self.at = self.places.partition_point(|place| self.key_at(*place) < key);
        self.settle_forward()
    }

    fn seek_backward(&mut self, key: Option<&[u8]>) -> Result<()> {
        let pages = self.segment.root().pages.len();
        let page = match key {
            None => pages.checked_sub(1),
            Some(key) => self.segment.page_of(key),
        };
        let Some(page) = page else {
            self.leave(usize::MAX);
            return Ok(());
        };
        self.load_page(page)?;
        let below = |frame: &FrameEntry| key.is_none_or(|key| frame.first.as_slice() <= key);
        self.load_frame(self.frames.partition_point(below).saturating_sub(1))?;
        let records =
            self.places.partition_point(|place| key.is_none_or(|key| self.key_at(*place) < key));
        match records.checked_sub(1) {
            Some(last) => {
                self.at = last;
                Ok(())
            }
            None => self.settle_backward(),
        }
    }
}

impl Cursor for SegmentCursor {
    fn key(&self) -> Option<&[u8]> {
        self.places.get(self.at).map(|place| self.key_at(*place))
    }

    fn record(&self) -> Result<Record<'_>> {
        let start = self.places.get(self.at).map_or(usize::MAX, |place| place.start);
        record::decode(&mut Reader::new(self.raw.get(start..).unwrap_or_default()))
            .map_err(|error| Error::damaged(format!("segment {}", self.segment.entry().id), error))
    }

    fn seek(&mut self, key: Option<&[u8]>) -> Result<()> {
        match self.direction {
            Direction::Forward => self.seek_forward(key.unwrap_or_default()),
            Direction::Backward => self.seek_backward(key),
        }
    }

    fn advance(&mut self) -> Result<()> {
        match self.direction {
            Direction::Forward => {
                self.at += 1;
                if self.at < self.places.len() { Ok(()) } else { self.settle_forward() }
            }
            Direction::Backward => match self.at.checked_sub(1) {
                Some(at) if !self.places.is_empty() => {
                    self.at = at;
                    Ok(())
                }
                _ => self.settle_backward(),
            },
        }
    }

    fn segment(&self) -> Option<&Arc<Segment>> {
        Some(&self.segment)
    }
}
