//! `kvs remote`.

use crate::common::place::Place;

#[test]
fn names_are_kept_listed_and_forgotten() {
    let place = Place::repo();
    place.ok(&["remote", "list"]).silent();
    place.ok(&["remote", "add", "origin", "s3://bucket/p"]).silent();
    place.ok(&["remote", "add", "backup", "folder"]);
    let folder = place.path("folder").canonicalize().unwrap_or_else(|_| place.path("folder"));
    let text = place.ok(&["remote", "list"]).text();
    assert!(text.contains("origin\ts3://bucket/p\n"), "{text}");
    let line = text.lines().find(|line| line.starts_with("backup\t")).unwrap();
    assert!(line.ends_with("/folder") && line.starts_with("backup\t/"), "{line} {folder:?}");
    let objects = place.ok(&["remote", "list", "--json"]).objects();
    assert_eq!(objects[1], serde_json::json!({"name": "origin", "url": "s3://bucket/p"}));
    place.ok(&["remote", "set-url", "origin", "s3://bucket/q"]);
    place.ok(&["config", "set", "remote.origin.path_style", "true"]);
    let text = place.ok(&["remote", "show", "origin"]).text();
    assert!(text.contains("s3://bucket/q") && text.contains("path_style:"), "{text}");
    let report = place.ok(&["remote", "show", "origin", "--json"]).json();
    assert_eq!(report["url"], "s3://bucket/q");
    assert_eq!(report["path_style"], true);
    place.ok(&["remote", "remove", "origin"]);
    place.run(&["remote", "show", "origin"]).exits(2).says("no remote origin");
    place.run(&["config", "get", "remote.origin.path_style"]).exits(1);
}

#[test]
fn wrong_names_and_urls() {
    let place = Place::repo();
    place.ok(&["remote", "add", "origin", "s3://b/p"]);
    place.run(&["remote", "add", "origin", "s3://b/q"]).exits(2).says("set-url");
    place.run(&["remote", "set-url", "other", "s3://b/q"]).exits(2);
    place.run(&["remote", "remove", "other"]).exits(2);
    place.run(&["remote", "add", "a b", "s3://b/q"]).exits(2).says("a b");
    place.run(&["remote", "add", "x", ""]).exits(2);
    let ran = place.run(&["remote", "add", "x", "https://me:hunter2@host/q"]).exits(2);
    assert!(!ran.err.contains("hunter2"));
    place.run(&["remote"]).exits(2);
    assert_eq!(place.ok(&["remote", "list"]).text(), "origin\ts3://b/p\n");
}
