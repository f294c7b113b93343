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
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Conditional, Created, Fetched, Listed, Meter, Moved, Remote, UploadNotes, name};
use crate::env::{Env, ReadFile};
use crate::error::{Error, Kind, Result};

/// Begins the names of unfinished files.
const TEMPORARY: &str = "_tmp-";
/// Unfinished files that stood still for so long belong to nobody.
const TEMPORARY_AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
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

    /// Makes sure of the folder a name is in, durably.
    fn ensure_parent(&self, name: &str) -> Result<PathBuf> {
        let mut folders = vec![self.root.clone()];
        let mut segments = name.split('/').peekable();
        while let (Some(segment), Some(_)) = (segments.next(), segments.peek()) {
            folders.extend(folders.last().map(|above| above.join(segment)));
        }
        let root_was_there = self.has_root()?;
        let parent = folders.last().cloned().unwrap_or_else(|| self.root.clone());
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        let known = root_was_there && durable.contains(&parent);
        if known && self.env.files.metadata(&parent).is_ok() {
            return Ok(parent);
        }
        let files = &self.env.files;
        files.create_dir_all(&parent).map_err(|error| failed("make", &parent, error))?;
        let above_root = self.root.parent().filter(|above| !above.as_os_str().is_empty());
        let above_root = above_root.filter(|_| !root_was_there).map(Path::to_path_buf);
        for folder in above_root.iter().chain(&folders) {
            files.sync_dir(folder).map_err(|error| failed("sync", folder, error))?;
        }
        durable.extend(folders);
        Ok(parent)
    }

    /// Writes a synced file in the root that no listing shows. `fill` is handed each piece's place
    /// and buffer.
    fn write_temporary(
        &self,
        bytes: u64,
        fill: &mut dyn FnMut(u64, &mut [u8]) -> Result<()>,
        moved: Moved<'_>,
    ) -> Result<PathBuf> {
        let nonce = self.env.nonce().map_err(|error| failed("name", &self.root, error))?;
        let path = self.root.join(format!("{TEMPORARY}{nonce}"));
        let written = self.write_pieces(&path, bytes, fill, moved);
        if written.is_err() {
            // What stays is swept up later; the error that counts is the first.
            self.env.files.remove_file(&path).ok();
        }
        written.map(|()| path)
    }

    fn write_pieces(
        &self,
        path: &Path,
        bytes: u64,
        fill: &mut dyn FnMut(u64, &mut [u8]) -> Result<()>,
        moved: Moved<'_>,
    ) -> Result<()> {
        let wrap = |error| failed("write", path, error);
        let mut file = self.env.files.create_new(path).map_err(wrap)?;
        self.sweep(path);
        let mut buffer = vec![0; usize::try_from(bytes.min(PIECE_BYTES)).unwrap_or(0)];
        let mut at = 0;
        while at < bytes {
            let piece = usize::try_from((bytes - at).min(PIECE_BYTES)).unwrap_or(0);
            let (piece, _) = buffer.split_at_mut(piece);
            fill(at, piece)?;
            file.write_all_at(piece, at).map_err(wrap)?;
            at += piece.len() as u64;
            self.meter.sent(piece.len() as u64);
            moved(piece.len() as u64);
        }
        file.sync().map_err(wrap)
    }

    /// Removes what killed writers left. Ages are told by the folder's own clock, that of a file
    /// just made.
    fn sweep(&self, just_made: &Path) {
        if self.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        let files = &self.env.files;
        let modified = |path: &Path| files.metadata(path).ok().and_then(|found| found.modified_ms);
        let Some(now) = modified(just_made) else { return };
        for entry in files.list_dir(&self.root).unwrap_or_default() {
            let ours = entry.name.to_str().is_some_and(|name| name.starts_with(TEMPORARY));
            let path = self.root.join(&entry.name);
            if !ours || entry.is_dir || path == just_made {
                continue;
            }
            if modified(&path).is_some_and(|then| then + TEMPORARY_AGE_MAX_MS < now) {
                files.remove_file(&path).ok();
            }
        }
    }

    /// Writes an object under its name, replacing one.
    fn replace(
        &self,
        name: &str,
        bytes: u64,
        fill: &mut dyn FnMut(u64, &mut [u8]) -> Result<()>,
        moved: Moved<'_>,
    ) -> Result<()> {
        name::check(name)?;
        self.meter.request();
        let parent = self.ensure_parent(name)?;
        let temporary = self.write_temporary(bytes, fill, moved)?;
        let path = self.path(name);
        let renamed = self.env.files.rename(&temporary, &path);
        if let Err(error) = renamed {
            self.env.files.remove_file(&temporary).ok();
            return Err(failed("write", &path, error));
        }
        self.env.files.sync_dir(&parent).map_err(|error| failed("sync", &parent, error))
    }

    fn link(&self, temporary: &Path, name: &str, parent: &Path) -> Created {
        let path = self.path(name);
        match self.env.files.hard_link(temporary, &path) {
            Ok(()) => match self.env.files.sync_dir(parent) {
                Ok(()) => Created::Done,
                Err(error) => Created::Unknown(failed("sync", parent, error)),
            },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Created::Exists,
            Err(error) if cannot_link(&error) => {
                let message = format!("{} cannot create a file exclusively", self.root.display());
                let refused = Error::new(Kind::Capability, message)
                    .hint("It needs hard links: use a folder on another file system.")
                    .because(error);
                Created::Refused(refused)
            }
            Err(error) if had_no_effect(&error) => Created::Refused(failed("write", &path, error)),
            Err(error) => Created::Unknown(failed("write", &path, error)),
        }
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
        let mut fill = |at, piece: &mut [u8]| {
            file.read_exact_at(piece, at)
                .map_err(|error| Error::disk("read what to send as", name, error))
        };
        self.replace(name, bytes, &mut fill, moved)
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.has_root().map(|_| ()),
            Err(error) => Err(failed("remove", &path, error)),
        }
    }

    fn copy(&self, from: &str, to: &str) -> Result<bool> {
        let Some((path, file)) = self.open(from)? else { return Ok(false) };
        let bytes = file.bytes().map_err(|error| failed("read", &path, error))?;
        let mut fill = |at, piece: &mut [u8]| {
            file.read_exact_at(piece, at).map_err(|error| read_failed(&path, error))
        };
        self.replace(to, bytes, &mut fill, &|_| {})?;
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

fn from_slice(bytes: &[u8]) -> impl FnMut(u64, &mut [u8]) -> Result<()> {
    move |at, piece| {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
        let from = rest.and_then(|rest| rest.get(..piece.len()));
        piece.copy_from_slice(from.expect("pieces are cut from these bytes"));
        Ok(())
    }
}

/// Errors by which a file system says that it has no hard links. 1 is EPERM, which Linux answers
/// for FAT, and ERROR_INVALID_FUNCTION; 50 is ERROR_NOT_SUPPORTED.
fn cannot_link(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::CrossesDevices)
        || error.raw_os_error() == Some(1)
        || (cfg!(windows) && error.raw_os_error() == Some(50))
}

/// Whether a failed link surely made none. Others, over a network, may have.
fn had_no_effect(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::NotFound
            | K::PermissionDenied
            | K::StorageFull
            | K::QuotaExceeded
            | K::ReadOnlyFilesystem
            | K::NotADirectory
            | K::TooManyLinks
    )
}

/// A failed call on the remote's files, with the kind that tells what to do.
fn failed(doing: &str, path: &Path, source: io::Error) -> Error {
    use io::ErrorKind as K;
    let (kind, hint) = match source.kind() {
        K::PermissionDenied => {
            (Kind::Auth, "Check who owns the folder and whether it may be used.")
        }
        K::ReadOnlyFilesystem => (Kind::Capability, "The remote is read only: use another."),
        K::StorageFull | K::QuotaExceeded => {
            (Kind::Unavailable, "Free some space there and run the command again.")
        }
        _ => (Kind::Unavailable, "Check the drive and run the command again."),
    };
    let message = format!("cannot {doing} {}: {source}", path.display());
    Error::new(kind, message).hint(hint).because(source)
}

/// A read that ended too early found a file cut while it was open.
fn read_failed(path: &Path, source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::UnexpectedEof {
        return Error::damaged(path.display(), "it ends early");
    }
    failed("read", path, source)
}

fn too_large(path: &Path, bytes: u64, bytes_max: u64) -> Error {
    Error::damaged(path.display(), format!("it has {bytes} bytes, at most {bytes_max} make sense"))
}
