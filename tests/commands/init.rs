//! `kvs init`.

use crate::common::place::Place;

#[test]
fn makes_a_repository_once() {
    let place = Place::empty();
    place.ok(&["init"]).silent().says("Made a repository");
    assert!(place.path(".kvs").is_dir());
    place.put(&[("a", "1")]);
    place.ok(&["init"]).silent().says("already");
    assert_eq!(place.ok(&["get", "a"]).out, b"1");
    assert_eq!(place.ok(&["--json", "init"]).json()["created"], false);
}

#[test]
fn makes_the_folder() {
    let place = Place::empty();
    let report = place.ok(&["init", "deep/er", "--json"]).json();
    assert_eq!(report["created"], true);
    assert!(place.path("deep/er/.kvs").is_dir());
    place.write("file", "x");
    let ran = place.run(&["init", "file/x"]);
    assert!(ran.code == 2 || ran.code == 9, "{ran:?}");
}

#[test]
fn names_the_remote() {
    let place = Place::empty();
    place.ok(&["init", "--remote", "s3://bucket/p"]);
    assert_eq!(place.ok(&["config", "get", "remote.origin.url"]).text(), "s3://bucket/p\n");
    // An existing repository stays as it is.
    place.ok(&["init", "--remote", "s3://bucket/q"]).says("nothing was changed");
    assert_eq!(place.ok(&["config", "get", "remote.origin.url"]).text(), "s3://bucket/p\n");
}

#[test]
fn a_url_with_a_password_is_refused_before_anything_is_made() {
    let place = Place::empty();
    let ran = place.run(&["init", "--remote", "https://me:hunter2@host/x"]).exits(2);
    assert!(!ran.err.contains("hunter2"));
    assert!(!place.path(".kvs").exists());
}

#[test]
fn a_variable_names_the_folder() {
    let mut place = Place::empty();
    place.set("KVS_DIR", "there");
    place.ok(&["init"]);
    assert!(place.path("there/.kvs").is_dir());
}
