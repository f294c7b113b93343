//! Goal: a clock that is wrong does no harm. What was written after a pull never counts as older
//! than what came with it; a clock far ahead spreads to nobody. And what others write here while a
//! pull fetches is compared like the rest.
//!
//! Method: clones with clocks of their own, and a remote that tells of its requests, through the
//! library's seams; pulls with the strategy `newest`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kvs::env::{Clock, Env};
use kvs::error::Kind;
use kvs::remote::{Folder, Remote};
use kvs::repo::{Config, NoProgress, PullOptions, PushOptions, Repo, State, Strategy, SyncReport};

use crate::common::hooked::Hooked;

/// A clock that stands where it is put.
struct Fixed(AtomicU64);

impl Clock for Fixed {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn sleep(&self, duration: Duration) {
        // Locks are waited for with it, and another thread's fork can hold one for a moment.
        std::thread::sleep(Duration::from_millis(1));
        self.0.fetch_add(duration.as_millis() as u64, Ordering::Relaxed);
    }
}

const NOW_MS: u64 = 1_700_000_000_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A clone with a clock of its own.
struct Owner {
    clock: Arc<Fixed>,
    env: Env,
    dir: std::path::PathBuf,
    repo: Repo,
}

impl Owner {
    fn new(dir: &std::path::Path, remote: &Arc<dyn Remote>, now_ms: u64) -> Self {
        let clock = Arc::new(Fixed(AtomicU64::new(now_ms)));
        let env = Env { clock: clock.clone(), ..Env::real() };
        let dir = dir.join(now_ms.to_string());
        Repo::init(&env, &dir, Duration::from_secs(10)).unwrap();
        let repo = Repo::open(&env, &dir, Config::default()).unwrap();
        Self { clock, env, dir, repo: repo.with_origin(Arc::clone(remote)) }
    }

    fn put(&self, value: &str) {
        self.clock.sleep(Duration::from_millis(1));
        self.repo.put(b"key", value.as_bytes()).unwrap();
    }

    fn get(&self) -> String {
        let entry = self.repo.get(b"key").unwrap().unwrap();
        String::from_utf8(entry.value().unwrap()).unwrap()
    }

    fn written_ms(&self) -> u64 {
        self.repo.get(b"key").unwrap().unwrap().modified_ms()
    }

    fn push(&self) {
        self.repo.push(&PushOptions::default(), &NoProgress).unwrap();
    }

    fn pull(&self) -> SyncReport {
        let options = PullOptions { strategy: Strategy::Newest, ..PullOptions::default() };
        self.repo.pull(&options, &NoProgress).unwrap()
    }
}

fn owners(clocks_ms: [u64; 3]) -> (tempfile::TempDir, [Owner; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let remote = Folder::new(&Env::real(), folder.path().join("remote"), true);
    let remote: Arc<dyn Remote> = Arc::new(remote);
    let owners = clocks_ms.map(|now_ms| Owner::new(folder.path(), &remote, now_ms));
    (folder, owners)
}

#[test]
fn a_clock_a_day_behind_does_not_lose_what_was_written_after_a_pull() {
    let (_folder, [right, behind, third]) = owners([NOW_MS, NOW_MS - DAY_MS + 5, NOW_MS + 1]);
    right.put("first");
    right.push();
    assert!(behind.pull().warnings.is_empty());
    // At the same moment: the third has not seen `first` when it writes.
    third.clock.0.store(NOW_MS, Ordering::Relaxed);
    third.repo.put(b"key", b"unseen").unwrap();
    third.clock.sleep(Duration::from_secs(1));
    behind.put("second");
    assert!(behind.written_ms() >= right.written_ms());
    behind.push();
    assert_eq!(third.pull().conflicts.len(), 1);
    assert_eq!(third.get(), "second");
    // Also across a large batch, and without a pull in between.
    behind.put("third");
    let mut batch = behind.repo.batch().unwrap();
    for number in 0..10_u8 {
        batch.put(&[number], &vec![number; 100_000]).unwrap();
    }
    batch.put(b"key", b"batch").unwrap();
    behind.repo.commit(batch).unwrap();
    let snapshot = behind.repo.snapshot().unwrap();
    let ours = snapshot.find_unpushed(b"key").unwrap().unwrap().time;
    assert!(ours > snapshot.find_in_base(b"key").unwrap().unwrap().time);
    // One that wrote later by a clock that is right counts.
    third.put("later");
    behind.push();
    third.pull();
    assert_eq!((third.get().as_str(), third.repo.status().unwrap().ahead), ("later", 1));
    assert_eq!(third.repo.get(b"key").unwrap().unwrap().state(), State::Unpushed);
}

#[test]
fn a_clock_more_than_a_day_ahead_is_told_of_and_not_taken_over() {
    let (_folder, [ahead, right, third]) = owners([NOW_MS + 2 * DAY_MS, NOW_MS, NOW_MS + 7]);
    ahead.put("future");
    ahead.push();
    let report = right.pull();
    assert_eq!(report.warnings.len(), 1, "{report:?}");
    right.put("now");
    assert_eq!(right.written_ms(), right.clock.now_ms());
    right.push();
    // Nor with one's own version, which is above it.
    right.put("still now");
    assert_eq!(right.written_ms(), right.clock.now_ms());
    assert!(right.repo.store().state().unwrap().clock >> 16 < NOW_MS + DAY_MS);
    right.push();
    assert_eq!(third.pull().warnings.len(), 1);
    third.put("third");
    assert_eq!(third.written_ms(), third.clock.now_ms());
    third.push();
    // Just within the day it is taken over, and nothing is said.
    let (_folder, [ahead, right, _]) = owners([NOW_MS + DAY_MS - 5, NOW_MS, NOW_MS + 7]);
    ahead.put("soon");
    ahead.push();
    assert!(right.pull().warnings.is_empty());
    right.put("after it");
    assert!(right.written_ms() >= NOW_MS + DAY_MS - 5);
}

/// While segments come, keys are written by somebody else; each is compared before the swap.
#[test]
fn keys_written_while_segments_come() {
    let (folder, [theirs, ours, _]) = owners([NOW_MS, NOW_MS + 10, NOW_MS + 20]);
    ours.repo.put(b"kept", b"ours").unwrap();
    theirs.put("theirs");
    theirs.push();
    let (env, dir) = (ours.env.clone(), ours.dir.clone());
    let inner: Arc<dyn Remote> =
        Arc::new(Folder::new(&Env::real(), folder.path().join("remote"), false));
    let mut written = 0;
    let hooked = Hooked::new(inner, move |verb, _| {
        if verb == "range" {
            written += 1;
            let other = Repo::open(&env, &dir, Config::default()).unwrap();
            other.put(b"key", format!("ours {written}").as_bytes()).unwrap();
            assert_eq!(other.get(b"kept").unwrap().unwrap().value().unwrap(), b"ours");
        }
    });
    let repo = Repo::open(&ours.env, &ours.dir, Config::default()).unwrap();
    let repo = repo.with_origin(Arc::new(hooked));
    let error = repo.pull(&PullOptions::default(), &NoProgress).unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    assert_eq!(error.conflicts()[0].key, b"key");
    assert_eq!((ours.get().as_str(), ours.repo.status().unwrap().version), ("ours 1", 0));
    let options = PullOptions { strategy: Strategy::Theirs, ..PullOptions::default() };
    repo.pull(&options, &NoProgress).unwrap();
    assert_eq!(ours.get(), "theirs");
    assert_eq!(ours.repo.status().unwrap().ahead, 1);
}
