//! Goal: the bytes on disk and at a remote are those that FORMAT describes, and stay so.
//!
//! Method: the worked example of FORMAT 10 is written by the library with a fixed clock and fixed
//! randomness, and held against the files in `tests/golden/`; those are held against the hex in
//! FORMAT 10, and read back. With `KVS_REGENERATE=1` the files are written instead; the hex in
//! FORMAT is changed by hand. Then: what FORMAT 11 says of growth and of newer formats.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use kvs::env::{Clock, Env, Random};
use kvs::error::Kind;
use kvs::format::codec::unhex16;
use kvs::format::entry::SegmentEntry;
use kvs::format::frame::{self, Tail};
use kvs::format::manifest::{self, Version, hash_of};
use kvs::format::record::{Kind as RecordKind, Record, Value};
use kvs::format::state::State;
use kvs::remote::Folder;
use kvs::repo::{Config, NoProgress, PushOptions, Repo};
use kvs::store::verify::verify;

use crate::common::place::Place;

/// 2026-01-01T00:00:00Z, which is when everything in the example happens.
const NOW_MS: u64 = 1_767_225_600_000;

/// The files of the example.
const LOG: &str = "example.log";
const SEGMENT: &str = "example.seg";
const STATE: &str = "state.json";
const MANIFEST: &str = "manifest.json";
const PUSHED: &str = "pushed.seg";

struct Standstill;

impl Clock for Standstill {
    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    fn sleep(&self, duration: Duration) {
        // Locks are waited for with it, and another thread's fork can hold one for a moment.
        std::thread::sleep(duration);
    }
}

/// The first 16 random bytes are all 1, the next ones all 2, and so on.
#[derive(Default)]
struct Counter(AtomicU8);

impl Random for Counter {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        buffer.fill(self.0.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(())
    }
}

fn fixed() -> Env {
    Env { clock: Arc::new(Standstill), random: Arc::new(Counter::default()), ..Env::real() }
}

/// Does what FORMAT 10 tells, and gives the files.
fn example() -> BTreeMap<&'static str, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (dir, env) = (folder.path(), fixed());
    assert!(Repo::init(&env, dir, Duration::from_secs(10)).unwrap());
    let config = Config::default().with("user.name", "Ann").unwrap();
    let remote = Folder::new(&Env::real(), dir.join("remote"), true);
    let repo = Repo::open(&env, dir, config).unwrap().with_origin(Arc::new(remote));
    let mut batch = repo.batch().unwrap();
    batch.put(b"blue", b"sky").unwrap();
    batch.put(b"green", b"grass").unwrap();
    repo.commit(batch).unwrap();
    let mut batch = repo.batch().unwrap();
    batch.delete(b"blue").unwrap();
    repo.commit(batch).unwrap();
    let log = only_file(&dir.join(".kvs/log"));
    repo.store().writer().unwrap().seal().unwrap();
    let segment = only_file(&dir.join(".kvs/segments"));
    let state = fs::read(dir.join(".kvs/state.json")).unwrap();
    let options = PushOptions { message: Some("First".to_owned()), dry_run: false };
    assert_eq!(repo.push(&options, &NoProgress).unwrap().version, 1);
    let manifest = only_file(&dir.join("remote/manifests"));
    let pushed = only_file(&dir.join("remote/segments"));
    BTreeMap::from([
        (LOG, log),
        (SEGMENT, segment),
        (STATE, state),
        (MANIFEST, manifest),
        (PUSHED, pushed),
    ])
}

/// The content of the one file in a folder.
fn only_file(folder: &Path) -> Vec<u8> {
    let found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [only] = &found[..] else { panic!("{found:?}") };
    fs::read(only).unwrap()
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Reads a golden file. A checkout may have changed the ends of lines of the readable ones.
fn golden(name: &str) -> Vec<u8> {
    let mut bytes = fs::read(golden_path(name)).unwrap();
    if [STATE, MANIFEST].contains(&name) {
        bytes.retain(|byte| *byte != b'\r');
    }
    bytes
}

fn golden_state() -> State {
    State::decode(&golden(STATE), STATE).unwrap()
}

fn golden_manifest() -> manifest::Manifest {
    match manifest::decode(&golden(MANIFEST), 1, MANIFEST).unwrap() {
        Version::Live(manifest) => manifest,
        Version::Retired(_) => panic!("a tombstone"),
    }
}

#[test]
fn the_library_writes_the_golden_bytes() {
    for (name, bytes) in example() {
        if std::env::var_os("KVS_REGENERATE").is_some() {
            fs::write(golden_path(name), &bytes).unwrap();
        }
        assert!(
            golden(name) == bytes,
            "{name} is not what is written now. If the format was changed on purpose: \
             KVS_REGENERATE=1 cargo test golden, and the hex in FORMAT 10 by hand"
        );
    }
}

#[test]
fn format_shows_the_golden_bytes() {
    let text = &include_str!("../src/format/FORMAT.md").replace('\r', "");
    for name in [LOG, SEGMENT] {
        let mut shown = Vec::new();
        for line in block(text, name) {
            let (offset, rest) = line.split_once("  ").expect("an offset and bytes");
            assert_eq!(usize::from_str_radix(offset, 16).unwrap(), shown.len(), "{name}: {line}");
            let pairs = rest.split("  ").next().unwrap_or_default().split_whitespace();
            shown.extend(pairs.map(|pair| u8::from_str_radix(pair, 16).expect(line)));
        }
        assert!(shown == golden(name), "FORMAT shows other bytes of {name}");
    }
    for name in [STATE, MANIFEST] {
        // FORMAT breaks long lines where it likes.
        let joined = |lines: Vec<&str>| lines.iter().map(|line| line.trim_start()).collect();
        let shown: String = joined(block(text, name));
        let file = String::from_utf8(golden(name)).unwrap();
        let file: String = joined(file.lines().collect());
        assert_eq!(shown, file, "FORMAT shows another {name}");
    }
}

/// The lines of the block in FORMAT that begins with a file's name.
fn block<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (_, rest) = text.split_once(&format!("```text\n{name}\n")).expect("a block of that name");
    rest.lines().take_while(|line| *line != "```").collect()
}

#[test]
fn the_log_reads_as_format_tells() {
    let (log, id) = (golden(LOG), [2; 16]);
    assert_eq!(frame::scan(&log, &id), Ok((log.len(), Tail::Clean)));
    let first = frame::verify(&log, &id, frame::HEADER_BYTES).unwrap();
    let second = frame::HEADER_BYTES + frame::FRAME_HEADER_BYTES + first.len();
    let second = frame::verify(&log, &id, second).unwrap();
    let records: Vec<Record<'_>> =
        frame::records(first).chain(frame::records(second)).map(Result::unwrap).collect();
    let time = NOW_MS << 16;
    let put = |key, value: &'static [u8]| Record {
        kind: RecordKind::Put,
        key,
        time,
        version: 0,
        value_bytes: value.len() as u64,
        value: Value::Inline(value),
    };
    let deleted = Record {
        kind: RecordKind::Tombstone,
        time: time + 1,
        value_bytes: 0,
        value: Value::None,
        ..put(b"blue", b"")
    };
    assert_eq!(records, [put(b"blue", b"sky"), put(b"green", b"grass"), deleted]);
}

/// A repository made of a state and the files that it names.
fn repository(state: &[u8], log: &[u8], segments: &[(&str, Vec<u8>)]) -> Place {
    let place = Place::repo();
    fs::remove_file(place.path(".kvs/lock")).unwrap();
    for entry in fs::read_dir(place.path(".kvs/log")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let id = kvs::format::codec::hex(&log[8..24]);
    place.write(&format!(".kvs/log/{id}.log"), log);
    for (id, bytes) in segments {
        place.write(&format!(".kvs/segments/{id}.seg"), bytes);
    }
    place.write(".kvs/state.json", state);
    place
}

#[test]
fn a_repository_of_golden_files_is_read_and_written() {
    let state = golden_state();
    let segment = (state.local[0].id.as_str(), golden(SEGMENT));
    let unsealed = State { log: "02".repeat(16), local: Vec::new(), ..state.clone() };
    let empty_log = frame::header(&unhex16(&state.log).unwrap());
    for place in [
        repository(&unsealed.encode(), &golden(LOG), &[]),
        repository(&golden(STATE), &empty_log, std::slice::from_ref(&segment)),
    ] {
        assert_eq!(place.ok(&["get", "green"]).out, b"grass");
        place.run(&["get", "blue"]).exits(1);
        assert_eq!(place.ok(&["list"]).out, b"green\n");
        assert_eq!(place.ok(&["count"]).out, b"1\n");
        place.ok(&["put", "blue", "sea"]);
        assert_eq!(place.ok(&["get", "blue"]).out, b"sea");
        place.ok(&["compact"]);
        assert_eq!(place.ok(&["list"]).out, b"blue\ngreen\n");
    }
}

#[test]
fn the_golden_manifest_is_cloned() {
    let place = Place::empty();
    let manifest = golden_manifest();
    fs::create_dir_all(place.path("../remote/manifests")).unwrap();
    fs::create_dir_all(place.path("../remote/segments")).unwrap();
    place.write("../remote/manifests/00000000000000000001.json", golden(MANIFEST));
    let segment =
        format!("../remote/segments/00000000000000000001-{}.seg", manifest.segments[0].id);
    place.write(&segment, golden(PUSHED));
    place.ok(&["clone", "../remote", "copy"]);
    let exported = place.ok(&["-C", "copy", "export"]).out;
    assert_eq!(exported, b"{\"key\":\"green\",\"value\":\"grass\"}\n");
    let log = place.ok(&["-C", "copy", "--json", "log"]).json();
    assert_eq!((&log["author"], &log["message"]), (&"Ann".into(), &"First".into()));
    assert_eq!(log["time"], "2026-01-01T00:00:00Z");
}

#[test]
fn every_byte_of_a_segment_behind_its_magic_is_covered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segment");
    let check = |bytes: &[u8], entry: &SegmentEntry| {
        fs::write(&path, bytes).unwrap();
        verify(&Env::real(), &path, entry)
    };
    let listed = [(SEGMENT, golden_state().local), (PUSHED, golden_manifest().segments)];
    for (name, entries) in listed {
        let bytes = golden(name);
        check(&bytes, &entries[0]).unwrap();
        for at in 8..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x10;
            let error = check(&bad, &entries[0]).expect_err("a changed byte");
            assert_eq!(error.kind(), Kind::Damaged, "{name} at {at}");
        }
    }
}

/// A state of another format, or with a field more, that passes its check.
fn state_with(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(golden(STATE)).unwrap();
    let (_, inner) = text.trim_end().split_once("\"state\":").unwrap();
    let inner = inner.strip_suffix('}').unwrap().replacen(from, to, 1);
    let check = hash_of(inner.as_bytes());
    format!("{{\"check\":\"{check}\",\"state\":{inner}}}\n").into_bytes()
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            found.extend(tree(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn a_repository_of_a_newer_format_is_refused_and_left_alone() {
    let place = Place::repo();
    // Makes both lock files, which say nothing.
    place.ok(&["compact"]);
    place.write(".kvs/state.json", state_with("\"format\":1", "\"format\":2"));
    let before = tree(&place.path(".kvs"));
    for call in [
        &["get", "green"][..],
        &["put", "green", "leaf"],
        &["delete", "green"],
        &["list"],
        &["count"],
        &["status"],
        &["compact"],
        &["discard", "--all"],
    ] {
        place.run(call).exits(2).says("format 2").says("newer kvs");
    }
    assert!(tree(&place.path(".kvs")) == before, "something below .kvs has changed");
}

#[test]
fn a_remote_of_a_newer_format_is_refused_and_left_alone() {
    let place = Place::with_remote();
    place.ok(&["put", "green", "leaf"]);
    let newer = String::from_utf8(golden(MANIFEST)).unwrap();
    let newer = newer.replacen("\"format\": 1", "\"format\": 2", 1);
    fs::create_dir_all(place.path("../remote/manifests")).unwrap();
    place.write("../remote/manifests/00000000000000000001.json", newer);
    let before = tree(&place.path("../remote"));
    for call in [&["fetch"][..], &["pull"], &["push"], &["sync"], &["clone", "../remote", "copy"]] {
        place.run(call).exits(2).says("format 2").says("newer kvs");
    }
    assert!(tree(&place.path("../remote")) == before, "something at the remote has changed");
    assert!(!place.path("copy").exists());
    assert_eq!(place.ok(&["get", "green"]).out, b"leaf");
    assert_eq!(
        place.ok(&["status", "--porcelain"]).out,
        b"## version 0 remote 0 ahead 1 behind 0\nA green\n"
    );
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let more = "\"format\":1,\"later\":{\"any\":[1,2]}";
    let grown = State::decode(&state_with("\"format\":1", more), STATE).unwrap();
    assert_eq!(grown, golden_state());
    let text = String::from_utf8(golden(MANIFEST)).unwrap();
    let text = text.replacen("\"format\": 1", "\"later\": [1], \"format\": 1", 1);
    let grown = manifest::decode(text.as_bytes(), 1, MANIFEST).unwrap();
    assert_eq!(grown, Version::Live(golden_manifest()));
}

#[test]
fn a_state_that_fails_its_check_is_damage() {
    let text = String::from_utf8(golden(STATE)).unwrap();
    let bad = text.replacen("\"generation\":2", "\"generation\":3", 1);
    assert_ne!(bad, text);
    assert_eq!(State::decode(bad.as_bytes(), STATE).unwrap_err().kind(), Kind::Damaged);
}
