//! Pairs as JSON, an object a line.
//!
//! Keys and values are borrowed from the line where they hold no escapes, which is what makes this
//! fast enough for an import.

use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

use base64::Engine as _;
use serde::de::{Deserialize, Deserializer, Visitor};

use super::lines::Lines;
use super::{Pair, checked};
use crate::error::{Error, Result};
use crate::text::keys::{BASE64, KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// Escapes can double a string; what would grow more is written as base64. The rest is room for
/// field names and for fields that are ignored.
const LINE_BYTES_MAX: u64 = 2 * VALUE_BYTES_MAX as u64 + 6 * KEY_BYTES_MAX as u64 + (1 << 20);

pub(super) struct Reader<R> {
    lines: Lines<R>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { lines: lines(input), key: Vec::new(), value: Vec::new() }
    }

    pub(super) fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        if !advance(&mut self.lines)? {
            return Ok(None);
        }
        let Self { lines, key, value } = self;
        let pair = parse(lines.line()).and_then(|fields: Fields<'_>| {
            let exact = fields.key_b64.is_some();
            let key = take("key", fields.key, fields.key_b64, key)?;
            let value = take("value", fields.value, fields.value_b64, value)?;
            let key = key.ok_or_else(|| missing("key"))?;
            checked(key, value.ok_or_else(|| missing("value"))?, exact)
        });
        pair.map(Some).map_err(|error| lines.name_place(error))
    }
}

/// Lines as long as a pair of JSON can be.
pub(super) fn lines<R: BufRead>(input: R) -> Lines<R> {
    Lines::new(input, b'\n', LINE_BYTES_MAX)
}

/// Goes on to the next line that is not blank.
pub(super) fn advance<R: BufRead>(lines: &mut Lines<R>) -> Result<bool> {
    while lines.advance()? {
        if !lines.line().trim_ascii_start().is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Parses a line.
pub(super) fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(|error| {
        let column = error.column();
        let text = error.to_string();
        // The parser sees one line only, so its own line number would mislead.
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Error::usage(format!("{what} at column {column}"))
            .hint(r#"Each line is an object such as {"key":"...","value":"..."}."#)
    })
}

pub(super) fn missing(name: &str) -> Error {
    Error::usage(format!("neither {name:?} nor \"{name}_b64\" is there"))
        .hint(r#"Each line is an object such as {"key":"...","value":"..."}."#)
}

/// The fields of a pair, and those that the line of a transaction has beside them.
#[derive(serde::Deserialize)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) key_b64: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) value: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) value_b64: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) op: Option<Text<'a>>,
    pub(super) missing: Option<bool>,
}

/// The bytes of a field that stands as text or as base64. They are borrowed from the line, or else
/// from `buffer`.
pub(super) fn take<'b>(
    name: &str,
    text: Option<Text<'b>>,
    base64: Option<Text<'b>>,
    buffer: &'b mut Vec<u8>,
) -> Result<Option<&'b [u8]>> {
    match (text, base64) {
        (None, None) => Ok(None),
        (Some(Text(Cow::Borrowed(text))), None) => Ok(Some(text.as_bytes())),
        (Some(Text(Cow::Owned(text))), None) => {
            *buffer = text.into_bytes();
            Ok(Some(buffer))
        }
        (None, Some(base64)) => {
            buffer.clear();
            BASE64.decode_vec(base64.0.as_bytes(), buffer).map_err(|error| {
                Error::usage(format!("\"{name}_b64\" is not base64: {error}"))
                    .hint("It is standard base64, with or without padding.")
            })?;
            Ok(Some(buffer))
        }
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("both {name:?} and \"{name}_b64\" are there"))
                .hint("Give one of them."))
        }
    }
}

/// A JSON string, borrowed where it holds no escapes. (A plain `Option<Cow<str>>` would be copied.)
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> std::result::Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> std::result::Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}
