//! The real file system, clock and random source.
//!
//! Positioned reads and writes come from the system, so handles can be shared between threads.
//! Folders are opened and synced like files; where the system has no such thing (Windows) a
//! rename is made durable by the file system's own journal.

#![expect(clippy::disallowed_methods, reason = "this is the place that the others are sent to")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Clock, Entry, Files, Lock, Metadata, Random, ReadFile, WriteFile};

/// The file system of the machine.
#[derive(Debug)]
pub struct RealFiles;

/// The clock of the machine.
#[derive(Debug)]
pub struct RealClock;

/// The random source of the machine.
#[derive(Debug)]
pub struct RealRandom;

struct RealFile(File);

struct RealLock {
    /// A second handle on the locked file; the lock lives as long as either.
    file: File,
    _held: fd_lock::RwLock<File>,
}

const NOTE_BYTES_MAX: usize = 4096;

impl Files for RealFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let file = File::open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn open_write(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    #[cfg(not(windows))]
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(windows)]
    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            match fs::metadata(entry.path()) {
                Ok(found) => {
                    entries.push(Entry { name, is_dir: found.is_dir(), bytes: found.len() });
                }
                // Removed since the folder was read, or a link to nowhere.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let found = fs::metadata(path)?;
        let modified_ms = found.modified().ok().map(millis);
        Ok(Metadata { is_dir: found.is_dir(), bytes: found.len(), modified_ms })
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = options?;
        let handle = file.try_clone()?;
        let mut lock = fd_lock::RwLock::new(file);
        match lock.try_write() {
            // The guard would unlock when dropped; without it the lock ends with the handles.
            Ok(guard) => std::mem::forget(guard),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
        Ok(Some(Box::new(RealLock { file: handle, _held: lock })))
    }
}

impl ReadFile for RealFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        at::read_exact(&self.0, buffer, offset)
    }
}

impl WriteFile for RealFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn write_all_at(&mut self, buffer: &[u8], offset: u64) -> io::Result<()> {
        at::write_all(&self.0, buffer, offset)
    }

    fn set_bytes(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Lock for RealLock {
    fn read_note(&mut self) -> io::Result<Vec<u8>> {
        let bytes = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut note = vec![0; bytes.min(NOTE_BYTES_MAX)];
        at::read_exact(&self.file, &mut note, 0)?;
        Ok(note)
    }

    fn write_note(&mut self, note: &[u8]) -> io::Result<()> {
        at::write_all(&self.file, note, 0)
    }
}

#[cfg(unix)]
mod at {
    //! Reads and writes at a place, as Unix has them.
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt;

    pub(super) fn read_exact(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        file.read_exact_at(buffer, offset)
    }

    pub(super) fn write_all(file: &File, buffer: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(buffer, offset)
    }
}

#[cfg(windows)]
mod at {
    //! Reads and writes at a place, made from what Windows has.
    use std::fs::File;
    use std::io;
    use std::os::windows::fs::FileExt;

    pub(super) fn read_exact(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let (mut rest, mut at) = (buffer, offset);
        while !rest.is_empty() {
            let got = file.seek_read(rest, at)?;
            if got == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            rest = rest.split_at_mut(got).1;
            at += got as u64;
        }
        Ok(())
    }

    pub(super) fn write_all(file: &File, buffer: &[u8], offset: u64) -> io::Result<()> {
        let (mut rest, mut at) = (buffer, offset);
        while !rest.is_empty() {
            let put = file.seek_write(rest, at)?;
            if put == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = rest.split_at(put).1;
            at += put as u64;
        }
        Ok(())
    }
}

impl Clock for RealClock {
    fn now_ms(&self) -> u64 {
        millis(SystemTime::now())
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Random for RealRandom {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        getrandom::fill(buffer).map_err(|error| io::Error::other(error.to_string()))
    }
}
