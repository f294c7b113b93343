//! Pulls and syncs, with what the model makes of them.

use std::collections::BTreeMap;

use kvs::error::{Conflict, Kind};
use kvs::repo::{NoProgress, PullOptions, Strategy, SyncOptions};

use super::{Key, Ours, Value, World, live};

/// What a pull is going to do, by the model.
struct Plan {
    ours: BTreeMap<Key, Ours>,
    conflicts: Vec<Conflict>,
    open: Vec<Conflict>,
    /// Keys that get their value, and so their time, by this pull.
    merged: Vec<Key>,
}

/// Decides by the key, deletes, answers with all three sides, or does not decide.
const PROGRAM: &str = r#"case $KVS_KEY in
*0) exit 100;;
*1) exit 7;;
*) cat "${KVS_BASE:-/dev/null}" "${KVS_OURS:-/dev/null}" "${KVS_THEIRS:-/dev/null}";;
esac"#;

fn verb(value: Option<&Value>) -> &'static str {
    if value.is_some() { "put" } else { "delete" }
}

impl World {
    fn options(&mut self) -> PullOptions {
        let strategy = match self.dice.roll(5) {
            0 => Strategy::Fail,
            1 => Strategy::Ours,
            2 => Strategy::Theirs,
            3 => Strategy::Newest,
            _ => Strategy::Command(PROGRAM.to_owned()),
        };
        let glob = |roll: u64| match roll {
            0 => vec!["0/*".to_owned()],
            1 => vec!["*[2-4]".to_owned(), "1/0?".to_owned()],
            _ => Vec::new(),
        };
        let (ours, theirs) = (glob(self.dice.roll(8)), glob(self.dice.roll(8)));
        PullOptions { strategy, ours, theirs, rules: Vec::new(), dry_run: self.dice.roll(10) == 0 }
    }

    /// What a pull of the newest version has to do with each unpushed key.
    fn plan(&self, at: usize, options: &PullOptions) -> Plan {
        let clone = &self.clones[at];
        let (base, next) = (&self.versions[clone.base], &self.versions[self.newest()]);
        let mut plan =
            Plan { ours: BTreeMap::new(), conflicts: vec![], open: vec![], merged: vec![] };
        for key in self.changes(at).into_keys() {
            let (ours, theirs) = (&clone.ours[key], next.get(key));
            let there = live(theirs);
            if ours.value.is_none() && there.is_none() {
                continue;
            }
            if theirs.is_none_or(|theirs| theirs.version <= clone.base) {
                plan.ours.insert(key.clone(), ours.clone());
                continue;
            }
            if ours.value.as_ref() == there {
                continue;
            }
            let conflict =
                Conflict { key: key.clone(), ours: verb(ours.value.as_ref()), theirs: verb(there) };
            plan.conflicts.push(conflict.clone());
            let named = |globs: &[String]| globs.iter().any(|glob| matches(glob, key));
            let is_newer = theirs.is_none_or(|theirs| ours.time > theirs.time);
            let ours_stays = match &options.strategy {
                _ if named(&options.ours) => true,
                _ if named(&options.theirs) => false,
                Strategy::Ours => true,
                Strategy::Theirs => false,
                Strategy::Newest => is_newer,
                Strategy::Fail => {
                    plan.open.push(conflict);
                    continue;
                }
                Strategy::Command(_) => {
                    let value = match key.last() {
                        Some(b'0') => None,
                        Some(b'1') => {
                            plan.open.push(conflict);
                            continue;
                        }
                        _ => {
                            let sides = [live(base.get(key)), ours.value.as_ref(), there];
                            Some(sides.into_iter().flatten().flatten().copied().collect())
                        }
                    };
                    plan.merged.push(key.clone());
                    plan.ours.insert(key.clone(), Ours { value, time: 0 });
                    continue;
                }
            };
            if ours_stays {
                plan.ours.insert(key.clone(), ours.clone());
            }
        }
        plan
    }

    pub(super) fn pull(&mut self, at: usize) {
        let options = self.options();
        let plan = self.plan(at, &options);
        let outcome = self.clones[at].repo.pull(&options, &NoProgress);
        let newest = self.newest();
        self.clones[at].known = newest;
        if self.clones[at].base == newest {
            assert_eq!(outcome.unwrap().version, newest as u64);
            return;
        }
        if !plan.open.is_empty() {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), Kind::Conflict);
            assert_eq!(error.conflicts(), plan.open);
            return;
        }
        let report = outcome.unwrap();
        assert_eq!(report.conflicts, plan.conflicts);
        let (before, after) = (&self.versions[self.clones[at].base], &self.versions[newest]);
        let (mut added, mut modified, mut deleted) = (0, 0, 0);
        for key in after.keys() {
            match (live(before.get(key)), live(after.get(key))) {
                (None, Some(_)) => added += 1,
                (Some(_), None) => deleted += 1,
                (Some(old), Some(new)) if old != new => modified += 1,
                _ => {}
            }
        }
        assert_eq!(
            [report.added, report.modified, report.deleted],
            [added, modified, deleted],
            "what came"
        );
        if !options.dry_run {
            self.take(at, plan);
        }
    }

    /// The model's pull.
    fn take(&mut self, at: usize, plan: Plan) {
        let newest = self.newest();
        let pulled = self.versions[newest].values().map(|theirs| theirs.time).max();
        let clone = &mut self.clones[at];
        clone.ours = plan.ours;
        clone.base = newest;
        clone.known = newest;
        clone.clock = clone.clock.max(pulled.unwrap_or(0));
        clone.learn_times(&plan.merged);
    }

    pub(super) fn sync(&mut self, at: usize) {
        let pull = PullOptions { dry_run: false, ..self.options() };
        let plan = self.plan(at, &pull);
        let options = SyncOptions { pull, ..SyncOptions::default() };
        let is_behind = self.clones[at].base != self.newest();
        let outcome = self.clones[at].repo.sync(&options, &NoProgress);
        self.clones[at].known = self.newest();
        if is_behind && !plan.open.is_empty() {
            assert_eq!(outcome.unwrap_err().kind(), Kind::Conflict);
            return;
        }
        let report = outcome.unwrap();
        if is_behind {
            // Merged values are pushed at once: their times are read off the new base.
            let merged = plan.merged.clone();
            let clone = &mut self.clones[at];
            (clone.ours, clone.base) = (plan.ours, self.versions.len() - 1);
            self.publish(at);
            let snapshot = self.clones[at].repo.snapshot().unwrap();
            for key in merged {
                let found = snapshot.find_in_base(&key).unwrap();
                let base = self.versions.last_mut().unwrap();
                if let (Some(found), Some(theirs)) = (found, base.get_mut(&key)) {
                    theirs.time = found.time;
                }
            }
        } else {
            self.publish(at);
        }
        let pulled = self.versions.last().unwrap().values().map(|theirs| theirs.time).max();
        let clone = &mut self.clones[at];
        clone.clock = clone.clock.max(pulled.unwrap_or(0));
        assert_eq!(report.version, clone.base as u64);
    }
}

/// The model's patterns: those above, by hand.
fn matches(glob: &str, key: &[u8]) -> bool {
    match glob {
        "0/*" => key.starts_with(b"0/"),
        "1/0?" => key.starts_with(b"1/0") && key.len() == 4,
        _ => key.last().is_some_and(|last| (b'2'..=b'4').contains(last)),
    }
}
