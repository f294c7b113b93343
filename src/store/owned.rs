//! A record that has left its frame: it owns its bytes and knows where it came from.

use std::io::Write;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::format::codec::{Check, check_of, wide};
use crate::format::record::{Kind, Place, Record, Value};
use crate::store::segment::Segment;

/// Where a value is.
#[derive(Clone)]
pub enum OwnedValue {
    /// There is none.
    None,
    /// Here.
    Inline(Vec<u8>),
    /// In value frames of a segment.
    Placed(Arc<Segment>, Place),
}

/// A record and its source.
#[derive(Clone)]
pub struct OwnedRecord {
    /// What it does.
    pub kind: Kind,
    /// The key.
    pub key: Vec<u8>,
    /// Hybrid logical time.
    pub time: u64,
    /// The remote version that brought it; 0: not pushed.
    pub version: u64,
    /// Size of the value.
    pub value_bytes: u64,
    /// The value.
    pub value: OwnedValue,
    /// The segment it stands in; `None`: the log.
    pub segment: Option<Arc<Segment>>,
}

impl OwnedRecord {
    /// Copies a record out of its frame.
    #[must_use]
    pub fn new(record: &Record<'_>, segment: Option<&Arc<Segment>>) -> Self {
        let value = match (&record.value, segment) {
            (Value::Inline(value), _) => OwnedValue::Inline(value.to_vec()),
            (Value::Placed(place), Some(segment)) => {
                OwnedValue::Placed(Arc::clone(segment), place.clone())
            }
            // A place outside a segment never passes the log's writer.
            (Value::None | Value::Placed(_), _) => OwnedValue::None,
        };
        Self {
            kind: record.kind,
            key: record.key.to_vec(),
            time: record.time,
            version: segment.map_or(0, |segment| segment.version_of(record.version)),
            value_bytes: record.value_bytes,
            value,
            segment: segment.map(Arc::clone),
        }
    }

    /// Whether both leave their key in the same state: absent, or with the same value.
    #[must_use]
    pub fn same_state(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Kind::Put, Kind::Put) => {
                self.value_bytes == other.value_bytes && self.value_check() == other.value_check()
            }
            (Kind::Tombstone, Kind::Tombstone) => true,
            _ => false,
        }
    }

    fn value_check(&self) -> Option<Check> {
        match &self.value {
            OwnedValue::None => None,
            OwnedValue::Inline(value) => Some(check_of(value)),
            OwnedValue::Placed(_, place) => Some(place.value_check),
        }
    }

    /// Bytes that the value takes where it stands.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        match &self.value {
            OwnedValue::None => 0,
            OwnedValue::Inline(value) => wide(value.len()),
            OwnedValue::Placed(_, place) => place.stored_bytes(),
        }
    }

    /// Writes the value in pieces of at most 1 MiB, each checked before it is handed on.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`; an error of `to` as kind `disk` with the cause kept.
    pub fn write_value(&self, to: &mut dyn Write) -> Result<()> {
        match &self.value {
            OwnedValue::None => Ok(()),
            OwnedValue::Inline(value) => {
                to.write_all(value).map_err(|error| Error::disk("write", "the value", error))
            }
            OwnedValue::Placed(segment, place) => segment.write_value(place, to),
        }
    }

    /// The value, whole.
    ///
    /// # Errors
    /// Kinds `disk` and `damaged`.
    pub fn read_value(&self) -> Result<Vec<u8>> {
        let mut value = Vec::new();
        self.write_value(&mut value)?;
        Ok(value)
    }
}
