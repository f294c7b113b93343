//! `kvs put`.

use std::ffi::OsStr;

use crate::common::place::Place;

#[test]
fn stores_and_says_nothing() {
    let place = Place::repo();
    let ran = place.ok(&["put", "a", "1"]);
    assert_eq!((ran.text(), ran.err), (String::new(), String::new()));
    assert_eq!(place.ok(&["get", "a"]).out, b"1");
    place.ok(&["set", "a", "2"]);
    assert_eq!(place.ok(&["get", "a"]).out, b"2");
}

#[test]
fn takes_the_value_from_stdin_or_a_file() {
    let place = Place::repo();
    let bytes: Vec<u8> = (0..=255).chain([b'\n', 0, 10]).collect();
    place.feed(&bytes, &["put", "a"]).exits(0);
    place.feed(&bytes, &["put", "b", "-"]).exits(0);
    place.write("f", &bytes);
    place.ok(&["put", "c", "--file", "f"]);
    place.feed(&bytes, &["put", "d", "--file", "-"]).exits(0);
    for key in ["a", "b", "c", "d"] {
        assert_eq!(place.ok(&["get", key]).out, bytes, "{key}");
    }
    place.run(&["put", "e", "--file", "nowhere"]).exits(2).says("nowhere");
    place.run(&["put", "e", "--file", "."]).exits(2).says("folder");
    place.run(&["put", "e", "v", "--file", "f"]).exits(2);
    place.run(&["exists", "e"]).exits(1);
}

#[test]
fn empty_and_large_values_come_back() {
    let place = Place::repo();
    place.ok(&["put", "empty", ""]);
    assert_eq!(place.ok(&["get", "empty"]).out, b"");
    let large: Vec<u8> =
        (0..5_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    place.feed(&large, &["put", "large"]).exits(0);
    assert!(place.ok(&["get", "large"]).out == large);
}

#[test]
fn negative_numbers_and_dashes() {
    let place = Place::repo();
    place.ok(&["put", "n", "-5"]);
    assert_eq!(place.ok(&["get", "n"]).out, b"-5");
    place.ok(&["put", "f", "-1.5", "--json"]);
    place.ok(&["put", "--", "-k", "--v"]);
    assert_eq!(place.ok(&["get", "--", "-k"]).out, b"--v");
    place.run(&["put", "k", "--v"]).exits(2);
}

#[test]
fn if_absent() {
    let place = Place::repo();
    place.ok(&["put", "--if-absent", "a", "1"]);
    place.run(&["put", "--if-absent", "a", "2"]).exits(1).silent().says("a is there already");
    assert_eq!(place.ok(&["get", "a"]).out, b"1");
    place.run(&["--json", "put", "--if-absent", "a", "2"]).failure(1, "no");
    place.ok(&["delete", "a"]);
    place.ok(&["put", "--if-absent", "a", "3"]);
    assert_eq!(place.ok(&["get", "a"]).out, b"3");
}

#[test]
fn if_value() {
    let place = Place::repo();
    place.run(&["put", "--if-value", "", "a", "1"]).exits(1).says("a is not there");
    place.ok(&["put", "a", "-1"]);
    place.run(&["put", "a", "x", "--if-value", "1"]).exits(1).says("another value");
    place.run(&["put", "a", "x", "--if-value", "-2"]).exits(1).says("another value");
    assert_eq!(place.ok(&["get", "a"]).out, b"-1");
    place.ok(&["put", "a", "2", "--if-value", "-1"]);
    assert_eq!(place.ok(&["get", "a"]).out, b"2");
    place.run(&["put", "a", "x", "--if-value", "2", "--if-absent"]).exits(2);
}

#[test]
fn keys_have_limits() {
    let place = Place::repo();
    place.run(&["put", "", "v"]).exits(2).says("key is empty").says("65,535");
    let longest = "k".repeat(65_535);
    place.ok(&["put", &longest, "v"]);
    assert_eq!(place.ok(&["get", &longest]).out, b"v");
    place.run(&["put", &format!("{longest}k"), "v"]).exits(2).says("65536 bytes");
    assert_eq!(place.keys().len(), 1);
}

#[cfg(unix)]
#[test]
fn keys_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::repo();
    let key = OsStr::from_bytes(b"\xff\x01\n");
    place.ok(&[OsStr::new("put"), key, OsStr::from_bytes(b"\xfe")]);
    assert_eq!(place.ok(&[OsStr::new("get"), key]).out, b"\xfe");
    assert_eq!(place.keys(), ["\\xff\\x01\\n"]);
    let object = place.ok(&["--json", "list"]).json();
    assert_eq!(object["key_b64"], "/wEK");
}

#[test]
fn reports_as_json() {
    let place = Place::repo();
    let report = place.ok(&["put", "a", "xyz", "--json"]).json();
    assert_eq!(report["key"], "a");
    assert_eq!(report["size"], 3);
}

#[test]
fn without_a_repository_it_says_so_before_it_reads() {
    let place = Place::empty();
    place.run(&["put", "a", "1"]).exits(2).silent().says("kvs init");
    place.run(&["--json", "put", "a", "1"]).failure(2, "usage");
    place.run(&["put"]).exits(2).says("KEY");
}
