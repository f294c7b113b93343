//! Goal: whatever is done in whatever order, several clones and their remote hold exactly what a
//! simple model of them holds.
//!
//! Method: random programs of puts, deletes, batches of every size, discards, pulls with every
//! strategy, pushes, fetches, syncs and compactions over three clones. The model of a clone is a
//! map of unpushed records and the number of its base; that of the remote is a list of whole maps.
//! After each step content, count, status, changes and conflicts are held against the model. The
//! clocks are made up: one is hours behind, one minutes ahead. Times come from the store, as the
//! model cannot know them; it checks that none is at or below anything its clone has seen.
//! `KVS_TEST_SEED` runs one program; each failure tells its seed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kvs::env::{Clock, Env};
use kvs::error::Kind;
use kvs::remote::{Folder, Remote};
use kvs::repo::{ChangeKind, Config, NoProgress, PushOptions, Repo, Selection};

use crate::common::s3_server::S3Server;

mod check;
mod pull;

type Key = Vec<u8>;
type Value = Vec<u8>;

const HOUR_MS: i64 = 60 * 60 * 1000;
const CLONES: usize = 3;

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.roll(256) as u8).collect()
    }
}

/// A clock that all clones share, each with its own error.
struct Skewed {
    shared_ms: Arc<AtomicU64>,
    error_ms: i64,
}

impl Clock for Skewed {
    fn now_ms(&self) -> u64 {
        self.shared_ms.load(Ordering::Relaxed).saturating_add_signed(self.error_ms)
    }

    fn sleep(&self, duration: Duration) {
        // Locks are waited for with it, and another thread's fork can hold one for a moment.
        std::thread::sleep(Duration::from_millis(1));
        self.shared_ms.fetch_add(duration.as_millis() as u64, Ordering::Relaxed);
    }
}

/// An unpushed record: `None` is a delete.
#[derive(Clone)]
struct Ours {
    value: Option<Value>,
    time: u64,
}

/// The newest record of a key at the remote.
#[derive(Clone)]
struct Theirs {
    value: Option<Value>,
    time: u64,
    version: usize,
}

/// A clone and its model.
struct Clone {
    env: Env,
    folder: tempfile::TempDir,
    repo: Repo,
    ours: BTreeMap<Key, Ours>,
    base: usize,
    known: usize,
    /// The highest time written or pulled here.
    clock: u64,
}

struct World {
    dice: Dice,
    shared_ms: Arc<AtomicU64>,
    remote: Arc<dyn Remote>,
    clones: Vec<Clone>,
    /// The remote's versions; the first is the empty one before all.
    versions: Vec<BTreeMap<Key, Theirs>>,
}

impl Clone {
    fn new(shared_ms: &Arc<AtomicU64>, error_ms: i64, remote: &Arc<dyn Remote>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Skewed { shared_ms: Arc::clone(shared_ms), error_ms });
        let env = Env { clock, ..Env::real() };
        assert!(Repo::init(&env, folder.path(), Duration::from_secs(10)).unwrap());
        let repo = open(&env, folder.path(), remote);
        Self { env, folder, repo, ours: BTreeMap::new(), base: 0, known: 0, clock: 0 }
    }

    /// Takes over the times of records just written, which must be above all seen before.
    fn learn_times(&mut self, keys: &[Key]) {
        let snapshot = self.repo.snapshot().unwrap();
        let before = self.clock;
        for key in keys {
            let record = snapshot.find_unpushed(key).unwrap().expect("it was just written");
            let key_text = key.escape_ascii();
            assert!(record.time > before, "time {} of {key_text} after {before}", record.time);
            self.ours.get_mut(key).unwrap().time = record.time;
            self.clock = self.clock.max(record.time);
        }
    }
}

fn open(env: &Env, folder: &std::path::Path, remote: &Arc<dyn Remote>) -> Repo {
    Repo::open(env, folder, Config::default()).unwrap().with_origin(Arc::clone(remote))
}

fn live(record: Option<&Theirs>) -> Option<&Value> {
    record.and_then(|record| record.value.as_ref())
}

impl World {
    fn new(seed: u64, remote: Arc<dyn Remote>) -> Self {
        let shared_ms = Arc::new(AtomicU64::new(1_700_000_000_000));
        let errors = [0, -20 * HOUR_MS, HOUR_MS / 12];
        let clones = errors.map(|error_ms| Clone::new(&shared_ms, error_ms, &remote)).into();
        let versions = vec![BTreeMap::new()];
        Self { dice: Dice(seed), shared_ms, remote, clones, versions }
    }

    fn key(&mut self) -> Key {
        let length = if self.dice.roll(20) == 0 { 300 } else { 0 };
        format!("{}/{:02}{}", self.dice.roll(3), self.dice.roll(8), "-".repeat(length)).into()
    }

    /// Few different ones, so that both sides often agree; some in value frames.
    fn value(&mut self) -> Value {
        let seed = self.dice.roll(3) as u8;
        let bytes = [0_usize, 1, 1, 100, 3000, 70_000][self.dice.roll(6) as usize];
        (0..bytes).map(|at| (at * at) as u8 ^ seed).collect()
    }

    /// Writes in one batch: each key once in the model, some several times in the batch.
    fn write(&mut self, at: usize, operations: Vec<(Key, Option<Value>)>) {
        let clone = &mut self.clones[at];
        let mut batch = clone.repo.batch().unwrap();
        let mut keys: Vec<Key> = Vec::new();
        for (key, value) in operations {
            match &value {
                Some(value) => batch.put(&key, value).unwrap(),
                None => batch.delete(&key).unwrap(),
            }
            keys.push(key.clone());
            clone.ours.insert(key, Ours { value, time: 0 });
        }
        clone.repo.commit(batch).unwrap();
        keys.sort();
        keys.dedup();
        clone.learn_times(&keys);
    }

    fn put_one(&mut self, at: usize) {
        let (key, value) = (self.key(), self.value());
        self.clones[at].repo.put(&key, &value).unwrap();
        self.clones[at].ours.insert(key.clone(), Ours { value: Some(value), time: 0 });
        self.clones[at].learn_times(&[key]);
    }

    fn write_some(&mut self, at: usize, count: u64) {
        let mut operations = Vec::new();
        for _ in 0..count {
            let value = if self.dice.roll(3) == 0 { None } else { Some(self.value()) };
            operations.push((self.key(), value));
        }
        self.write(at, operations);
    }

    /// More than fits into a frame of the log: becomes segments by itself.
    fn import(&mut self, at: usize) {
        let mut operations = Vec::new();
        for number in 0..40 {
            let key = format!("big/{:03}", number + self.dice.roll(20)).into_bytes();
            let value = self.dice.bytes(8000);
            operations.push((key, Some(value)));
        }
        operations.push((self.key(), Some(self.value())));
        operations.push((self.key(), None));
        self.write(at, operations);
    }

    /// Puts until the log must have been sealed several times, and segments merged.
    fn fill_the_log(&mut self, at: usize) {
        for _ in 0..10 {
            let value = self.dice.bytes(120_000);
            let key = self.key();
            self.write(at, vec![(key, Some(value))]);
        }
    }

    /// The differences of a clone to its base, by key.
    fn changes(&self, at: usize) -> BTreeMap<&Key, ChangeKind> {
        let base = &self.versions[self.clones[at].base];
        let kind = |key: &Key, ours: &Ours| match (&ours.value, live(base.get(key))) {
            (None, None) => None,
            (Some(_), None) => Some(ChangeKind::Added),
            (None, Some(_)) => Some(ChangeKind::Deleted),
            (Some(ours), Some(base)) => (ours != base).then_some(ChangeKind::Modified),
        };
        let ours = &self.clones[at].ours;
        ours.iter().filter_map(|(key, ours)| Some((key, kind(key, ours)?))).collect()
    }

    fn discard(&mut self, at: usize) {
        let selection = match self.dice.roll(3) {
            0 => Selection::All,
            1 => Selection::Prefix(format!("{}/", self.dice.roll(3)).into_bytes()),
            _ => Selection::Keys(vec![self.key(), self.key(), self.key()]),
        };
        let goes = |key: &Key| match &selection {
            Selection::All => true,
            Selection::Prefix(prefix) => key.starts_with(prefix),
            Selection::Keys(keys) => keys.contains(key),
        };
        let expected = self.changes(at).keys().filter(|key| goes(key)).count();
        let clone = &mut self.clones[at];
        assert_eq!(clone.repo.discard(&selection).unwrap(), expected as u64);
        clone.ours.retain(|key, _| !goes(key));
    }

    fn newest(&self) -> usize {
        self.versions.len() - 1
    }

    /// The model's push, where the base is the newest version.
    fn publish(&mut self, at: usize) {
        let changed: Vec<Key> = self.changes(at).into_keys().cloned().collect();
        if !changed.is_empty() {
            let version = self.versions.len();
            let mut next = self.versions[version - 1].clone();
            for key in changed {
                let Ours { value, time } = self.clones[at].ours[&key].clone();
                next.insert(key, Theirs { value, time, version });
            }
            self.versions.push(next);
            self.clones[at].base = version;
            self.clones[at].known = version;
        }
        self.clones[at].ours.clear();
    }

    fn push(&mut self, at: usize) {
        let outcome = self.clones[at].repo.push(&PushOptions::default(), &NoProgress);
        let changes = self.changes(at);
        let of = |kind| changes.values().filter(|found| **found == kind).count() as u64;
        let counts = [ChangeKind::Added, ChangeKind::Modified, ChangeKind::Deleted].map(of);
        if self.clones[at].base != self.newest() && !changes.is_empty() {
            assert_eq!(outcome.unwrap_err().kind(), Kind::MovedOn);
            // A repository that never synced does not adopt a database by a refused push.
            if self.clones[at].base > 0 {
                self.clones[at].known = self.newest();
            }
            return;
        }
        let report = outcome.unwrap();
        assert_eq!([report.added, report.modified, report.deleted], counts);
        self.publish(at);
        assert_eq!(report.version, self.clones[at].base as u64);
    }

    fn fetch(&mut self, at: usize) {
        let report = self.clones[at].repo.fetch(&NoProgress).unwrap();
        self.clones[at].known = self.newest();
        assert_eq!(report.version, self.newest() as u64);
    }

    fn compact(&self, at: usize) {
        let done = self.clones[at].repo.compact(false).unwrap();
        assert!(done.bytes_after > 0);
    }

    fn reopen(&mut self, at: usize) {
        let clone = &mut self.clones[at];
        clone.repo = open(&clone.env, clone.folder.path(), &self.remote);
    }

    fn step(&mut self) -> &'static str {
        self.shared_ms.fetch_add(1 + self.dice.roll(3), Ordering::Relaxed);
        let at = self.dice.roll(CLONES as u64) as usize;
        let name = match self.dice.roll(24) {
            0..4 => (self.put_one(at), "put").1,
            4..7 => (self.write_some(at, 1), "one").1,
            7..10 => (self.write_some(at, 9), "batch").1,
            10 => (self.import(at), "import").1,
            11 => (self.fill_the_log(at), "fill").1,
            12 => (self.discard(at), "discard").1,
            13..16 => (self.push(at), "push").1,
            16..20 => (self.pull(at), "pull").1,
            20 => (self.sync(at), "sync").1,
            21 => (self.fetch(at), "fetch").1,
            22 => (self.compact(at), "compact").1,
            _ => (self.reopen(at), "reopen").1,
        };
        self.check(at);
        name
    }
}

/// Runs a program. A failure tells how to see it again.
fn run(seed: u64, steps: usize, remote: Arc<dyn Remote>) {
    let mut done = Vec::new();
    let program = std::panic::AssertUnwindSafe(|| {
        let mut world = World::new(seed, remote);
        for _ in 0..steps {
            done.push("?");
            let name = world.step();
            *done.last_mut().unwrap() = name;
        }
        (0..CLONES).for_each(|at| world.check(at));
    });
    if let Err(cause) = std::panic::catch_unwind(program) {
        eprintln!("KVS_TEST_SEED={seed} fails at step {}: {done:?}", done.len());
        std::panic::resume_unwind(cause);
    }
}

/// The seeds to run: those given, or the one that was asked for.
fn seeds(from: u64, count: u64) -> Vec<u64> {
    match std::env::var("KVS_TEST_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (from..from + count).collect(),
    }
}

#[test]
fn clones_of_a_folder_hold_what_the_model_holds() {
    for seed in seeds(1, 8) {
        let folder = tempfile::tempdir().unwrap();
        run(seed, 120, Arc::new(Folder::new(&Env::real(), folder.path(), true)));
    }
}

#[test]
fn clones_of_a_bucket_hold_what_the_model_holds() {
    for seed in seeds(1000, 2) {
        let server = S3Server::start();
        run(seed, 80, Arc::new(server.remote("model")));
    }
}
