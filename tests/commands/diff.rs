//! `kvs diff`.

use crate::common::place::Place;

fn place() -> Place {
    let place = Place::with_remote();
    place.put(&[("change", "one\ntwo\n"), ("drop", "x"), ("keep", "k")]);
    place.ok(&["push"]);
    place.put(&[("change", "one\n3\t"), ("new", "n")]);
    place.ok(&["delete", "drop"]);
    place
}

#[test]
fn shows_both_sides() {
    let place = place();
    assert_eq!(
        place.ok(&["diff"]).text(),
        "M change\n- one\n- two\n+ one\n+ 3\\t\nD drop\n- x\nA new\n+ n\n"
    );
    assert_eq!(place.ok(&["diff", "new", "keep"]).text(), "A new\n+ n\n");
    let objects = place.ok(&["diff", "--json"]).objects();
    assert_eq!(
        objects[0],
        serde_json::json!(
            {"change": "modified", "key": "change", "base": "one\ntwo\n", "value": "one\n3\t"}
        )
    );
    assert_eq!(objects[1], serde_json::json!({"change": "deleted", "key": "drop", "base": "x"}));
    assert_eq!(objects[2], serde_json::json!({"change": "added", "key": "new", "value": "n"}));
}

#[test]
fn sizes_and_exit_code() {
    let place = place();
    assert_eq!(
        place.ok(&["diff", "--stat"]).text(),
        "M change  8 B -> 6 B\nD drop  1 B -> -\nA new  - -> 1 B\n1 added, 1 modified, 1 deleted\n"
    );
    place.run(&["diff", "--exit-code"]).exits(1);
    place.ok(&["diff", "--exit-code", "keep"]).silent();
    let ran = place.run(&["diff", "--exit-code", "--json", "new"]).exits(1);
    assert_eq!(ran.json()["key"], "new");
}
