//! Small files: read whole, replaced whole.

use std::path::Path;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::codec::narrow;

/// Reads a file of at most `bytes_max` bytes; `None` where there is none.
///
/// # Errors
/// Kind `damaged` when it is larger; kind `disk`.
pub fn read_small(env: &Env, path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>> {
    let file = match env.files.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::disk("open", path, error)),
    };
    let bytes = file.bytes().map_err(|error| Error::disk("read", path, error))?;
    if bytes > bytes_max {
        return Err(Error::damaged(path.display(), format!("it has {bytes} bytes")));
    }
    let mut buffer = vec![0; narrow(bytes)];
    file.read_exact_at(&mut buffer, 0).map_err(|error| Error::disk("read", path, error))?;
    Ok(Some(buffer))
}

/// Puts a file in the place of another, atomically. Its content is durable when this returns; its
/// name is once the folder is synced.
///
/// # Errors
/// Kind `disk`; the old file is as it was.
pub fn replace(env: &Env, path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension("new");
    let disk = |error| Error::disk("write", &temporary, error);
    match env.files.remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(error)),
        _ => {}
    }
    let mut file = env.files.create_new(&temporary).map_err(disk)?;
    file.write_all_at(bytes, 0).map_err(disk)?;
    file.sync().map_err(disk)?;
    drop(file);
    env.files.rename(&temporary, path).map_err(|error| Error::disk("replace", path, error))
}

/// Makes the names in a folder durable.
///
/// # Errors
/// Kind `disk`.
pub fn sync_dir(env: &Env, path: &Path) -> Result<()> {
    env.files.sync_dir(path).map_err(|error| Error::disk("sync", path, error))
}
