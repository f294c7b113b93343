//! `kvs stat`.

use crate::common::place::Place;

#[test]
fn tells_what_is_known() {
    let place = Place::repo();
    place.put(&[("a\tb", "12345")]);
    let text = place.ok(&["stat", "a\tb"]).text();
    let has = |name: &str, value: &str| {
        text.lines()
            .any(|line| line.split_once(':').is_some_and(|(n, v)| n == name && v.trim() == value))
    };
    assert!(has("key", "a\\tb"), "{text}");
    assert!(has("size", "5"), "{text}");
    assert!(has("version", "not pushed"), "{text}");
    let report = place.ok(&["stat", "a\tb", "--json"]).json();
    assert_eq!(report["key"], "a\tb");
    assert_eq!(report["size"], 5);
    assert!(report["stored"].is_u64());
    assert!(report["modified"].as_str().unwrap().ends_with('Z'));
    assert_eq!(report["version"], 0);
    assert!(report.get("segment").is_some());
    assert_eq!(report["local"], true);
}

#[test]
fn a_missing_key_is_a_no() {
    let place = Place::repo();
    place.run(&["stat", "x"]).exits(1).silent().says("there is no key x");
    place.run(&["--json", "stat", "x"]).failure(1, "no");
}

#[test]
fn a_pushed_key_has_its_version() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    assert_eq!(place.ok(&["stat", "a", "--json"]).json()["version"], 1);
}
