//! Writing into a folder: whole, durable, and where asked exclusive.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::fault::{cannot_link, failed, had_no_effect};
use super::{Folder, PIECE_BYTES};
use crate::error::{Error, Kind, Result};
use crate::remote::{Created, Moved, name};

/// Begins the names of unfinished files.
const TEMPORARY: &str = "_tmp-";
/// Unfinished files that stood still for so long belong to nobody.
const TEMPORARY_AGE_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// Fills a buffer with what stands at a place of the content.
pub(super) type Read<'a> = &'a mut dyn FnMut(u64, &mut [u8]) -> Result<()>;

impl Folder {
    /// Makes sure of the folder a name is in, durably.
    pub(super) fn ensure_parent(&self, name: &str) -> Result<PathBuf> {
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
        // What is above the root and not there is made with it, down from the first that is.
        let above = self.root.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        let mut missing: Vec<PathBuf> = Vec::new();
        for above in above.take_while(|_| !root_was_there) {
            missing.push(above.to_path_buf());
            if files.metadata(above).is_ok() {
                break;
            }
        }
        files.create_dir_all(&parent).map_err(|error| failed("make", &parent, error))?;
        for folder in missing.iter().rev().chain(&folders) {
            files.sync_dir(folder).map_err(|error| failed("sync", folder, error))?;
        }
        durable.extend(folders);
        Ok(parent)
    }

    /// Writes a synced file in the root that no listing shows. `read` is handed each piece's place
    /// and buffer.
    pub(super) fn write_temporary(
        &self,
        bytes: u64,
        read: Read<'_>,
        moved: Moved<'_>,
    ) -> Result<PathBuf> {
        let nonce = self.env.nonce().map_err(|error| failed("name", &self.root, error))?;
        let path = self.root.join(format!("{TEMPORARY}{nonce}"));
        let written = self.write_pieces(&path, bytes, read, moved);
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
        read: Read<'_>,
        moved: Moved<'_>,
    ) -> Result<()> {
        let wrap = |error| failed("write", path, error);
        let mut made = self.env.files.create_new(path).map_err(wrap)?;
        self.sweep(path);
        let mut buffer = vec![0; usize::try_from(bytes.min(PIECE_BYTES)).unwrap_or(0)];
        let mut at = 0;
        while at < bytes {
            let piece = usize::try_from((bytes - at).min(PIECE_BYTES)).unwrap_or(0);
            let (piece, _) = buffer.split_at_mut(piece);
            read(at, piece)?;
            made.write_all_at(piece, at).map_err(wrap)?;
            at += piece.len() as u64;
            self.meter.sent(piece.len() as u64);
            moved(piece.len() as u64);
        }
        made.sync().map_err(wrap)
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
    pub(super) fn replace(
        &self,
        name: &str,
        bytes: u64,
        read: Read<'_>,
        moved: Moved<'_>,
    ) -> Result<()> {
        name::check(name)?;
        self.meter.request();
        let parent = self.ensure_parent(name)?;
        let temporary = self.write_temporary(bytes, read, moved)?;
        let path = self.path(name);
        let renamed = self.env.files.rename(&temporary, &path);
        if let Err(error) = renamed {
            self.env.files.remove_file(&temporary).ok();
            return Err(failed("write", &path, error));
        }
        self.env.files.sync_dir(&parent).map_err(|error| failed("sync", &parent, error))
    }

    pub(super) fn link(&self, temporary: &Path, name: &str, parent: &Path) -> Created {
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
}

/// Reads from memory.
pub(super) fn from_slice(bytes: &[u8]) -> impl FnMut(u64, &mut [u8]) -> Result<()> {
    move |at, piece| {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
        let from = rest.and_then(|rest| rest.get(..piece.len()));
        piece.copy_from_slice(from.expect("pieces are cut from these bytes"));
        Ok(())
    }
}
