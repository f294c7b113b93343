//! The seams to the outside: files, clock, randomness.
//!
//! Nothing else in the crate touches the file system, the clock or a random source, so the suites
//! can run the real engine on simulated ones: a disk that forgets what was not synced, a call that
//! fails, a clock a day behind. The fourth seam, the remote, is [`crate::remote::Remote`].
//!
//! The real implementations are in `env/real.rs`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

mod real;

pub use real::{RealClock, RealFiles, RealRandom};

/// The outside world, as handed to everything that needs it. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    /// The file system.
    pub files: Arc<dyn Files>,
    /// Wall clock and sleeping.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for names and ids.
    pub random: Arc<dyn Random>,
}

impl Env {
    /// The real file system, clock and random source.
    #[must_use]
    pub fn real() -> Self {
        Self {
            files: Arc::new(RealFiles),
            clock: Arc::new(RealClock),
            random: Arc::new(RealRandom),
        }
    }

    /// 16 random bytes in lower-case hex: the name of a log, a folder below `tmp/`, a commit.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn nonce(&self) -> io::Result<String> {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes)?;
        Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
    }
}

/// What a file system entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in its folder.
    pub name: std::ffi::OsString,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Size in bytes, of a file.
    pub bytes: u64,
}

/// The file system. Paths are used as given; errors are those of the system.
pub trait Files: Send + Sync {
    /// Opens a file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>>;
    /// Creates a file that must not exist yet. Not durable before it and its folder are synced.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Opens an existing file for writing in place or at its end.
    fn open_write(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Moves a file over `to`, atomically. Not durable before the folder is synced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name, which must not exist. Not durable before the folder is synced.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it. Existing ones are fine.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and everything below it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// The entries of a folder, sorted by name.
    fn list_dir(&self, path: &Path) -> io::Result<Vec<Entry>>;
    /// Whether there is a file or folder of that name, and what it is. Links are followed.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// Takes the exclusive lock of a file, which is created if need be, without waiting: `None`
    /// where another process or handle has it. Released when the guard is dropped or the process
    /// ends.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>>;
}

/// What [`Files::metadata`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Size in bytes, of a file.
    pub bytes: u64,
    /// Milliseconds since 1970 of the last change, where the system knows.
    pub modified_ms: Option<u64>,
}

/// A file open for reading. Reads do not move a position, so threads can share it.
pub trait ReadFile: Send + Sync {
    /// Size in bytes at this moment.
    fn bytes(&self) -> io::Result<u64>;
    /// Fills the buffer from `offset` on; `UnexpectedEof` if the file ends before.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A file open for writing. Writes are at a given place; nothing is durable before `sync`.
pub trait WriteFile: Send {
    /// Size in bytes at this moment.
    fn bytes(&self) -> io::Result<u64>;
    /// Writes all of the buffer at `offset`.
    fn write_all_at(&mut self, buffer: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts or extends the file.
    fn set_bytes(&mut self, bytes: u64) -> io::Result<()>;
    /// Makes content and size durable. The name is durable once the folder is synced.
    fn sync(&mut self) -> io::Result<()>;
}

/// An exclusive lock, held while this lives. Its file can hold a short note for the next owner:
/// never synced, so it tells about killed processes, not about power loss.
pub trait Lock: Send {
    /// The note, at most 4 KiB.
    fn read_note(&mut self) -> io::Result<Vec<u8>>;
    /// Replaces the note. Every note of one file must have the same length.
    fn write_note(&mut self, note: &[u8]) -> io::Result<()>;
}

/// Wall clock and sleeping.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// Random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()>;
}
