//! `kvs push`.

use crate::common::place::Place;

#[test]
fn publishes_and_tells() {
    let place = Place::with_remote();
    place.put(&[("a", "1"), ("b", "1"), ("c", "1")]);
    let ran = place.ok(&["push"]).silent();
    ran.says("Pushed version 1: 3 added, 0 modified, 0 deleted (").says(" sent");
    place.put(&[("a", "2"), ("d", "1")]);
    place.ok(&["delete", "b"]);
    let report = place.ok(&["--json", "push", "-m", "-second"]).json();
    assert_eq!(report["version"], 2);
    let counts = [&report["added"], &report["modified"], &report["deleted"]];
    assert_eq!(counts, [&1, &1, &1].map(|count| serde_json::json!(count)).each_ref());
    assert!(report["requests"].as_u64() > Some(0) && report["bytes_sent"].as_u64() > Some(0));
    place.ok(&["push"]).says("Nothing to push; version 2");
    assert_eq!(place.ok(&["log", "-n", "1", "--json"]).json()["message"], "-second");
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push", "--dry-run"]).says("Would push");
    assert_eq!(std::fs::read_dir(place.path("../remote")).unwrap().count(), 0);
    place.run(&["status", "--exit-code"]).exits(1);
}

#[test]
fn a_remote_that_moved_on_is_pulled_first() {
    let place = Place::with_clone();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["-C", "../other", "put", "b", "1"]);
    place.run(&["-C", "../other", "push"]).exits(4).silent().says("kvs pull");
    place.run(&["-C", "../other", "--json", "push"]).failure(4, "moved_on");
    place.ok(&["-C", "../other", "pull"]);
    place.ok(&["-C", "../other", "push"]);
}

#[test]
fn another_database_is_not_overwritten() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["init", "../third", "--remote", "../remote"]);
    place.ok(&["-C", "../third", "put", "b", "1"]);
    place.run(&["-C", "../third", "push"]).exits(4);
    place.ok(&["-C", "../third", "pull"]);
    place.ok(&["-C", "../third", "push"]);
    place.ok(&["pull"]);
    assert_eq!(place.keys(), ["a", "b"]);
}

#[test]
fn without_a_remote_or_with_another_name() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    place.run(&["push"]).exits(2).says("kvs remote add");
    place.run(&["push", "backup"]).exits(2).says("remote copy");
    place.run(&["pull", "backup"]).exits(2).says("remote copy");
    place.run(&["sync", "backup"]).exits(2).says("remote copy");
    place.run(&["fetch", "backup"]).exits(2).says("remote copy");
}

#[test]
fn a_folder_that_is_gone_is_never_made_anew() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push", "origin"]);
    std::fs::rename(place.path("../remote"), place.path("../moved")).unwrap();
    place.put(&[("b", "1")]);
    for command in ["push", "pull", "fetch", "sync"] {
        place.run(&["--json", command]).failure(6, "unavailable");
        assert!(!place.path("../remote").exists(), "{command}");
    }
    std::fs::rename(place.path("../moved"), place.path("../remote")).unwrap();
    place.ok(&["push"]);
}
