//! Many pairs in a stream, in the four formats of `import`, `export`, `get` and `list`.
//!
//! Readers lend each pair until the next is asked for, and reuse their buffers. What they hold is
//! bounded by one pair, whatever the input is: a line or record beyond the limits is an error, not
//! an allocation.

use std::io::BufRead;
use std::str::FromStr;

use super::keys::{Normalize, check_key, check_value};
use crate::error::{Error, Kind, Result};

mod csv;
mod jsonl;
pub(crate) mod lines;
mod nul;
mod ops;
#[cfg(test)]
mod tests;
mod tsv;
mod write;

pub use ops::{Op, OpReader};
pub use write::PairWriter;

/// How a stream holds pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line: `{"key":...,"value":...}`.
    #[default]
    Jsonl,
    /// Key, TAB, value a line, both escaped.
    Tsv,
    /// Key, NUL, value, NUL.
    Nul,
    /// Comma-separated values with the header `key,value`.
    Csv,
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "jsonl" => Ok(Self::Jsonl),
            "tsv" => Ok(Self::Tsv),
            "nul" => Ok(Self::Nul),
            "csv" => Ok(Self::Csv),
            _ => {
                // One sentence: whoever parses arguments shows the message only.
                Err(Error::usage(format!("{name:?} is no format; it is jsonl, tsv, nul or csv")))
            }
        }
    }
}

/// A pair as a reader lends it, within the limits of keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The key's bytes.
    pub key: &'a [u8],
    /// The value's bytes.
    pub value: &'a [u8],
    /// The key was given as exact bytes, not as text.
    pub(crate) exact: bool,
}

/// Reads pairs from a stream.
pub struct PairReader<R> {
    source: Source<R>,
    normalize: Normalize,
    normalized: Vec<u8>,
}

enum Source<R> {
    Jsonl(jsonl::Reader<R>),
    Tsv(tsv::Reader<R>),
    Nul(nul::Reader<R>),
    Csv(Box<csv::Reader<R>>),
}

impl<R: BufRead> PairReader<R> {
    /// A reader; textual keys are brought to a normal form.
    pub fn new(format: Format, input: R, normalize: Normalize) -> Self {
        let source = match format {
            Format::Jsonl => Source::Jsonl(jsonl::Reader::new(input)),
            Format::Tsv => Source::Tsv(tsv::Reader::new(input)),
            Format::Nul => Source::Nul(nul::Reader::new(input)),
            Format::Csv => Source::Csv(Box::new(csv::Reader::new(input))),
        };
        Self { source, normalize, normalized: Vec::new() }
    }

    /// The next pair; `None` at the end. Errors: kind usage, naming the line or record, for input
    /// that is not in the format or beyond the limits; kind disk where the input fails. After an
    /// error the reader is of no more use.
    pub fn next_pair(&mut self) -> Result<Option<Pair<'_>>> {
        let Self { source, normalize, normalized } = self;
        let pair = match source {
            Source::Jsonl(reader) => reader.next_pair(),
            Source::Tsv(reader) => reader.next_pair(),
            Source::Nul(reader) => reader.next_pair(),
            Source::Csv(reader) => reader.next_pair(),
        }?;
        match pair {
            Some(pair) if *normalize != Normalize::None && !pair.exact => {
                normalized.clear();
                normalized.extend_from_slice(&normalize.apply(pair.key));
                check_key(normalized)?;
                Ok(Some(Pair { key: normalized, ..pair }))
            }
            other => Ok(other),
        }
    }
}

/// Checks a pair's lengths.
fn checked<'a>(key: &'a [u8], value: &'a [u8], exact: bool) -> Result<Pair<'a>> {
    check_key(key)?;
    check_value(key, value)?;
    Ok(Pair { key, value, exact })
}

/// The input itself fails.
fn unreadable(error: std::io::Error) -> Error {
    Error::new(Kind::Disk, "cannot read the input")
        .hint("Check the file or the program that writes it.")
        .because(error)
}
