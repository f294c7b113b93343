//! Many sorted sources read as one: for each key, its newest unpushed record and its newest record
//! in the base.
//!
//! Sources come in rank order, newest first, the unpushed ones before those of the base. Scans,
//! counts, status, merges and pushes are all walks over a join; they differ in what they do with
//! the two records.

use std::cmp::Ordering;

use crate::error::Result;
use crate::format::record::{Kind, Record};
use crate::store::cursor::{Cursor, Direction};
use crate::store::owned::OwnedRecord;

/// A walk over several sources.
pub struct Join {
    cursors: Vec<Box<dyn Cursor>>,
    /// The first so many cursors are unpushed parts.
    locals: usize,
    direction: Direction,
    /// Cursors that are not at their end and not in `group`, as a binary heap: the next key on top,
    /// of equal keys the newest source.
    heap: Vec<usize>,
    /// Cursors that stand on the current key, in rank order.
    group: Vec<usize>,
    key: Vec<u8>,
}

impl Join {
    /// Joins cursors, starting where a seek to `from` leads them.
    ///
    /// # Errors
    /// Those of reading the sources.
    pub fn new(
        mut cursors: Vec<Box<dyn Cursor>>,
        locals: usize,
        direction: Direction,
        from: Option<&[u8]>,
    ) -> Result<Self> {
        for cursor in &mut cursors {
            cursor.seek(from)?;
        }
        let (heap, group, key) = (Vec::new(), Vec::new(), Vec::new());
        let mut join = Self { cursors, locals, direction, heap, group, key };
        for index in 0..join.cursors.len() {
            join.push(index);
        }
        Ok(join)
    }

    /// Goes to the next key; `false` when there is none.
    ///
    /// # Errors
    /// Those of reading the sources.
    pub fn next_key(&mut self) -> Result<bool> {
        let mut group = std::mem::take(&mut self.group);
        for index in group.drain(..) {
            if let Some(cursor) = self.cursors.get_mut(index) {
                cursor.advance()?;
            }
            self.push(index);
        }
        self.group = group;
        let Some(first) = self.pop() else { return Ok(false) };
        self.key.clear();
        if let Some(key) = self.cursors.get(first).and_then(|cursor| cursor.key()) {
            self.key.extend_from_slice(key);
        }
        self.group.push(first);
        while let Some(top) = self.heap.first() {
            if self.key_of(*top) != Some(self.key.as_slice()) {
                break;
            }
            if let Some(next) = self.pop() {
                self.group.push(next);
            }
        }
        Ok(true)
    }

    /// The current key. REQUIRES: the last `next_key` was true; likewise for the others.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.key
    }

    /// The source of the newest unpushed record of the key.
    #[must_use]
    pub fn ours(&self) -> Option<&dyn Cursor> {
        let first = self.group.first().filter(|index| **index < self.locals)?;
        self.cursors.get(*first).map(AsRef::as_ref)
    }

    /// The source of the newest record of the key in the base.
    #[must_use]
    pub fn base(&self) -> Option<&dyn Cursor> {
        let first = self.group.iter().find(|index| **index >= self.locals)?;
        self.cursors.get(*first).map(AsRef::as_ref)
    }

    /// The rank of the source of [`ours`](Self::ours).
    #[must_use]
    pub fn ours_rank(&self) -> Option<usize> {
        self.group.first().copied().filter(|index| *index < self.locals)
    }

    /// The source that decides what the key is now: the unpushed record unless that is a revert,
    /// else the base's. `None` also where it is a tombstone.
    ///
    /// # Errors
    /// Those of reading the sources.
    pub fn visible(&self) -> Result<Option<&dyn Cursor>> {
        let deciding = match self.ours() {
            Some(ours) if ours.record()?.kind != Kind::Revert => Some(ours),
            _ => self.base(),
        };
        let Some(cursor) = deciding else { return Ok(None) };
        Ok((cursor.record()?.kind == Kind::Put).then_some(cursor))
    }

    /// Copies out the record of a side, if there is one.
    ///
    /// # Errors
    /// Those of reading the sources.
    pub fn owned(side: Option<&dyn Cursor>) -> Result<Option<OwnedRecord>> {
        side.map(Cursor::owned).transpose()
    }

    /// The record of a side, if there is one.
    ///
    /// # Errors
    /// Those of reading the sources.
    pub fn record(side: Option<&dyn Cursor>) -> Result<Option<Record<'_>>> {
        side.map(Cursor::record).transpose()
    }

    fn key_of(&self, index: usize) -> Option<&[u8]> {
        self.cursors.get(index)?.key()
    }

    fn before(&self, a: usize, b: usize) -> bool {
        let keys = self.key_of(a).cmp(&self.key_of(b));
        let keys = if self.direction == Direction::Forward { keys } else { keys.reverse() };
        keys.then(a.cmp(&b)) == Ordering::Less
    }

    fn push(&mut self, source: usize) {
        if self.key_of(source).is_none() {
            return;
        }
        self.heap.push(source);
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.heap_before(at, parent) {
                break;
            }
            self.heap.swap(at, parent);
            at = parent;
        }
    }

    fn pop(&mut self) -> Option<usize> {
        let end = self.heap.len().checked_sub(1)?;
        self.heap.swap(0, end);
        let top = self.heap.pop();
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            if left < self.heap.len() && self.heap_before(left, least) {
                least = left;
            }
            if right < self.heap.len() && self.heap_before(right, least) {
                least = right;
            }
            if least == at {
                return top;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }

    fn heap_before(&self, a: usize, b: usize) -> bool {
        match (self.heap.get(a), self.heap.get(b)) {
            (Some(a), Some(b)) => self.before(*a, *b),
            _ => false,
        }
    }
}
