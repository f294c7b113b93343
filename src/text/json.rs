//! Keys and values as JSON: a string where the bytes are UTF-8, base64 where they are not.
//!
//! A field `key` becomes `key_b64` then, and `value` becomes `value_b64`. In an array, which has no
//! field names, such a key is the object `{"key_b64":...}`.

use std::io::{self, Write};

use base64::Engine as _;
use base64::write::EncoderWriter;
use serde_json::{Map, Value};

use super::keys::BASE64;

/// A key as an element of an array.
#[must_use]
pub fn key_element(key: &[u8]) -> Value {
    if let Ok(text) = std::str::from_utf8(key) {
        Value::String(text.to_owned())
    } else {
        let mut object = Map::new();
        insert(&mut object, "key", key);
        Value::Object(object)
    }
}

/// Adds the field `name`, or `name_b64`, to an object.
pub fn insert(object: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => object.insert(name.to_owned(), Value::String(text.to_owned())),
        Err(_) => object.insert(format!("{name}_b64"), Value::String(BASE64.encode(bytes))),
    };
}

/// Writes `"name":"..."` or `"name_b64":"..."`, without a comma or brace around it. The name must
/// need no escapes.
pub fn write_field(to: &mut dyn Write, name: &str, bytes: &[u8]) -> io::Result<()> {
    match std::str::from_utf8(bytes) {
        Ok(text) if string_bytes(text) <= STRING_BYTES_MAX => {
            write!(to, "\"{name}\":")?;
            serde_json::to_writer(&mut *to, text).map_err(io::Error::from)
        }
        _ => {
            write!(to, "\"{name}_b64\":\"")?;
            let mut encoder = EncoderWriter::new(&mut *to, &BASE64);
            encoder.write_all(bytes)?;
            encoder.finish()?;
            drop(encoder);
            to.write_all(b"\"")
        }
    }
}

/// The longest JSON string that is written: twice the longest value. A larger one, which only a
/// huge value of control characters can make, goes as base64, so that readers can bound a line.
const STRING_BYTES_MAX: usize = 2 * super::keys::VALUE_BYTES_MAX;

/// At least the size of a text as a JSON string; exact where that matters.
fn string_bytes(text: &str) -> usize {
    // No character takes more than six bytes for each of its own.
    if text.len() <= STRING_BYTES_MAX / 6 {
        return text.len();
    }
    let controls = text.bytes().filter(|byte| *byte < 0x20).count();
    let quoted = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    text.len() + 5 * controls + quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_bytes_become_base64() {
        assert_eq!(key_element(b"a\"b").to_string(), r#""a\"b""#);
        assert_eq!(key_element(b"\xff").to_string(), r#"{"key_b64":"/w=="}"#);
        let mut out = Vec::new();
        write_field(&mut out, "key", b"a\n\x01").unwrap();
        write_field(&mut out, "value", b"\xff\xfe").unwrap();
        assert_eq!(out, br#""key":"a\n\u0001""value_b64":"//4=""#);
    }
}
