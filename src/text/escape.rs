//! The escapes that keep any bytes on one line of text.
//!
//! `\t \n \r \\` and `\xNN` for every other control character and every byte outside valid UTF-8.
//! The C1 controls (U+0080 to U+009F) count as control characters: some terminals act on them.
//!
//! Invariants:
//!
//! * Escaped text holds no control character, so it can be printed to a terminal as it is.
//! * `unescape(escape(bytes)) == bytes`, whatever the bytes are.

use std::borrow::Cow;

use crate::error::{Error, Result};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Escapes bytes for one line of text. Borrows where nothing has to change.
#[must_use]
pub fn escape(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(text) => Cow::Borrowed(text),
        _ => {
            let mut out = String::with_capacity(bytes.len() + 16);
            escape_to(&mut out, bytes);
            Cow::Owned(out)
        }
    }
}

/// Appends the escaped form of `bytes`.
pub fn escape_to(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\\' => out.push_str("\\\\"),
                control if control.is_control() => {
                    for byte in control.encode_utf8(&mut [0; 4]).bytes() {
                        push_hex(out, byte);
                    }
                }
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            push_hex(out, *byte);
        }
    }
}

/// Turns escaped text back into bytes. Bytes that need no escape stand for themselves, also those
/// that [`escape`] would have written otherwise. Errors: kind usage, naming the byte's place.
pub fn unescape(text: &[u8]) -> Result<Cow<'_, [u8]>> {
    if !text.contains(&b'\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    unescape_to(&mut out, text)?;
    Ok(Cow::Owned(out))
}

/// Appends what the escaped `text` stands for. Errors: as [`unescape`].
pub fn unescape_to(out: &mut Vec<u8>, text: &[u8]) -> Result<()> {
    let mut rest = text;
    while let Some(plain) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escaped) = rest.split_at(plain);
        out.extend_from_slice(before);
        let at = text.len() - escaped.len();
        let (byte, taken) = unescape_one(escaped, at)?;
        out.push(byte);
        rest = escaped.split_at(taken).1;
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Reads the escape that `escaped` begins with: the byte it stands for, and its length.
fn unescape_one(escaped: &[u8], at: usize) -> Result<(u8, usize)> {
    match escaped {
        [_, b't', ..] => Ok((b'\t', 2)),
        [_, b'n', ..] => Ok((b'\n', 2)),
        [_, b'r', ..] => Ok((b'\r', 2)),
        [_, b'\\', ..] => Ok((b'\\', 2)),
        [_, b'x', high, low, ..] => match (hex_digit(*high), hex_digit(*low)) {
            (Some(high), Some(low)) => Ok((high << 4 | low, 4)),
            _ => Err(bad_escape("an escape \\x needs two hex digits", at)),
        },
        [_, b'x', ..] => Err(bad_escape("an escape \\x needs two hex digits", at)),
        [_] => Err(bad_escape("a backslash stands alone", at)),
        [_, other, ..] => {
            let shown = escape(std::slice::from_ref(other)).into_owned();
            Err(bad_escape(&format!("unknown escape \\{shown}"), at))
        }
        [] => Err(bad_escape("nothing to read", at)),
    }
}

fn bad_escape(what: &str, at: usize) -> Error {
    Error::usage(format!("{what} at byte {at}"))
        .hint("Escapes are \\t \\n \\r \\\\ and \\xNN; write a backslash as \\\\.")
}

fn is_plain(text: &str) -> bool {
    // A first look at bytes only: nearly every key is plain ASCII.
    text.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b'\\')
        || !text.chars().any(|c| c == '\\' || c.is_control())
}

fn push_hex(out: &mut String, byte: u8) {
    out.push_str("\\x");
    for nibble in [byte >> 4, byte & 15] {
        out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'?').into());
    }
}

/// The value of a hex digit of either case.
pub(crate) fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_the_contract_names() {
        assert_eq!(escape(b"a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
        assert_eq!(escape(b"\0\x1b[0m\x7f"), "\\x00\\x1b[0m\\x7f");
        assert_eq!(escape(b"\xff\xc3"), "\\xff\\xc3");
        assert_eq!(escape("\u{9b}31m".as_bytes()), "\\xc2\\x9b31m");
        assert!(matches!(escape("gr\u{fc}n".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn every_pair_of_bytes_comes_back() {
        for first in 0..=255 {
            for second in 0..=255 {
                let bytes = [first, second];
                let text = escape(&bytes);
                assert!(!text.chars().any(char::is_control), "{bytes:?}");
                assert_eq!(unescape(text.as_bytes()).unwrap(), &bytes[..]);
            }
        }
    }

    #[test]
    fn bad_escapes_are_placed() {
        for (text, message) in [
            (&b"ab\\"[..], "a backslash stands alone at byte 2"),
            (b"\\x4", "an escape \\x needs two hex digits at byte 0"),
            (b"\\\\\\xg0", "an escape \\x needs two hex digits at byte 2"),
            (b"a\\q", "unknown escape \\q at byte 1"),
        ] {
            assert_eq!(unescape(text).unwrap_err().message(), message);
        }
    }
}
