//! Pairs as comma-separated values below a header that names the columns `key` and `value`.
//!
//! Columns may stand in any order, and others are ignored. The parser grows its record as needed,
//! so the input below it is metered: a record may read so much and no more.

use std::io::{self, BufRead, Read};

use super::{Pair, checked, unreadable};
use crate::error::{Error, Result};
use crate::text::keys::{KEY_BYTES_MAX, VALUE_BYTES_MAX};

/// Quotes can double a value. The rest is room for other columns and for what is read ahead.
const RECORD_BYTES_MAX: u64 = 2 * (VALUE_BYTES_MAX as u64 + KEY_BYTES_MAX as u64) + (1 << 20);

pub(super) struct Reader<R> {
    parser: ::csv::Reader<Metered<R>>,
    record: ::csv::ByteRecord,
    /// Where the columns of key and value are, once the header was read.
    columns: Option<(usize, usize)>,
}

/// Input that ends with an error when a record is too long.
struct Metered<R> {
    input: R,
    left: u64,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let got = self.input.read(buffer)?;
        self.left = self.left.saturating_sub(got as u64);
        Ok(got)
    }
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R) -> Self {
        let input = Metered { input, left: RECORD_BYTES_MAX };
        let parser = ::csv::ReaderBuilder::new().flexible(true).from_reader(input);
        Self { parser, record: ::csv::ByteRecord::new(), columns: None }
    }

    pub(super) fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        let (key, value) = self.columns()?;
        self.parser.get_mut().left = RECORD_BYTES_MAX;
        let more = self.parser.read_byte_record(&mut self.record);
        // The record knows where it began; one that failed only where the parser stands.
        let line = match (&more, self.record.position()) {
            (Ok(_), Some(position)) => position.line(),
            _ => self.parser.position().line(),
        };
        let named = |error: Error| error.context(format!("line {line}"));
        if !more.map_err(|error| named(bad_csv(error)))? {
            return Ok(None);
        }
        let field = |column, name| {
            let bytes = self.record.get(column).ok_or_else(|| missing(name))?;
            match std::str::from_utf8(bytes) {
                Ok(_) => Ok(bytes),
                Err(_) => Err(not_utf8(name)),
            }
        };
        let key = field(key, "key").map_err(named)?;
        let value = field(value, "value").map_err(named)?;
        checked(key, value, false).map(Some).map_err(named)
    }

    fn columns(&mut self) -> Result<(usize, usize)> {
        if let Some(columns) = self.columns {
            return Ok(columns);
        }
        let header = self.parser.byte_headers().map_err(bad_csv)?;
        let find = |name: &str| {
            let mut found =
                header.iter().enumerate().filter(|(_, field)| *field == name.as_bytes());
            let column = found.next().map(|(column, _)| column);
            if found.next().is_some() { None } else { column }
        };
        let columns = find("key").zip(find("value")).ok_or_else(|| {
            Error::usage("line 1: no header with one column \"key\" and one \"value\"")
                .hint("The first line of CSV names the columns: key,value")
        })?;
        self.columns = Some(columns);
        Ok(columns)
    }
}

fn bad_csv(error: ::csv::Error) -> Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Error::usage("the record is too long")
                .hint("A key has at most 65,535 bytes, a value at most 1 GiB.")
        }
        ::csv::ErrorKind::Io(error) => unreadable(error),
        other => Error::usage(format!("not CSV: {other:?}")),
    }
}

fn missing(name: &str) -> Error {
    Error::usage(format!("no column {name:?}"))
        .hint("Every record has as many columns as the header.")
}

fn not_utf8(name: &str) -> Error {
    Error::usage(format!("the {name} is not UTF-8"))
        .hint("Convert the file to UTF-8; bytes that are no text need another format.")
}
