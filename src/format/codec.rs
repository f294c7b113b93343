//! Coding helpers: fixed-width little-endian integers, a reader that cannot run over the end, and
//! hashes in hex (FORMAT 2).

/// A decoder met bytes that break the format: what is wrong and at which offset of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct FormatError {
    /// What is wrong.
    pub what: &'static str,
    /// Offset into the decoded bytes.
    pub offset: usize,
}

/// A 16-byte truncated blake3 hash: of a frame, an index page, a filter.
pub type Check = [u8; 16];

/// Hashes bytes with blake3 and keeps the first 16 bytes.
#[must_use]
pub fn check_of(bytes: &[u8]) -> Check {
    let hash = blake3::hash(bytes);
    let mut check = [0; 16];
    check.copy_from_slice(hash.as_bytes().split_at(16).0);
    check
}

/// Bytes in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether text is exactly `bytes` bytes in lower-case hex.
#[must_use]
pub fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == bytes * 2 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Decodes exactly 16 bytes of lower-case hex.
#[must_use]
pub fn unhex16(text: &str) -> Option<[u8; 16]> {
    if !is_hex(text, 16) {
        return None;
    }
    let mut out = [0; 16];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(out)
}

/// Takes integers and byte strings off the front of a slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the front.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// How many bytes were taken.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.total - self.rest.len()
    }

    /// An error at this place.
    #[must_use]
    pub fn error(&self, what: &'static str) -> FormatError {
        FormatError { what, offset: self.offset() }
    }

    /// Takes `count` bytes.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let Some((head, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.error("cut short"));
        };
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.error("cut short"));
        };
        self.rest = rest;
        Ok(*head)
    }

    /// Takes a byte.
    ///
    /// # Errors
    /// When none is left; likewise for the others.
    pub fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// Takes two bytes.
    pub fn u16(&mut self) -> Result<u16, FormatError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// Takes four bytes.
    pub fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// Takes eight bytes.
    pub fn u64(&mut self) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Takes a check.
    pub fn check(&mut self) -> Result<Check, FormatError> {
        self.array()
    }

    /// Takes a two-byte length and that many bytes.
    pub fn short_bytes(&mut self) -> Result<&'a [u8], FormatError> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }
}

/// Appends a two-byte length and the bytes.
///
/// REQUIRES: at most 65,535 bytes, which holds for every key.
pub fn put_short_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let count = u16::try_from(bytes.len()).expect("a key has at most 65,535 bytes");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(bytes);
}

/// A size as it is written to disk.
#[must_use]
pub fn wide(bytes: usize) -> u64 {
    bytes as u64
}

/// A size that was read, as one of memory; saturates where memory is narrower, so that a bound
/// check afterwards fails.
#[must_use]
pub fn narrow(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
