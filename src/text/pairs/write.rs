//! Writes pairs, so that the reader of the same format gives them back byte for byte.
//!
//! csv holds text only and nul holds no NUL: a pair that does not fit is an error that names the
//! key, raised before any byte of the pair is written.

use std::io::{self, Write};

use super::Format;
use crate::error::{Error, Kind, Result};
use crate::text::escape::escape;
use crate::text::json::write_field;
use crate::text::keys::shown;

/// Writes pairs to a stream.
pub struct PairWriter<W: Write> {
    format: Format,
    to: W,
    begun: bool,
}

impl<W: Write> PairWriter<W> {
    /// A writer. It makes many small writes: `to` should be buffered.
    pub fn new(format: Format, to: W) -> Self {
        Self { format, to, begun: false }
    }

    /// Writes a pair. Errors: kind usage for a pair that the format cannot hold; kind disk where
    /// the output fails, with the `io::Error` as its source.
    pub fn write(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.begin()?;
        match self.format {
            Format::Jsonl => self.write_jsonl(key, value).map_err(unwritable),
            Format::Tsv => self.write_tsv(key, value).map_err(unwritable),
            Format::Nul => {
                let unfit = key.contains(&b'\0') || value.contains(&b'\0');
                if unfit {
                    return Err(unholdable("nul", "holds a NUL", key));
                }
                self.write_nul(key, value).map_err(unwritable)
            }
            Format::Csv => {
                if std::str::from_utf8(key).is_err() || std::str::from_utf8(value).is_err() {
                    return Err(unholdable("csv", "is not UTF-8", key));
                }
                self.write_csv(key, value).map_err(unwritable)
            }
        }
    }

    /// Writes what must stand there even without pairs, and gives the stream back, flushed.
    pub fn finish(mut self) -> Result<W> {
        self.begin()?;
        self.to.flush().map_err(unwritable)?;
        Ok(self.to)
    }

    fn begin(&mut self) -> Result<()> {
        if !self.begun && self.format == Format::Csv {
            self.to.write_all(b"key,value\n").map_err(unwritable)?;
            self.begun = true;
        }
        Ok(())
    }

    fn write_jsonl(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.to.write_all(b"{")?;
        write_field(&mut self.to, "key", key)?;
        self.to.write_all(b",")?;
        write_field(&mut self.to, "value", value)?;
        self.to.write_all(b"}\n")
    }

    fn write_tsv(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let mut key = key;
        // At the very start a reader would drop it.
        if !self.begun && key.starts_with(BYTE_ORDER_MARK) {
            self.to.write_all(b"\\xef\\xbb\\xbf")?;
            key = key.split_at(BYTE_ORDER_MARK.len()).1;
        }
        self.begun = true;
        self.to.write_all(escape(key).as_bytes())?;
        self.to.write_all(b"\t")?;
        self.to.write_all(escape(value).as_bytes())?;
        self.to.write_all(b"\n")
    }

    fn write_nul(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.to.write_all(key)?;
        self.to.write_all(b"\0")?;
        self.to.write_all(value)?;
        self.to.write_all(b"\0")
    }

    fn write_csv(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.write_csv_field(key)?;
        self.to.write_all(b",")?;
        self.write_csv_field(value)?;
        self.to.write_all(b"\n")
    }

    fn write_csv_field(&mut self, field: &[u8]) -> io::Result<()> {
        // Quotes also where spaces are at the ends, which some readers trim.
        let ends = [field.first(), field.last()].into_iter().flatten().any(u8::is_ascii_whitespace);
        if !ends && !field.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            return self.to.write_all(field);
        }
        self.to.write_all(b"\"")?;
        for (index, part) in field.split(|byte| *byte == b'"').enumerate() {
            if index > 0 {
                self.to.write_all(b"\"\"")?;
            }
            self.to.write_all(part)?;
        }
        self.to.write_all(b"\"")
    }
}

fn unholdable(format: &str, what: &str, key: &[u8]) -> Error {
    Error::usage(format!("{format} cannot hold the pair of {}: it {what}", shown(key)))
        .hint("Use the format jsonl or tsv, which hold any bytes.")
}

fn unwritable(error: io::Error) -> Error {
    Error::new(Kind::Disk, "cannot write the output")
        .hint("Check the disk, or the program that reads it.")
        .because(error)
}
