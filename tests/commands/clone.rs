//! `kvs clone`.

use kvs::env::Env;

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
fn a_repository_with_records_of_its_own_is_never_removed() {
    let place = Place::with_remote();
    place.ok(&["init", "mine", "--remote", "../remote"]);
    place.ok(&["-C", "mine", "put", "a", "1"]);
    // There is nothing to clone; then there is another value.
    place.run(&["clone", "../remote", "mine"]).exits(2).says("is a repository already");
    assert_eq!(place.ok(&["-C", "mine", "get", "a"]).out, b"1");
    place.put(&[("a", "2")]);
    place.ok(&["push"]);
    place.run(&["clone", "../remote", "mine"]).exits(2);
    assert_eq!(place.ok(&["-C", "mine", "get", "a"]).out, b"1");
    // The same with the value in a segment: a failed pull seals the log.
    place.run(&["-C", "mine", "pull"]).exits(3);
    place.run(&["clone", "../remote", "mine"]).exits(2);
    assert_eq!(place.ok(&["-C", "mine", "get", "a"]).out, b"1");
}

#[test]
fn a_repository_that_was_there_outlives_a_failed_clone() {
    let place = Place::with_remote();
    place.ok(&["init", "mine", "--remote", "../remote"]);
    place.run(&["clone", "../remote", "mine"]).exits(2).says("no database");
    assert!(place.path("mine/.kvs/state.json").exists());
}

#[test]
fn a_clone_that_another_one_is_making_is_left_alone() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["init", "copy", "--remote", "../remote"]);
    let lock = place.path("copy/.kvs/sync.lock");
    let held = Env::real().files.try_lock(&lock).unwrap().unwrap();
    place.run(&["--lock-timeout", "0s", "clone", "../remote", "copy"]).exits(8);
    assert!(place.path("copy/.kvs/state.json").exists());
    drop(held);
    place.ok(&["clone", "../remote", "copy"]);
    assert_eq!(place.ok(&["-C", "copy", "get", "a"]).out, b"1");
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
