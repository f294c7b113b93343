//! The lines of a transaction: puts, deletes, and what must hold before them.
//!
//! Each line is `{"op":"put","key":...,"value":...}`, `{"op":"delete","key":...}` or
//! `{"op":"verify","key":...}` with a `value` or with `"missing":true`.

use std::io::BufRead;

use super::jsonl::{self, Fields};
use super::lines::Lines;
use crate::error::{Error, Result};
use crate::text::keys::{Normalize, check_key, check_value};

/// A step of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Store a pair.
    Put {
        /// The key's bytes.
        key: Vec<u8>,
        /// The value's bytes.
        value: Vec<u8>,
    },
    /// Delete a key.
    Delete {
        /// The key's bytes.
        key: Vec<u8>,
    },
    /// Go on only if the key has this value before the transaction, or is not there (`None`).
    Verify {
        /// The key's bytes.
        key: Vec<u8>,
        /// The value's bytes.
        expected: Option<Vec<u8>>,
    },
}

/// Reads the steps of a transaction.
pub struct OpReader<R> {
    lines: Lines<R>,
    normalize: Normalize,
}

impl<R: BufRead> OpReader<R> {
    /// A reader; textual keys are brought to a normal form.
    pub fn new(input: R, normalize: Normalize) -> Self {
        Self { lines: jsonl::lines(input), normalize }
    }

    /// The next step; `None` at the end. Errors: kind usage, naming the line; kind disk where the
    /// input fails.
    pub fn next_op(&mut self) -> Result<Option<Op>> {
        if !jsonl::advance(&mut self.lines)? {
            return Ok(None);
        }
        let op = jsonl::parse(self.lines.line()).and_then(|fields| self.op(fields));
        op.map(Some).map_err(|error| self.lines.name_place(error))
    }

    /// The number of the line that the last step came from.
    pub fn line(&self) -> u64 {
        self.lines.number()
    }

    fn op(&self, fields: Fields<'_>) -> Result<Op> {
        let exact = fields.key_b64.is_some();
        let (mut key_buffer, mut value_buffer) = (Vec::new(), Vec::new());
        let key = jsonl::take("key", fields.key, fields.key_b64, &mut key_buffer)?
            .ok_or_else(|| jsonl::missing("key"))?;
        let key = if exact { key.to_vec() } else { self.normalize.apply(key).into_owned() };
        check_key(&key)?;
        let value = jsonl::take("value", fields.value, fields.value_b64, &mut value_buffer)?
            .map(<[u8]>::to_vec);
        check_value(&key, value.as_deref().unwrap_or_default())?;
        let missing = fields.missing.unwrap_or(false);
        let Some(op) = fields.op else {
            return Err(wrong("no \"op\""));
        };
        match (&*op.0, value, missing) {
            ("put", Some(value), false) => Ok(Op::Put { key, value }),
            ("put", None, _) => Err(wrong("a put without a value")),
            ("put" | "delete", _, true) => Err(wrong("\"missing\" belongs to verify")),
            ("delete", None, false) => Ok(Op::Delete { key }),
            ("delete", Some(_), _) => Err(wrong("a delete with a value")),
            ("verify", Some(_), true) => Err(wrong("both a value and \"missing\"")),
            ("verify", None, false) => Err(wrong("neither a value nor \"missing\":true")),
            ("verify", expected, _) => Ok(Op::Verify { key, expected }),
            (other, _, _) => Err(wrong(&format!("unknown op {other:?}"))),
        }
    }
}

fn wrong(what: &str) -> Error {
    Error::usage(what)
        .hint(r#"An op is put (with a value), delete, or verify (with a value or "missing":true)."#)
}
