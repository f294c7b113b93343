//! `kvs sync`.

use crate::common::place::Place;

#[test]
fn goes_both_ways() {
    let place = Place::with_clone();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.ok(&["-C", "../other", "put", "b", "1"]);
    let report = place.ok(&["-C", "../other", "sync", "--json", "-m", "from other"]).json();
    assert_eq!(report["version"], 3);
    place.ok(&["sync"]).silent().says("version 3");
    assert_eq!(place.keys(), ["a", "b", "base"]);
    assert_eq!(place.ok(&["log", "-n", "1", "--json"]).json()["message"], "from other");
    place.ok(&["sync", "--deadline", "10s"]).says("version 3");
    place.ok(&["status", "--exit-code", "--max-age", "1h"]);
}

#[test]
fn conflicts_need_a_strategy() {
    let place = Place::with_clone();
    place.put(&[("base", "here")]);
    place.ok(&["sync"]);
    place.ok(&["-C", "../other", "put", "base", "there"]);
    place.run(&["-C", "../other", "sync"]).exits(3).silent();
    place.ok(&["-C", "../other", "sync", "--strategy", "ours"]);
    place.ok(&["sync"]);
    assert_eq!(place.ok(&["get", "base"]).out, b"there");
}

#[test]
fn the_deadline_is_a_duration() {
    let place = Place::repo();
    place.run(&["sync", "--deadline", "5"]).exits(2).says("30s, 5m, 2h, 1d");
    place.run(&["sync"]).exits(2).says("kvs remote add");
}
