//! `kvs delete`.

use crate::common::place::Place;

fn place() -> Place {
    let place = Place::repo();
    place.put(&[("a", "1"), ("b", "2"), ("c/1", "3"), ("c/2", "4"), ("-x", "5")]);
    place
}

#[test]
fn counts_what_went() {
    let place = place();
    place.ok(&["delete", "a", "none", "a"]).silent().says("Deleted 1 key.");
    place.run(&["get", "a"]).exits(1);
    place.ok(&["rm", "none"]).says("Deleted 0 keys.");
    assert_eq!(place.ok(&["--json", "del", "b", "c/1"]).json()["deleted"], 2);
    assert_eq!(place.keys(), ["-x", "c/2"]);
    place.ok(&["-q", "delete", "c/2"]).says("");
    assert_eq!(place.ok(&["-q", "delete", "--", "-x"]).err, "");
    assert_eq!(place.ok(&["count"]).text(), "0\n");
}

#[test]
fn keys_come_from_stdin() {
    let place = place();
    place.feed("a\nc/1\n", &["delete", "--stdin"]).exits(0).says("Deleted 2 keys.");
    place.feed("b\0c/2\0", &["delete", "--stdin", "-z"]).exits(0).says("Deleted 2 keys.");
    assert_eq!(place.keys(), ["-x"]);
    place.feed("-x\n\\q\n", &["delete", "--stdin"]).exits(2).says("line 2");
    assert_eq!(place.keys(), ["-x"]);
}

#[test]
fn prefixes_and_all() {
    let place = place();
    place.run(&["delete", "--prefix", ""]).exits(2).says("--all");
    assert_eq!(place.keys().len(), 5);
    place.ok(&["delete", "--prefix", "c/"]).says("Deleted 2 keys.");
    place.ok(&["delete", "--prefix", "-"]).says("Deleted 1 key.");
    assert_eq!(place.keys(), ["a", "b"]);
    place.ok(&["delete", "--all"]).says("Deleted 2 keys.");
    assert!(place.keys().is_empty());
}

#[test]
fn strict_deletes_all_or_nothing() {
    let place = place();
    let ran = place.run(&["delete", "--strict", "a", "none", "b"]).exits(1).silent();
    ran.says("there is no key none").says("nothing was deleted");
    assert_eq!(place.keys().len(), 5);
    place.run(&["--json", "delete", "--strict", "none"]).failure(1, "no");
    place.ok(&["delete", "--strict", "a", "b"]).says("Deleted 2 keys.");
}

#[test]
fn exactly_one_way_to_name_keys() {
    let place = place();
    place.run(&["delete"]).exits(2);
    place.run(&["delete", "a", "--all"]).exits(2);
    place.run(&["delete", "--prefix", "a", "--stdin"]).exits(2);
    place.run(&["delete", ""]).exits(2);
    place.run(&["delete", "-z", "a"]).exits(2);
    place.run(&["delete", "-z", "--all"]).exits(2);
    assert_eq!(place.keys().len(), 5);
}
