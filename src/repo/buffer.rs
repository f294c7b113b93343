//! A write buffer for users of the library: collects puts and deletes, commits them as it fills up
//! or when asked. Reads through it see what it holds.
//!
//! What it holds is not durable before a flush. Dropping it without one forgets that.

use std::collections::BTreeMap;

use super::Repo;
use crate::error::Result;
use crate::store::batch::{check_key, check_value};

/// Bytes that an operation takes beside key and value.
const OPERATION_BYTES: usize = 64;

/// A write buffer over a repository.
pub struct WriteBuffer<'r> {
    repo: &'r Repo,
    bytes_max: usize,
    bytes: usize,
    /// A value, or `None` for a delete.
    held: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'r> WriteBuffer<'r> {
    pub(super) fn new(repo: &'r Repo, bytes_max: usize) -> Self {
        Self { repo, bytes_max, bytes: 0, held: BTreeMap::new() }
    }

    /// Adds a put; flushes when the buffer is full.
    ///
    /// # Errors
    /// Kind `usage` for limits; those of [`flush`](Self::flush).
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        check_key(key)?;
        check_value(value)?;
        self.hold(key, Some(value.to_vec()))
    }

    /// Adds a delete; flushes when the buffer is full.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn delete(&mut self, key: &[u8]) -> Result<()> {
        check_key(key)?;
        self.hold(key, None)
    }

    fn hold(&mut self, key: &[u8], value: Option<Vec<u8>>) -> Result<()> {
        let size = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        self.bytes += size(&value);
        match self.held.insert(key.to_vec(), value) {
            Some(before) => self.bytes -= size(&before),
            None => self.bytes += key.len() + OPERATION_BYTES,
        }
        if self.bytes >= self.bytes_max { self.flush() } else { Ok(()) }
    }

    /// A value, as it is with what the buffer holds.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.held.get(key) {
            Some(held) => Ok(held.clone()),
            None => self.repo.get(key)?.map(|entry| entry.value()).transpose(),
        }
    }

    /// Commits what it holds, all or nothing. Durable when this returns.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; the buffer still holds everything then.
    pub fn flush(&mut self) -> Result<()> {
        let mut batch = self.repo.batch()?;
        for (key, value) in &self.held {
            match value {
                Some(value) => batch.put(key, value)?,
                None => batch.delete(key)?,
            }
        }
        self.repo.commit(batch)?;
        self.held.clear();
        self.bytes = 0;
        Ok(())
    }
}
