//! `kvs clone`.

use crate::common::place::Place;

#[test]
fn brings_everything() {
    let place = Place::with_remote();
    place.put(&[("a", "1"), ("b", "2")]);
    place.ok(&["push"]);
    let report = place.ok(&["--json", "clone", "../remote", "copy"]).json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["added"], 2);
    assert!(report["requests"].as_u64() > Some(0), "{report}");
    assert_eq!(
        place.ok(&["-C", "copy", "list", "--values", "--format", "tsv"]).text(),
        "a\t1\nb\t2\n"
    );
    place.ok(&["-C", "copy", "status", "--exit-code", "--max-age", "1h"]);
    place.ok(&["-C", "copy", "put", "c", "3"]);
    place.ok(&["-C", "copy", "push"]);
    place.ok(&["pull"]);
    assert_eq!(place.keys(), ["a", "b", "c"]);
}

#[test]
fn the_folder_is_named_after_the_url() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["clone", "../remote"]).silent().says("Cloned version 1");
    assert!(place.path("remote/.kvs").is_dir());
    place.run(&["clone", ".."]).exits(2).says("kvs clone URL DIR");
}

#[test]
fn nothing_there_leaves_nothing_here() {
    let place = Place::with_remote();
    place.run(&["clone", "../remote", "copy"]).exits(2);
    assert!(!place.path("copy/.kvs").exists());
    let ran = place.run(&["clone", "../nowhere", "copy"]);
    assert!(matches!(ran.code, 2 | 6), "{ran:?}");
    assert!(!place.path("copy/.kvs").exists());
    assert!(!place.path("../nowhere").exists());
    place.run(&["--json", "clone", "../remote", "copy"]).failure(2, "usage");
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let place = Place::with_clone();
    place.put(&[("mine", "1")]);
    place.run(&["clone", "../remote", "../other"]).exits(2);
    place.run(&["clone", "../remote", "."]).exits(2);
    assert_eq!(place.ok(&["get", "mine"]).out, b"1");
}

#[test]
fn settings_of_the_call_are_kept() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["clone", "-c", "remote.origin.region=moon", "-c", "user.name=x", "../remote", "c"]);
    let list = place.ok(&["-C", "c", "config", "list"]).text();
    assert!(list.contains("remote.origin.region=moon\n"), "{list}");
    assert!(!list.contains("user.name"), "{list}");
}
