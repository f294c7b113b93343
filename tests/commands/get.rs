//! `kvs get`.

use crate::common::place::Place;

fn place() -> Place {
    let place = Place::repo();
    place.put(&[("a", "1"), ("b", "x\ty"), ("tab\tkey", "2")]);
    place
}

#[test]
fn one_value_is_printed_as_it_is() {
    let place = place();
    let ran = place.ok(&["get", "b"]);
    assert_eq!(ran.out, b"x\ty");
    assert_eq!(ran.err, "");
    place.run(&["get", "none"]).exits(1).silent().says("none");
    place.run(&["get", "none", "-qqq"]).exits(1).silent();
    place.run(&["get"]).exits(2).silent();
}

#[test]
fn many_are_pairs_in_the_order_asked() {
    let place = place();
    let ran = place.ok(&["get", "b", "a", "b"]);
    let pair = |key: &str, value: &str| format!("{{\"key\":\"{key}\",\"value\":\"{value}\"}}\n");
    assert_eq!(ran.text(), [pair("b", "x\\ty"), pair("a", "1"), pair("b", "x\\ty")].concat());
    assert_eq!(place.ok(&["get", "a", "--format", "tsv"]).text(), "a\t1\n");
    assert_eq!(
        place.ok(&["get", "tab\tkey", "b", "--format=tsv"]).text(),
        "tab\\tkey\t2\nb\tx\\ty\n"
    );
    assert_eq!(place.ok(&["get", "a", "b", "--format", "nul"]).out, b"a\x001\0b\0x\ty\0");
    assert_eq!(place.ok(&["--json", "get", "a"]).text(), pair("a", "1"));
    place.run(&["--json", "get", "a", "--format", "tsv"]).failure(2, "usage");
    place.run(&["get", "a", "--format", "xml"]).exits(2).says("jsonl, tsv, nul or csv");
}

#[test]
fn missing_keys_are_reported_and_the_others_printed() {
    let place = place();
    let ran = place.run(&["get", "x", "a", "y\n", "--format", "tsv"]).exits(1);
    assert_eq!(ran.text(), "a\t1\n");
    let ran = ran.says("there is no key x\n").says("there is no key y\\n\n");
    assert!(ran.err.contains("2 of 3 keys"), "{}", ran.err);
    let ran = place.run(&["get", "x", "a", "--report-missing"]).exits(1);
    assert_eq!(ran.text(), "{\"key\":\"x\",\"missing\":true}\n{\"key\":\"a\",\"value\":\"1\"}\n");
    let ran = place.run(&["--json", "get", "x", "a"]);
    assert_eq!(ran.objects()[0]["key"], "a");
    ran.failure(1, "no");
}

#[test]
fn a_default_answers_for_what_is_missing() {
    let place = place();
    assert_eq!(place.ok(&["get", "x", "--default", "-7"]).out, b"-7");
    assert_eq!(place.ok(&["get", "x", "--default", "--json"]).out, b"--json");
    assert_eq!(place.ok(&["get", "x", "--default", ""]).out, b"");
    assert_eq!(place.ok(&["get", "a", "--default", "9"]).out, b"1");
    let ran = place.ok(&["get", "x", "a", "--default", "9", "--format", "tsv"]);
    assert_eq!(ran.text(), "x\t9\na\t1\n");
    assert_eq!(ran.err, "");
}

#[test]
fn keys_come_from_stdin() {
    let place = place();
    let ran = place.feed("b\ntab\\tkey\r\n\na\n", &["get", "--stdin", "--format", "tsv"]).exits(0);
    assert_eq!(ran.text(), "b\tx\\ty\ntab\\tkey\t2\na\t1\n");
    let ran = place.feed("tab\tkey\0a\0", &["get", "--stdin", "-z", "--format", "tsv"]).exits(0);
    assert_eq!(ran.text(), "tab\\tkey\t2\na\t1\n");
    place.feed("a\nb\\q\n", &["get", "--stdin"]).exits(2).says("line 2");
    place.feed("", &["get", "--stdin"]).exits(0).silent();
    place.run(&["get", "a", "--stdin"]).exits(2);
    place.run(&["get", "a", "-z"]).exits(2);
}

#[test]
fn a_file_takes_the_output() {
    let place = place();
    place.ok(&["get", "a", "-o", "out"]).silent();
    assert_eq!(place.read("out"), b"1");
    place.run(&["get", "none", "-o", "out"]).exits(1);
    assert_eq!(place.read("out"), b"1");
    place.ok(&["get", "a", "b", "--output", "out", "--format", "tsv"]).silent();
    assert_eq!(place.read("out"), b"a\t1\nb\tx\\ty\n");
    assert_eq!(place.ok(&["get", "a", "-o", "-"]).out, b"1");
    place.run(&["get", "a", "-o", "no/such/folder"]).exits(2).says("no/such/folder");
}

#[test]
fn what_a_format_cannot_hold_is_named() {
    let place = place();
    place.feed(b"x\0y", &["put", "nul"]).exits(0);
    place.run(&["get", "nul", "--format", "nul"]).exits(2).says("nul cannot hold");
    place.feed(b"\xff", &["put", "bytes"]).exits(0);
    place.run(&["get", "bytes", "--format", "csv"]).exits(2).says("bytes");
    assert_eq!(place.ok(&["get", "bytes", "--json"]).json()["value_b64"], "/w==");
}
