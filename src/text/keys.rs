//! Keys as people write and read them, and the limits of keys and values.
//!
//! A key is bytes. On a command line it stands as those bytes, or in hex or base64; on a line of
//! input or output it stands escaped. A key given in hex or base64 is exact and is never
//! normalized; a key given as text is, where the settings ask for it.

use std::borrow::Cow;
use std::io::BufRead;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use unicode_normalization::UnicodeNormalization as _;

use super::escape::{escape, hex_digit, unescape};
use super::pairs::lines::Lines;
use crate::error::{Error, Result};

/// The most bytes that a key can have; the least is 1.
pub const KEY_BYTES_MAX: usize = 65_535;
/// The most bytes that a value can have: 1 GiB.
pub const VALUE_BYTES_MAX: usize = 1 << 30;

/// Standard base64, written with padding and read with or without.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks the length of a key. Errors: kind usage.
pub fn check_key(key: &[u8]) -> Result<()> {
    if key.is_empty() {
        return Err(Error::usage("the key is empty").hint("A key has 1 to 65,535 bytes."));
    }
    if key.len() > KEY_BYTES_MAX {
        let beginning = escape(key.get(..40).unwrap_or_default()).into_owned();
        let bytes = key.len();
        let message = format!("the key that begins with {beginning} has {bytes} bytes");
        return Err(Error::usage(message).hint("A key has 1 to 65,535 bytes."));
    }
    Ok(())
}

/// Checks the length of a value. Errors: kind usage, naming the key.
pub fn check_value(key: &[u8], value: &[u8]) -> Result<()> {
    if value.len() > VALUE_BYTES_MAX {
        let message = format!("the value of {} has {} bytes", shown(key), value.len());
        return Err(Error::usage(message).hint("A value has at most 1 GiB."));
    }
    Ok(())
}

/// A key as messages show it: escaped, and cut where it is long.
#[must_use]
pub fn shown(key: &[u8]) -> String {
    const SHOWN_BYTES_MAX: usize = 200;
    match key.get(..SHOWN_BYTES_MAX) {
        Some(beginning) if key.len() > SHOWN_BYTES_MAX => format!("{}...", escape(beginning)),
        _ => escape(key).into_owned(),
    }
}

/// How keys stand in arguments and in what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyEncoding {
    /// The bytes; escaped where they are printed.
    #[default]
    Raw,
    /// Two hex digits a byte.
    Hex,
    /// Standard base64.
    Base64,
}

impl FromStr for KeyEncoding {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "raw" => Ok(Self::Raw),
            "hex" => Ok(Self::Hex),
            "base64" => Ok(Self::Base64),
            _ => Err(Error::usage(format!("unknown key encoding {name:?}"))
                .hint("It is raw, hex or base64.")),
        }
    }
}

/// The Unicode form that textual keys are brought to on the way in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalize {
    /// Keys stay as they are.
    #[default]
    None,
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

impl FromStr for Normalize {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "none" => Ok(Self::None),
            "nfc" => Ok(Self::Nfc),
            "nfd" => Ok(Self::Nfd),
            "nfkc" => Ok(Self::Nfkc),
            "nfkd" => Ok(Self::Nfkd),
            _ => Err(Error::usage(format!("unknown normal form {name:?}"))
                .hint("It is none, nfc, nfd, nfkc or nfkd.")),
        }
    }
}

impl Normalize {
    /// Brings a key to this form. Bytes that are not UTF-8 stay as they are.
    #[must_use]
    pub fn apply(self, key: &[u8]) -> Cow<'_, [u8]> {
        // ASCII is in every normal form already.
        if self == Self::None || key.is_ascii() {
            return Cow::Borrowed(key);
        }
        let Ok(text) = std::str::from_utf8(key) else {
            return Cow::Borrowed(key);
        };
        let text: String = match self {
            Self::None => return Cow::Borrowed(key),
            Self::Nfc => text.nfc().collect(),
            Self::Nfd => text.nfd().collect(),
            Self::Nfkc => text.nfkc().collect(),
            Self::Nfkd => text.nfkd().collect(),
        };
        Cow::Owned(text.into_bytes())
    }
}

/// The settings `key.encoding` and `key.normalize` together: reads and prints keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyText {
    /// How keys are written.
    pub encoding: KeyEncoding,
    /// The form that textual keys are brought to.
    pub normalize: Normalize,
}

impl KeyText {
    /// The key that an argument names. Errors: kind usage for what is not in the encoding, or not
    /// of the right length.
    pub fn read_argument(self, argument: &[u8]) -> Result<Vec<u8>> {
        let key = self.read_prefix(argument)?;
        check_key(&key)?;
        Ok(key)
    }

    /// As [`KeyText::read_argument`], for an argument that may be empty: a prefix or a bound.
    pub fn read_prefix(self, argument: &[u8]) -> Result<Vec<u8>> {
        match self.encoding {
            KeyEncoding::Raw => Ok(self.normalize.apply(argument).into_owned()),
            KeyEncoding::Hex => decode_hex(argument),
            KeyEncoding::Base64 => decode_base64(argument),
        }
    }

    /// The key that a line names: escaped if the encoding is raw. Errors: as
    /// [`KeyText::read_argument`].
    pub fn read_line(self, line: &[u8]) -> Result<Vec<u8>> {
        if self.encoding == KeyEncoding::Raw {
            self.read_argument(&unescape(line)?)
        } else {
            self.read_argument(line)
        }
    }

    /// The key that stands raw before a NUL. Errors: kind usage for a wrong length.
    pub fn read_raw(self, bytes: &[u8]) -> Result<Vec<u8>> {
        check_key(bytes)?;
        let key = self.normalize.apply(bytes).into_owned();
        check_key(&key)?;
        Ok(key)
    }

    /// The key as a line shows it: escaped if the encoding is raw.
    #[must_use]
    pub fn print(self, key: &[u8]) -> Cow<'_, str> {
        match self.encoding {
            KeyEncoding::Raw => escape(key),
            KeyEncoding::Hex => Cow::Owned(encode_hex(key)),
            KeyEncoding::Base64 => Cow::Owned(BASE64.encode(key)),
        }
    }
}

/// Reads keys from a stream: a line each, or each ending with NUL.
pub struct KeyReader<R> {
    lines: Lines<R>,
    text: KeyText,
    raw: bool,
}

impl<R: BufRead> KeyReader<R> {
    /// A reader of lines, or with `zero` of raw keys that end with NUL.
    pub fn new(input: R, text: KeyText, zero: bool) -> Self {
        let delimiter = if zero { b'\0' } else { b'\n' };
        // An escaped byte takes four.
        let lines = Lines::new(input, delimiter, 4 * KEY_BYTES_MAX as u64 + 2);
        Self { lines, text, raw: zero }
    }

    /// The next key. Empty lines are skipped. Errors: kind usage, naming the line.
    pub fn next_key(&mut self) -> Result<Option<Vec<u8>>> {
        while self.lines.advance()? {
            let line = if self.raw { self.lines.bytes() } else { self.lines.line() };
            if line.is_empty() && !self.raw {
                continue;
            }
            let key = if self.raw { self.text.read_raw(line) } else { self.text.read_line(line) };
            return key.map(Some).map_err(|error| self.lines.name_place(error));
        }
        Ok(None)
    }
}

fn encode_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('?');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn decode_hex(text: &[u8]) -> Result<Vec<u8>> {
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)).collect();
    match bytes {
        Some(bytes) if rest.is_empty() => Ok(bytes),
        _ => Err(Error::usage(format!("{} is not a key in hex", shown(text)))
            .hint("Keys are read in hex here: two digits (0-9, a-f) a byte.")),
    }
}

fn decode_base64(text: &[u8]) -> Result<Vec<u8>> {
    BASE64.decode(text).map_err(|error| {
        Error::usage(format!("{} is not a key in base64", shown(text)))
            .hint("Keys are read in standard base64 here.")
            .because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_come_back() {
        let key: Vec<u8> = (0..=255).collect();
        for encoding in [KeyEncoding::Raw, KeyEncoding::Hex, KeyEncoding::Base64] {
            let text = KeyText { encoding, normalize: Normalize::None };
            assert_eq!(text.read_line(text.print(&key).as_bytes()).unwrap(), key);
        }
        let text = KeyText { encoding: KeyEncoding::Hex, ..KeyText::default() };
        assert_eq!(text.read_argument(b"00fF").unwrap(), [0, 255]);
        assert!(text.read_argument(b"00f").is_err());
        assert!(text.read_argument(b"zz").is_err());
        let text = KeyText { encoding: KeyEncoding::Base64, ..KeyText::default() };
        assert_eq!(text.read_argument(b"YQ").unwrap(), b"a");
        assert_eq!(text.read_argument(b"YQ==").unwrap(), b"a");
        assert!(text.read_argument(b"Y?").is_err());
    }

    #[test]
    fn lengths_are_checked() {
        let text = KeyText::default();
        assert!(text.read_argument(b"").is_err());
        assert!(text.read_prefix(b"").is_ok());
        assert!(text.read_argument(&vec![b'x'; KEY_BYTES_MAX]).is_ok());
        let error = text.read_argument(&vec![b'x'; KEY_BYTES_MAX + 1]).unwrap_err();
        assert!(error.message().ends_with("has 65536 bytes"), "{error}");
    }

    #[test]
    fn text_is_normalized_and_bytes_are_not() {
        let composed = "\u{e9}".as_bytes();
        let text = KeyText { normalize: Normalize::Nfd, ..KeyText::default() };
        assert_eq!(text.read_argument(composed).unwrap(), "e\u{301}".as_bytes());
        assert_eq!(text.read_argument(b"\xff\xe9").unwrap(), b"\xff\xe9");
        let exact = KeyText { encoding: KeyEncoding::Hex, ..text };
        assert_eq!(exact.read_argument(b"c3a9").unwrap(), composed);
    }

    #[test]
    fn keys_are_read_from_streams() {
        let keys = |input: &[u8], zero| {
            let mut reader = KeyReader::new(input, KeyText::default(), zero);
            let mut keys = Vec::new();
            while let Some(key) = reader.next_key()? {
                keys.push(key);
            }
            Ok::<_, Error>(keys)
        };
        assert_eq!(keys(b"a\n\nb\\tc\r\nd", false).unwrap(), [&b"a"[..], b"b\tc", b"d"]);
        assert_eq!(keys(b"a\\t\0b\r\n\0", true).unwrap(), [&b"a\\t"[..], b"b\r\n"]);
        assert_eq!(
            keys(b"a\nb\\q\n", false).unwrap_err().message(),
            "line 2: unknown escape \\q at byte 1"
        );
        assert_eq!(keys(b"a\0\0", true).unwrap_err().message(), "record 2: the key is empty");
    }
}
