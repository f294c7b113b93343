//! `kvs exists`.

use crate::common::place::Place;

#[test]
fn answers_by_its_exit_code() {
    let place = Place::repo();
    place.put(&[("a", "1"), ("b", "")]);
    for (keys, code) in [(&["a"][..], 0), (&["a", "b"], 0), (&["x"], 1), (&["a", "x", "b"], 1)] {
        let ran = place.run(&[&["exists"], keys].concat()).exits(code).silent();
        assert_eq!(ran.err, "");
    }
    place.run(&["exists"]).exits(2);
}

#[test]
fn reports_instead_of_an_error() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    let report = place.run(&["--json", "exists", "x", "a", "y"]).exits(1).json();
    assert_eq!(report["exists"], false);
    assert_eq!(report["missing"], serde_json::json!(["x", "y"]));
    assert_eq!(place.ok(&["--json", "exists", "a"]).json()["exists"], true);
}
