//! Pairs as lines: key, TAB, value, both escaped.
//!
//! The escapes leave no raw TAB, LF or CR in a key or value, so a line can be cut at its one TAB
//! and a CR at its end is the line's.

use std::borrow::Cow;
use std::io::BufRead;

use super::lines::Lines;
use super::{Pair, checked};
use crate::error::{Error, Result};
use crate::text::escape::unescape;
use crate::text::keys::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// Every byte can take four.
const LINE_BYTES_MAX: u64 = 4 * (VALUE_BYTES_MAX as u64 + KEY_BYTES_MAX as u64) + 8;

pub(super) struct Reader<R> {
    lines: Lines<R>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        let lines = Lines::new(input, b'\n', LINE_BYTES_MAX);
        Self { lines, key: Vec::new(), value: Vec::new() }
    }

    pub(super) fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        loop {
            if !self.lines.advance()? {
                return Ok(None);
            }
            if !self.lines.line().is_empty() {
                break;
            }
        }
        let Self { lines, key, value } = self;
        let pair = cut(lines.line()).and_then(|(key_text, value_text)| {
            let key = plain(key_text, key)?;
            let value = plain(value_text, value)?;
            checked(key, value, false)
        });
        pair.map(Some).map_err(|error| lines.name_place(error))
    }
}

fn cut(line: &[u8]) -> Result<(&[u8], &[u8])> {
    let mut fields = line.split(|byte| *byte == b'\t');
    let hint = "Each line is key, TAB, value; a TAB inside of one is written \\t.";
    match (fields.next(), fields.next(), fields.next()) {
        (Some(key), Some(value), None) => Ok((key, value)),
        (_, _, Some(_)) => Err(Error::usage("more than one TAB").hint(hint)),
        _ => Err(Error::usage("no TAB").hint(hint)),
    }
}

fn plain<'a>(text: &'a [u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
    match unescape(text)? {
        Cow::Borrowed(text) => Ok(text),
        Cow::Owned(bytes) => {
            *buffer = bytes;
            Ok(buffer)
        }
    }
}
