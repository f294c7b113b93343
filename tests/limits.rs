//! Goal: every limit and every bad state that a user can meet ends with the exit code of the
//! contract, a message that names what is wrong, and nothing changed.
//!
//! Method: the real program at and just past each limit; repositories whose state is missing,
//! broken or newer, or that somebody else holds. `KVS_TEST_LARGE=1` adds values of 1 GiB,
//! which need some gigabytes of memory.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::common::place::{Place, Ran};

const MIB: usize = 1 << 20;

/// Bytes that no compressor makes smaller.
pub(crate) fn noise(count: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn keys_of_every_size_and_byte() {
    let place = Place::repo();
    let mut longest = noise(65_535);
    // A valid argument has no NUL.
    for byte in &mut longest {
        *byte = (*byte).max(1);
    }
    let with_nul = b"a\0b".to_vec();
    let keys: Vec<Vec<u8>> = vec![
        b"\0".to_vec(),
        b"\n".to_vec(),
        b"\xff".to_vec(),
        b" ".to_vec(),
        b"-".to_vec(),
        b"a\n\\\tb\r\x7f".to_vec(),
        with_nul,
        vec![0; 65_535],
        longest,
    ];
    for key in &keys {
        let line: String = key.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        let ran =
            place.feed(format!("{line}\tvalue of {}", key.len()), &["import", "--format", "tsv"]);
        ran.exits(0);
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        if key.len() < 60_000 {
            let value = place.ok(&["--key-encoding", "hex", "get", &hex]).out;
            assert_eq!(value, format!("value of {}", key.len()).as_bytes());
        }
        if !key.contains(&0) {
            let argument = OsString::from_vec(key.clone());
            let ran = place.ok(&[OsStr::new("get"), OsStr::new("--"), &argument]);
            assert_eq!(ran.out, format!("value of {}", key.len()).as_bytes());
            // Raw and NUL-ended on stdin; in the format asked for on stdout.
            let raw = [&key[..], b"\0"].concat();
            let found = place.feed(&raw, &["get", "--stdin", "-z", "--format", "nul"]).exits(0).out;
            assert_eq!(found, [&raw[..], format!("value of {}\0", key.len()).as_bytes()].concat());
        }
    }
    let mut sorted = keys.clone();
    sorted.sort();
    let shown: Vec<u8> = place.ok(&["list"]).out;
    let lines: Vec<&[u8]> = shown.split(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), sorted.len() + 1, "one line a key");
    // What list prints, delete reads.
    let deleted = place.feed(&shown, &["--json", "delete", "--stdin", "--strict"]).exits(0).json();
    assert_eq!(deleted["deleted"], keys.len());
    assert_eq!(place.ok(&["count"]).text(), "0\n");
}

#[test]
fn a_key_past_the_limit_is_refused_everywhere() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    let long = "k".repeat(65_536);
    let says = |ran: Ran| ran.exits(2).silent().says("65536").says("65,535");
    says(place.run(&["put", &long, "v"]));
    says(place.run(&["get", &long]));
    says(place.run(&["delete", "a", &long]));
    says(place.run(&["exists", &long]));
    says(place.run(&["stat", &long]));
    says(place.feed(format!("b\t1\n{long}\t2\n"), &["import", "--format", "tsv"])).says("line 2");
    says(place.feed(format!("a\n{long}\n"), &["delete", "--stdin"]));
    says(place.feed(format!("{{\"op\":\"put\",\"key\":\"{long}\",\"value\":\"\"}}\n"), &["apply"]));
    place.run(&["--json", "put", &long, "v"]).failure(2, "usage");
    for empty in
        [&["put", "", "v"][..], &["get", ""], &["delete", ""], &["exists", ""], &["stat", ""]]
    {
        place.run(empty).exits(2).silent().says("empty");
    }
    place.feed("\tv\n", &["import", "--format", "tsv"]).exits(2).says("line 1").says("empty");
    assert_eq!(place.keys(), ["a"]);
}

#[test]
fn values_around_every_threshold_come_back() {
    let place = Place::repo();
    let sizes = [0, 1, 127, 128, 129, 16_384, MIB - 1, MIB, MIB + 1, 40 * MIB];
    let bytes = noise(40 * MIB);
    for size in sizes {
        place.write("value", &bytes[..size]);
        place.ok(&["put", &size.to_string(), "--file", "value"]);
    }
    for is_compacted in [false, true] {
        for size in sizes {
            let name = size.to_string();
            assert!(place.ok(&["get", &name]).out == bytes[..size], "{size} {is_compacted}");
            assert_eq!(place.ok(&["--json", "stat", &name]).json()["size"], size);
        }
        place.ok(&["compact"]);
    }
    let all = place.ok(&["export", "--format", "nul", "--", "0"]).out;
    assert_eq!(all, b"0\0\0");
}

#[test]
fn values_of_a_gibibyte() {
    if std::env::var_os("KVS_TEST_LARGE").is_none() {
        eprintln!("skipped: KVS_TEST_LARGE is not set");
        return;
    }
    let place = Place::repo();
    let file = std::fs::File::create(place.path("value")).unwrap();
    file.set_len(1 << 30).unwrap();
    place.ok(&["put", "large", "--file", "value"]);
    place.ok(&["get", "large", "-o", "back"]);
    assert_eq!(std::fs::metadata(place.path("back")).unwrap().len(), 1 << 30);
    file.set_len((1 << 30) + 1).unwrap();
    place.run(&["put", "larger", "--file", "value"]).exits(2).silent().says("1 GiB");
    place.run(&["exists", "larger"]).exits(1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_import_of_more_than_memory_stays_within_its_bound() {
    const PAIRS: usize = 300_000;
    const MEMORY_KB_MAX: u64 = 256 << 10;
    let place = Place::repo();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvs"));
    command.args(["import", "--format", "tsv"]).current_dir(place.path(""));
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let value = "v".repeat(1_500);
        for n in 0..PAIRS {
            // Neither sorted nor all different.
            let key = n * 7_919 % (PAIRS - 100);
            writeln!(stdin, "{key:08}\t{value}{n}").unwrap();
        }
    });
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    feeder.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(peak > 1_000 && peak < MEMORY_KB_MAX, "{peak} kB");
    assert_eq!(place.ok(&["count"]).text(), format!("{}\n", PAIRS - 100));
    let last = (PAIRS - 1) * 7_919 % (PAIRS - 100);
    let value = place.ok(&["get", &format!("{last:08}")]).text();
    assert!(value.ends_with(&format!("v{}", PAIRS - 1)));
    assert_eq!(std::fs::read_dir(place.path(".kvs/tmp")).unwrap().count(), 0);
}

#[test]
fn a_broken_line_is_named_by_its_number() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    for (format, text, line) in [
        ("jsonl", "{\"key\":\"b\",\"value\":\"1\"}\n\n{\"key\":\n", 3),
        ("jsonl", "[1]\n", 1),
        ("jsonl", "{\"key\":\"b\",\"value\":\"1\"}\n{\"key\":1,\"value\":\"\"}\n", 2),
        ("jsonl", "{\"key_b64\":\"!\",\"value\":\"\"}\n", 1),
        ("tsv", "b\t1\nno tab\n", 2),
        ("tsv", "b\t1\nc\t\\q\n", 2),
        ("csv", "key,value\nb,1\nc\n", 3),
    ] {
        let ran = place.feed(text, &["import", "--format", format]).exits(2).silent();
        ran.says(&format!("line {line}"));
        let object =
            place.feed(text, &["--json", "import", "--format", format]).failure(2, "usage");
        assert!(object["message"].as_str().unwrap().contains(&format!("line {line}")));
        assert_eq!(place.keys(), ["a"], "{format} {text:?}");
    }
    place.feed("b\0c", &["import", "--format", "nul"]).exits(2);
    assert_eq!(place.keys(), ["a"]);
}

#[test]
fn a_repository_that_is_not_understood_is_left_alone() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    let state = String::from_utf8(place.read(".kvs/state.json")).unwrap();
    // A newer program's state is sound, but of another format.
    let value: serde_json::Value = serde_json::from_str(&state).unwrap();
    let format = value["state"]["format"].as_u64().unwrap();
    let inner = state.split_once("\"state\":").unwrap().1.trim_end().strip_suffix('}').unwrap();
    let newer = inner.replacen(&format!("\"format\":{format}"), "\"format\":99", 1);
    let check = blake3::hash(newer.as_bytes()).to_hex();
    let newer = format!("{{\"check\":\"{check}\",\"state\":{newer}}}\n");
    let verbs: [&[&str]; 7] = [
        &["get", "a"],
        &["put", "b", "2"],
        &["list"],
        &["count"],
        &["status"],
        &["compact"],
        &["delete", "--all"],
    ];
    let before = files(&place);
    for (text, exit, name, word) in [
        (Some(newer.as_bytes()), 2, "usage", "format 99"),
        (Some(&state.as_bytes()[..100]), 10, "damaged", "state.json"),
        (Some(b"".as_slice()), 10, "damaged", "state.json"),
        (None, 10, "damaged", "state.json"),
    ] {
        match text {
            Some(text) => place.write(".kvs/state.json", text),
            None => std::fs::remove_file(place.path(".kvs/state.json")).unwrap(),
        }
        for verb in verbs {
            place.run(verb).exits(exit).silent().says(word).says("hint:");
            place.run(&[&["--json"], verb].concat()).failure(exit, name);
        }
        place.write(".kvs/state.json", &state);
        assert_eq!(files(&place), before);
    }
    assert_eq!(place.ok(&["get", "a"]).out, b"1");
}

#[test]
fn a_missing_repository_is_told() {
    let place = Place::empty();
    let verbs: [&[&str]; 12] = [
        &["get", "a"],
        &["put", "a", "1"],
        &["delete", "a"],
        &["exists", "a"],
        &["list"],
        &["count"],
        &["stat", "a"],
        &["export"],
        &["status"],
        &["compact"],
        &["push"],
        &["log"],
    ];
    for verb in verbs {
        place.run(verb).exits(2).silent().says("kvs init");
        place.run(&[&["--json"], verb].concat()).failure(2, "usage");
    }
    place.feed("a\t1\n", &["import", "--format", "tsv"]).exits(2).silent();
    place.feed("", &["apply"]).exits(2).silent();
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 0);
}

/// All files of the repository but for locks, with their bytes.
fn files(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let mut pending = vec![place.path(".kvs")];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_none_or(|end| end != "lock") && !path.ends_with("lock") {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

#[test]
fn a_locked_repository_is_waited_for_and_told() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    let env = kvs::env::Env::real();
    let held = env.files.try_lock(&place.path(".kvs/lock")).unwrap().expect("nobody has it");
    place.write("steps", "{\"op\":\"delete\",\"key\":\"a\"}\n");
    place.write("in.tsv", "b\t1\n");
    let verbs: [&[&str]; 7] = [
        &["put", "b", "2"],
        &["put", "--if-absent", "b", "2"],
        &["delete", "a"],
        &["apply", "steps"],
        &["import", "--format", "tsv", "in.tsv"],
        &["discard", "--all"],
        &["compact"],
    ];
    for verb in verbs {
        let ran = place.run(&[&["--lock-timeout", "0.05"], verb].concat()).exits(8).silent();
        ran.says("--lock-timeout");
        let object = place.run(&[&["--json", "--lock-timeout", "0"], verb].concat());
        object.failure(8, "locked");
    }
    // Readers never wait.
    assert_eq!(place.ok(&["--lock-timeout", "0", "get", "a"]).out, b"1");
    assert_eq!(place.ok(&["--lock-timeout", "0", "count"]).text(), "1\n");
    place.ok(&["--lock-timeout", "0", "status"]);
    // There is nothing to be made, so nothing to wait for.
    place.ok(&["--lock-timeout", "0", "init"]);
    drop(held);
    std::fs::create_dir_all(place.path("new/.kvs")).unwrap();
    let held = env.files.try_lock(&place.path("new/.kvs/lock")).unwrap().expect("nobody has it");
    place.run(&["--lock-timeout", "0", "init", "new"]).exits(8).silent().says("Waited 0 s");
    drop(held);
    // Another thread's fork can still hold it for a moment.
    place.ok(&["init", "new"]);
    assert_eq!(place.keys(), ["a"]);
}
