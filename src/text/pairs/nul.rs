//! Pairs as raw bytes: key, NUL, value, NUL.
//!
//! The last NUL must be there: without it nobody could tell a whole value from one that was cut.

use std::io::BufRead;

use super::lines::Lines;
use super::{Pair, checked};
use crate::error::{Error, Result};
use crate::text::keys::{VALUE_BYTES_MAX, check_key};

pub(super) struct Reader<R> {
    fields: Lines<R>,
    key: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { fields: Lines::new(input, b'\0', VALUE_BYTES_MAX as u64), key: Vec::new() }
    }

    pub(super) fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        if !self.fields.advance()? {
            return Ok(None);
        }
        let record = self.fields.number().div_ceil(2);
        let cut = || {
            Error::usage(format!("record {record}: the input ends inside of it"))
                .hint("A record is key, NUL, value, NUL.")
        };
        let named = |error: Error| error.context(format!("record {record}"));
        if !self.fields.ended() {
            return Err(cut());
        }
        check_key(self.fields.bytes()).map_err(named)?;
        self.key.clear();
        self.key.extend_from_slice(self.fields.bytes());
        if !self.fields.advance()? || !self.fields.ended() {
            return Err(cut());
        }
        checked(&self.key, self.fields.bytes(), false).map(Some).map_err(named)
    }
}
