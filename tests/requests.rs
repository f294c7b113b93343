//! Goal: what goes over the wire follows what changed, and nobody makes it more by accident.
//!
//! Method: a database of 100,000 keys on the in-process server; the reports of the real program
//! must agree with what the server saw. What is promised is a bound; the exact numbers of requests
//! are those of today, so that a change of them is a decision.

use std::fmt::Write as _;

use serde_json::Value;

use crate::common::place::Place;
use crate::common::s3_server::S3Server;
use crate::common::site::Site;

const KEYS: u64 = 100_000;

/// Requests, bytes sent, bytes received.
type Traffic = (u64, u64, u64);

fn place() -> (S3Server, Place) {
    let (server, mut place) = (S3Server::start(), Place::repo());
    let site = Site::in_process(&server, "counted");
    site.introduce(&mut place);
    place.ok(&["remote", "add", "origin", &site.url]);
    (server, place)
}

/// Different values of 96 bytes that do not compress to nothing.
fn pairs(keys: impl Iterator<Item = u64>, salt: u64) -> String {
    let mut lines = String::new();
    for key in keys {
        write!(lines, "{key:016}\t").unwrap();
        let mut state = key ^ (salt << 32);
        for _ in 0..6 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            write!(lines, "{:016x}", state ^ (state >> 31)).unwrap();
        }
        lines.push('\n');
    }
    lines
}

fn import(place: &Place, dir: &str, pairs: &str) {
    place.feed(pairs, &["-C", dir, "import", "--format", "tsv"]).exits(0);
}

/// Runs, and gives its report and traffic, held against what the server saw.
fn traffic(server: &S3Server, place: &Place, arguments: &[&str]) -> (Value, Traffic) {
    let before = server.seen().len();
    let report = place.ok(&[&["--json"], arguments].concat()).json();
    let field = |name: &str| report[name].as_u64().unwrap();
    let told = (field("requests"), field("bytes_sent"), field("bytes_received"));
    let seen = server.seen().split_off(before);
    assert_eq!(told.0, seen.len() as u64, "{seen:?}");
    assert_eq!(told.1, seen.iter().map(|seen| seen.bytes).sum::<u64>());
    (report, told)
}

#[test]
fn the_cost_follows_the_changes() {
    let (server, place) = place();
    import(&place, ".", &pairs(0..KEYS, 0));
    let (report, (requests, sent, _)) = traffic(&server, &place, &["push"]);
    assert_eq!(report["added"], KEYS);
    // Version 1 and HEAD are looked for; the place is tried twice; the segment, the manifest.
    assert_eq!(requests, 6);
    let segment_bytes = sent;
    assert!(sent < KEYS * (16 + 96), "{sent} bytes");

    let (report, (requests, _, received)) =
        traffic(&server, &place, &["clone", "s3://kvs-test/counted", "../other"]);
    assert_eq!(report["added"], KEYS);
    // Version 1 and HEAD, version 2, the segment.
    assert_eq!(requests, 4);
    assert!(received < segment_bytes + 2000, "{received} bytes");

    // Ten keys all over the place.
    import(&place, ".", &pairs((0..10).map(|n| n * (KEYS / 10) + 7), 1));
    let (report, (requests, sent, received)) = traffic(&server, &place, &["push"]);
    assert_eq!((&report["modified"], &report["added"]), (&10.into(), &0.into()));
    // The base and version 2 are asked for; the segment, the manifest.
    assert_eq!(requests, 4);
    assert!(requests <= 5 && sent + received <= 20_000, "{sent} + {received} bytes");
    assert!(sent + received <= 5_000, "{sent} + {received} bytes");

    let other = |verb| traffic(&server, &place, &["-C", "../other", verb]);
    let (report, (requests, _, received)) = other("fetch");
    assert_eq!(report["remote"], 2);
    // The base, version 2, version 3.
    assert_eq!(requests, 3);
    assert!(received < 4_000, "{received} bytes");

    let (report, (requests, sent, received)) = other("pull");
    assert_eq!(report["modified"], 10);
    // What is known, version 3, the segment.
    assert_eq!((requests, sent), (3, 0));
    assert!(received < 5_000, "{received} bytes");

    for verb in ["pull", "fetch", "sync"] {
        let (_, (requests, sent, received)) = other(verb);
        assert_eq!((requests, sent), (2, 0), "{verb}");
        assert!(received < 500, "{verb}: {received} bytes");
    }
    let (_, (requests, sent, received)) = other("push");
    assert_eq!((requests, sent, received), (0, 0, 0));
}

/// A hint is written with every 16th version, and one more request is all that it costs.
#[test]
fn many_small_pushes() {
    let (server, place) = place();
    let mut newest = 0;
    for version in 1..=70_u64 {
        place.put(&[("counter", &version.to_string())]);
        let (report, (requests, sent, _)) = traffic(&server, &place, &["push"]);
        assert_eq!(report["version"], version);
        // The first tries the place; the sixteenth writes the hint.
        let expected = match version {
            1 => 6,
            _ if version % 16 == 0 => 5,
            _ => 4,
        };
        assert_eq!(requests, expected, "version {version}");
        assert!(sent < 10_000, "{sent} bytes");
        newest = version;
    }
    // Small segments are taken into what a push brings, so the list stays short.
    let manifest = place.read(&format!(".kvs/manifests/{newest:020}.json"));
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert!(manifest["segments"].as_array().unwrap().len() < 12, "{manifest}");
    assert_eq!(place.ok(&["get", "counter"]).text(), newest.to_string());
    // A clone finds the newest by the hint, and brings what came before for `log`.
    let before = server.seen().len();
    let (report, _) = traffic(&server, &place, &["clone", "s3://kvs-test/counted", "../other"]);
    assert_eq!(report["version"], newest);
    let seen = server.seen().split_off(before);
    let manifests = seen.iter().filter(|seen| seen.name.contains("/manifests/")).count() as u64;
    // Version 1, 64 and those it steps over; then the last 32.
    assert!((34..=46).contains(&manifests), "{manifests}: {seen:?}");
}
