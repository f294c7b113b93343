//! A repository: a store with its settings and remotes, and the verbs that commands call.
//!
//! Local verbs are in this file and `changes.rs`; push, pull, clone and what they share are below
//! `sync/`. Nothing here prints, reads the environment or asks anybody anything; long work reports
//! to a [`Progress`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::remote::Remote;
use crate::remote::{self, RemoteSettings, RemoteUrl};
use crate::store::Store;
use crate::store::layout::DIR_NAME;

mod buffer;
mod changes;
pub mod config;
mod options;
pub mod sync;

pub use crate::error::Conflict;
pub use crate::store::check::Checked;
pub use crate::store::space::Compacted;
pub use crate::store::{Batch, Change, ChangeKind, Changes, Entry, Range, Scan, Snapshot, State};
pub use buffer::WriteBuffer;
pub use changes::{Selection, Status};
pub use config::Config;
pub use options::{
    NoProgress, Progress, PullOptions, PushOptions, Strategy, SyncOptions, SyncReport, VersionInfo,
};

/// The name of the remote that push, pull, fetch and sync use.
pub const ORIGIN: &str = "origin";

/// A repository. Threads can share it.
pub struct Repo {
    env: Env,
    dir: PathBuf,
    config: Config,
    store: Store,
    injected: Option<Arc<dyn Remote>>,
}

/// What is held during a read-check-write: the writer lock, a view taken under it, a batch.
pub struct Transaction {
    /// The store as it is; nobody writes meanwhile.
    pub snapshot: Snapshot,
    /// What is to be written.
    pub batch: Batch,
}

impl Repo {
    /// Makes `dir/.kvs`. `false`: there was one, nothing changed. Somebody else who is making it
    /// is waited for until the time-out. Durable when this returns.
    ///
    /// # Errors
    /// Kinds `disk` and `locked`; kind `damaged` where a repository has lost its state.
    pub fn init(env: &Env, dir: &Path, lock_timeout: Duration) -> Result<bool> {
        Store::new(env, dir, lock_timeout).create()
    }

    /// The nearest folder from `start` upwards that holds a repository.
    ///
    /// # Errors
    /// Kind `usage` if there is none.
    pub fn discover(env: &Env, start: &Path) -> Result<PathBuf> {
        let holds =
            |dir: &&Path| env.files.metadata(&dir.join(DIR_NAME)).is_ok_and(|found| found.is_dir);
        start.ancestors().find(holds).map(Path::to_owned).ok_or_else(|| {
            let message = format!("no repository in {} or any folder above it", start.display());
            Error::usage(message).hint("Make one with `kvs init`, or name one with -C.")
        })
    }

    /// Opens the repository in `dir`. Reads nothing yet.
    ///
    /// # Errors
    /// None at present; kinds as for reading once there is something to read.
    pub fn open(env: &Env, dir: &Path, config: Config) -> Result<Self> {
        let store = Store::new(env, dir, config.lock_timeout());
        Ok(Self { env: env.clone(), dir: dir.to_owned(), config, store, injected: None })
    }

    /// Uses this remote as `origin`, whatever the settings say.
    #[must_use]
    pub fn with_origin(mut self, remote: Arc<dyn Remote>) -> Self {
        self.injected = Some(remote);
        self
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The folder that holds `.kvs`.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The store below.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A view of everything, fixed now.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn snapshot(&self) -> Result<Snapshot> {
        self.store.snapshot()
    }

    /// One key; opens only what may hold it.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn get(&self, key: &[u8]) -> Result<Option<Entry>> {
        self.store.get(key)
    }

    /// The number of live keys, without walking over them.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn count(&self) -> Result<u64> {
        self.store.count()
    }

    /// Stores one pair. Durable when it returns.
    ///
    /// # Errors
    /// Kinds `usage` (limits), `locked`, `disk`, `damaged`.
    pub fn put(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.store.put(key, value)
    }

    /// An empty batch; takes no lock.
    ///
    /// # Errors
    /// None at present.
    pub fn batch(&self) -> Result<Batch> {
        Ok(self.store.batch())
    }

    /// Makes a batch visible, all or nothing. Durable when it returns.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; nothing of the batch is visible then.
    pub fn commit(&self, batch: Batch) -> Result<()> {
        self.store.commit(batch)
    }

    /// A buffer that collects puts and deletes and commits them as it fills up.
    #[must_use]
    pub fn buffer(&self, bytes_max: usize) -> WriteBuffer<'_> {
        WriteBuffer::new(self, bytes_max)
    }

    /// Takes the writer lock, then a view; runs `body`, then commits its batch. Durable when it
    /// returns.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`, and those of `body`; nothing has changed then.
    pub fn transact<T>(&self, body: impl FnOnce(&mut Transaction) -> Result<T>) -> Result<T> {
        let mut writer = self.store.writer()?;
        let snapshot = writer.snapshot()?;
        let mut transaction = Transaction { snapshot, batch: self.store.batch() };
        let value = body(&mut transaction)?;
        writer.commit(transaction.batch)?;
        Ok(value)
    }

    /// Merges unpushed parts and removes files that nothing names.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `damaged`; everything is as it was then.
    pub fn compact(&self, dry_run: bool) -> Result<Compacted> {
        self.store.compact(dry_run)
    }

    /// Reads everything and checks everything; changes nothing.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `usage` (newer format). Damage is in the answer.
    pub fn check(&self, advance: &dyn Fn(u64)) -> Result<Checked> {
        self.store.check(advance)
    }

    /// Known versions, newest first, at most `count_max`. Nothing is asked of the remote.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn log(&self, count_max: usize) -> Result<Vec<VersionInfo>> {
        sync::history::commits(&self.env, self.store.layout(), count_max)
    }

    /// A remote by its name in the settings, which wins, or by URL. Relative folders are taken
    /// from the repository's folder.
    ///
    /// # Errors
    /// Kinds `usage`, `auth`, `capability`.
    pub fn remote(&self, name_or_url: &str) -> Result<Arc<dyn Remote>> {
        if let Some(remote) = self.injected.as_ref().filter(|_| name_or_url == ORIGIN) {
            return Ok(Arc::clone(remote));
        }
        let named = self.config.remote(name_or_url);
        if named.is_none() && name_or_url == ORIGIN {
            return Err(Error::usage("no remote is named origin")
                .hint("Name one with `kvs remote add origin URL`."));
        }
        let found = named.unwrap_or_else(|| config::RemoteConfig {
            url: name_or_url.to_owned(),
            ..config::RemoteConfig::default()
        });
        let settings = RemoteSettings {
            endpoint: found.endpoint,
            region: found.region,
            path_style: found.path_style,
            anonymous: found.anonymous,
            profile: found.profile,
            // Once there is a base, a folder that is not there is gone, not new.
            create_root: self.store.state()?.base.is_none(),
        };
        let url = RemoteUrl::parse(&found.url)?.below(&self.dir).canonical();
        remote::open(&self.env, &url, &settings, self.config.variables())
    }
}
