//! `kvs status`.

use crate::common::place::Place;

#[test]
fn before_the_first_sync_everything_is_added() {
    let place = Place::repo();
    place.put(&[("b", "1"), ("a\n", "2")]);
    place.ok(&["delete", "b"]);
    let text = place.ok(&["status", "--porcelain"]).text();
    assert_eq!(text, "## version 0 remote 0 ahead 1 behind 0\nA a\\n\n");
    let report = place.ok(&["status", "--json"]).json();
    assert_eq!(report["version"], 0);
    assert_eq!(report["ahead"], 1);
    assert_eq!(report["added"], serde_json::json!(["a\n"]));
    assert_eq!(report["deleted"], serde_json::json!([]));
    place.ok(&["status"]).text().contains("  A a\\n").then_some(()).unwrap();
}

#[test]
fn changes_against_the_base() {
    let place = Place::with_remote();
    place.put(&[("keep", "1"), ("change", "1"), ("drop", "1")]);
    place.ok(&["push"]);
    assert_eq!(
        place.ok(&["status", "--porcelain"]).text(),
        "## version 1 remote 1 ahead 0 behind 0\n"
    );
    place.put(&[("change", "2"), ("new", "1")]);
    place.ok(&["delete", "drop"]);
    assert_eq!(
        place.ok(&["status", "--porcelain"]).text(),
        "## version 1 remote 1 ahead 3 behind 0\nM change\nD drop\nA new\n"
    );
    let report = place.ok(&["--json", "status"]).json();
    assert_eq!(report["added"], serde_json::json!(["new"]));
    assert_eq!(report["modified"], serde_json::json!(["change"]));
    assert_eq!(report["deleted"], serde_json::json!(["drop"]));
}

#[test]
fn the_exit_code_answers() {
    let place = Place::with_remote();
    place.ok(&["status", "--exit-code"]);
    place.put(&[("a", "1")]);
    place.ok(&["status"]);
    let report = place.run(&["status", "--exit-code", "--json"]).exits(1).json();
    assert_eq!(report["ahead"], 1);
    place.ok(&["push"]);
    place.ok(&["status", "--exit-code"]);
}

#[test]
fn an_old_sync_is_told_before_unpushed_keys() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.run(&["status", "--max-age", "1h"]).exits(11).says("no good sync");
    let ran = place.run(&["status", "--max-age", "1h", "--exit-code", "--json"]).exits(11);
    assert_eq!(ran.json()["ahead"], 1);
    place.ok(&["push"]);
    place.ok(&["status", "--max-age", "1h", "--exit-code"]);
    place.run(&["status", "--max-age", "soon"]).exits(2).says("30s, 5m, 2h, 1d");
}

#[test]
fn fetch_tells_how_far_behind() {
    let place = Place::with_clone();
    place.put(&[("base", "2")]);
    place.ok(&["push"]);
    let line = |arguments: &[&str]| {
        let ran = place.ok(&[&["-C", "../other", "status", "--porcelain"], arguments].concat());
        ran.text()
    };
    assert_eq!(line(&[]), "## version 1 remote 1 ahead 0 behind 0\n");
    assert_eq!(line(&["--fetch"]), "## version 1 remote 2 ahead 0 behind 1\n");
    assert_eq!(line(&[]), "## version 1 remote 2 ahead 0 behind 1\n");
    let report = place.ok(&["-C", "../other", "--json", "fetch"]).json();
    assert_eq!((&report["remote"], &report["behind"]), (&2.into(), &1.into()));
    place.ok(&["-C", "../other", "pull"]);
    assert_eq!(line(&[]), "## version 2 remote 2 ahead 0 behind 0\n");
}

#[test]
fn more_keys_than_are_kept_in_memory() {
    let place = Place::repo();
    let pairs: String = (0..600).map(|n| format!("{n:03}{}\tv\n", "k".repeat(65_000))).collect();
    place.feed(pairs, &["import", "--format", "tsv"]).exits(0);
    let text = place.ok(&["status", "--porcelain"]).text();
    assert!(text.starts_with("## version 0 remote 0 ahead 600 behind 0\nA 000k"));
    assert_eq!(text.lines().count(), 601);
    let report = place.ok(&["--json", "status"]).json();
    assert_eq!(report["added"].as_array().unwrap().len(), 600);
    assert_eq!(report["ahead"], 600);
}
