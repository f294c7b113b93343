//! A folder below `tmp/` for work under way (FORMAT 7).
//!
//! Invariants: the owner holds the lock of the folder's `lock` file while it works. A folder whose
//! lock can be had is rubbish that a killed process left, and is removed by whoever finds it.

use std::path::{Path, PathBuf};

use crate::env::{Env, Lock};
use crate::error::{Error, Kind, Result};
use crate::store::layout::Layout;

const LOCK_NAME: &str = "lock";

/// How often a fresh folder may be taken for rubbish by another process before this gives up.
const ATTEMPTS: usize = 10;

/// A locked folder; removed with everything in it when dropped.
pub struct Workspace {
    env: Env,
    path: PathBuf,
    names: std::cell::Cell<u64>,
    lock: Option<Box<dyn Lock>>,
}

impl Workspace {
    /// Makes a folder of its own.
    ///
    /// # Errors
    /// Kind `disk`.
    pub fn new(env: &Env, layout: &Layout) -> Result<Self> {
        for _ in 0..ATTEMPTS {
            let nonce = env.nonce().map_err(|error| Error::disk("name", layout.tmp(), error))?;
            let path = layout.tmp().join(nonce);
            let disk = |error| Error::disk("create", &path, error);
            env.files.create_dir_all(&path).map_err(disk)?;
            let lock_path = path.join(LOCK_NAME);
            // Between the two calls a cleaner may have found the folder without a lock.
            let lock = match env.files.try_lock(&lock_path) {
                Ok(Some(lock)) => lock,
                Ok(None) => continue,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::disk("lock", lock_path, error)),
            };
            if env.files.metadata(&lock_path).is_ok() {
                let names = std::cell::Cell::new(0);
                return Ok(Self { env: env.clone(), path, names, lock: Some(lock) });
            }
        }
        let message = format!("cannot keep a folder below {}", layout.tmp().display());
        Err(Error::new(Kind::Disk, message).hint("Is another program removing files there?"))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in the folder that was not given before.
    #[must_use]
    pub fn fresh(&self) -> PathBuf {
        self.names.set(self.names.get() + 1);
        self.path.join(self.names.get().to_string())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // The lock file must be closed before Windows lets it be removed. What cannot be removed
        // now is unlocked rubbish, for the next cleaner.
        self.lock = None;
        drop(self.env.files.remove_dir_all(&self.path));
    }
}

/// Removes the folders that killed processes left.
///
/// # Errors
/// Kind `disk`, when the folder `tmp` cannot be read.
pub fn clean(env: &Env, layout: &Layout) -> Result<()> {
    let tmp = layout.tmp();
    let entries = env.files.list_dir(&tmp).map_err(|error| Error::disk("read", &tmp, error))?;
    for entry in entries.into_iter().filter(|entry| entry.is_dir) {
        let path = tmp.join(&entry.name);
        if let Ok(Some(lock)) = env.files.try_lock(&path.join(LOCK_NAME)) {
            drop(lock);
            // Another cleaner may be faster; what stays is found again.
            drop(env.files.remove_dir_all(&path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::env::Random;
    use crate::store::testing::empty_repository;

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
            buffer.fill(0);
            Ok(())
        }
    }

    #[test]
    fn a_lock_that_cannot_be_taken_is_told_with_its_cause() {
        let (env, layout, _folder) = empty_repository();
        let env = Env { random: Arc::new(Zeros), ..env };
        // No file can be opened where a folder stands.
        let path = layout.tmp().join("0".repeat(32)).join(LOCK_NAME);
        env.files.create_dir_all(&path).unwrap();
        let error = Workspace::new(&env, &layout).err().unwrap();
        assert_eq!(error.kind(), Kind::Disk);
        assert!(std::error::Error::source(&error).is_some(), "{error}");
    }
}
