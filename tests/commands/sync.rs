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

/// A service that takes connections and never answers is no reason to outlive the deadline. The
/// test would hang, not fail, if it were: the silence that is put up with otherwise is minutes.
#[test]
fn the_deadline_ends_a_sync_that_waits_for_an_answer() {
    let place = Place::repo();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("remote.origin.endpoint=http://{}", silent.local_addr().unwrap());
    let (key, secret) = ("-c", "remote.origin.url=s3://bucket/p");
    let mut place = place;
    place.set("AWS_ACCESS_KEY_ID", "a");
    place.set("AWS_SECRET_ACCESS_KEY", "b");
    place.put(&[("a", "1")]);
    let sync = ["-c", &endpoint, key, secret, "--json", "sync", "--deadline", "1s"];
    place.run(&sync).failure(6, "unavailable");
    assert_eq!(place.ok(&["get", "a"]).text(), "1");
}
