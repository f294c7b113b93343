//! Goal: import, export and apply move many pairs without losing, changing or half storing any.
//!
//! Method: the program is run on a fresh repository; what it prints, its exit code and what is
//! stored afterwards are compared. Bytes that are awkward in some format are in every set.
#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use assert_cmd::Command;
use kvs::text::{KeyEncoding, KeyText};
use tempfile::TempDir;

/// Keys and values that some format has to escape, quote or encode.
const AWKWARD: &[(&[u8], &[u8])] = &[
    (b"\x00\xff", b"\xfe\x00"),
    (b"\t", b"\n"),
    (b"a", b""),
    (b"a,b", b"\"quoted\""),
    (b"line\r\n", b" ends in blanks "),
    ("gr\u{fc}n".as_bytes(), "\u{1f600}\\".as_bytes()),
    (b"\xef\xbb\xbfmark", b"\xef\xbb\xbf"),
];

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.kvs(&["-q", "init"]).assert().success();
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn kvs(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvs"));
        command.current_dir(self.path()).env_clear().env("HOME", self.path()).args(arguments);
        command
    }

    fn kvs_with(
        &self,
        arguments: &[&str],
        stdin: impl Into<Vec<u8>>,
    ) -> assert_cmd::assert::Assert {
        self.kvs(arguments).write_stdin(stdin).assert()
    }

    fn export(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.kvs(&[&["export"], arguments].concat()).assert().success();
        output.get_output().stdout.clone()
    }

    fn refusal(&self, arguments: &[&str], stdin: &str, code: i32) -> String {
        let failed = self.kvs_with(arguments, stdin).code(code);
        String::from_utf8(failed.get_output().stderr.clone()).unwrap()
    }
}

/// A repository with all awkward pairs.
fn awkward() -> Place {
    let place = Place::new();
    for (key, value) in AWKWARD {
        let text = KeyText { encoding: KeyEncoding::Hex, ..KeyText::default() };
        let hex = text.print(key);
        place.kvs_with(&["--key-encoding", "hex", "put", &hex], *value).success();
    }
    place
}

#[test]
fn what_is_exported_is_imported() {
    let from = awkward();
    let all = from.export(&[]);
    assert_eq!(all.split_inclusive(|byte| *byte == b'\n').count(), AWKWARD.len());
    for format in ["jsonl", "tsv"] {
        let text = from.export(&["--format", format]);
        let to = Place::new();
        to.kvs_with(&["import", "--format", format], text).success().stdout("");
        assert_eq!(to.export(&[]), all, "{format}");
    }
    from.refusal(&["export", "--format", "csv"], "", 2);
    from.kvs(&["--key-encoding", "hex", "delete", "00ff"]).assert().success();
    let all = from.export(&[]);
    for format in ["csv", "nul"] {
        let text = from.export(&["--format", format]);
        let to = Place::new();
        to.kvs_with(&["import", "--format", format], text).success();
        assert_eq!(to.export(&[]), all, "{format}");
    }
}

#[test]
fn export_takes_a_prefix() {
    let place = Place::new();
    place.kvs_with(&["import", "--format", "tsv"], "a/1\tx\na/2\ty\nb\tz\n").success();
    assert_eq!(place.export(&["a/", "--format", "tsv"]), b"a/1\tx\na/2\ty\n");
    assert_eq!(place.export(&["--format", "csv", "none"]), b"key,value\n");
}

#[test]
fn a_bad_line_stores_nothing() {
    let place = Place::new();
    let input = "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\"}\n";
    let said = place.refusal(&["import"], input, 2);
    assert!(said.contains("line 2: neither \"value\" nor \"value_b64\" is there"), "{said}");
    assert_eq!(place.export(&[]), b"");
    fs::write(place.path().join("in.jsonl"), input).unwrap();
    let said = place.refusal(&["import", "in.jsonl"], "", 2);
    assert!(said.contains("in.jsonl: line 2:"), "{said}");
    place.refusal(&["import", "none.jsonl"], "", 2);
    place.refusal(&["import", "--format", "xml"], "", 2);
    assert_eq!(place.export(&[]), b"");
}

#[test]
fn commits_on_the_way_stay() {
    let place = Place::new();
    let input = "a\t1\nb\t2\nc\t3\nbad\n";
    let said = place.refusal(&["import", "--format", "tsv", "--commit-every", "2"], input, 2);
    assert!(said.contains("line 4") && said.contains("2 pairs before that are stored"), "{said}");
    assert_eq!(place.export(&["--format", "tsv"]), b"a\t1\nb\t2\n");
    place.refusal(&["import", "--commit-every", "0"], "", 2);
}

#[test]
fn the_last_of_a_key_counts() {
    let place = Place::new();
    let imported = place.kvs_with(&["--json", "import", "--format", "tsv"], "a\t1\na\t2\nb\t3\n");
    imported.success().stdout("{\"imported\":3}\n");
    assert_eq!(place.export(&["--format", "tsv"]), b"a\t2\nb\t3\n");
}

#[test]
fn a_folder_is_pairs() {
    let place = Place::new();
    let source = place.path().join("source");
    fs::create_dir_all(source.join("a/b")).unwrap();
    fs::create_dir_all(source.join(".kvs")).unwrap();
    fs::create_dir_all(source.join("empty")).unwrap();
    fs::write(source.join("a/b/c.txt"), "deep").unwrap();
    fs::write(source.join("a-b"), [0, 255]).unwrap();
    fs::write(source.join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
    fs::write(source.join(".kvs/config.toml"), "not a pair").unwrap();
    place.kvs(&["import", "--dir", "source"]).assert().success();
    let tsv = place.export(&["--format", "tsv"]);
    assert_eq!(tsv, b"a-b\t\\x00\\xff\na/b/c.txt\tdeep\n\\xff\t\n");
    place.kvs(&["export", "--dir", "target"]).assert().success().stdout("");
    assert_eq!(fs::read(place.path().join("target/a/b/c.txt")).unwrap(), b"deep");
    let again = Place::new();
    let target = place.path().join("target");
    again.kvs(&["import", "--dir", target.to_str().unwrap()]).assert().success();
    assert_eq!(again.export(&[]), place.export(&[]));
    place.refusal(&["import", "--dir", "none"], "", 2);
}

#[test]
fn keys_that_are_no_paths_write_nothing() {
    for bad in ["../out", "/tmp/out", "a//b", "b/.kvs/log", "z/", "b", "link/x"] {
        let place = Place::new();
        let target = place.path().join("target");
        fs::create_dir_all(&target).unwrap();
        std::os::unix::fs::symlink(place.path(), target.join("link")).unwrap();
        let input = format!("a\t1\nb/c\t2\n{bad}\t3\n");
        place.kvs_with(&["import", "--format", "tsv"], input).success();
        let said = place.refusal(&["export", "--dir", "target"], "", 2);
        assert!(said.contains(bad), "{bad}: {said}");
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1, "{bad}");
        assert!(!place.path().join("out").exists() && !place.path().join("x").exists());
    }
}

#[test]
fn a_transaction_is_whole() {
    let place = Place::new();
    place.kvs_with(&["import", "--format", "tsv"], "a\t1\nb\t2\n").success();
    let steps = "{\"op\":\"verify\",\"key\":\"a\",\"value\":\"1\"}\n\
        {\"op\":\"verify\",\"key\":\"c\",\"missing\":true}\n\
        {\"op\":\"put\",\"key\":\"c\",\"value\":\"3\"}\n\
        {\"op\":\"delete\",\"key\":\"b\"}\n{\"op\":\"delete\",\"key\":\"none\"}\n\
        {\"op\":\"put\",\"key\":\"d\",\"value\":\"4\"}\n{\"op\":\"delete\",\"key\":\"d\"}\n";
    let applied = place.kvs_with(&["--json", "apply"], steps).success();
    applied.stdout("{\"put\":2,\"deleted\":1,\"verified\":2}\n");
    assert_eq!(place.export(&["--format", "tsv"]), b"a\t1\nc\t3\n");
    // The same again: `c` is there now.
    let said = place.refusal(&["apply"], steps, 1);
    assert!(said.contains("line 2: c is there"), "{said}");
    assert_eq!(place.export(&["--format", "tsv"]), b"a\t1\nc\t3\n");
}

#[test]
fn a_transaction_that_does_not_hold_changes_nothing() {
    let place = Place::new();
    place.kvs_with(&["put", "a"], "1").success();
    for (condition, what) in [
        (r#"{"op":"verify","key":"a","value":"2"}"#, "line 2: a has another value"),
        (r#"{"op":"verify","key":"b","value":"2"}"#, "line 2: b is not there"),
        // What the transaction itself puts does not count.
        (r#"{"op":"verify","key":"x","value":"1"}"#, "line 2: x is not there"),
    ] {
        let steps = format!("{{\"op\":\"put\",\"key\":\"x\",\"value\":\"1\"}}\n{condition}\n");
        let said = place.refusal(&["apply"], &steps, 1);
        assert!(said.contains(what), "{said}");
    }
    let bad = "{\"op\":\"put\",\"key\":\"x\",\"value\":\"1\"}\n{\"op\":\"put\",\"key\":\"y\"}\n";
    let said = place.refusal(&["apply"], bad, 2);
    assert!(said.contains("line 2: a put without a value"), "{said}");
    assert_eq!(place.export(&["--format", "tsv"]), b"a\t1\n");
}
