//! A repository: a store with its configuration and remotes.
#![allow(missing_docs, unused_variables, clippy::todo)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::env::Env;
use crate::error::Result;
use crate::remote::{Remote, Traffic};

pub mod config;
pub mod sync;

pub use crate::error::Conflict;
pub use crate::store::{Batch, Change, ChangeKind, Changes, Entry, Range, Scan, Snapshot, State};
pub use config::Config;

pub struct Repo {/* private; share between threads with Arc */}

/// What is held during a read-check-write: the writer lock, a snapshot taken under it, a batch.
pub struct Transaction<'a> {
    pub snapshot: Snapshot,
    pub batch: Batch,
    _repo: &'a Repo,
}

impl Repo {
    /// Makes `DIR/.kvs`. `false`: there was one, nothing changed. Durable when this returns.
    pub fn init(env: &Env, dir: &Path) -> Result<bool> {
        todo!()
    }
    /// The nearest folder from `start` upwards that holds `.kvs`; kind usage if there is none.
    pub fn discover(env: &Env, start: &Path) -> Result<PathBuf> {
        todo!()
    }
    /// Opens `DIR/.kvs`. Reads nothing else.
    pub fn open(env: &Env, dir: &Path, config: Config) -> Result<Self> {
        todo!()
    }
    pub fn config(&self) -> &Config {
        todo!()
    }
    /// The folder that holds `.kvs`.
    pub fn dir(&self) -> &Path {
        todo!()
    }

    pub fn snapshot(&self) -> Result<Snapshot> {
        todo!()
    }
    /// Stores one pair. Durable when it returns.
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        todo!()
    }
    /// An empty batch; needs no lock.
    pub fn batch(&self) -> Result<Batch> {
        todo!()
    }
    /// Makes a batch visible, all or nothing. Durable when it returns.
    pub fn commit(&self, batch: Batch) -> Result<()> {
        todo!()
    }
    /// Takes the writer lock, then a snapshot; runs `body`, then commits its batch. An error from
    /// `body` leaves everything as it was.
    pub fn transact<T>(&self, body: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        todo!()
    }

    pub fn status(&self) -> Result<Status> {
        todo!()
    }
    /// Forgets unpushed changes; gives their number. A key that has none is fine.
    pub fn discard(&self, what: &Selection) -> Result<u64> {
        todo!()
    }
    pub fn compact(&self, dry_run: bool) -> Result<Compacted> {
        todo!()
    }

    /// A remote by configured name (wins) or URL.
    pub fn remote(&self, name_or_url: &str) -> Result<Arc<dyn Remote>> {
        todo!()
    }
    pub fn push(&self, options: &PushOptions, progress: &dyn Progress) -> Result<SyncReport> {
        todo!()
    }
    pub fn fetch(&self, progress: &dyn Progress) -> Result<SyncReport> {
        todo!()
    }
    pub fn pull(&self, options: &PullOptions, progress: &dyn Progress) -> Result<SyncReport> {
        todo!()
    }
    pub fn sync(&self, options: &SyncOptions, progress: &dyn Progress) -> Result<SyncReport> {
        todo!()
    }
    /// Makes a repository at `dir` from a remote, named `origin` in its configuration.
    pub fn clone_from(
        env: &Env,
        config: Config,
        url: &str,
        dir: &Path,
        progress: &dyn Progress,
    ) -> Result<SyncReport> {
        todo!()
    }
    /// Known versions, newest first.
    pub fn log(&self) -> Result<Vec<VersionInfo>> {
        todo!()
    }
}

pub enum Selection {
    All,
    Keys(Vec<Vec<u8>>),
    Prefix(Vec<u8>),
}

pub struct Status {
    /// The base version; 0 before the first sync.
    pub version: u64,
    /// The newest remote version known; 0 if none.
    pub remote: u64,
    pub ahead: u64,
    pub behind: u64,
    pub added: u64,
    pub modified: u64,
    pub deleted: u64,
    /// When the last good sync ended, milliseconds since 1970.
    pub synced_ms: Option<u64>,
}

#[derive(Default)]
pub struct Compacted {
    pub bytes_before: u64,
    pub bytes_after: u64,
}

#[derive(Clone, Default)]
pub struct PushOptions {
    pub message: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Strategy {
    #[default]
    Fail,
    Ours,
    Theirs,
    Newest,
    Command(String),
}

#[derive(Clone, Default)]
pub struct PullOptions {
    pub strategy: Strategy,
    /// GLOBs over the key's bytes (`* ? [..]`, `*` also matches `/`); they come before `strategy`.
    pub ours: Vec<String>,
    pub theirs: Vec<String>,
    pub dry_run: bool,
}

#[derive(Clone, Default)]
pub struct SyncOptions {
    pub pull: PullOptions,
    pub message: Option<String>,
    pub deadline: Option<Duration>,
}

/// What a push, pull, fetch, sync or clone did.
#[derive(Clone, Debug, Default)]
pub struct SyncReport {
    /// The base version afterwards.
    pub version: u64,
    pub added: u64,
    pub modified: u64,
    pub deleted: u64,
    pub traffic: Traffic,
    /// Conflicts that a strategy decided (pull), or would have to (dry run).
    pub conflicts: Vec<Conflict>,
}

pub struct VersionInfo {
    pub version: u64,
    pub time_ms: u64,
    pub author: String,
    pub message: String,
    pub added: u64,
    pub modified: u64,
    pub deleted: u64,
    pub bytes: u64,
}

/// Told how long work goes on; may be called from any thread.
pub trait Progress: Sync {
    /// A piece of work begins: what, and how many bytes if known.
    fn begin(&self, what: &str, bytes: Option<u64>);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The piece of work is done.
    fn end(&self);
}
