//! What is unpushed: telling of it, and forgetting it.

use super::Repo;
use crate::error::{Error, Kind, Result};
use crate::store::{ChangeKind, Range, Snapshot};

/// Which keys to forget the changes of.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All.
    All,
    /// These.
    Keys(Vec<Vec<u8>>),
    /// Those that begin with this.
    Prefix(Vec<u8>),
}

/// How a repository stands to its remote, as far as it is known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The base version; 0 before the first sync.
    pub version: u64,
    /// The newest version known at the remote; 0 if none is.
    pub remote: u64,
    /// Unpushed keys.
    pub ahead: u64,
    /// Versions that were not pulled.
    pub behind: u64,
    /// Keys that are not in the base.
    pub added: u64,
    /// Keys with another value than in the base.
    pub modified: u64,
    /// Keys that are in the base only.
    pub deleted: u64,
    /// When the last good pull, push or sync ended: milliseconds since 1970.
    pub synced_ms: Option<u64>,
}

impl Repo {
    /// How the repository stands, worked out from what is here. The cost follows the changes.
    ///
    /// # Errors
    /// Kinds `damaged`, `usage` (newer format), `disk`.
    pub fn status(&self) -> Result<Status> {
        self.status_of(&self.snapshot()?, &mut |_, _| {})
    }

    /// The same of a view, in one walk over its changes, each of which is shown to `visit`.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn status_of(
        &self,
        snapshot: &Snapshot,
        visit: &mut dyn FnMut(ChangeKind, Vec<u8>),
    ) -> Result<Status> {
        let state = snapshot.state();
        let version = state.base_version();
        let remote = state.known.as_ref().map_or(version, |known| known.version);
        let mut status = Status {
            version,
            remote,
            behind: remote.saturating_sub(version),
            synced_ms: state.synced_ms,
            ..Status::default()
        };
        for change in snapshot.changes()? {
            let change = change?;
            match change.kind {
                ChangeKind::Added => status.added += 1,
                ChangeKind::Modified => status.modified += 1,
                ChangeKind::Deleted => status.deleted += 1,
            }
            visit(change.kind, change.key);
        }
        status.ahead = status.added + status.modified + status.deleted;
        Ok(status)
    }

    /// Forgets unpushed changes; gives their number. A key that has none is fine. Durable when
    /// this returns.
    ///
    /// # Errors
    /// Kind `unknown` while a push may still land; kinds `locked`, `disk`, `damaged`. Nothing has
    /// changed then.
    pub fn discard(&self, what: &Selection) -> Result<u64> {
        let _sync = self.store().sync_lock()?;
        let mut writer = self.store().writer()?;
        if let Some(pending) = &writer.state().pending {
            let message =
                format!("a push of version {} may still land: nothing discarded", pending.version);
            return Err(Error::new(Kind::Unknown, message)
                .hint("`kvs push` finds out and finishes it; then discard."));
        }
        let snapshot = writer.snapshot()?;
        let mut count = 0;
        let mut batch = self.store().batch();
        match what {
            Selection::All => {
                for change in snapshot.changes()? {
                    change?;
                    count += 1;
                }
                writer.drop_unpushed(|_| {})?;
                return Ok(count);
            }
            Selection::Keys(keys) => {
                let mut keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    if snapshot.change_of(key)?.is_some() {
                        batch.revert(key)?;
                        count += 1;
                    }
                }
            }
            Selection::Prefix(prefix) => {
                for change in snapshot.changes_in(&Range::with_prefix(prefix))? {
                    batch.revert(&change?.key)?;
                    count += 1;
                }
            }
        }
        writer.commit(batch)?;
        Ok(count)
    }
}
