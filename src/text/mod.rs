//! Bytes to text and back: keys on the command line, and many pairs in a stream.
//!
//! Pure: nothing here opens a file or knows of a repository. Everything read is checked against the
//! limits of keys and values before it is handed on, and what one writer here writes, the reader of
//! the same name gives back byte for byte.

pub mod escape;
pub mod json;
pub mod keys;
pub mod pairs;

pub use escape::{escape, unescape};
pub use keys::{
    KEY_BYTES_MAX, KeyEncoding, KeyReader, KeyText, Normalize, VALUE_BYTES_MAX, check_key,
    check_value,
};
pub use pairs::{Format, Op, OpReader, Pair, PairReader, PairWriter};
