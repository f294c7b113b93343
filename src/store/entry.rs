//! A live key, as handed to those who read.

use std::io::Write;

use crate::error::Result;
use crate::store::owned::OwnedRecord;

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Put here and not pushed.
    Unpushed,
    /// As the base version has it.
    Pushed,
}

/// A live key with what is known of it. A large value is read only when asked for.
#[derive(Clone)]
pub struct Entry {
    record: OwnedRecord,
}

impl Entry {
    pub(crate) fn new(record: OwnedRecord) -> Self {
        Self { record }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.record.key
    }

    /// Size of the value in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.record.value_bytes
    }

    /// Bytes that the value takes where it stands, compressed.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.record.stored_bytes()
    }

    /// When it was put: milliseconds since 1970.
    #[must_use]
    pub fn modified_ms(&self) -> u64 {
        self.record.time >> 16
    }

    /// The remote version that brought it; 0: not pushed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.record.version
    }

    /// Whether it is pushed.
    #[must_use]
    pub fn state(&self) -> State {
        if self.record.version == 0 { State::Unpushed } else { State::Pushed }
    }

    /// The id of the segment it stands in; `None`: the log.
    #[must_use]
    pub fn segment(&self) -> Option<&str> {
        self.record.segment.as_ref().map(|segment| segment.entry().id.as_str())
    }

    /// Whether the value can be read without the remote.
    #[must_use]
    pub fn is_local(&self) -> bool {
        true
    }

    /// The value, whole.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn value(&self) -> Result<Vec<u8>> {
        self.record.read_value()
    }

    /// Writes the value in pieces of at most 1 MiB, each checked before it is handed on.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`; an error of `to` as kind `disk` with the cause kept.
    pub fn write_value(&self, to: &mut dyn Write) -> Result<()> {
        self.record.write_value(to)
    }
}
