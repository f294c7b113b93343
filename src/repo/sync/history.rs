//! The versions that a repository knows: `manifests/<20 digits>.json`, as they came, and the ones
//! between two versions fetched and checked as a chain.
//!
//! Invariants: a file appears whole and durable or not at all; a tombstone never takes the place of
//! a manifest; a fetched version is handed on only if its hash is what its successor names.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::newest::{self, Seen};
use super::parallel::{AT_ONCE, each};
use crate::env::{Entry, Env};
use crate::error::{Error, Result};
use crate::format::codec::{narrow, wide};
use crate::format::manifest::{self, BYTES_MAX, Manifest, Version};
use crate::remote::Remote;
use crate::repo::VersionInfo;
use crate::store::layout::Layout;

/// The ending of a file that is being written.
const TMP: &str = "tmp";

/// What [`fetch_between`] hands on: a version and its exact bytes. Newest first.
pub type Sink<'a> = &'a mut dyn FnMut(&Version, &[u8]) -> Result<()>;

/// Keeps a version: its manifest's, or its tombstone's, exact bytes. Durable when it returns. The
/// same bytes again change nothing; a tombstone of a version that is here whole is not kept.
///
/// # Errors
/// Kind `damaged` when the bytes are not of that version; `disk` when they cannot be written.
pub fn save(env: &Env, layout: &Layout, version: u64, bytes: &[u8]) -> Result<()> {
    let path = layout.manifest(version);
    let new = manifest::decode(bytes, version, &path.display().to_string())?;
    match load(env, layout, version) {
        Ok(Some(old)) if old == bytes => return sync_folder(env, layout),
        Ok(Some(old)) => {
            let old = manifest::decode(&old, version, "");
            if matches!((old, new), (Ok(Version::Live(_)), Version::Retired(_))) {
                return Ok(());
            }
        }
        // What cannot be read is replaced.
        Ok(None) | Err(_) => {}
    }
    let folder = layout.manifests();
    env.files.create_dir_all(&folder).map_err(|error| Error::disk("create", &folder, error))?;
    let nonce = env.nonce().map_err(|error| Error::disk("name a file in", &folder, error))?;
    let tmp = folder.join(format!("{nonce}.{TMP}"));
    let written = write(env, &tmp, bytes).and_then(|()| {
        env.files.rename(&tmp, &path).map_err(|error| Error::disk("write", &path, error))
    });
    if written.is_err() {
        drop(env.files.remove_file(&tmp));
    }
    written?;
    sync_folder(env, layout)
}

fn write(env: &Env, path: &Path, bytes: &[u8]) -> Result<()> {
    let disk = |error| Error::disk("write", path, error);
    let mut file = env.files.create_new(path).map_err(disk)?;
    file.write_all_at(bytes, 0).map_err(disk)?;
    file.sync().map_err(disk)
}

fn sync_folder(env: &Env, layout: &Layout) -> Result<()> {
    let folder = layout.manifests();
    env.files.sync_dir(&folder).map_err(|error| Error::disk("sync", &folder, error))
}

/// Removes what a [`save`] that was cut off left behind. REQUIRES: the sync lock.
///
/// # Errors
/// Kind `disk` when the folder cannot be read; files that cannot be removed are left.
pub fn sweep(env: &Env, layout: &Layout) -> Result<()> {
    let folder = layout.manifests();
    for entry in entries(env, &folder)? {
        if Path::new(&entry.name).extension().is_some_and(|suffix| suffix == TMP) {
            drop(env.files.remove_file(&folder.join(&entry.name)));
        }
    }
    Ok(())
}

fn entries(env: &Env, folder: &Path) -> Result<Vec<Entry>> {
    match env.files.list_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|error| Error::disk("list", folder, error)),
    }
}

/// The bytes of a known version; `None` if it is not known.
///
/// # Errors
/// Kind `damaged` when the file is larger than a manifest may be; `disk` when it cannot be read.
pub fn load(env: &Env, layout: &Layout, version: u64) -> Result<Option<Vec<u8>>> {
    let path = layout.manifest(version);
    let disk = |error| Error::disk("read", &path, error);
    let file = match env.files.open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(disk)?,
    };
    let count = file.bytes().map_err(disk)?;
    if count > BYTES_MAX {
        return Err(Error::damaged(path.display(), "it is larger than a manifest may be"));
    }
    let mut bytes = vec![0; narrow(count)];
    file.read_exact_at(&mut bytes, 0).map_err(disk)?;
    Ok(Some(bytes))
}

/// The numbers of the known versions, the lowest first.
///
/// # Errors
/// Kind `disk` when the folder cannot be read.
pub fn list(env: &Env, layout: &Layout) -> Result<Vec<u64>> {
    let entries = entries(env, &layout.manifests())?;
    let number = |name: &str| Layout::manifest_version(name).filter(|version| *version > 0);
    let mut versions: Vec<u64> =
        entries.iter().filter_map(|entry| entry.name.to_str().and_then(number)).collect();
    versions.sort_unstable();
    Ok(versions)
}

/// The commits of the known versions, newest first, at most `count_max`.
///
/// # Errors
/// Kind `damaged` when a file is no manifest; `disk` when it cannot be read.
pub fn commits(env: &Env, layout: &Layout, count_max: usize) -> Result<Vec<VersionInfo>> {
    let mut infos = Vec::new();
    for version in list(env, layout)?.into_iter().rev().take(count_max) {
        // Removed since the folder was read: not known any more.
        let Some(bytes) = load(env, layout, version)? else { continue };
        let place = layout.manifest(version).display().to_string();
        let commit = manifest::decode(&bytes, version, &place)?.commit().clone();
        infos.push(VersionInfo {
            version,
            time_ms: commit.time_ms,
            author: commit.author,
            message: commit.message,
            added: commit.added,
            modified: commit.modified,
            deleted: commit.deleted,
            bytes: commit.bytes,
        });
    }
    Ok(infos)
}

/// Fetches the versions between `older` (its number and hash, 0 and empty if nothing is known) and
/// `newest`, both excluded, newest first, at most `count_max`, and hands each on once it is checked
/// against its successor. A tombstone does not name its parent, so what lies directly below one is
/// taken as it is, if it is a tombstone, too: versions are retired oldest first.
///
/// A few are fetched, and held, at a time. Gives how many were handed on.
///
/// # Errors
/// Kind `damaged` when a version is missing or the chain is broken; `moved_on` when its lower end
/// is not `older`; otherwise those of the remote and of `sink`.
pub fn fetch_between(
    remote: &dyn Remote,
    older: (u64, &str),
    newest: &Manifest,
    count_max: usize,
    sink: Sink<'_>,
) -> Result<u64> {
    let mut link = Link::below(remote, newest)?;
    let (mut upper, mut done) = (newest.version, 0);
    let count_max = wide(count_max);
    loop {
        // The versions of this round: below `upper`, the highest first.
        let left = upper.saturating_sub(1).saturating_sub(older.0).min(count_max - done);
        if left == 0 {
            break;
        }
        let round: Vec<u64> = (1..=left.min(wide(AT_ONCE))).map(|step| upper - step).collect();
        let mut fetched = fetch_round(remote, &round, &newest.database)?;
        fetched.sort_by_key(|seen| std::cmp::Reverse(seen.version));
        for mut seen in fetched {
            if matches!((&link, &seen.content), (Link::Retired, Version::Live(_))) {
                // Of two read at once, the lower one was read before both were retired.
                seen = read_one(remote, seen.version, &newest.database)?;
            }
            link = link.to(remote, &seen)?;
            sink(&seen.content, &seen.bytes)?;
            (upper, done) = (seen.version, done + 1);
        }
    }
    if upper.saturating_sub(1) == older.0
        && let Link::Hash(parent) = &link
        && older.0 > 0
        && parent != older.1
    {
        return Err(newest::replaced(remote, older.0));
    }
    Ok(done)
}

fn fetch_round(remote: &dyn Remote, round: &[u64], database: &str) -> Result<Vec<Seen>> {
    let fetched = Mutex::new(Vec::new());
    each(round, &|version, _| {
        let seen = read_one(remote, *version, database)?;
        if let Ok(mut fetched) = fetched.lock() {
            fetched.push(seen);
        }
        Ok(())
    })?;
    Ok(fetched.into_inner().unwrap_or_default())
}

fn read_one(remote: &dyn Remote, version: u64, database: &str) -> Result<Seen> {
    let seen = newest::read(remote, version, Some(database))?;
    seen.ok_or_else(|| newest::missing(remote, version))
}

/// What is known of the next version on the way down.
enum Link {
    /// Its hash.
    Hash(String),
    /// That it was retired: what lies above is a tombstone.
    Retired,
    /// There is none.
    End,
}

impl Link {
    /// The link below a manifest.
    fn below(remote: &dyn Remote, manifest: &Manifest) -> Result<Self> {
        match (&manifest.parent, manifest.version) {
            (None, 1) => Ok(Self::End),
            (Some(parent), 2..) => Ok(Self::Hash(parent.clone())),
            _ => Err(broken(remote, manifest.version)),
        }
    }

    /// Checks a version against this link and gives the one below it.
    fn to(&self, remote: &dyn Remote, seen: &Seen) -> Result<Self> {
        let fits = match self {
            Self::Hash(hash) => *hash == seen.hash(),
            Self::Retired => matches!(seen.content, Version::Retired(_)),
            Self::End => false,
        };
        if !fits {
            return Err(broken(remote, seen.version));
        }
        match &seen.content {
            Version::Live(manifest) => Self::below(remote, manifest),
            Version::Retired(retired) if retired.version == 1 => Ok(Self::End),
            Version::Retired(_) => Ok(Self::Retired),
        }
    }
}

fn broken(remote: &dyn Remote, version: u64) -> Error {
    Error::damaged(newest::place_of(remote, version), "it does not fit into the chain of versions")
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
