//! `kvs count`.

use crate::common::place::Place;

#[test]
fn counts_live_keys() {
    let place = Place::repo();
    assert_eq!(place.ok(&["count"]).text(), "0\n");
    place.put(&[("a/1", "1"), ("a/2", "2"), ("b", "3"), ("b", "4"), ("c", "5")]);
    place.ok(&["delete", "c", "none"]);
    assert_eq!(place.ok(&["count"]).text(), "3\n");
    assert_eq!(place.ok(&["count", "a/"]).text(), "2\n");
    assert_eq!(place.ok(&["count", ""]).text(), "3\n");
    assert_eq!(place.ok(&["--json", "count", "b"]).json()["count"], 1);
    assert_eq!(place.ok(&["count", "zzz"]).text(), "0\n");
}
