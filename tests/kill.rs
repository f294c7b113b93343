//! Goal: the program may be killed at any moment; what it acknowledged is there, the rest is whole
//! or absent, the next command needs no repair, and nothing piles up.
//!
//! Method: the real program is started over and over and ended with SIGKILL after a random while,
//! with its whole group where a shell runs it in a loop. After each kill everything is read and
//! held against a model, and a put must work. `KVS_TEST_KILLS` is the number of kills of each test
//! (default 30). Nothing depends on how fast the machine is: a kill that comes too late is a
//! command that ended, and is checked as one.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kvs::env::Env;
use kvs::repo::{Config, Range, Repo};

use crate::common::disk::Dice;
use crate::common::place::Place;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn kills() -> u64 {
    std::env::var("KVS_TEST_KILLS").map_or(30, |text| text.parse().expect("a number"))
}

/// Everything stored, read by the library.
fn content(place: &Place) -> Model {
    let repo = Repo::open(&Env::real(), &place.path(""), Config::default()).unwrap();
    let snapshot = repo.snapshot().unwrap();
    let pairs = snapshot.scan(&Range::default()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.key().to_vec(), entry.value().unwrap())
    });
    pairs.collect()
}

fn same(found: &Model, model: &Model, what: &str) {
    let keys = |of: &Model, other: &Model| {
        let differs = of.iter().filter(|(key, value)| other.get(*key) != Some(value));
        let keys: Vec<_> = differs.take(5).map(|(key, _)| String::from_utf8_lossy(key)).collect();
        keys.join(" ")
    };
    assert!(
        found == model,
        "{what}: too much {}, missing {}",
        keys(found, model),
        keys(model, found)
    );
}

/// The next command works, and what it stores is there.
fn goes_on(place: &Place, model: &mut Model) {
    let value = model.len().to_string();
    place.ok(&["put", "next", &value]);
    model.insert(b"next".to_vec(), value.into_bytes());
}

/// Starts the program in a group of its own.
fn start(place: &Place, arguments: &[&str]) -> Child {
    group(place, Command::new(env!("CARGO_BIN_EXE_kvs")).args(arguments))
}

fn group(place: &Place, command: &mut Command) -> Child {
    command.current_dir(place.path("")).env("HOME", place.path("../home")).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("it starts")
}

/// Kills a group; whether its leader had ended well before.
fn kill(mut child: Child) -> bool {
    let all = format!("kill -KILL -{}", child.id());
    Command::new("sh").args(["-c", &all]).stderr(Stdio::null()).status().unwrap();
    child.wait().unwrap().success()
}

/// Runs the program and kills it within a time that grows with each round up to `most`.
fn interrupted(place: &Place, arguments: &[&str], dice: &mut Dice, most: Duration) -> bool {
    let child = start(place, arguments);
    std::thread::sleep(Duration::from_micros(dice.next(most.as_micros() as u64)));
    kill(child)
}

/// How long a command takes here, so that kills fall into it; nothing is asserted about it.
fn measured(place: &Place, arguments: &[&str]) -> Duration {
    let start = std::time::Instant::now();
    place.ok(arguments);
    start.elapsed()
}

/// Compacting leaves no work of the dead, and only files that are named.
fn is_clean_after_compact(place: &Place) {
    let model = content(place);
    place.ok(&["compact"]);
    place.ok(&["compact"]);
    same(&content(place), &model, "compacted");
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(place.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(".kvs/tmp"), [""; 0]);
    let states = ["state.json", "state.old.json"]
        .map(|name| std::fs::read_to_string(place.path(".kvs").join(name)).unwrap());
    for folder in [".kvs/log", ".kvs/segments"] {
        for name in names(folder) {
            let (id, kind) = name.split_once('.').unwrap();
            let is_base = || is_in_a_manifest(&place.path(".kvs/manifests"), id);
            let is_named = states.iter().any(|state| state.contains(id)) || is_base();
            assert!(is_named && kind != "down", "{folder}/{name} is rubbish");
        }
    }
    for name in names(".kvs") {
        let extension = Path::new(&name).extension().unwrap_or_default();
        assert!(extension != "new", "{name} is rubbish");
    }
}

fn is_in_a_manifest(manifests: &Path, id: &str) -> bool {
    let mut entries = std::fs::read_dir(manifests).unwrap();
    entries.any(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().contains(id))
}

/// A loop of puts that says which it was told are stored; `value` is a shell word.
fn put_loop(round: u64, value: &str) -> String {
    let kvs = env!("CARGO_BIN_EXE_kvs");
    format!("i=0; while :; do {kvs} put r{round}-$i {value} || exit; echo $i; i=$((i+1)); done")
}

/// Lets loops of puts run until some were acknowledged, kills them, and checks.
fn kill_putters(place: &Place, value_word: &str, value: &[u8], most: u64) {
    let (mut dice, mut model) = (Dice(1), Model::new());
    let mut half_done = 0;
    for round in 0..kills() {
        let mut child = group(place, Command::new("sh").args(["-c", &put_loop(round, value_word)]));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = dice.next(most);
        let mut acknowledged = 0;
        while acknowledged < wanted {
            lines.next().expect("the loop goes on").unwrap();
            acknowledged += 1;
        }
        std::thread::sleep(Duration::from_micros(dice.next(6_000)));
        kill(child);
        // What had been printed and not been read yet counts as well.
        acknowledged += lines.count() as u64;
        let key = |n: u64| format!("r{round}-{n}").into_bytes();
        model.extend((0..acknowledged).map(|n| (key(n), value.to_vec())));
        let found = content(place);
        if found.contains_key(&key(acknowledged)) {
            half_done += 1;
            model.insert(key(acknowledged), value.to_vec());
        }
        same(&found, &model, &format!("round {round}, {acknowledged} acknowledged"));
        goes_on(place, &mut model);
    }
    same(&content(place), &model, "at the end");
    is_clean_after_compact(place);
    eprintln!("{half_done} of {} kills came between storing and saying so", kills());
}

#[test]
fn puts() {
    let place = Place::repo();
    kill_putters(&place, "value", b"value", 8);
}

#[test]
fn puts_that_seal_and_merge() {
    let place = Place::repo();
    // Two of them fill a log.
    let value: Vec<u8> =
        (0..250_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    place.write("value", &value);
    kill_putters(&place, "--file value", &value, 10);
}

/// A file of pairs, and the pairs.
fn pairs(place: &Place, name: &str, round: u64, count: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut text = String::new();
    let mut pairs = Vec::new();
    for n in 0..count {
        let (key, value) = (format!("{round:04}-{n:06}"), format!("{}", n * round));
        writeln!(text, "{key}\t{value}").unwrap();
        pairs.push((key.into_bytes(), value.into_bytes()));
    }
    place.write(name, text);
    pairs
}

#[test]
fn an_import_is_whole_or_absent() {
    let place = Place::repo();
    let mut dice = Dice(2);
    let arguments = ["import", "--format", "tsv", "in.tsv"];
    let mut model: Model = pairs(&place, "in.tsv", 9999, 20_000).into_iter().collect();
    let time = measured(&place, &arguments);
    let mut ended = 0;
    for round in 0..kills() {
        // Small enough for the log, and large enough for a segment.
        let count = [500, 20_000][(round % 2) as usize];
        let new: Model = pairs(&place, "in.tsv", round, count).into_iter().collect();
        let is_done = interrupted(&place, &arguments, &mut dice, time);
        let found = content(&place);
        let is_there = found.contains_key(new.keys().next().unwrap());
        assert!(is_there || !is_done, "round {round}: acknowledged and not there");
        ended += u64::from(is_there);
        if is_there {
            model.extend(new);
        }
        same(&found, &model, &format!("round {round}"));
        goes_on(&place, &mut model);
        if round % 8 == 7 {
            // Else reading everything takes longer each time.
            place.ok(&["delete", "--all"]);
            model.clear();
        }
    }
    is_clean_after_compact(&place);
    assert!(ended < kills(), "no kill came in time");
}

#[test]
fn an_import_that_commits_as_it_goes_stops_between_commits() {
    let place = Place::repo();
    let mut dice = Dice(3);
    let arguments = ["import", "--format", "tsv", "--commit-every", "300", "in.tsv"];
    pairs(&place, "in.tsv", 9999, 15_000);
    let time = measured(&place, &arguments);
    for round in 0..kills() {
        place.ok(&["delete", "--all"]);
        let new = pairs(&place, "in.tsv", round, 15_000);
        let is_done = interrupted(&place, &arguments, &mut dice, time);
        let found = content(&place);
        assert!(found.len().is_multiple_of(300), "round {round}: {}", found.len());
        assert!(found.len() == new.len() || !is_done, "round {round}: {}", found.len());
        let mut model: Model = new[..found.len()].iter().cloned().collect();
        same(&found, &model, &format!("round {round}"));
        goes_on(&place, &mut model);
    }
    is_clean_after_compact(&place);
}

#[test]
fn a_transaction_is_whole_or_absent() {
    let place = Place::repo();
    let mut dice = Dice(4);
    let mut model = Model::new();
    let mut time = Duration::from_millis(20);
    for round in 0..kills() {
        let mut steps = String::new();
        let mut after = model.clone();
        let count = [100, 6_000][(round % 2) as usize];
        for n in 0..count {
            let (key, value) = (format!("{:05}", n * 3 % 7_000), format!("{round} {n}"));
            if (n + round) % 4 == 0 {
                writeln!(steps, "{{\"op\":\"delete\",\"key\":\"{key}\"}}").unwrap();
                after.remove(key.as_bytes());
            } else {
                writeln!(steps, "{{\"op\":\"put\",\"key\":\"{key}\",\"value\":\"{value}\"}}")
                    .unwrap();
                after.insert(key.into_bytes(), value.into_bytes());
            }
        }
        place.write("steps", &steps);
        if round == 1 {
            let start = std::time::Instant::now();
            place.ok(&["apply", "steps"]);
            time = start.elapsed();
            model = after.clone();
        }
        let is_done = interrupted(&place, &["apply", "steps"], &mut dice, time);
        let found = content(&place);
        if is_done || found == after {
            model = after;
        }
        same(&found, &model, &format!("round {round}"));
        goes_on(&place, &mut model);
    }
    is_clean_after_compact(&place);
}

#[test]
fn compacting_changes_nothing_that_is_read() {
    let place = Place::repo();
    let mut dice = Dice(5);
    let mut model = Model::new();
    let import = ["import", "--format", "tsv", "in.tsv"];
    for round in 0..kills() {
        // Every round over the keys of the one before.
        let new = pairs(&place, "in.tsv", 1, 8_000 + round);
        model.extend(new);
        place.ok(&import);
        place.ok(&["delete", "0001-000003"]);
        model.remove(&b"0001-000003"[..]);
        interrupted(&place, &["compact"], &mut dice, Duration::from_millis(40));
        same(&content(&place), &model, &format!("round {round}"));
        goes_on(&place, &mut model);
    }
    is_clean_after_compact(&place);
    let bytes = |folder: &str| -> u64 {
        let entries = std::fs::read_dir(place.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
    };
    assert!(bytes(".kvs/segments") < 1 << 20, "space comes back: {}", bytes(".kvs/segments"));
}

#[test]
fn a_push_is_published_whole_or_can_be_run_again() {
    let place = Place::with_remote();
    let mut dice = Dice(6);
    let mut model = Model::new();
    let mut time = Duration::from_millis(40);
    for round in 0..kills() {
        model.extend(pairs(&place, "in.tsv", round, 2_000));
        place.ok(&["import", "--format", "tsv", "in.tsv"]);
        if round == 1 {
            time = measured(&place, &["push"]);
            continue;
        }
        interrupted(&place, &["push"], &mut dice, time);
        same(&content(&place), &model, &format!("round {round}"));
        goes_on(&place, &mut model);
        if round % 3 == 0 {
            place.ok(&["push"]);
        }
    }
    place.ok(&["push"]);
    assert!(place.ok(&["status", "--porcelain"]).text().contains(" ahead 0 behind 0"));
    place.ok(&["clone", "../remote", "clone"]);
    let clone = Repo::open(&Env::real(), &place.path("clone"), Config::default()).unwrap();
    assert_eq!(clone.count().unwrap(), model.len() as u64);
    let export = |folder: &str| place.ok(&["-C", folder, "export", "--format", "tsv"]).out;
    assert!(export(".") == export("clone"));
    is_clean_after_compact(&place);
}
