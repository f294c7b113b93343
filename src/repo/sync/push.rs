//! Push: everything unpushed becomes one new version, all or nothing.
//!
//! Order: seal; work the run out; upload its segments; make the commit durable here as pending;
//! create the manifest; take the new version as the base. A stop before the create leaves nothing
//! that anybody sees at the remote; a stop after it is found out by the next push, pull or sync.
//! Puts and gets go on all the while: the writer lock is held for moments.

use super::markers::{self, Goal};
use super::probe;
use super::run::{self, Run};
use super::session::{Ended, Session, Target};
use super::transfer;
use crate::error::{Error, Kind, Result};
use crate::format::REMOTE_FORMAT;
use crate::format::codec::wide;
use crate::format::entry::SegmentEntry;
use crate::format::manifest::{self, Commit, Manifest};
use crate::format::state::{CountNote, Pending};
use crate::repo::{Progress, PushOptions, Repo, SyncReport};
use crate::store::Snapshot;
use crate::store::files::sync_dir;
use crate::store::workspace::Workspace;

impl Repo {
    /// Publishes local changes as one new version of `origin`, all or nothing.
    ///
    /// # Errors
    /// Kind `moved_on` when the remote has versions that are not here, `unknown` when it stopped
    /// answering after the commit was sent; those of the remote; `locked`, `disk`, `damaged`.
    pub fn push(&self, options: &PushOptions, progress: &dyn Progress) -> Result<SyncReport> {
        let session = Session::open(self, progress)?;
        session.settle()?;
        match session.push(options, Parent::Unknown)? {
            Pushed::Done(report) => Ok(report),
            Pushed::Lost => Err(lost()),
        }
    }
}

/// What is to follow, as far as the caller knows.
#[derive(Clone, Copy)]
pub(super) enum Parent<'a> {
    /// To be looked for.
    Unknown,
    /// The newest version, or that there is none, just looked for. If it is not the newest any
    /// more, the push loses.
    Known(Option<&'a Target>),
}

/// How a push ended.
pub(super) enum Pushed {
    Done(SyncReport),
    /// Another commit was first; nothing changed here.
    Lost,
}

/// The bytes of a manifest of ours, after reading them as everybody else will: a version that
/// nobody can read must never be published.
fn check_own(manifest: &Manifest) -> Result<String> {
    let bytes = manifest.encode();
    if wide(bytes.len()) > manifest::BYTES_MAX {
        let message = format!("the database has {} segments: too many", manifest.segments.len());
        return Err(Error::new(Kind::Capability, message).hint("Compact the remote first."));
    }
    let place = "the manifest to be published";
    manifest::decode(&bytes, manifest.version, place)?;
    String::from_utf8(bytes).map_err(|error| Error::damaged(place, "not text").because(error))
}

fn lost() -> Error {
    Error::new(Kind::MovedOn, "the remote moved on while this was pushed: nothing was published")
        .hint("Run `kvs pull`, then push again; or `kvs sync`, which does both until through.")
}

impl Session<'_> {
    /// Pushes.
    pub(super) fn push(&self, options: &PushOptions, parent: Parent<'_>) -> Result<Pushed> {
        let (env, layout) = (self.store().env(), self.layout());
        let snapshot = {
            let mut writer = self.store().writer()?;
            writer.seal()?;
            writer.snapshot()?
        };
        let workspace = Workspace::new(env, layout)?;
        let run = run::build(self.store(), &snapshot, &workspace)?;
        if run.is_empty() || options.dry_run {
            if !options.dry_run {
                self.forget_idle(&snapshot)?;
            }
            return self.told(&run).map(Pushed::Done);
        }
        let found;
        let parent = match parent {
            Parent::Known(newest) => newest,
            Parent::Unknown => {
                found = self.newest()?;
                found.as_ref()
            }
        };
        self.check_parent(&snapshot, parent)?;
        if parent.is_none() {
            probe::conditional_create(&*self.remote)?;
        }
        let entries = self.upload(&snapshot, &run, parent)?;
        let pending = self.prepare(&snapshot, &run, parent, entries, options)?;
        match self.send(&pending)? {
            Ended::Committed => self.told(&run).map(Pushed::Done),
            Ended::Lost => Ok(Pushed::Lost),
        }
    }

    fn told(&self, run: &Run) -> Result<SyncReport> {
        let Run { added, modified, deleted, .. } = *run;
        Ok(SyncReport { added, modified, deleted, ..self.report()? })
    }

    /// Unpushed records that do not differ from the base are forgotten.
    fn forget_idle(&self, snapshot: &Snapshot) -> Result<()> {
        let covered = snapshot.locals();
        if covered == 0 {
            return Ok(());
        }
        let mut writer = self.store().writer()?;
        writer.update(|state| {
            state.local.truncate(state.local.len().saturating_sub(covered));
            state.count = None;
        })
    }

    /// The base must be the newest version.
    fn check_parent(&self, snapshot: &Snapshot, newest: Option<&Target>) -> Result<()> {
        let base = snapshot.state().base.as_ref();
        match (base, newest) {
            (None, None) => Ok(()),
            (Some(base), Some(newest)) if base.hash == newest.reference.hash => Ok(()),
            (None, Some(newest)) => {
                let (url, version) = (self.remote.url(), newest.reference.version);
                let message = format!("{url} holds a database already, at version {version}");
                Err(Error::new(Kind::MovedOn, message)
                    .hint("Run `kvs pull` to take it, with your keys as changes on top."))
            }
            (_, Some(newest)) => {
                self.note_known(&newest.reference)?;
                let (ours, theirs) = (snapshot.state().base_version(), newest.reference.version);
                let message =
                    format!("the remote is at version {theirs}, this repository at {ours}");
                Err(Error::new(Kind::MovedOn, message)
                    .hint("Run `kvs pull`, then push again; or `kvs sync`."))
            }
            (Some(base), None) => {
                let (url, version) = (self.remote.url(), base.version);
                let message = format!("{url} has no version any more; it had version {version}");
                Err(Error::new(Kind::MovedOn, message)
                    .hint("Was it destroyed, or is origin another place now?"))
            }
        }
    }

    /// Uploads what the remote has not, and gives the listing of the run with slots. (R6)
    fn upload(
        &self,
        snapshot: &Snapshot,
        run: &Run,
        parent: Option<&Target>,
    ) -> Result<Vec<SegmentEntry>> {
        let (env, layout) = (self.store().env(), self.layout());
        for written in run.written.iter().chain(&run.merged) {
            let to = layout.segment(&written.entry.id);
            let moved = env.files.rename(&written.path, &to);
            moved.map_err(|error| Error::disk("name", &to, error))?;
        }
        sync_dir(env, &layout.segments())?;
        let url = self.remote.url();
        let goal = Goal { remote: &url, database: &snapshot.state().database };
        let fence = parent.map_or(0, |parent| parent.manifest.fence);
        let slot = snapshot.state().base_version() + 1;
        let (mut listed, mut missing) = (Vec::new(), Vec::new());
        for mut entry in run.published() {
            let sent = markers::slot_of(env, layout, goal, &entry.id);
            if let Some(sent) = sent.filter(|sent| *sent > fence && *sent <= slot) {
                entry.slot = sent;
            } else {
                entry.slot = slot;
                missing.push(entry.clone());
            }
            entry.version = slot;
            listed.push(entry);
        }
        transfer::upload(env, layout, &*self.remote, &missing, self.progress, &|entry| {
            markers::set(env, layout, goal, &entry.id, entry.slot);
            Ok(())
        })?;
        Ok(listed)
    }

    /// Makes the commit and keeps it, durably, before it is sent. (R3)
    fn prepare(
        &self,
        snapshot: &Snapshot,
        run: &Run,
        parent: Option<&Target>,
        entries: Vec<SegmentEntry>,
        options: &PushOptions,
    ) -> Result<Pending> {
        let env = self.store().env();
        let mut writer = self.store().writer()?;
        let name = |error| Error::disk("name", self.layout().root(), error);
        let commit = Commit {
            id: env.nonce().map_err(name)?,
            time_ms: env.clock.now_ms(),
            author: self.repo.config().author(),
            message: options.message.clone().unwrap_or_default(),
            kind: "push".to_owned(),
            added: run.added,
            modified: run.modified,
            deleted: run.deleted,
            bytes: entries.iter().map(|entry| entry.bytes).sum(),
        };
        let id = commit.id.clone();
        let below = parent.map_or(&[][..], |parent| &parent.manifest.segments);
        let below = below.get(run.absorbed..).unwrap_or_default();
        let covers: Vec<String> = run.entries().into_iter().map(|entry| entry.id).collect();
        let manifest = Manifest {
            format: REMOTE_FORMAT,
            database: snapshot.state().database.clone(),
            version: snapshot.state().base_version() + 1,
            parent: parent.map(|parent| parent.reference.hash.clone()),
            commit,
            live: snapshot.base_live().saturating_add_signed(run.delta()),
            clock: writer.state().clock.max(parent.map_or(0, |parent| parent.manifest.clock)),
            fence: parent.map_or(0, |parent| parent.manifest.fence),
            segments: entries.into_iter().chain(below.iter().cloned()).collect(),
        };
        let bytes = check_own(&manifest)?;
        let pending = Pending {
            version: manifest.version,
            commit: id,
            manifest: bytes,
            covers: covers.clone(),
            remote: self.remote.url(),
        };
        let (covered, local, kept) = (snapshot.locals(), run.entries(), pending.clone());
        writer.update(|state| {
            // What was sealed since the snapshot stays on top of the run.
            state.local.truncate(state.local.len().saturating_sub(covered));
            state.local.extend(local);
            state.count = Some(CountNote { covers, delta: run.delta() });
            state.pending = Some(kept);
        })?;
        Ok(pending)
    }
}
