//! A record: one operation on one key (FORMAT 4).
//!
//! `tag u8 | time u64 | version u64 | value length u32 | key length u16 | key | value or place`.
//! The same form stands in log frames, where the value is always inline, and in the key frames of
//! segments, where a value of more than [`INLINE_BYTES_MAX`] bytes is a place in the same file.

use super::codec::{Check, FormatError, Reader, check_of, narrow, put_short_bytes};

/// A value up to this size stands in the key frame itself.
pub const INLINE_BYTES_MAX: usize = 128;

/// A placed value is a chain of chunks of this raw size, the last one shorter.
pub const CHUNK_BYTES: usize = 1 << 20;

/// The largest value: 1 GiB.
pub const VALUE_BYTES_MAX: u64 = 1 << 30;

/// The longest key.
pub const KEY_BYTES_MAX: usize = 65_535;

/// What a record does to its key. The numbers are stored; never change or use one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The key has this value.
    Put = 1,
    /// The key is not there.
    Tombstone = 2,
    /// In unpushed parts only: the key is as the base has it.
    Revert = 3,
}

// Stored on disk: the tags of a record. 1 to 3 are the kinds, 4 is a put with a placed value.
const TAG_PUT: u8 = 1;
const TAG_TOMBSTONE: u8 = 2;
const TAG_REVERT: u8 = 3;
const TAG_PUT_PLACED: u8 = 4;

/// One chunk of a placed value, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes that it takes in the file.
    pub stored_bytes: u32,
    /// Check of these bytes.
    pub check: Check,
}

/// Where a large value stands in its segment: chunks one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of the first chunk in the file.
    pub offset: u64,
    /// Check of the raw value: equal values have equal ones, whatever their stored form.
    pub value_check: Check,
    /// The chunks.
    pub chunks: Vec<Chunk>,
}

impl Place {
    /// Bytes that the chunks take in the file.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| u64::from(chunk.stored_bytes)).sum()
    }
}

/// A value, or where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value: a tombstone or revert.
    None,
    /// The bytes themselves.
    Inline(&'a [u8]),
    /// In value frames of the same segment.
    Placed(Place),
}

/// A decoded record. The key and an inline value borrow from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it does.
    pub kind: Kind,
    /// The key.
    pub key: &'a [u8],
    /// Hybrid logical time: milliseconds since 1970 times 65,536, plus a counter.
    pub time: u64,
    /// The remote version that brought it; 0: that of the segment it stands in, or none yet.
    pub version: u64,
    /// Size of the value.
    pub value_bytes: u64,
    /// The value.
    pub value: Value<'a>,
}

impl Record<'_> {
    /// Appends the record.
    ///
    /// REQUIRES: key and value within their limits; callers check them when they come in.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let tag = match (&self.kind, &self.value) {
            (Kind::Put, Value::Placed(_)) => TAG_PUT_PLACED,
            (Kind::Put, _) => TAG_PUT,
            (Kind::Tombstone, _) => TAG_TOMBSTONE,
            (Kind::Revert, _) => TAG_REVERT,
        };
        let value_bytes = u32::try_from(self.value_bytes).expect("a value has at most 1 GiB");
        out.push(tag);
        out.extend_from_slice(&self.time.to_le_bytes());
        out.extend_from_slice(&self.version.to_le_bytes());
        out.extend_from_slice(&value_bytes.to_le_bytes());
        put_short_bytes(out, self.key);
        match &self.value {
            Value::None => {}
            Value::Inline(value) => out.extend_from_slice(value),
            Value::Placed(place) => {
                out.extend_from_slice(&place.offset.to_le_bytes());
                out.extend_from_slice(&place.value_check);
                for chunk in &place.chunks {
                    out.extend_from_slice(&chunk.stored_bytes.to_le_bytes());
                    out.extend_from_slice(&chunk.check);
                }
            }
        }
    }

    /// The check of the raw value, without reading a placed one. Values are equal exactly if their
    /// lengths and checks are.
    #[must_use]
    pub fn value_check(&self) -> Option<Check> {
        match &self.value {
            Value::None => None,
            Value::Inline(value) => Some(check_of(value)),
            Value::Placed(place) => Some(place.value_check),
        }
    }
}

/// Takes one record off the reader.
///
/// # Errors
/// When it is cut short, its tag is unknown, its key empty, or a length over its limit.
pub fn decode<'a>(reader: &mut Reader<'a>) -> Result<Record<'a>, FormatError> {
    let tag = reader.u8()?;
    let time = reader.u64()?;
    let version = reader.u64()?;
    let value_bytes = u64::from(reader.u32()?);
    let key = reader.short_bytes()?;
    if key.is_empty() {
        return Err(reader.error("empty key"));
    }
    if value_bytes > VALUE_BYTES_MAX {
        return Err(reader.error("value over 1 GiB"));
    }
    let (kind, value) = match tag {
        TAG_PUT => (Kind::Put, Value::Inline(reader.take(narrow(value_bytes))?)),
        TAG_PUT_PLACED => (Kind::Put, Value::Placed(decode_place(reader, value_bytes)?)),
        TAG_TOMBSTONE | TAG_REVERT if value_bytes != 0 => {
            return Err(reader.error("a value where none belongs"));
        }
        TAG_TOMBSTONE => (Kind::Tombstone, Value::None),
        TAG_REVERT => (Kind::Revert, Value::None),
        _ => return Err(reader.error("unknown record tag")),
    };
    Ok(Record { kind, key, time, version, value_bytes, value })
}

fn decode_place(reader: &mut Reader<'_>, value_bytes: u64) -> Result<Place, FormatError> {
    let offset = reader.u64()?;
    let value_check = reader.check()?;
    let count = narrow(value_bytes.div_ceil(CHUNK_BYTES as u64));
    // A chunk's entry is 20 bytes: more than fit in what is left are never allocated.
    if count > reader.left() / 20 {
        return Err(reader.error("cut short"));
    }
    let chunks = (0..count)
        .map(|_| Ok(Chunk { stored_bytes: reader.u32()?, check: reader.check()? }))
        .collect::<Result<_, _>>()?;
    Ok(Place { offset, value_check, chunks })
}
