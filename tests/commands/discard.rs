//! `kvs discard`.

use crate::common::place::Place;

fn place() -> Place {
    let place = Place::with_remote();
    place.put(&[("change", "1"), ("drop", "1")]);
    place.ok(&["push"]);
    place.put(&[("change", "2"), ("n/1", "1"), ("n/2", "2")]);
    place.ok(&["delete", "drop"]);
    place
}

#[test]
fn keys_go_back_to_the_base() {
    let place = place();
    place.ok(&["discard", "change", "none", "drop"]).silent().says("Discarded 2 changes.");
    assert_eq!(place.ok(&["get", "change"]).out, b"1");
    assert_eq!(place.ok(&["get", "drop"]).out, b"1");
    assert_eq!(place.keys().len(), 4);
    let report = place.ok(&["--json", "discard", "--prefix", "n/"]).json();
    assert_eq!(report["discarded"], 2);
    place.ok(&["status", "--exit-code"]);
}

#[test]
fn all_of_them() {
    let place = place();
    place.ok(&["discard", "--all"]).says("Discarded 4 changes.");
    assert_eq!(place.keys(), ["change", "drop"]);
    place.ok(&["discard", "--all"]).says("Discarded 0 changes.");
}

#[test]
fn something_must_be_named() {
    let place = place();
    place.run(&["discard"]).exits(2);
    place.run(&["discard", "--prefix", ""]).exits(2).says("--all");
    place.run(&["--json", "discard", "--prefix="]).failure(2, "usage");
    place.run(&["discard", "a", "--all"]).exits(2);
    assert_eq!(place.ok(&["status", "--json"]).json()["ahead"], 4);
}
