//! Names: the only place that makes or parses a file name below `.kvs/` or an object name at a
//! remote (FORMAT 7).
//!
//! Invariants: every name is made of fixed text, decimal digits and lower-case hex that was checked
//! to be such, so nothing read from a remote or a file can name a place outside.

use std::path::{Path, PathBuf};

use crate::format::codec::is_hex;

/// The folder that makes a folder a repository.
pub const DIR_NAME: &str = ".kvs";

/// The name of the hint at a remote.
pub const HEAD: &str = "HEAD";

/// The name that is created twice before the first version, to see that the second is refused.
pub const PROBE: &str = "PROBE";

/// Paths of one repository.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of the repository in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { root: dir.join(DIR_NAME) }
    }

    /// `.kvs` itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The one mutable pointer.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state.json")
    }

    /// The state before the last swap.
    #[must_use]
    pub fn state_old(&self) -> PathBuf {
        self.root.join("state.old.json")
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// The lock of writers.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The lock of push, pull, discard.
    #[must_use]
    pub fn sync_lock(&self) -> PathBuf {
        self.root.join("sync.lock")
    }

    /// The folder of logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join("log")
    }

    /// A log. REQUIRES: an id in hex.
    #[must_use]
    pub fn log(&self, id: &str) -> PathBuf {
        debug_assert!(is_hex(id, 16), "log ids are checked when read");
        self.logs().join(format!("{id}.log"))
    }

    /// The folder of segments.
    #[must_use]
    pub fn segments(&self) -> PathBuf {
        self.root.join("segments")
    }

    /// A segment. REQUIRES: an id in hex.
    #[must_use]
    pub fn segment(&self, id: &str) -> PathBuf {
        debug_assert!(is_hex(id, 32), "segment ids are checked when read");
        self.segments().join(format!("{id}.seg"))
    }

    /// A segment on its way here: its first bytes. REQUIRES: an id in hex.
    #[must_use]
    pub fn download(&self, id: &str) -> PathBuf {
        debug_assert!(is_hex(id, 32), "segment ids are checked when read");
        self.segments().join(format!("{id}.down"))
    }

    /// What an upload in parts needs to go on. REQUIRES: an id in hex.
    #[must_use]
    pub fn upload_notes(&self, id: &str) -> PathBuf {
        debug_assert!(is_hex(id, 32), "segment ids are checked when read");
        self.segments().join(format!("{id}.up"))
    }

    /// The note that a segment is at the remote already. REQUIRES: an id in hex.
    #[must_use]
    pub fn sent_marker(&self, id: &str) -> PathBuf {
        debug_assert!(is_hex(id, 32), "segment ids are checked when read");
        self.segments().join(format!("{id}.sent"))
    }

    /// The folder of known versions.
    #[must_use]
    pub fn manifests(&self) -> PathBuf {
        self.root.join("manifests")
    }

    /// A known version.
    #[must_use]
    pub fn manifest(&self, version: u64) -> PathBuf {
        self.manifests().join(format!("{version:020}.json"))
    }

    /// The number of a known version, from its file's name.
    #[must_use]
    pub fn manifest_version(name: &str) -> Option<u64> {
        let digits = name.strip_suffix(".json")?;
        (digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok())?
    }

    /// The folder of work under way.
    #[must_use]
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }
}

/// The object name of a version.
#[must_use]
pub fn manifest_name(version: u64) -> String {
    format!("manifests/{version:020}.json")
}

/// The object name of a segment. REQUIRES: an id in hex.
#[must_use]
pub fn segment_name(slot: u64, id: &str) -> String {
    debug_assert!(is_hex(id, 32), "segment ids are checked when read");
    format!("segments/{slot:020}-{id}.seg")
}
