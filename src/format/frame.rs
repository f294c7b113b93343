//! Frames of the append log (FORMAT 3).
//!
//! File: `magic [8] | log id [16] | header checksum u32 | zero u32`, then frames. A frame is
//! `length u32 | checksum u32 | payload`; its payload is one batch of records, seen whole or not
//! at all. The checksum (CRC-32C) covers the log's id, the frame's offset, the length and the
//! payload: a frame copied from another log or place never verifies, and neither does an empty
//! one, so a run of zeros is no frame.

use super::codec::{FormatError, Reader, narrow};
use super::record::{self, Record};

/// First bytes of every log file.
pub const MAGIC: &[u8; 8] = b"KVSLOG\x00\x01";

/// Size of the file's header.
pub const HEADER_BYTES: usize = 32;

/// Size of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 8;

/// The id of a log: 16 random bytes, also its file name in hex.
pub type LogId = [u8; 16];

/// The header of a new log file.
#[must_use]
pub fn header(id: &LogId) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    let (magic, rest) = bytes.split_at_mut(8);
    let (named, rest) = rest.split_at_mut(16);
    magic.copy_from_slice(MAGIC);
    named.copy_from_slice(id);
    let sum = crc32c::crc32c_append(crc32c::crc32c(MAGIC), id);
    rest.split_at_mut(4).0.copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Appends a frame that will stand at `offset` of the log `id`.
///
/// REQUIRES: a payload of 1 byte to 4 GiB; a batch for the log is far smaller.
pub fn encode(id: &LogId, offset: u64, payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("a log frame is far below 4 GiB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(id, offset, length, payload).to_le_bytes());
    out.extend_from_slice(payload);
}

fn checksum(id: &LogId, offset: u64, length: u32, payload: &[u8]) -> u32 {
    let sum = crc32c::crc32c(id);
    let sum = crc32c::crc32c_append(sum, &offset.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &length.to_le_bytes());
    crc32c::crc32c_append(sum, payload)
}

/// The payload of the frame at `offset`, if one verifies there.
#[must_use]
pub fn verify<'a>(log: &'a [u8], id: &LogId, offset: usize) -> Option<&'a [u8]> {
    let mut reader = Reader::new(log.get(offset..)?);
    let length = reader.u32().ok()?;
    let sum = reader.u32().ok()?;
    let payload = reader.take(narrow(u64::from(length))).ok()?;
    let sound = length > 0 && checksum(id, offset as u64, length, payload) == sum;
    sound.then_some(payload)
}

/// What is behind the last frame that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing: the log ends with a frame.
    Clean,
    /// Bytes that hold no frame: the rest of a write that was cut off.
    Torn,
    /// Bytes that are no frame, but with a whole frame behind them, at this offset: damage.
    Damaged(usize),
}

/// Where the frames of a log end, and what is behind them.
///
/// # Errors
/// When the header is not that of the log `id`.
pub fn scan(log: &[u8], id: &LogId) -> Result<(usize, Tail), FormatError> {
    if log.get(..HEADER_BYTES) != Some(&header(id)[..]) {
        return Err(FormatError { what: "not the header of this log", offset: 0 });
    }
    let mut end = HEADER_BYTES;
    while let Some(payload) = verify(log, id, end) {
        end += FRAME_HEADER_BYTES + payload.len();
    }
    if end == log.len() {
        return Ok((end, Tail::Clean));
    }
    // Checksums cover the offset, so each later byte can be asked whether a frame starts there.
    let later = (end + 1..log.len()).find(|offset| verify(log, id, *offset).is_some());
    Ok((end, later.map_or(Tail::Torn, Tail::Damaged)))
}

/// The records of one payload, in order.
pub struct Records<'a> {
    reader: Reader<'a>,
}

/// Reads the records of a frame's payload.
#[must_use]
pub fn records(payload: &[u8]) -> Records<'_> {
    Records { reader: Reader::new(payload) }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.reader.left() > 0).then(|| record::decode(&mut self.reader))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: LogId = [7; 16];

    fn log_of(payloads: &[&[u8]]) -> Vec<u8> {
        let mut log = header(&ID).to_vec();
        for payload in payloads {
            let offset = log.len() as u64;
            encode(&ID, offset, payload, &mut log);
        }
        log
    }

    #[test]
    fn every_cut_is_a_torn_tail_and_every_flip_in_the_middle_is_damage() {
        let log = log_of(&[b"first", b"second"]);
        assert_eq!(scan(&log, &ID), Ok((log.len(), Tail::Clean)));
        let second = HEADER_BYTES + FRAME_HEADER_BYTES + 5;
        for cut in second + 1..log.len() {
            assert_eq!(scan(&log[..cut], &ID), Ok((second, Tail::Torn)), "{cut}");
        }
        for at in HEADER_BYTES..second {
            let mut bad = log.clone();
            bad[at] ^= 0x10;
            assert_eq!(scan(&bad, &ID), Ok((HEADER_BYTES, Tail::Damaged(second))), "{at}");
        }
    }

    #[test]
    fn zeros_and_moved_frames_are_no_frames() {
        let mut log = log_of(&[b"first"]);
        let end = log.len();
        let copy = log[HEADER_BYTES..].to_vec();
        log.extend_from_slice(&copy);
        log.extend_from_slice(&[0; 64]);
        assert_eq!(scan(&log, &ID), Ok((end, Tail::Torn)));
        assert!(scan(&log, &[8; 16]).is_err());
    }
}
