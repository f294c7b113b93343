//! A session with the remote: the sync lock is held, the remote is open, and a commit that an
//! earlier run left undecided is decided first.

use std::collections::HashSet;
use std::sync::Arc;

use super::commit::{self, Outcome};
use super::newest::{self, Found, Newest};
use super::{history, transfer};
use crate::env::Lock;
use crate::error::{Error, Kind, Result};
use crate::format::manifest::{self, Manifest, Version};
use crate::format::state::{Pending, State, VersionRef};
use crate::remote::{Remote, Traffic};
use crate::repo::{ORIGIN, Progress, Repo, SyncReport};
use crate::store::Store;
use crate::store::layout::Layout;
use crate::store::writer::Writer;

/// Versions between the last known one and the newest that a pull or clone brings for `log`.
const HISTORY_MAX: usize = 32;

/// A version as it was read from the remote, or kept from an earlier run.
pub(super) struct Target {
    pub manifest: Manifest,
    pub reference: VersionRef,
}

/// Everything a push, pull or fetch works with.
pub(super) struct Session<'a> {
    pub repo: &'a Repo,
    pub remote: Arc<dyn Remote>,
    pub progress: &'a dyn Progress,
    before: Traffic,
    _lock: Box<dyn Lock>,
}

impl<'a> Session<'a> {
    /// Takes the sync lock and opens `origin`; sends nothing yet.
    pub(super) fn open(repo: &'a Repo, progress: &'a dyn Progress) -> Result<Self> {
        let lock = repo.store().sync_lock()?;
        let remote = repo.remote(ORIGIN)?;
        if repo.config().remote(ORIGIN).is_some_and(|remote| remote.single_writer) {
            return Err(Error::new(Kind::Capability, "this kvs has no single-writer mode").hint(
                "Unset remote.origin.single_writer and use a service with conditional \
                       creates.",
            ));
        }
        let before = remote.meter().read();
        Ok(Self { repo, remote, progress, before, _lock: lock })
    }

    pub(super) fn store(&self) -> &Store {
        self.repo.store()
    }

    pub(super) fn layout(&self) -> &Layout {
        self.store().layout()
    }

    /// A report with the base as it is now and what went over the wire.
    pub(super) fn report(&self) -> Result<SyncReport> {
        let version = self.store().state()?.base_version();
        let now = self.remote.meter().read();
        let traffic = Traffic {
            requests: now.requests - self.before.requests,
            bytes_sent: now.bytes_sent - self.before.bytes_sent,
            bytes_received: now.bytes_received - self.before.bytes_received,
        };
        Ok(SyncReport { version, traffic, ..SyncReport::default() })
    }

    /// Notes that the remote was reached and all is well, and its newest version, if it has one.
    pub(super) fn note_success(&self, newest: Option<&Target>) -> Result<()> {
        let now = self.store().env().clock.now_ms();
        self.store().writer()?.update(|state| {
            state.synced_ms = Some(now);
            if let Some(newest) = newest {
                state.known = Some(newest.reference.clone());
            }
        })
    }

    /// Removes what transfers left that nobody will go on with: after a push has landed, whatever
    /// does not belong to a segment that is still unpushed.
    fn sweep(&self) -> Result<()> {
        let state = self.store().state()?;
        let keep: HashSet<&str> = state.local.iter().map(|entry| entry.id.as_str()).collect();
        transfer::sweep(self.store().env(), self.layout(), &|id| keep.contains(id))?;
        history::sweep(self.store().env(), self.layout())
    }

    /// Decides a commit that an earlier run left pending, if there is one. (R3, R4)
    ///
    /// # Errors
    /// Kind `unknown` while it cannot be decided: the pending commit stays.
    pub(super) fn settle(&self) -> Result<()> {
        let Some(pending) = self.store().state()?.pending else { return Ok(()) };
        if pending.remote != self.remote.url() {
            let message = format!(
                "a push of version {} to {} is not decided yet",
                pending.version, pending.remote
            );
            return Err(Error::new(Kind::Unknown, message)
                .hint("Set the URL of origin back, and push there first."));
        }
        match self.conclude(&pending, commit::settle(&*self.remote, &pending))? {
            Ended::Committed | Ended::Lost => Ok(()),
        }
    }

    /// Sends a pending commit and draws the conclusion.
    pub(super) fn send(&self, pending: &Pending) -> Result<Ended> {
        self.conclude(pending, commit::send(&*self.remote, pending))
    }

    fn conclude(&self, pending: &Pending, outcome: Outcome) -> Result<Ended> {
        match outcome {
            Outcome::Committed { tag } => {
                self.adopt_own(pending, tag)?;
                newest::write_head(&*self.remote, pending.version);
                Ok(Ended::Committed)
            }
            Outcome::Lost { .. } => {
                self.store().writer()?.update(|state| state.pending = None)?;
                Ok(Ended::Lost)
            }
            Outcome::Refused(error) => {
                self.store().writer()?.update(|state| state.pending = None)?;
                Err(error)
            }
            Outcome::Unknown(error) => Err(error),
        }
    }

    /// Makes a commit of ours that landed the base; what it covers is no longer unpushed.
    fn adopt_own(&self, pending: &Pending, tag: Option<String>) -> Result<()> {
        let bytes = pending.manifest.as_bytes();
        let place = "the pending manifest";
        if let Version::Retired(_) = manifest::decode(bytes, pending.version, place)? {
            return Err(Error::damaged(place, "it is a tombstone"));
        }
        history::save(self.store().env(), self.layout(), pending.version, bytes)?;
        let reference =
            VersionRef { version: pending.version, hash: manifest::hash_of(bytes), tag };
        let now = self.store().env().clock.now_ms();
        let mut writer = self.store().writer()?;
        writer.update(|state| {
            state.local.retain(|entry| !pending.covers.contains(&entry.id));
            state.count = None;
            // The clock is above all that was written here. What else the manifest's covers was
            // taken over, or refused, by the pull that brought it.
            state.base = Some(reference.clone());
            state.known = Some(reference);
            state.pending = None;
            state.synced_ms = Some(now);
        })?;
        self.sweep()
    }

    /// Looks for the newest version. What is found is kept among the known ones. `None`: there is
    /// no database at the remote.
    pub(super) fn newest(&self) -> Result<Option<Target>> {
        let state = self.store().state()?;
        // Without a base nothing ties it to what it has seen: origin may be another place since.
        let known = state.base.as_ref().and_then(|base| state.known.as_ref().or(Some(base)));
        let known = known.cloned();
        // A repository that never synced has an id of its own until it takes the remote's.
        let database = state.base.as_ref().map(|_| state.database.as_str());
        match newest::find(&*self.remote, database, known.as_ref())? {
            Newest::Nothing => Ok(None),
            Newest::Same { tag } => {
                let Some(mut known) = known else { return Ok(None) };
                if tag.is_some() && tag != known.tag {
                    known.tag = tag;
                }
                let manifest = self.kept(&known)?;
                Ok(Some(Target { manifest, reference: known }))
            }
            Newest::Newer(found) => self.remember(&state, *found).map(Some),
        }
    }

    fn remember(&self, state: &State, found: Found) -> Result<Target> {
        let (env, layout) = (self.store().env(), self.layout());
        let seen = state.base.as_ref().and_then(|base| state.known.as_ref().or(Some(base)));
        let older = seen.map_or((0, ""), |seen| (seen.version, seen.hash.as_str()));
        history::save(env, layout, found.version, &found.bytes)?;
        let mut keep =
            |version: &Version, bytes: &[u8]| history::save(env, layout, version.version(), bytes);
        history::fetch_between(&*self.remote, older, &found.manifest, HISTORY_MAX, &mut keep)?;
        Ok(Target { reference: found.reference(), manifest: found.manifest })
    }

    /// The manifest of a version that is kept here; asked for again if it is not.
    fn kept(&self, reference: &VersionRef) -> Result<Manifest> {
        let version = reference.version;
        if let Some(bytes) = history::load(self.store().env(), self.layout(), version)?
            && manifest::hash_of(&bytes) == reference.hash
        {
            let place = self.layout().manifest(version).display().to_string();
            if let Version::Live(manifest) = manifest::decode(&bytes, version, &place)? {
                return Ok(manifest);
            }
        }
        let seen = newest::read(&*self.remote, version, None)?;
        match seen.map(|seen| (seen.content, seen.bytes)) {
            Some((Version::Live(manifest), bytes))
                if manifest::hash_of(&bytes) == reference.hash =>
            {
                history::save(self.store().env(), self.layout(), version, &bytes)?;
                Ok(manifest)
            }
            _ => {
                let message = format!("version {version} is no longer at {}", self.remote.url());
                Err(Error::new(Kind::MovedOn, message).hint("Run `kvs pull`."))
            }
        }
    }

    /// Keeps the newest known version in the state.
    pub(super) fn note_known(&self, reference: &VersionRef) -> Result<()> {
        let mut writer: Writer = self.store().writer()?;
        if writer.state().known.as_ref() == Some(reference) {
            return Ok(());
        }
        writer.update(|state| state.known = Some(reference.clone()))
    }
}

/// What became of a commit that was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It is the base now.
    Committed,
    /// Another commit took its number.
    Lost,
}
