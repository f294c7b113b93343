//! `kvs list`.

use crate::common::place::Place;

fn place() -> Place {
    let place = Place::repo();
    place.put(&[("b", "2"), ("a/2", "22"), ("a/1", ""), ("new\nline", "4"), ("\u{fc}", "5")]);
    place.put(&[("gone", "x"), ("-d", "6")]);
    place.ok(&["delete", "gone"]);
    place
}

#[test]
fn keys_in_byte_order_escaped() {
    let place = place();
    assert_eq!(place.ok(&["list"]).text(), "-d\na/1\na/2\nb\nnew\\nline\n\u{fc}\n");
    assert_eq!(place.ok(&["ls", "a/"]).text(), "a/1\na/2\n");
    assert_eq!(place.ok(&["list", "zzz"]).text(), "");
    assert_eq!(place.ok(&["list", "new", "-z"]).out, b"new\nline\0");
}

#[test]
fn bounds_order_and_limit() {
    let place = place();
    let keys = |arguments: &[&str]| {
        let ran = place.ok(&[&["list"], arguments].concat());
        ran.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys(&["--start", "a/2", "--end", "new\nline"]), ["a/2", "b"]);
    assert_eq!(keys(&["--start", "-d", "--limit", "2"]), ["-d", "a/1"]);
    assert_eq!(keys(&["--end", "--"]), [""; 0]);
    assert_eq!(keys(&["--reverse", "--limit", "3"]), ["\u{fc}", "new\\nline", "b"]);
    assert_eq!(keys(&["a/", "--reverse", "--start", "a/2"]), ["a/2"]);
    assert_eq!(keys(&["--limit", "0"]), [""; 0]);
    place.run(&["list", "--limit", "-1"]).exits(2);
}

#[test]
fn long_adds_what_is_known() {
    let place = place();
    let text = place.ok(&["list", "-l", "a/2"]).text();
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!((words[0], words[2], words[3], words[4]), ("2", "-", "unpushed", "a/2"), "{text}");
    assert!(words[1].ends_with('Z') && words[1].len() == 20, "{text}");
    let object = place.ok(&["list", "-l", "--json", "a/2"]).json();
    assert_eq!(object["key"], "a/2");
    assert_eq!(object["size"], 2);
    assert_eq!(object["version"], 0);
    assert_eq!(object["state"], "unpushed");
}

#[test]
fn values_are_whole_pairs() {
    let place = place();
    let ran = place.ok(&["list", "a/", "--values", "--format", "tsv"]);
    assert_eq!(ran.text(), "a/1\t\na/2\t22\n");
    let ran = place.ok(&["list", "a/", "--values", "--reverse"]);
    assert_eq!(ran.objects()[0], serde_json::json!({"key": "a/2", "value": "22"}));
    assert_eq!(place.ok(&["list", "b", "--values", "--format", "nul"]).out, b"b\x002\0");
    place.run(&["list", "--format", "tsv"]).exits(2);
    place.run(&["list", "--values", "-z"]).exits(2);
}

#[test]
fn json_is_an_object_a_line() {
    let place = place();
    let objects = place.ok(&["--json", "list", "a/"]).objects();
    assert_eq!(objects, [serde_json::json!({"key": "a/1"}), serde_json::json!({"key": "a/2"})]);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_it_quietly() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let place = Place::repo();
    place.feed(vec![b'v'; 8_000_000], &["put", "big"]).exits(0);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_kvs"))
        .args(["list", "--values", "--format", "tsv"])
        .current_dir(place.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    assert!(!reader.fill_buf().unwrap().is_empty());
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
