//! A segment as `state.json` and manifests list it (FORMAT 6.1).
//!
//! What is listed is enough to decide, without opening the segment, whether a key can be in it and
//! how to read its index with one request.

use serde::{Deserialize, Serialize};

use super::codec::is_hex;
use super::segment::{FOOTER_BYTES, ROOT_BYTES_MAX};
use crate::error::{Error, Result};

/// Bytes of a key that a listed range keeps.
pub const BOUND_BYTES: usize = 64;

/// The listing of one segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// blake3 of root and footer: 64 hex digits.
    pub id: String,
    /// The version it was uploaded for (its base and one): the digits of its name at the remote.
    /// 0: not uploaded.
    #[serde(default)]
    pub slot: u64,
    /// The version that brought it; records without a version of their own are of this one.
    /// 0: not pushed.
    #[serde(default)]
    pub version: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Size of root and footer: the last bytes of the file.
    pub root: u64,
    /// Records of kind put.
    pub puts: u64,
    /// Records of kind tombstone.
    #[serde(default)]
    pub tombstones: u64,
    /// Records of kind revert; never at a remote.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reverts: u64,
    /// The first [`BOUND_BYTES`] bytes of the first key.
    #[serde(with = "key_text")]
    pub first: Vec<u8>,
    /// The first [`BOUND_BYTES`] bytes of the last key.
    #[serde(with = "key_text")]
    pub last: Vec<u8>,
    /// Ids of the segments whose content this one holds, for one that a compaction made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The part of a key that a listed bound keeps.
#[must_use]
pub fn bound_of(key: &[u8]) -> &[u8] {
    key.get(..BOUND_BYTES).unwrap_or(key)
}

impl SegmentEntry {
    /// Whether the key can be in the segment, by its range.
    #[must_use]
    pub fn covers(&self, key: &[u8]) -> bool {
        self.first.as_slice() <= key && bound_of(key) <= self.last.as_slice()
    }

    /// Whether any key from `start` on and below `end` can be in the segment.
    #[must_use]
    pub fn touches(&self, start: &[u8], end: Option<&[u8]>) -> bool {
        bound_of(start) <= self.last.as_slice() && end.is_none_or(|end| self.first.as_slice() < end)
    }

    /// Whether a key can be in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.puts.saturating_add(self.tombstones).saturating_add(self.reverts)
    }

    /// Checks what was read from outside.
    ///
    /// # Errors
    /// Kind `damaged`, when the id is no id or a size is impossible.
    pub fn check(&self, place: &str) -> Result<()> {
        let sizes = self.root >= FOOTER_BYTES as u64
            && self.root <= (ROOT_BYTES_MAX + FOOTER_BYTES) as u64
            && self.bytes > self.root
            && self.bytes <= 1 << 40;
        let keys = self.first.len() <= BOUND_BYTES && self.last.len() <= BOUND_BYTES;
        let ids = is_hex(&self.id, 32) && self.replaces.iter().all(|id| is_hex(id, 32));
        if sizes && keys && ids && self.first <= self.last {
            return Ok(());
        }
        Err(Error::damaged(place, "it lists a segment that cannot be"))
    }
}

mod key_text {
    //! Keys in JSON: the escaped text that the command line prints, too.
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(key: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::text::escape::escape(key))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        let key = crate::text::escape::unescape(text.as_bytes()).map_err(D::Error::custom)?;
        Ok(key.into_owned())
    }
}
