//! Stored bytes: a frame's content, compressed where that helps (FORMAT 5.1).
//!
//! `codec u8 | raw length u32 | data`. Codec 0 is plain, 1 is an LZ4 block. A reader gives the
//! largest raw length it accepts, so a small input cannot make a large allocation.

use super::codec::{FormatError, Reader, narrow};

// Stored on disk; never change or use again.
const CODEC_PLAIN: u8 = 0;
const CODEC_LZ4: u8 = 1;

/// Bytes in front of the data.
pub const HEADER_BYTES: usize = 5;

/// Appends the stored form of `raw` to `out`.
///
/// REQUIRES: at most 4 GiB; frames are far smaller.
pub fn store(raw: &[u8], out: &mut Vec<u8>) {
    let raw_len = u32::try_from(raw.len()).expect("a frame is far below 4 GiB");
    let start = out.len();
    out.push(CODEC_LZ4);
    out.extend_from_slice(&raw_len.to_le_bytes());
    let room = lz4_flex::block::get_maximum_output_size(raw.len());
    let data = out.len();
    out.resize(data + room, 0);
    let packed = out
        .get_mut(data..)
        .and_then(|to| lz4_flex::block::compress_into(raw, to).ok())
        // Saving less than an eighth is not worth the time of unpacking.
        .filter(|bytes| *bytes < raw.len() - raw.len() / 8);
    if let Some(bytes) = packed {
        out.truncate(data + bytes);
    } else {
        out.truncate(start);
        out.push(CODEC_PLAIN);
        out.extend_from_slice(&raw_len.to_le_bytes());
        out.extend_from_slice(raw);
    }
}

/// Gives back the raw bytes of a stored form, at most `raw_bytes_max` of them.
///
/// # Errors
/// When the codec is unknown, the length is over the limit, or the data does not unpack to exactly
/// that length.
pub fn load(stored: &[u8], raw_bytes_max: usize) -> Result<Vec<u8>, FormatError> {
    let mut reader = Reader::new(stored);
    let codec = reader.u8()?;
    let raw_len = narrow(u64::from(reader.u32()?));
    if raw_len > raw_bytes_max {
        return Err(reader.error("raw length over the limit"));
    }
    let data = reader.take(reader.left())?;
    match codec {
        CODEC_PLAIN if data.len() == raw_len => Ok(data.to_vec()),
        CODEC_PLAIN => Err(reader.error("plain data of another length")),
        CODEC_LZ4 => {
            let mut raw = vec![0; raw_len];
            match lz4_flex::block::decompress_into(data, &mut raw) {
                Ok(got) if got == raw_len => Ok(raw),
                _ => Err(reader.error("compressed data does not unpack")),
            }
        }
        _ => Err(reader.error("unknown codec")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codecs_round_trip() {
        for raw in [&b""[..], b"x", &[7; 10_000], b"no two bytes alike"] {
            let mut stored = Vec::new();
            store(raw, &mut stored);
            assert_eq!(load(&stored, raw.len()).unwrap(), raw);
            if !raw.is_empty() {
                assert!(load(&stored, raw.len() - 1).is_err());
            }
        }
    }
}
