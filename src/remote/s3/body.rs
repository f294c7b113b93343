//! A request before it is signed, and the body it carries.

use bytes::Bytes;
use reqwest::Method;

use crate::env::ReadFile;
use crate::error::{Error, Result};

/// Bytes of a body handed over at a time.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// A body to be sent.
pub(super) enum Body<'a> {
    /// None.
    Empty,
    /// Bytes in memory; their hash is signed.
    Bytes(&'a [u8]),
    /// A part of a file, read as it is sent, not hashed. `sent` is told how much of it went out so
    /// far; it begins anew with each attempt.
    Part { file: &'a dyn ReadFile, offset: u64, bytes: u64, sent: &'a dyn Fn(u64) },
}

impl Body<'_> {
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Part { bytes, .. } => *bytes,
        }
    }

    pub(super) fn tell(&self, at: u64) {
        if let Self::Part { sent, .. } = self {
            sent(at);
        }
    }

    pub(super) fn piece(&self, at: u64) -> Result<Bytes> {
        let bytes = usize::try_from(self.bytes() - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        match self {
            Self::Empty => Ok(Bytes::new()),
            Self::Bytes(all) => {
                let rest = usize::try_from(at).ok().and_then(|at| all.get(at..));
                let piece = rest.and_then(|rest| rest.get(..bytes)).unwrap_or_default();
                Ok(Bytes::copy_from_slice(piece))
            }
            Self::Part { file, offset, .. } => {
                let mut piece = vec![0; bytes];
                file.read_exact_at(&mut piece, offset + at)
                    .map_err(|error| Error::disk("read", "the file to be sent", error))?;
                Ok(piece.into())
            }
        }
    }
}

/// A request, before it is signed.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// The object, or none for the bucket.
    pub(super) name: Option<&'a str>,
    pub(super) query: Vec<(&'a str, &'a str)>,
    pub(super) headers: Vec<(&'static str, &'a str)>,
    pub(super) body: Body<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn new(method: Method, name: Option<&'a str>) -> Self {
        Self { method, name, query: Vec::new(), headers: Vec::new(), body: Body::Empty }
    }

    pub(super) fn header(mut self, name: &'static str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn body(mut self, body: Body<'a>) -> Self {
        self.body = body;
        self
    }
}
