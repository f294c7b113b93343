//! Lines of bounded length, counted.
//!
//! One buffer is reused for all of them, and a line beyond the limit is an error before it is read.
//! A UTF-8 byte order mark at the start is dropped from text, and so is a CR before the LF.

use std::io::{BufRead, Read as _};

use super::unreadable;
use crate::error::{Error, Result};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines, or records that end with another byte.
pub(crate) struct Lines<R> {
    input: R,
    delimiter: u8,
    bytes_max: u64,
    buffer: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// Lines of at most `bytes_max` bytes, without their end.
    pub(crate) fn new(input: R, delimiter: u8, bytes_max: u64) -> Self {
        Self { input, delimiter, bytes_max, buffer: Vec::new(), number: 0, ended: true }
    }

    /// Reads the next line; `false` at the end. Errors: kind usage for a line that is too long.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.buffer.clear();
        let mut bounded = self.input.by_ref().take(self.bytes_max.saturating_add(1));
        bounded.read_until(self.delimiter, &mut self.buffer).map_err(unreadable)?;
        if self.buffer.is_empty() {
            return Ok(false);
        }
        self.number += 1;
        self.ended = self.buffer.last() == Some(&self.delimiter);
        if self.ended {
            self.buffer.pop();
        } else if self.buffer.len() as u64 > self.bytes_max {
            let error = Error::usage(format!("longer than {} bytes", self.bytes_max))
                .hint("A key has at most 65,535 bytes, a value at most 1 GiB.");
            return Err(self.name_place(error));
        }
        Ok(true)
    }

    /// The line as bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The line as text: without a CR at its end or a byte order mark at the very start.
    pub(crate) fn line(&self) -> &[u8] {
        let line = self.buffer.strip_suffix(b"\r").unwrap_or(&self.buffer);
        if self.number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
    }

    /// Whether the line had an end, and did not just stop with the input.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Lines read so far: the number of this one.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Says in which line the error is.
    pub(crate) fn name_place(&self, error: Error) -> Error {
        let unit = if self.delimiter == b'\n' { "line" } else { "record" };
        error.context(format!("{unit} {}", self.number))
    }
}
