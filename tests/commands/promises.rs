//! What the contract promises of all commands, and no test of a single one covers.

use crate::common::disk::Dice;
use crate::common::place::Place;

#[test]
fn aliases_are_the_commands() {
    let place = Place::repo();
    for verb in ["put", "set"] {
        place.ok(&[verb, verb, "1"]);
    }
    assert_eq!(place.ok(&["ls"]).text(), place.ok(&["list"]).text());
    place.ok(&["rm", "put"]).says("Deleted 1 key");
    place.ok(&["del", "set"]).says("Deleted 1 key");
    assert_eq!(place.ok(&["count"]).text(), "0\n");
}

#[test]
fn settings_come_from_the_nearest_source() {
    let mut place = Place::repo();
    let encoding = |place: &Place, more: &[&str]| {
        place.ok(&[more, &["config", "get", "key.encoding"]].concat()).text().trim().to_owned()
    };
    place.ok(&["config", "set", "--global", "key.encoding", "hex"]);
    assert_eq!(encoding(&place, &[]), "hex");
    place.ok(&["config", "set", "key.encoding", "base64"]);
    assert_eq!(encoding(&place, &[]), "base64");
    place.set("KVS_KEY_ENCODING", "raw");
    assert_eq!(encoding(&place, &[]), "raw");
    assert_eq!(encoding(&place, &["-c", "key.encoding=raw", "-c", "key.encoding=hex"]), "hex");
    // Variables that are reserved, or of somebody else, are none of its business.
    for name in ["KVS_KEY", "KVS_BASE", "KVS_OURS", "KVS_THEIRS", "KVS_WHATEVER"] {
        place.set(name, "x");
    }
    place.ok(&["list"]);
    place.set("KVS_LOCK_TIMEOUT", "soon");
    place.run(&["list"]).exits(2).says("KVS_LOCK_TIMEOUT");
}

#[test]
fn no_color_forbids_color_that_was_not_asked_for() {
    let mut place = Place::repo();
    place.set("NO_COLOR", "1");
    let has_color = |place: &Place, color: &str| {
        place.run(&["--color", color, "get", "none"]).exits(1).err.contains('\u{1b}')
    };
    assert!(!has_color(&place, "auto"));
    assert!(has_color(&place, "always"));
    assert!(!has_color(&place, "never"));
}

#[test]
fn a_dash_is_stdin_wherever_a_file_is_asked() {
    let place = Place::repo();
    place.feed("1", &["put", "a", "--file", "-"]).exits(0);
    place.feed("b\t2\n", &["import", "--format", "tsv", "-"]).exits(0);
    place.feed("{\"op\":\"put\",\"key\":\"c\",\"value\":\"3\"}\n", &["apply", "-"]).exits(0);
    assert_eq!(place.ok(&["export", "--format", "tsv"]).text(), "a\t1\nb\t2\nc\t3\n");
}

#[test]
fn what_is_exported_is_imported_byte_for_byte() {
    let mut dice = Dice(7);
    let from = Place::repo();
    let mut raw = Vec::new();
    for _ in 0..300 {
        for size in [1 + dice.next(40), dice.next(300)] {
            // A NUL ends it in this format; every other byte is there.
            raw.extend((0..size).map(|_| 1 + dice.next(255) as u8));
            raw.push(0);
        }
    }
    from.feed(&raw, &["import", "--format", "nul"]).exits(0);
    let all = from.ok(&["export"]).out;
    for format in ["jsonl", "tsv", "nul"] {
        let to = Place::repo();
        let text = from.ok(&["export", "--format", format]).out;
        to.feed(&text, &["import", "--format", format]).exits(0);
        assert!(to.ok(&["export"]).out == all, "{format}");
    }
    let ran = from.run(&["export", "--format", "csv"]).exits(2);
    assert!(ran.err.contains("csv") && ran.err.contains('\\'), "{}", ran.err);
    let to = Place::repo();
    to.feed("a,\"x,\"\"y\"\"\r\nz\"\n\" b \",\n", &["import", "--format", "csv"]).exits(2);
    to.feed("key,value\na,\"x,\"\"y\"\"\r\nz\"\n\" b \",\n", &["import", "--format", "csv"])
        .exits(0);
    let text = to.ok(&["export", "--format", "csv"]).out;
    let again = Place::repo();
    again.feed(&text, &["import", "--format", "csv"]).exits(0);
    assert_eq!(again.ok(&["export"]).out, to.ok(&["export"]).out);
    assert_eq!(again.ok(&["get", "a"]).out, b"x,\"y\"\r\nz");
}

#[test]
fn wrong_calls_are_told_as_json_too() {
    let place = Place::repo();
    let wrong: [&[&str]; 6] = [
        &["--json"],
        &["--json", "nothing"],
        &["--json", "put"],
        &["list", "--json", "--limit", "many"],
        &["--json", "help", "nothing"],
        &["--json", "-C", "nowhere", "list"],
    ];
    for arguments in wrong {
        let error = place.run(arguments).failure(2, "usage");
        assert!(error["message"].as_str().unwrap().len() < 120, "{error}");
    }
    // Behind `--` it is data.
    place.run(&["get", "--", "--json"]).exits(1).silent();
}

#[test]
fn exit_codes_are_printed_from_the_one_table() {
    let place = Place::empty();
    let text = place.ok(&["help", "exit-codes"]).text();
    for row in kvs::error::EXIT_CODES {
        let line =
            text.lines().find(|line| line.trim_start().starts_with(&format!("{} ", row.code)));
        assert!(line.is_some_and(|line| line.contains(row.name)), "{}", row.code);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::io::Read as _;
    use std::process::{Command, Stdio};

    let place = Place::repo();
    let pairs: String = (0..60_000).map(|n| format!("key-{n:09}\t{n}\n")).collect();
    place.feed(pairs, &["import", "--format", "tsv"]).exits(0);
    place.feed(vec![7; 5 << 20], &["put", "large"]).exits(0);
    let verbs: [&[&str]; 6] = [
        &["export"],
        &["list", "--json"],
        &["get", "large"],
        &["status", "--porcelain"],
        &["diff"],
        &["--json", "status"],
    ];
    for verb in verbs {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvs"));
        command.args(verb).current_dir(place.path("")).env("HOME", place.path("../home"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{verb:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{verb:?}");
    }
}
