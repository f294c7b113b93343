//! `kvs log`.

use crate::common::place::Place;

#[test]
fn versions_newest_first() {
    let place = Place::with_remote();
    place.ok(&["log"]).silent();
    place.put(&[("a", "1")]);
    place.ok(&["push", "-m", "first"]);
    place.ok(&["delete", "a"]);
    place.ok(&["-c", "user.name=Ada", "push", "-m", "two\nlines \u{1b}[31m"]);
    let objects = place.ok(&["--json", "log"]).objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["version"], 2);
    assert_eq!(objects[0]["author"], "Ada");
    assert_eq!(objects[0]["deleted"], 1);
    assert_eq!(objects[1]["version"], 1);
    assert_eq!(objects[1]["author"], "tester@box");
    assert_eq!(objects[1]["message"], "first");
    assert_eq!(objects[1]["added"], 1);
    assert!(objects[1]["bytes"].is_u64());
    assert!(objects[1]["time"].as_str().unwrap().ends_with('Z'));
    let text = place.ok(&["log", "-n", "1"]).text();
    assert!(text.starts_with("version 2 "), "{text}");
    assert!(text.contains("    two\n    lines \\x1b[31m\n"), "{text}");
    assert!(!text.contains("version 1"), "{text}");
}
