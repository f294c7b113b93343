//! What the layers above use of the store: reading views, batches, entries.
#![allow(missing_docs, unused_variables, clippy::todo)]

use std::io::Write;

use crate::error::Result;

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Put here and not pushed.
    Unpushed,
    /// As the base version has it.
    Pushed,
}

/// A live key, with what is known of it without reading a large value.
pub struct Entry {/* private */}

impl Entry {
    pub fn key(&self) -> &[u8] {
        todo!()
    }
    /// Size of the value in bytes.
    pub fn bytes(&self) -> u64 {
        todo!()
    }
    /// Bytes that the value takes in its file (compressed).
    pub fn stored_bytes(&self) -> u64 {
        todo!()
    }
    /// Modified time, milliseconds since 1970.
    pub fn modified_ms(&self) -> u64 {
        todo!()
    }
    /// The remote version that brought it; 0: not pushed.
    pub fn version(&self) -> u64 {
        todo!()
    }
    pub fn state(&self) -> State {
        todo!()
    }
    /// The segment it stands in; `None`: the log.
    pub fn segment(&self) -> Option<&str> {
        todo!()
    }
    /// Whether the value can be read without the remote.
    pub fn is_local(&self) -> bool {
        todo!()
    }
    /// The value, whole.
    pub fn value(&self) -> Result<Vec<u8>> {
        todo!()
    }
    /// Writes the value in pieces of at most 1 MiB, each checked before it is handed on.
    pub fn write_value(&self, to: &mut dyn Write) -> Result<()> {
        todo!()
    }
}

/// Which keys, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Range {
    pub prefix: Vec<u8>,
    /// First key (included).
    pub start: Option<Vec<u8>>,
    /// Last key (excluded).
    pub end: Option<Vec<u8>>,
    pub reverse: bool,
}

/// A view of the store, fixed when it was taken. Never waits for writers.
pub struct Snapshot {/* private */}

impl Snapshot {
    pub fn get(&self, key: &[u8]) -> Result<Option<Entry>> {
        todo!()
    }
    /// Live keys in byte order.
    pub fn scan(&self, range: &Range) -> Result<Scan> {
        todo!()
    }
    /// Number of live keys.
    pub fn count(&self) -> Result<u64> {
        todo!()
    }
    /// What differs from the base, in key order.
    pub fn changes(&self) -> Result<Changes> {
        todo!()
    }
}

pub struct Scan {/* private */}
impl Iterator for Scan {
    type Item = Result<Entry>;
    fn next(&mut self) -> Option<Result<Entry>> {
        todo!()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Modified,
    Deleted,
}

/// A key whose unpushed state differs from the base.
pub struct Change {
    pub kind: ChangeKind,
    pub key: Vec<u8>,
    /// As it is here; `None`: deleted.
    pub ours: Option<Entry>,
    /// As the base has it; `None`: added.
    pub base: Option<Entry>,
}

pub struct Changes {/* private */}
impl Iterator for Changes {
    type Item = Result<Change>;
    fn next(&mut self) -> Option<Result<Change>> {
        todo!()
    }
}

/// Puts and deletes to be made visible together. Holds at most 64 MiB in memory; beyond that it
/// sorts and spills below `.kvs/tmp/`. Takes no lock before it is committed. The last of several
/// operations on one key counts.
pub struct Batch {/* private */}
impl Batch {
    /// Errors: kind usage for a key of 0 or over 65,535 bytes, a value over 1 GiB.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        todo!()
    }
    /// Writes a tombstone, whether the key is there or not.
    pub fn delete(&mut self, key: &[u8]) -> Result<()> {
        todo!()
    }
    /// Number of operations so far.
    pub fn len(&self) -> u64 {
        todo!()
    }
    pub fn is_empty(&self) -> bool {
        todo!()
    }
}
