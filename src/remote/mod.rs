//! Remotes: named places that hold bytes under names, and nothing else.
//!
//! A remote knows no records, segments or versions. It gives seven verbs; behind them stand a
//! folder, an S3 bucket, or whatever a user of the library passes. One conformance suite
//! (`tests/remote.rs`) runs over all of them.
//!
//! Calls block; a backend that needs a runtime brings its own, and all may be called from several
//! threads at once. Retrying is the backend's work, by the rules of each verb. Names are made by
//! `store::layout` alone: ASCII letters, digits, `-`, `.` and `/`, never a segment `.` or `..`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::env::ReadFile;
use crate::error::{Error, Result};

mod credentials;
mod folder;
mod name;
mod retry;
mod s3;
mod url;

pub use folder::Folder;
pub use s3::S3;
pub use url::{RemoteSettings, RemoteUrl, Variables, open};

/// A small object, whole.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What names this very content to [`Remote::get_unless`]: an `ETag`, a hash.
    pub tag: Option<String>,
    /// When the object was written, by the remote's clock: milliseconds since 1970.
    pub modified_ms: Option<u64>,
    /// The remote's clock when it answered: milliseconds since 1970.
    pub now_ms: Option<u64>,
}

/// The answer to [`Remote::get_unless`].
#[derive(Clone, Debug)]
pub enum Conditional {
    /// The object still has the tag that was named.
    Same,
    /// It has other content, given whole.
    Changed(Fetched),
    /// There is no such object.
    Missing,
}

/// The answer to [`Remote::create`]. Only `Done` says what the object holds: after `Exists` and
/// `Unknown` whoever needs to know reads it.
#[derive(Debug)]
pub enum Created {
    /// This call made the object.
    Done,
    /// The name was taken; perhaps by an earlier attempt of this very call.
    Exists,
    /// Every attempt was answered with a refusal that had no effect; nothing was written.
    Refused(Error),
    /// At least one attempt may or may not have taken effect, now or later.
    Unknown(Error),
}

/// One object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the remote's clock: milliseconds since 1970.
    pub modified_ms: Option<u64>,
}

/// Where an upload in parts keeps what it needs to go on after a crash.
pub trait UploadNotes: Send + Sync {
    /// What was saved last for this upload.
    fn load(&self) -> Option<Vec<u8>>;
    /// Saves it. Losing it costs sending parts again, nothing else.
    fn save(&self, notes: &[u8]);
}

/// Told as bytes go out or come in; called from any thread.
pub type Moved<'a> = &'a (dyn Fn(u64) + Sync);

/// A place that holds bytes under names.
///
/// Errors of every verb: `unavailable` when it could not be reached or failed after retries,
/// `auth` when credentials are missing or refused, `capability` when the place cannot do it.
pub trait Remote: Send + Sync {
    /// The place as a user would name it; no secret in it.
    fn url(&self) -> String;

    /// Reads an object whole; `None` where there is none. An object of more than `bytes_max`
    /// bytes is an error of kind `damaged`, and no more than that is read.
    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>>;

    /// The same, but the body is left out if the object still has `tag`.
    fn get_unless(&self, name: &str, tag: &str, bytes_max: u64) -> Result<Conditional>;

    /// Reads `bytes` bytes from `offset` on, handing them to `sink` in order; `false` where there
    /// is no such object. A shorter object is an error of kind `damaged`. After a retry reading
    /// goes on where it stopped: nothing is handed over twice.
    fn get_range(
        &self,
        name: &str,
        offset: u64,
        bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool>;

    /// Writes an object, replacing one of that name; all or nothing. Done when it returns.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()>;

    /// The same from a file of any size, in parts and several at once where that helps. `notes`
    /// let an upload that was cut off go on.
    fn put_file(
        &self,
        name: &str,
        file: &dyn ReadFile,
        notes: &dyn UploadNotes,
        moved: Moved<'_>,
    ) -> Result<()>;

    /// Writes an object only if there is none of that name: of any number of simultaneous calls
    /// exactly one is `Done`. A place that cannot promise this answers `Refused(capability)`.
    fn create(&self, name: &str, bytes: &[u8]) -> Created;

    /// Objects whose names begin with `prefix`, in byte order, from after `after` on; at most a
    /// page. An empty page is the end.
    fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>>;

    /// Removes an object. One that is not there is fine.
    fn delete(&self, name: &str) -> Result<()>;

    /// Copies an object within the place; `false` where there is none of that name.
    fn copy(&self, from: &str, to: &str) -> Result<bool>;

    /// What went over the wire so far.
    fn meter(&self) -> &Meter;
}

/// Counts requests (each attempt is one) and body bytes.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
}

/// What a [`Meter`] shows at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Body bytes sent.
    pub bytes_sent: u64,
    /// Body bytes received.
    pub bytes_received: u64,
}

impl Meter {
    /// Counts one request.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts body bytes that went out.
    pub fn sent(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts body bytes that came in.
    pub fn received(&self, bytes: u64) {
        self.bytes_received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The counts so far.
    #[must_use]
    pub fn read(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
        }
    }
}
