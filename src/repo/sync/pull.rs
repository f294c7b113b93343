//! Pull: the remote's newest version goes below the unpushed part, all or nothing.
//!
//! Order: find the newest version; seal; bring its segments; hold every unpushed key against it;
//! then, under the writer lock, one swap brings the new base, reverts for what is no longer ours,
//! and merged values. What was written while this went on is held against it, too: if anything
//! was, the comparison is made again, the last time with the writers kept out.

use super::command::{self, Side};
use super::session::{Session, Target};
use super::strategy::{Decision, Record, Rules, Standing, Versioned};
use super::{incoming, transfer};
use crate::error::{Conflict, Error, Kind, Result};
use crate::format::codec::wide;
use crate::format::frame;
use crate::format::record::Kind as RecordKind;
use crate::format::state::State;
use crate::repo::{Progress, PullOptions, Repo, SyncReport};
use crate::store::changes::{Pair, Pairs};
use crate::store::finder::Finder;
use crate::store::owned::OwnedRecord;
use crate::store::workspace::Workspace;
use crate::store::writer::{Writer, wall_time};
use crate::store::{Batch, Range, Snapshot, verify};

/// How often a pull looks again because the version it found was retired meanwhile, and how often
/// it compares without keeping writers out.
const ATTEMPTS: usize = 3;

/// A clock from a remote that is further ahead than this is told of, not taken over.
const CLOCK_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

impl Repo {
    /// Takes the remote's changes under the local ones, all or nothing.
    ///
    /// # Errors
    /// Kind `conflict` with the keys that no strategy decides; `moved_on` when the remote was
    /// replaced or went back; `command` from a merge program; those of the remote; `locked`,
    /// `disk`, `damaged`. The keys are as they were then.
    pub fn pull(&self, options: &PullOptions, progress: &dyn Progress) -> Result<SyncReport> {
        let session = Session::open(self, progress)?;
        session.settle()?;
        Ok(session.pull(options)?.0)
    }

    /// Learns the remote's newest version; changes no data.
    ///
    /// # Errors
    /// As [`pull`](Self::pull), without conflicts.
    pub fn fetch(&self, progress: &dyn Progress) -> Result<SyncReport> {
        let session = Session::open(self, progress)?;
        session.settle()?;
        let newest = session.newest()?;
        if let Some(newest) = &newest {
            session.note_known(&newest.reference)?;
        }
        let version = newest.map_or(0, |newest| newest.reference.version);
        Ok(SyncReport { version, ..session.report()? })
    }
}

/// What a pull does to the unpushed part.
struct Plan {
    /// Reverts and merged values to be laid on top.
    batch: Batch,
    /// Unpushed keys that stay as they are.
    staying: u64,
    /// Merged values and deletes.
    merged: u64,
    /// Conflicts that a strategy decided.
    decided: Vec<Conflict>,
    /// Conflicts that nothing decides.
    open: Vec<Conflict>,
}

impl Session<'_> {
    /// Pulls; gives the newest version, too, for a push that follows.
    pub(super) fn pull(&self, options: &PullOptions) -> Result<(SyncReport, Option<Target>)> {
        let rules = Rules::new(options)?;
        for _ in 0..ATTEMPTS {
            let Some(newest) = self.newest()? else {
                if self.store().state()?.base.is_some() {
                    let url = self.remote.url();
                    return Err(Error::new(
                        Kind::MovedOn,
                        format!("{url} has no version any more"),
                    )
                    .hint("Was it destroyed, or is origin another place now?"));
                }
                self.note_success(None)?;
                return Ok((self.report()?, None));
            };
            let state = self.store().state()?;
            if state.base.as_ref().is_some_and(|base| base.hash == newest.reference.hash) {
                // A segment that was lost here comes back.
                if !self.bring(&newest)? {
                    continue;
                }
                self.note_success(Some(&newest))?;
                return Ok((self.report()?, Some(newest)));
            }
            self.note_known(&newest.reference)?;
            if let Some(report) = self.take(&newest, &rules, options.dry_run)? {
                return Ok((report, Some(newest)));
            }
        }
        Err(Error::new(Kind::Unavailable, "segments of the newest version keep going away")
            .hint("Is something deleting objects at the remote? Try again."))
    }

    /// Takes a version as the new base. `None`: a segment of it is gone, look again.
    fn take(&self, newest: &Target, rules: &Rules, dry_run: bool) -> Result<Option<SyncReport>> {
        // A swap removes what only the state before the last one names. Were the log sealed later,
        // that could be a segment that was just found to be here.
        self.store().writer()?.seal()?;
        if !self.bring(newest)? {
            return Ok(None);
        }
        for attempt in 1..=ATTEMPTS {
            let mut writer = self.store().writer()?;
            writer.seal()?;
            let snapshot = writer.snapshot()?;
            // The last time writers wait until it is done.
            let mut writer = (attempt == ATTEMPTS).then_some(writer);
            let next = match self.over(&snapshot, newest) {
                Err(error) if error.kind() == Kind::Damaged && !self.has_all(newest)? => {
                    return Ok(None);
                }
                next => next?,
            };
            let mut plan = self.plan(&snapshot, &next, rules)?;
            if !plan.open.is_empty() {
                return Err(conflict(plan.open));
            }
            let came = incoming::count(&snapshot, &next)?;
            let mut report = SyncReport { conflicts: std::mem::take(&mut plan.decided), ..came };
            if !dry_run {
                let mut writer = match writer.take() {
                    Some(writer) => writer,
                    None => self.store().writer()?,
                };
                if !is_as_seen(&writer, &snapshot)? {
                    continue;
                }
                // Swaps went by, and from here on they keep what the new base names.
                if !self.has_all(newest)? {
                    return Ok(None);
                }
                self.apply(&mut writer, newest, plan, &mut report)?;
            }
            let now = self.report()?;
            // A dry run tells of the version that would be taken.
            let version = if dry_run { newest.reference.version } else { now.version };
            return Ok(Some(SyncReport { version, traffic: now.traffic, ..report }));
        }
        Ok(None)
    }

    /// Brings the segments of a version that are not here; `false`: one of them is gone.
    fn bring(&self, newest: &Target) -> Result<bool> {
        let (env, layout) = (self.store().env(), self.layout());
        let check = |entry: &_, path: &std::path::Path| verify::verify(env, path, entry);
        let (remote, entries) = (&*self.remote, &newest.manifest.segments);
        let brought = transfer::download(env, layout, remote, entries, self.progress, &check)?;
        Ok(brought == transfer::Downloaded::All)
    }

    fn has_all(&self, newest: &Target) -> Result<bool> {
        transfer::are_here(self.store().env(), self.layout(), &newest.manifest.segments)
    }

    /// The new base alone, as a view.
    fn over(&self, snapshot: &Snapshot, newest: &Target) -> Result<Snapshot> {
        let state = State {
            local: Vec::new(),
            count: None,
            base: Some(newest.reference.clone()),
            ..snapshot.state().clone()
        };
        Snapshot::of(self.store().env(), self.layout(), state)
    }

    /// Holds every unpushed key against the new base.
    fn plan(&self, snapshot: &Snapshot, next: &Snapshot, rules: &Rules) -> Result<Plan> {
        let base = snapshot.state().base_version();
        let batch = self.store().batch();
        let mut plan = Plan { batch, staying: 0, merged: 0, decided: Vec::new(), open: Vec::new() };
        let mut theirs = Finder::in_base(next);
        let mut pairs = Pairs::new(snapshot, &Range::default())?;
        while let Some(pair) = pairs.next_pair()? {
            if pair.ours.kind == RecordKind::Revert {
                continue;
            }
            let theirs = theirs.find(&pair.ours.key)?;
            if pair.kind().is_none() {
                // It does not differ from the base, so it has no claim against theirs.
                plan.batch.revert(&pair.ours.key)?;
                continue;
            }
            self.weigh(&pair, theirs.as_ref(), base, rules, &mut plan)?;
        }
        Ok(plan)
    }

    fn weigh(
        &self,
        pair: &Pair,
        theirs: Option<&OwnedRecord>,
        base: u64,
        rules: &Rules,
        plan: &mut Plan,
    ) -> Result<()> {
        let key = &pair.ours.key;
        let is_put = |record: &OwnedRecord| record.kind == RecordKind::Put;
        let sides = Versioned {
            base,
            in_base: Some(pair.base.as_ref().is_some_and(is_put)),
            ours: record_of(&pair.ours),
            theirs: theirs.map(record_of),
        };
        let mut same = || Ok(theirs.is_some_and(|theirs| theirs.same_state(&pair.ours)));
        match sides.standing(&mut same)? {
            Standing::Unchanged => plan.staying += 1,
            Standing::Agreed => plan.batch.revert(key)?,
            Standing::Conflict => {
                let mut run = |program: &str| self.ask(program, pair, theirs);
                let decision = rules.decide(key, &sides, &mut run)?;
                let verb = |is_put: bool| if is_put { "put" } else { "delete" };
                let conflict = Conflict {
                    key: key.clone(),
                    ours: verb(is_put(&pair.ours)),
                    theirs: verb(theirs.is_some_and(is_put)),
                };
                match decision {
                    Decision::Ours => plan.staying += 1,
                    Decision::Theirs => plan.batch.revert(key)?,
                    Decision::Value(value) => {
                        plan.batch.put(key, &value)?;
                        plan.merged += 1;
                    }
                    Decision::Delete => {
                        plan.batch.delete(key)?;
                        plan.merged += 1;
                    }
                    Decision::Conflict => {
                        plan.open.push(conflict);
                        return Ok(());
                    }
                }
                plan.decided.push(conflict);
            }
        }
        Ok(())
    }

    /// Runs a merge program on the three sides of a key.
    fn ask(
        &self,
        program: &str,
        pair: &Pair,
        theirs: Option<&OwnedRecord>,
    ) -> Result<command::Answer> {
        let env = self.store().env();
        let workspace = Workspace::new(env, self.layout())?;
        let mut write = |side: Side| {
            let record = match side {
                Side::Base => pair.base.as_ref(),
                Side::Ours => Some(&pair.ours),
                Side::Theirs => theirs,
            };
            let Some(record) = record.filter(|record| record.kind == RecordKind::Put) else {
                return Ok(None);
            };
            let path = workspace.fresh();
            let value = record.read_value()?;
            let disk = |error| Error::disk("write", &path, error);
            let mut file = env.files.create_new(&path).map_err(disk)?;
            file.write_all_at(&value, 0).map_err(disk)?;
            let path = std::path::absolute(&path).map_err(disk)?;
            Ok(Some(path))
        };
        command::run(program, &pair.ours.key, &mut write)
    }

    /// Brings the new base, reverts and merged values in one swap.
    fn apply(
        &self,
        writer: &mut Writer,
        newest: &Target,
        plan: Plan,
        report: &mut SyncReport,
    ) -> Result<()> {
        let env = self.store().env();
        let (wall, clock) = (wall_time(env), newest.manifest.clock);
        let sane = clock >> 16 <= (wall >> 16).saturating_add(CLOCK_AHEAD_MS);
        if !sane {
            report.warnings.push(
                "The remote's clock is more than a day ahead of this machine's; it was not taken \
                 over. Check the clocks of those who push."
                    .to_owned(),
            );
        }
        let now = env.clock.now_ms();
        let adjust = |state: &mut State| {
            if sane {
                state.clock = state.clock.max(clock);
            }
            state.database.clone_from(&newest.manifest.database);
            state.base = Some(newest.reference.clone());
            state.known = Some(newest.reference.clone());
            state.count = None;
            state.synced_ms = Some(now);
        };
        if plan.staying + plan.merged == 0 {
            return writer.drop_unpushed(adjust);
        }
        if plan.batch.is_empty() {
            return writer.update(adjust);
        }
        // Merged values are newer than both sides.
        let time = writer.next_time().max(if sane { clock.saturating_add(1) } else { 0 });
        let (workspace, written) = plan.batch.into_segments(time)?;
        writer.lay(&workspace, written, |state| {
            state.clock = state.clock.max(time);
            adjust(state);
        })
    }
}

fn record_of(record: &OwnedRecord) -> Record {
    let is_put = record.kind == RecordKind::Put;
    Record { is_put, time: record.time, version: record.version }
}

/// Whether nothing was written since the snapshot, whose log was empty.
fn is_as_seen(writer: &Writer, snapshot: &Snapshot) -> Result<bool> {
    let same = writer.state().local == snapshot.state().local
        && writer.state().log == snapshot.state().log;
    Ok(same && writer.snapshot()?.log().end() <= wide(frame::HEADER_BYTES))
}

fn conflict(open: Vec<Conflict>) -> Error {
    let keys: Vec<String> = open
        .iter()
        .take(5)
        .map(|conflict| crate::text::escape::escape(&conflict.key).into_owned())
        .collect();
    let more = if open.len() > keys.len() { ", ..." } else { "" };
    let count = open.len();
    let noun = if count == 1 { "key was" } else { "keys were" };
    let message = format!("{count} {noun} changed on both sides: {}{more}", keys.join(", "));
    Error::new(Kind::Conflict, message)
        .hint("Choose with --strategy ours|theirs|newest|cmd:PROGRAM, --ours or --theirs GLOB.")
        .conflicts_in(open)
}
