//! Records in memory, in the order they came, and sorted when they leave.
//!
//! Records stand in chunks that never move, so growing copies nothing. For sorting each record has
//! the eight key bytes that follow what all keys have in common; few comparisons look further.

use std::sync::Arc;

use crate::error::Result;
use crate::format::codec::Reader;
use crate::format::record::{self, Kind, Record};
use crate::store::batch::timeless;
use crate::store::cursor::Cursor;
use crate::store::segment::Segment;

/// Size of a chunk; a larger record has one of its own.
const CHUNK_BYTES: usize = 4 << 20;

/// Bytes of a record in front of its key.
const KEY_OFFSET: usize = 1 + 8 + 8 + 4 + 2;

#[derive(Clone, Copy)]
struct Slot {
    /// Eight key bytes, big-endian; filled in when sorting.
    prefix: u64,
    chunk: u32,
    start: u32,
    end: u32,
    key_bytes: u16,
}

/// Records in memory.
#[derive(Default)]
pub(crate) struct Arena {
    chunks: Vec<Vec<u8>>,
    slots: Vec<Slot>,
    record_bytes: usize,
    /// Whether keys have come in rising order so far.
    sorted: bool,
}

impl Arena {
    /// Whether it holds none.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Memory in use.
    pub(crate) fn bytes(&self) -> usize {
        self.record_bytes + self.slots.len() * size_of::<Slot>()
    }

    /// Size of the encoded records.
    pub(crate) fn record_bytes(&self) -> usize {
        self.record_bytes
    }

    /// Adds a record. REQUIRES: key and value within their limits.
    pub(crate) fn push(&mut self, kind: Kind, key: &[u8], value: &[u8]) {
        let need = KEY_OFFSET + key.len() + value.len();
        let full = |chunk: &Vec<u8>| chunk.len() + need > CHUNK_BYTES;
        if self.chunks.last().is_none_or(full) {
            // The first chunk of a small batch grows as needed; those after it are whole.
            let first = if self.chunks.is_empty() { 4 << 10 } else { CHUNK_BYTES };
            self.chunks.push(Vec::with_capacity(first.max(need)));
        }
        let chunk = self.chunks.len() - 1;
        let Some(room) = self.chunks.last_mut() else { return };
        let start = room.len();
        timeless(kind, key, value).encode(room);
        let narrow = |n: usize| u32::try_from(n).expect("a chunk is below 4 GiB, and few");
        let slot = Slot {
            prefix: 0,
            chunk: narrow(chunk),
            start: narrow(start),
            end: narrow(room.len()),
            key_bytes: u16::try_from(key.len()).expect("a key has at most 65,535 bytes"),
        };
        self.record_bytes += need;
        self.sorted = match self.slots.last() {
            None => true,
            Some(last) => self.sorted && self.key(*last) < key,
        };
        self.slots.push(slot);
    }

    fn key(&self, slot: Slot) -> &[u8] {
        let start = slot.start as usize + KEY_OFFSET;
        let chunk = self.chunks.get(slot.chunk as usize).map_or(&[][..], Vec::as_slice);
        chunk.get(start..start + usize::from(slot.key_bytes)).unwrap_or_default()
    }

    fn bytes_of(&self, slot: Slot) -> &[u8] {
        let chunk = self.chunks.get(slot.chunk as usize).map_or(&[][..], Vec::as_slice);
        chunk.get(slot.start as usize..slot.end as usize).unwrap_or_default()
    }

    /// The records in the order they came.
    pub(crate) fn records(&self) -> impl Iterator<Item = Result<Record<'_>>> {
        self.slots.iter().map(|slot| decode(self.bytes_of(*slot)))
    }

    /// Sorts; of one key the last record stays.
    pub(crate) fn into_cursor(mut self) -> ArenaCursor {
        if !self.sorted {
            self.sort();
        }
        ArenaCursor { at: self.slots.len(), arena: self }
    }

    fn sort(&mut self) {
        let common = self.common_prefix();
        let mut slots = std::mem::take(&mut self.slots);
        for slot in &mut slots {
            slot.prefix = prefix_of(self.key(*slot), common);
        }
        // The sort is stable, so of one key the last record comes last; it finds runs that are in
        // order already.
        slots.sort_by(|a, b| a.prefix.cmp(&b.prefix).then_with(|| self.key(*a).cmp(self.key(*b))));
        slots.dedup_by(|later, kept| {
            let again = self.key(*later) == self.key(*kept);
            if again {
                *kept = *later;
            }
            again
        });
        self.slots = slots;
    }

    fn common_prefix(&self) -> usize {
        let Some(first) = self.slots.first() else { return 0 };
        let first = self.key(*first);
        self.slots.iter().fold(first.len(), |common, slot| {
            let both = first.iter().zip(self.key(*slot)).take(common);
            both.take_while(|(a, b)| a == b).count()
        })
    }
}

fn prefix_of(key: &[u8], skip: usize) -> u64 {
    let mut bytes = [0; 8];
    let rest = key.get(skip..).unwrap_or_default();
    for (to, from) in bytes.iter_mut().zip(rest) {
        *to = *from;
    }
    // Big-endian order is byte order.
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn decode(bytes: &[u8]) -> Result<Record<'_>> {
    record::decode(&mut Reader::new(bytes))
        .map_err(|error| crate::error::Error::damaged("a batch in memory", error))
}

/// Sorted records of an arena.
pub(crate) struct ArenaCursor {
    arena: Arena,
    at: usize,
}

impl ArenaCursor {
    /// An empty arena that uses the same memory.
    pub(crate) fn into_empty_arena(self) -> Arena {
        let mut chunks = self.arena.chunks;
        chunks.truncate(1);
        if let Some(first) = chunks.first_mut() {
            first.clear();
        }
        let mut slots = self.arena.slots;
        slots.clear();
        Arena { chunks, slots, record_bytes: 0, sorted: true }
    }
}

impl Cursor for ArenaCursor {
    fn key(&self) -> Option<&[u8]> {
        self.arena.slots.get(self.at).map(|slot| self.arena.key(*slot))
    }

    fn record(&self) -> Result<Record<'_>> {
        let slot = self.arena.slots.get(self.at);
        decode(slot.map_or(&[], |slot| self.arena.bytes_of(*slot)))
    }

    fn seek(&mut self, key: Option<&[u8]>) -> Result<()> {
        let key = key.unwrap_or_default();
        self.at = self.arena.slots.partition_point(|slot| self.arena.key(*slot) < key);
        Ok(())
    }

    fn advance(&mut self) -> Result<()> {
        self.at = (self.at + 1).min(self.arena.slots.len());
        Ok(())
    }

    fn segment(&self) -> Option<&Arc<Segment>> {
        None
    }
}
