//! A folder as a remote: objects are files below it, a name is a relative path.
//!
//! Every object is written whole to a file of another name in the root, synced, and only then
//! given its name: by a rename (`put`), or by a second link, which fails where the name is taken
//! (`create`). So a reader never sees half an object, and of any number of creators one wins.
//!
//! Invariants:
//!
//! * Names of unfinished files begin with `_`, which no object's name can hold; `list` shows none.
//! * Done means durable: file, its folder and the folders above are synced before a verb returns.
//! * The root is made only if `create_root` says so. A root that is gone is `unavailable`: a drive
//!   that is not mounted must not turn into an empty database.
//! * Without hard links there is no exclusive creation that holds for all machines that share the
//!   folder (a lock may be local to each), so `create` refuses there instead of pretending.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

mod fault;
mod write;

use fault::{failed, is_missing, read_failed, too_large};
use write::from_slice;

use super::{Conditional, Created, Fetched, Listed, Meter, Moved, Remote, UploadNotes, name};
use crate::env::{Env, ReadFile};
use crate::error::{Error, Kind, Result};

/// Bytes moved at a time.
const PIECE_BYTES: u64 = 256 * 1024;
/// Names a page of a listing holds.
const PAGE_NAMES_MAX: usize = 10_000;

/// A folder, local or on a network drive.
pub struct Folder {
    env: Env,
    root: PathBuf,
    create_root: bool,
    meter: Meter,
    /// Folders this value made sure of: they exist and their names are durable.
    durable: Mutex<BTreeSet<PathBuf>>,
    /// Whether what killed writers left was looked for.
    swept: AtomicBool,
}

impl Folder {
    /// A remote at `root`. With `create_root`, a missing root reads as empty and is made by the
    /// first write; without, it is an error of kind `unavailable`. Touches nothing yet.
    #[must_use]
    pub fn new(env: &Env, root: impl Into<PathBuf>, create_root: bool) -> Self {
        Self {
            env: env.clone(),
            root: root.into(),
            create_root,
            meter: Meter::default(),
            durable: Mutex::default(),
            swept: AtomicBool::new(false),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.root.clone(), |path, segment| path.join(segment))
    }

    /// Whether there is a root to read from.
    fn has_root(&self) -> Result<bool> {
        match self.env.files.metadata(&self.root) {
            Ok(found) if found.is_dir => Ok(true),
            Ok(_) => Err(Error::usage(format!("{} is not a folder", self.root.display()))
                .hint("Name a folder as the remote.")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.create_root {
                    return Ok(false);
                }
                let message = format!("the folder {} is not there", self.root.display());
                Err(Error::new(Kind::Unavailable, message)
                    .hint("Mount the drive it is on, or set the remote's URL to where it is now."))
            }
            Err(error) => Err(failed("read", &self.root, error)),
        }
    }

    /// Opens an object for reading.
    fn open(&self, name: &str) -> Result<Option<(PathBuf, Box<dyn ReadFile>)>> {
        name::check(name)?;
        self.meter.request();
        let path = self.path(name);
        match self.env.files.open(&path) {
            Ok(file) => Ok(Some((path, file))),
            Err(error) if is_missing(&error) => {
                self.has_root()?;
                Ok(None)
            }
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn fetch(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>> {
        let Some((path, file)) = self.open(name)? else { return Ok(None) };
        let bytes = file.bytes().map_err(|error| failed("read", &path, error))?;
        if bytes > bytes_max {
            return Err(too_large(&path, bytes, bytes_max));
        }
        let mut buffer = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut buffer, 0).map_err(|error| read_failed(&path, error))?;
        let modified_ms = self.env.files.metadata(&path).ok().and_then(|found| found.modified_ms);
        let tag = Some(blake3::hash(&buffer).to_hex().to_string());
        let now_ms = Some(self.env.clock.now_ms());
        Ok(Some(Fetched { bytes: buffer, tag, modified_ms, now_ms }))
    }

    /// Adds the names below a folder that are asked for.
    fn walk(
        &self,
        folder: &str,
        wanted: &Wanted<'_>,
        found: &mut Vec<(String, u64)>,
    ) -> Result<()> {
        let path = if folder.is_empty() { self.root.clone() } else { self.path(folder) };
        let entries = match self.env.files.list_dir(&path) {
            Ok(entries) => entries,
            // Removed since its name was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed("list", &path, error)),
        };
        for entry in entries {
            let Some(segment) = entry.name.to_str().filter(|name| name::is_segment(name)) else {
                continue;
            };
            let name =
                if folder.is_empty() { segment.to_owned() } else { format!("{folder}/{segment}") };
            if entry.is_dir {
                if name.split('/').count() < name::SEGMENTS_MAX && wanted.has_below(&name) {
                    self.walk(&name, wanted, found)?;
                }
            } else if wanted.has(&name) {
                found.push((name, entry.bytes));
            }
        }
        Ok(())
    }
}

impl Remote for Folder {
    fn url(&self) -> String {
        super::url::of_folder(&self.root)
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>> {
        let fetched = self.fetch(name, bytes_max)?;
        if let Some(fetched) = &fetched {
            self.meter.received(fetched.bytes.len() as u64);
        }
        Ok(fetched)
    }

    fn get_unless(&self, name: &str, tag: &str, bytes_max: u64) -> Result<Conditional> {
        let Some(fetched) = self.fetch(name, bytes_max)? else { return Ok(Conditional::Missing) };
        if fetched.tag.as_deref() == Some(tag) {
            return Ok(Conditional::Same);
        }
        self.meter.received(fetched.bytes.len() as u64);
        Ok(Conditional::Changed(fetched))
    }

    fn get_range(
        &self,
        name: &str,
        offset: u64,
        bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        let Some((path, file)) = self.open(name)? else { return Ok(false) };
        let held = file.bytes().map_err(|error| failed("read", &path, error))?;
        if offset.checked_add(bytes).is_none_or(|end| end > held) {
            let what = format!("{bytes} bytes from {offset} on are asked for, it has {held}");
            return Err(Error::damaged(path.display(), what));
        }
        let mut buffer = vec![0; usize::try_from(bytes.min(PIECE_BYTES)).unwrap_or(0)];
        let mut done = 0;
        while done < bytes {
            let piece = usize::try_from((bytes - done).min(PIECE_BYTES)).unwrap_or(0);
            let (piece, _) = buffer.split_at_mut(piece);
            file.read_exact_at(piece, offset + done).map_err(|error| read_failed(&path, error))?;
            self.meter.received(piece.len() as u64);
            sink(piece)?;
            done += piece.len() as u64;
        }
        Ok(true)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.replace(name, bytes.len() as u64, &mut from_slice(bytes), &|_| {})
    }

    fn put_file(
        &self,
        name: &str,
        file: &dyn ReadFile,
        _notes: &dyn UploadNotes,
        moved: Moved<'_>,
    ) -> Result<()> {
        let bytes =
            file.bytes().map_err(|error| Error::disk("read what to send as", name, error))?;
        let mut read = |at, piece: &mut [u8]| {
            file.read_exact_at(piece, at)
                .map_err(|error| Error::disk("read what to send as", name, error))
        };
        self.replace(name, bytes, &mut read, moved)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Created {
        let prepared = name::check(name).and_then(|()| {
            self.meter.request();
            let parent = self.ensure_parent(name)?;
            let length = bytes.len() as u64;
            let temporary = self.write_temporary(length, &mut from_slice(bytes), &|_| {})?;
            Ok((parent, temporary))
        });
        let (parent, temporary) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Created::Refused(error),
        };
        let created = self.link(&temporary, name, &parent);
        self.env.files.remove_file(&temporary).ok();
        created
    }

    fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>> {
        name::check_prefix(prefix)?;
        self.meter.request();
        let mut found = Vec::new();
        if self.has_root()? {
            self.walk("", &Wanted { prefix, after: after.unwrap_or("") }, &mut found)?;
        }
        found.sort_unstable();
        found.truncate(PAGE_NAMES_MAX);
        let listed = found.into_iter().map(|(name, bytes)| {
            let modified = self.env.files.metadata(&self.path(&name)).ok();
            Listed { modified_ms: modified.and_then(|found| found.modified_ms), name, bytes }
        });
        Ok(listed.collect())
    }

    fn delete(&self, name: &str) -> Result<()> {
        name::check(name)?;
        self.meter.request();
        let path = self.path(name);
        match self.env.files.remove_file(&path) {
            Ok(()) => {
                let parent = path.parent().unwrap_or(&self.root);
                self.env.files.sync_dir(parent).map_err(|error| failed("sync", parent, error))
            }
            Err(error) if is_missing(&error) => self.has_root().map(|_| ()),
            Err(error) => Err(failed("remove", &path, error)),
        }
    }

    fn copy(&self, from: &str, to: &str) -> Result<bool> {
        let Some((path, file)) = self.open(from)? else { return Ok(false) };
        let bytes = file.bytes().map_err(|error| failed("read", &path, error))?;
        let mut read = |at, piece: &mut [u8]| {
            file.read_exact_at(piece, at).map_err(|error| read_failed(&path, error))
        };
        self.replace(to, bytes, &mut read, &|_| {})?;
        Ok(true)
    }

    fn meter(&self) -> &Meter {
        &self.meter
    }
}

/// What a listing is to show.
struct Wanted<'a> {
    prefix: &'a str,
    after: &'a str,
}

impl Wanted<'_> {
    fn has(&self, name: &str) -> bool {
        name.starts_with(self.prefix) && name > self.after && name::is_name(name)
    }

    /// Whether a folder can hold names that are asked for.
    fn has_below(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        let fits = below.starts_with(self.prefix) || self.prefix.starts_with(&below);
        fits && (self.after < below.as_str() || self.after.starts_with(&below))
    }
}
