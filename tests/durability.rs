//! Goal: whatever power, disk or process do, what was acknowledged is there, and the rest is whole
//! or absent; and the calls that make it so come in the right order.
//!
//! Method: the library runs on a disk in memory (`common::disk`). A program of puts, batches,
//! seals, merges and discards is filmed call by call; each image is crashed in several ways and
//! opened again. The same program runs with each call failing, once and for good. Damage is made
//! by hand.
//!
//! Over 400 lines because all of it runs one program on one disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use kvs::error::{Kind, Result};
use kvs::repo::{Config, Range, Repo, Selection};

use crate::common::disk::{Disk, Fail, Image, Kept, ROOT};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// A step of a program.
#[derive(Clone, Debug)]
enum Step {
    Put(&'static str, &'static str),
    Delete(&'static str),
    /// Many small pairs: one frame.
    Small(u8),
    /// More than a log takes: a segment of its own.
    Large(u8),
    Seal,
    Compact,
    DiscardKey(&'static str),
    DiscardAll,
}

/// Every kind of step after every other kind that matters to it.
const PROGRAM: &[Step] = &[
    Step::Put("a", "1"),
    Step::Put("a", "2"),
    Step::Delete("a"),
    Step::Small(1),
    Step::Seal,
    Step::Put("b", "3"),
    Step::Large(2),
    Step::Put("c", "4"),
    Step::Compact,
    Step::Put("d", "5"),
    Step::Seal,
    Step::DiscardKey("c"),
    Step::Large(3),
    Step::Compact,
    Step::Put("e", "6"),
    Step::DiscardAll,
    Step::Put("f", "7"),
    Step::Large(4),
    Step::Seal,
];

fn small(seed: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..20_u8).map(|n| (vec![b's', n], vec![seed; usize::from(n) * 20])).collect()
}

fn large(seed: u8) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..4_u8).map(|n| (vec![b'l', n], vec![seed ^ n; 80_000])).collect()
}

fn put_all(repo: &Repo, pairs: &[(Vec<u8>, Vec<u8>)]) -> Result<()> {
    let mut batch = repo.batch()?;
    for (key, value) in pairs {
        batch.put(key, value)?;
    }
    repo.commit(batch)
}

impl Step {
    fn run(&self, repo: &Repo) -> Result<()> {
        match self {
            Self::Put(key, value) => repo.put(key.as_bytes(), value.as_bytes()),
            Self::Delete(key) => {
                let mut batch = repo.batch()?;
                batch.delete(key.as_bytes())?;
                repo.commit(batch)
            }
            Self::Small(seed) => put_all(repo, &small(*seed)),
            Self::Large(seed) => put_all(repo, &large(*seed)),
            Self::Seal => repo.store().writer()?.seal(),
            Self::Compact => repo.compact(false).map(drop),
            Self::DiscardKey(key) => {
                repo.discard(&Selection::Keys(vec![key.as_bytes().to_vec()])).map(drop)
            }
            Self::DiscardAll => repo.discard(&Selection::All).map(drop),
        }
    }

    fn note(&self, model: &mut Model) {
        match self {
            Self::Put(key, value) => {
                model.insert(key.as_bytes().to_vec(), value.as_bytes().to_vec());
            }
            // Nothing was pushed: forgetting a change is removing the key.
            Self::Delete(key) | Self::DiscardKey(key) => drop(model.remove(key.as_bytes())),
            Self::Small(seed) => model.extend(small(*seed)),
            Self::Large(seed) => model.extend(large(*seed)),
            Self::Seal | Self::Compact => {}
            Self::DiscardAll => model.clear(),
        }
    }
}

/// A disk with an empty repository, all of it durable.
fn fresh() -> Disk {
    let disk = Disk::new(Image::default());
    assert!(Repo::init(&disk.env(), Path::new(ROOT), Duration::ZERO).unwrap());
    let disk = Disk::new(disk.image().crashed(Kept::Nothing));
    disk.calls();
    disk
}

fn open(disk: &Disk) -> Repo {
    Repo::open(&disk.env(), Path::new(ROOT), Config::default()).unwrap()
}

fn content(repo: &Repo) -> Model {
    let snapshot = repo.snapshot().unwrap();
    let scan = snapshot.scan(&Range::default()).unwrap();
    let pair = |entry: Result<kvs::repo::Entry>| {
        let entry = entry.unwrap();
        (entry.key().to_vec(), entry.value().unwrap())
    };
    scan.map(pair).collect()
}

/// The state before or after a step, and a store that works and keeps what it then takes.
fn check(image: Image, before: &Model, after: &Model, what: &str) {
    let disk = Disk::new(image);
    let found = content(&open(&disk));
    assert!(found == *before || found == *after, "{what}: {:?}", found.keys());
    assert_eq!(open(&disk).count().unwrap(), found.len() as u64, "{what}: count");
    open(&disk).put(b"new", b"1").unwrap_or_else(|error| panic!("{what}: {error}"));
    let disk = Disk::new(disk.image().crashed(Kept::Nothing));
    let mut more = found;
    more.insert(b"new".to_vec(), b"1".to_vec());
    assert!(content(&open(&disk)) == more, "{what}: after the next put and power loss");
}

#[test]
fn a_put_is_one_write_and_one_sync_between_notes() {
    let disk = fresh();
    let repo = open(&disk);
    repo.put(b"a", b"1").unwrap();
    disk.calls();
    repo.put(b"b", b"2").unwrap();
    assert_eq!(disk.calls(), ["note lock", "write log/*.log", "sync log/*.log", "note lock"]);
    // Nobody can trust a note after a power loss, nor one that says an append was under way.
    let disk = Disk::new(disk.image().crashed(Kept::Nothing));
    open(&disk).put(b"c", b"3").unwrap();
    let first = ["sync log/*.log", "sync log", "sync ."];
    assert_eq!(disk.calls()[..3], first);
}

#[test]
fn a_swap_makes_durable_before_it_names() {
    let disk = fresh();
    let repo = open(&disk);
    repo.put(b"a", b"1").unwrap();
    repo.store().writer().unwrap().seal().unwrap();
    repo.put(b"b", b"1").unwrap();
    disk.calls();
    repo.store().writer().unwrap().seal().unwrap();
    repo.put(b"c", b"2").unwrap();
    let calls = disk.calls();
    let at = |call: &str| {
        calls.iter().rposition(|made| made == call).unwrap_or_else(|| panic!("{call}: {calls:?}"))
    };
    let order = [
        "write tmp/*/1",
        "sync tmp/*/1",
        "rename segments/*.seg",
        "sync segments",
        "rename state.old.json",
        "sync state.new",
        "rename state.json",
        "sync .",
        "write log/*.log",
    ];
    let places: Vec<usize> = order.iter().map(|call| at(call)).collect();
    assert!(places.is_sorted(), "{calls:?}");
    let first = |call: &str| calls.iter().position(|made| made == call).unwrap();
    // The new log and its name, before any state is touched.
    assert!(first("create log/*.log") < first("sync log/*.log"), "{calls:?}");
    assert!(first("sync log/*.log") < first("sync log"), "{calls:?}");
    assert!(first("sync log") < first("rename state.old.json"), "{calls:?}");
    assert!(at("sync state.old.new") < at("rename state.old.json"), "{calls:?}");
    // What is no longer named goes only when the new state stands.
    assert!(first("remove log/*.log") > at("sync ."), "{calls:?}");
}

#[test]
fn power_loss_at_any_call_keeps_what_was_acknowledged() {
    let disk = fresh();
    disk.film();
    let (mut before, mut images) = (Model::new(), 0_u64);
    for (index, step) in PROGRAM.iter().enumerate() {
        let mut after = before.clone();
        step.note(&mut after);
        step.run(&open(&disk)).unwrap();
        for (call, image) in disk.take_film().iter().enumerate() {
            // The process alone may die, and power go later.
            check(image.clone(), &before, &after, &format!("step {index} {step:?}, killed {call}"));
            for kept in [Kept::Nothing, Kept::All, Kept::Some(images), Kept::Some(!images)] {
                let what = format!("step {index} {step:?}, call {call}, {kept:?}");
                check(image.crashed(kept), &before, &after, &what);
            }
            images += 1;
        }
        for kept in [Kept::Nothing, Kept::All, Kept::Some(images)] {
            let what = format!("after step {index} {step:?}, {kept:?}");
            check(disk.image().crashed(kept), &after, &after, &what);
        }
        before = after;
    }
    assert!(images > 150, "{images}");
}

#[test]
fn killed_at_any_call_during_init_can_be_made_again() {
    let disk = Disk::new(Image::default());
    disk.film();
    Repo::init(&disk.env(), Path::new(ROOT), Duration::ZERO).unwrap();
    for (call, image) in disk.take_film().iter().enumerate() {
        for kept in [Kept::Nothing, Kept::All, Kept::Some(call as u64)] {
            let disk = Disk::new(image.crashed(kept));
            Repo::init(&disk.env(), Path::new(ROOT), Duration::ZERO).unwrap();
            check(disk.image(), &Model::new(), &Model::new(), &format!("call {call}, {kept:?}"));
        }
    }
}

/// Runs the program with one step's calls failing; whatever happens, the next step works.
fn with_failures(fail: impl Fn(u64) -> Fail) {
    let (disk, mut before) = (fresh(), Model::new());
    for (index, step) in PROGRAM.iter().enumerate() {
        let mut after = before.clone();
        step.note(&mut after);
        let start = disk.image();
        for call in 0.. {
            let disk = Disk::new(start.clone());
            disk.fail(fail(call));
            let result = step.run(&open(&disk));
            let failed = disk.failed();
            disk.fail(Fail::Never);
            let what = format!("step {index} {step:?}, {:?}, {result:?}", fail(call));
            match &result {
                Ok(()) => assert!(content(&open(&disk)) == after, "{what}: acknowledged"),
                Err(error) => assert_eq!(error.kind(), Kind::Disk, "{what}"),
            }
            let is_done = result.is_ok();
            let first = if is_done { &after } else { &before };
            for kept in [Kept::Nothing, Kept::All, Kept::Some(call)] {
                check(disk.image().crashed(kept), first, &after, &format!("{what}, {kept:?}"));
            }
            check(disk.image(), first, &after, &what);
            if failed == 0 {
                break;
            }
        }
        step.run(&open(&disk)).unwrap();
        before = after;
    }
}

#[test]
fn any_single_call_may_fail() {
    with_failures(Fail::Once);
}

#[test]
fn a_disk_may_fail_for_good() {
    with_failures(Fail::From);
}

#[test]
fn a_writer_that_failed_acknowledges_nothing_it_cannot_keep() {
    let start = fresh();
    open(&start).put(b"a", b"1").unwrap();
    for call in 0.. {
        let disk = Disk::new(start.image());
        let repo = open(&disk);
        let mut writer = repo.store().writer().unwrap();
        disk.fail(Fail::Once(call));
        let result = writer.seal();
        let failed = disk.failed();
        disk.fail(Fail::Never);
        let mut batch = repo.batch().unwrap();
        batch.put(b"b", b"2").unwrap();
        let put = writer.commit(batch);
        drop(writer);
        let found = content(&open(&Disk::new(disk.image().crashed(Kept::All))));
        assert_eq!(found[&b"a"[..]], b"1", "call {call}");
        if put.is_ok() {
            assert!(found.contains_key(&b"b"[..]), "call {call}, {result:?}");
        }
        if failed == 0 {
            break;
        }
    }
}

/// Which call of the next put is the sync of the log.
fn sync_of_put(image: &Image) -> u64 {
    let disk = Disk::new(image.clone());
    open(&disk).put(b"probe", b"").unwrap();
    disk.calls().iter().position(|call| call == "sync log/*.log").unwrap() as u64
}

#[test]
fn a_log_whose_sync_failed_is_never_appended_to() {
    let disk = fresh();
    open(&disk).put(b"a", b"1").unwrap();
    let is_killed = [false, true];
    for (kept, is_killed) in [Kept::Nothing, Kept::All]
        .into_iter()
        .flat_map(|kept| is_killed.map(|is_killed| (kept, is_killed)))
    {
        let mut disk = Disk::new(disk.image());
        if is_killed {
            // A writer dies after it wrote and before it synced; the next one's sync fails.
            let sync = sync_of_put(&disk.image());
            disk.film();
            open(&disk).put(b"killed", b"1").unwrap();
            let film = disk.take_film();
            disk = Disk::new(film[sync as usize].clone());
        }
        let sync = sync_of_put(&disk.image());
        disk.fail(Fail::Once(sync));
        assert_eq!(open(&disk).put(b"b", b"2").unwrap_err().kind(), Kind::Disk);
        assert_eq!(disk.failed(), 1);
        disk.fail(Fail::Never);
        disk.calls();
        open(&disk).put(b"c", b"3").unwrap();
        let calls = disk.calls();
        assert!(calls.iter().any(|call| call == "rename segments/*.seg"), "{calls:?}");
        let disk = Disk::new(disk.image().crashed(kept));
        let found = content(&open(&disk));
        assert_eq!(found[&b"a"[..]], b"1");
        assert_eq!(found[&b"c"[..]], b"3");
        open(&disk).put(b"d", b"4").unwrap();
    }
}

/// The only log of an image.
fn log_of(image: &Image) -> std::path::PathBuf {
    let mut logs = image.files("/r/.kvs/log");
    assert_eq!(logs.len(), 1);
    logs.remove(0)
}

#[test]
fn a_torn_tail_of_every_length_is_cut() {
    let disk = fresh();
    open(&disk).put(b"a", b"1").unwrap();
    let path = log_of(&disk.image());
    let whole = disk.image().bytes_mut(&path).len();
    open(&disk).put(b"torn", b"a value of some length").unwrap();
    let end = disk.image().bytes_mut(&path).len();
    for length in whole..end {
        for filler in [None, Some(0), Some(0xff)] {
            let mut image = disk.image();
            let bytes = image.bytes_mut(&path);
            bytes.truncate(length);
            // A file system may have made the room and not filled it.
            if let Some(filler) = filler {
                bytes.resize(end + 100, filler);
            }
            let disk = Disk::new(image);
            let mut model = Model::from([(b"a".to_vec(), b"1".to_vec())]);
            assert!(content(&open(&disk)) == model, "{length} {filler:?}");
            open(&disk).put(b"b", b"2").unwrap();
            open(&disk).put(b"c", b"3").unwrap();
            model.insert(b"b".to_vec(), b"2".to_vec());
            model.insert(b"c".to_vec(), b"3".to_vec());
            assert!(content(&open(&disk)) == model, "{length} {filler:?}");
        }
    }
}

#[test]
fn a_flipped_byte_before_the_last_frame_is_damage() {
    let disk = fresh();
    for key in ["a", "b", "c"] {
        open(&disk).put(key.as_bytes(), b"a value").unwrap();
    }
    let path = log_of(&disk.image());
    let end = disk.image().bytes_mut(&path).len();
    let frame = {
        let disk = Disk::new(disk.image());
        open(&disk).put(b"d", b"a value").unwrap();
        disk.image().bytes_mut(&path).len() - end
    };
    let model = content(&open(&disk));
    for at in 0..end {
        let mut image = disk.image();
        image.bytes_mut(&path)[at] ^= 0x40;
        let disk = Disk::new(image);
        let kept = disk.image();
        // A put does not read the log, and need not notice.
        let results = [
            open(&disk).get(b"a").map(drop),
            open(&disk).snapshot().map(drop),
            open(&disk).compact(false).map(drop),
        ];
        if at >= end - frame {
            // The last frame: no telling it from a torn tail.
            assert!(results.iter().all(std::result::Result::is_ok), "{at}: {results:?}");
            continue;
        }
        for result in results {
            let error = result.expect_err(&format!("byte {at}"));
            assert_eq!(error.kind(), Kind::Damaged, "{at}");
            assert!(error.message().contains(path.to_str().unwrap()), "{at}: {error}");
            assert!(error.message().contains("byte"), "{at}: {error}");
        }
        // Nothing was guessed, and nothing thrown away.
        let (mut now, mut then) = (disk.image(), kept);
        assert_eq!(now.bytes_mut(&path), then.bytes_mut(&path), "{at}");
        now.bytes_mut(&path)[at] ^= 0x40;
        assert!(content(&open(&Disk::new(now))) == model, "{at}");
    }
}

#[test]
fn a_lost_state_is_damage_and_init_does_not_hide_it() {
    let disk = fresh();
    open(&disk).put(b"a", b"1").unwrap();
    open(&disk).store().writer().unwrap().seal().unwrap();
    let env = disk.env();
    env.files.remove_file(Path::new("/r/.kvs/state.json")).unwrap();
    assert_eq!(open(&disk).get(b"a").map(drop).unwrap_err().kind(), Kind::Damaged);
    assert_eq!(open(&disk).put(b"b", b"2").unwrap_err().kind(), Kind::Damaged);
    let error = Repo::init(&env, Path::new(ROOT), Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
    assert!(error.message().contains("state.json"), "{error}");
}
