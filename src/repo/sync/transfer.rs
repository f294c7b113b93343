//! Bringing segment files to a remote and from it, a few at once, the largest first.
//!
//! Both directions go on where they were cut off: an upload by notes in `segments/<id>.up`, a
//! download by what is in `segments/<id>.down`. Invariants: a file gets its name `<id>.seg` only
//! after it was synced and read through by the caller's check against its id; memory is bounded by
//! one buffer a transfer; nothing at the remote is deleted or, but for an upload of the same name,
//! overwritten.

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::parallel::each;
use crate::env::{Env, WriteFile};
use crate::error::{Error, Kind, Result};
use crate::format::codec::{check_of, narrow, wide};
use crate::format::entry::SegmentEntry;
use crate::remote::{Remote, UploadNotes};
use crate::repo::Progress;
use crate::store::layout::{Layout, segment_name};

/// Bytes gathered before they are written to a file.
const BUFFER_BYTES: usize = 1 << 20;

/// The largest notes that are read back.
const NOTES_BYTES_MAX: u64 = 4 << 20;

/// Size of the check in front of notes.
const CHECK_BYTES: usize = 16;

/// Reads a downloaded file through and checks it against its listing. An error of kind `damaged`
/// means that the bytes are wrong.
pub type Verify<'a> = &'a (dyn Fn(&SegmentEntry, &Path) -> Result<()> + Sync);

/// Told of each uploaded segment, from any thread; an error stops the rest.
pub type OnDone<'a> = &'a (dyn Fn(&SegmentEntry) -> Result<()> + Sync);

/// The answer to [`download`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Downloaded {
    /// All are here.
    All,
    /// This segment (its id) is not at the remote: the version that names it was retired. Look for
    /// the newest version again.
    Gone(String),
}

/// What all transfers of one call share.
struct Transfer<'a> {
    env: &'a Env,
    layout: &'a Layout,
    remote: &'a dyn Remote,
    progress: &'a dyn Progress,
}

/// Uploads segments that stand in `segments/`, each under the name made of its slot and id.
///
/// # Errors
/// The first one met; what was reported to `on_done` by then is at the remote.
pub fn upload(
    env: &Env,
    layout: &Layout,
    remote: &dyn Remote,
    entries: &[SegmentEntry],
    progress: &dyn Progress,
    on_done: OnDone<'_>,
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let transfer = Transfer { env, layout, remote, progress };
    let total = entries.iter().fold(0_u64, |total, entry| total.saturating_add(entry.bytes));
    progress.begin("uploading", Some(total));
    let result = each(&largest_first(entries), &|entry, _| {
        transfer.send(entry)?;
        on_done(entry)?;
        // From here on the notes are rubbish; that they cannot be removed is no harm.
        drop(env.files.remove_file(&layout.upload_notes(&entry.id)));
        Ok(())
    });
    progress.end();
    result
}

/// Downloads the segments that are not in `segments/` yet. When it returns `All`, all are there,
/// checked and durable.
///
/// # Errors
/// The first one met. Kind `damaged` when a file does not verify that was fetched in one go; what
/// was fetched of the others stays, and the next call goes on with it.
pub fn download(
    env: &Env,
    layout: &Layout,
    remote: &dyn Remote,
    entries: &[SegmentEntry],
    progress: &dyn Progress,
    verify: Verify<'_>,
) -> Result<Downloaded> {
    if entries.is_empty() {
        return Ok(Downloaded::All);
    }
    let folder = layout.segments();
    env.files.create_dir_all(&folder).map_err(|error| Error::disk("create", &folder, error))?;
    let transfer = Transfer { env, layout, remote, progress };
    let mut wanted = Vec::new();
    let mut total = 0_u64;
    for entry in largest_first(entries) {
        // A file of that name was checked before it got it; one of another size is not that file.
        if file_bytes(env, &layout.segment(&entry.id))? != Some(entry.bytes) {
            let here = file_bytes(env, &layout.download(&entry.id))?.unwrap_or(0);
            total = total.saturating_add(entry.bytes.saturating_sub(here));
            wanted.push(entry);
        }
    }
    let gone = Mutex::new(None);
    if !wanted.is_empty() {
        progress.begin("downloading", Some(total));
        let result = each(&wanted, &|entry, stop| {
            if !transfer.fetch(entry, stop, verify)? {
                stop.store(true, Ordering::SeqCst);
                if let Ok(mut slot) = gone.lock() {
                    slot.get_or_insert_with(|| entry.id.clone());
                }
            }
            Ok(())
        });
        progress.end();
        // Others were stopped because of it.
        if let Ok(Some(id)) = gone.into_inner() {
            return Ok(Downloaded::Gone(id));
        }
        result?;
    }
    // Also if all were there: the process that brought them may have died before this.
    env.files.sync_dir(&folder).map_err(|error| Error::disk("sync", &folder, error))?;
    Ok(Downloaded::All)
}

/// Whether all of these segments are in `segments/`.
///
/// # Errors
/// Kind `disk`.
pub fn are_here(env: &Env, layout: &Layout, entries: &[SegmentEntry]) -> Result<bool> {
    for entry in entries {
        if file_bytes(env, &layout.segment(&entry.id))? != Some(entry.bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes what transfers left behind, but for segments whose id is to be kept. REQUIRES: the sync
/// lock.
///
/// # Errors
/// Kind `disk` when the folder cannot be read; files that cannot be removed are left.
pub fn sweep(env: &Env, layout: &Layout, is_kept: &dyn Fn(&str) -> bool) -> Result<()> {
    let folder = layout.segments();
    let entries = match env.files.list_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        listed => listed.map_err(|error| Error::disk("list", &folder, error))?,
    };
    for entry in entries {
        let name = entry.name.to_str().unwrap_or_default();
        let id = [".down", ".up", ".sent"].iter().find_map(|suffix| name.strip_suffix(suffix));
        if id.is_some_and(|id| !is_kept(id)) {
            drop(env.files.remove_file(&folder.join(name)));
        }
    }
    Ok(())
}

fn largest_first(entries: &[SegmentEntry]) -> Vec<&SegmentEntry> {
    let mut sorted: Vec<&SegmentEntry> = entries.iter().collect();
    sorted.sort_by_key(|entry| Reverse(entry.bytes));
    sorted
}

/// The size of a file; `None` if there is none.
fn file_bytes(env: &Env, path: &Path) -> Result<Option<u64>> {
    match env.files.metadata(path) {
        Ok(found) => Ok(Some(found.bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::disk("read", path, error)),
    }
}

impl Transfer<'_> {
    fn send(&self, entry: &SegmentEntry) -> Result<()> {
        let path = self.layout.segment(&entry.id);
        let name = segment_name(entry.slot, &entry.id);
        let opened = self.env.files.open(&path);
        let file = opened.map_err(|error| Error::disk("open", &path, error))?;
        let bytes = file.bytes().map_err(|error| Error::disk("read", &path, error))?;
        if bytes != entry.bytes {
            let what = format!("it has {bytes} bytes in place of {}", entry.bytes);
            return Err(Error::damaged(path.display(), what));
        }
        let notes = NotesFile {
            env: self.env,
            path: self.layout.upload_notes(&entry.id),
            target: format!("{} {name}", self.remote.url()),
        };
        if notes.load().is_some() && self.is_there(&name, bytes) {
            self.progress.advance(bytes);
            return Ok(());
        }
        self.remote.put_file(&name, &*file, &notes, &|bytes| self.progress.advance(bytes))
    }

    /// Whether an upload that was begun earlier has ended after all: its end was the last thing
    /// that was asked for. The name holds the content's hash, so nothing else can stand there. If
    /// this cannot be found out, the upload tells why.
    fn is_there(&self, name: &str, bytes: u64) -> bool {
        let last = bytes.saturating_sub(1);
        self.remote.get_range(name, last, bytes - last, &mut |_| Ok(())).unwrap_or(false)
    }

    /// Fetches, checks and names one segment; `false` if the remote has none.
    fn fetch(&self, entry: &SegmentEntry, stop: &AtomicBool, verify: Verify<'_>) -> Result<bool> {
        let path = self.layout.download(&entry.id);
        let mut is_resumed = self.open_at_end(entry, &path)?.1 > 0;
        loop {
            if !self.fill(entry, &path, stop)? {
                self.remove(&path)?;
                return Ok(false);
            }
            match verify(entry, &path) {
                Ok(()) => break,
                Err(error) if error.kind() != Kind::Damaged => return Err(error),
                Err(error) => {
                    self.remove(&path)?;
                    if !is_resumed {
                        let name = segment_name(entry.slot, &entry.id);
                        return Err(error.context(format!("{name} at {}", self.remote.url())));
                    }
                    // The part from before may be what is wrong: a crash can leave any bytes.
                    is_resumed = false;
                }
            }
        }
        let named = self.layout.segment(&entry.id);
        self.env.files.rename(&path, &named).map_err(|error| Error::disk("name", &named, error))?;
        Ok(true)
    }

    /// Brings the file to its full size and syncs it; `false` if the remote has none.
    fn fill(&self, entry: &SegmentEntry, path: &Path, stop: &AtomicBool) -> Result<bool> {
        let disk = |error| Error::disk("write", path, error);
        let (mut file, here) = self.open_at_end(entry, path)?;
        let wanted = entry.bytes - here;
        if wanted > 0 {
            let mut tail =
                Tail { file: &mut *file, at: here, end: entry.bytes, buffer: Vec::new() };
            let name = segment_name(entry.slot, &entry.id);
            let answer = self.remote.get_range(&name, here, wanted, &mut |bytes| {
                if stop.load(Ordering::SeqCst) {
                    return Err(Error::new(Kind::Interrupted, "stopped, as another one failed"));
                }
                self.progress.advance(wide(bytes.len()));
                if tail.take(bytes).map_err(disk)? {
                    return Ok(());
                }
                Err(Error::damaged(&name, "the remote sends more than was asked for"))
            });
            // Also after an error: the next run goes on behind what came.
            let flushed = tail.flush();
            let at = tail.at;
            if !answer? {
                return Ok(false);
            }
            flushed.map_err(disk)?;
            if at != entry.bytes {
                return Err(Error::damaged(&name, "the remote sends less than was asked for"));
            }
        }
        file.sync().map_err(|error| Error::disk("sync", path, error))?;
        Ok(true)
    }

    /// Opens the file that is on its way here, making it if need be, and gives its size. One that
    /// is longer than it can be is begun anew.
    fn open_at_end(&self, entry: &SegmentEntry, path: &Path) -> Result<(Box<dyn WriteFile>, u64)> {
        let disk = |error| Error::disk("open", path, error);
        let mut file = match self.env.files.open_write(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.env.files.create_new(path).map_err(disk)?
            }
            opened => opened.map_err(disk)?,
        };
        let bytes = file.bytes().map_err(disk)?;
        if bytes > entry.bytes {
            file.set_bytes(0).map_err(disk)?;
            return Ok((file, 0));
        }
        Ok((file, bytes))
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.env.files.remove_file(path).map_err(|error| Error::disk("remove", path, error))
    }
}

/// The end of a file that grows up to `end`.
struct Tail<'a> {
    file: &'a mut dyn WriteFile,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
}

impl Tail<'_> {
    /// Takes bytes; `false` if they would go over the end.
    fn take(&mut self, mut bytes: &[u8]) -> io::Result<bool> {
        let room = self.end.saturating_sub(self.at).saturating_sub(wide(self.buffer.len()));
        if wide(bytes.len()) > room {
            return Ok(false);
        }
        while !bytes.is_empty() {
            let fits = bytes.len().min(BUFFER_BYTES.saturating_sub(self.buffer.len()));
            let (now, later) = bytes.split_at(fits);
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() >= BUFFER_BYTES {
                self.flush()?;
            }
        }
        Ok(true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.at)?;
        self.at += wide(self.buffer.len());
        self.buffer.clear();
        Ok(())
    }
}

/// Notes of one upload in a file: `check | notes`. The check covers the target as well, so notes
/// for another place or name, and torn ones, are none.
struct NotesFile<'a> {
    env: &'a Env,
    path: PathBuf,
    target: String,
}

impl NotesFile<'_> {
    fn check(&self, notes: &[u8]) -> [u8; CHECK_BYTES] {
        let target = blake3::hash(self.target.as_bytes());
        check_of(&[target.as_bytes().as_slice(), notes].concat())
    }
}

impl UploadNotes for NotesFile<'_> {
    fn load(&self) -> Option<Vec<u8>> {
        let file = self.env.files.open(&self.path).ok()?;
        let count = file.bytes().ok().filter(|count| *count <= NOTES_BYTES_MAX)?;
        let mut bytes = vec![0; narrow(count)];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let (check, notes) = bytes.split_at_checked(CHECK_BYTES)?;
        (check == self.check(notes)).then(|| notes.to_vec())
    }

    fn save(&self, notes: &[u8]) {
        // In place and not synced: a torn file is none, and that costs sending parts again.
        let files = &self.env.files;
        let file = files.open_write(&self.path).or_else(|_| files.create_new(&self.path));
        let Ok(mut file) = file else { return };
        let bytes = [self.check(notes).as_slice(), notes].concat();
        if file.set_bytes(wide(bytes.len())).is_err() || file.write_all_at(&bytes, 0).is_err() {
            drop(files.remove_file(&self.path));
        }
    }
}

#[cfg(test)]
#[path = "transfer_tests.rs"]
mod tests;
