//! Goal: of clones that push at once none loses a put, and none starves.
//!
//! Method: six clones, each a row of processes of the real program: put a new key and the clone's
//! own counter, `kvs sync`, twenty times over, all rows at once. Afterwards the remote must hold
//! one version for each sync, dense and chained by hashes, each key added by exactly one of them,
//! and right counts all along; a fresh clone has it all. On a folder, on the in-process server, and
//! on each server of `KVS_TEST_S3`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use kvs::env::Env;
use kvs::remote::{Folder, Remote};
use kvs::repo::{Config, NoProgress, PushOptions, Repo, SyncOptions};
use serde_json::json;

use crate::common::hooked::Hooked;
use crate::common::place::Place;
use crate::common::s3_server::S3Server;
use crate::common::site::{RealServer, Site};

const CLONES: u64 = 6;
const ROUNDS: u64 = 20;

/// All rounds of one clone; gives the number of requests.
fn row(place: &Place, clone: u64) -> u64 {
    let dir = format!("../clone{clone}");
    let mut requests = 0;
    for round in 1..=ROUNDS {
        let new = json!({"op": "put", "key": format!("own/{clone}/{round}"), "value": "x"});
        let counter =
            json!({"op": "put", "key": format!("count/{clone}"), "value": round.to_string()});
        place.feed(format!("{new}\n{counter}\n"), &["-C", &dir, "apply"]).exits(0);
        let message = format!("{clone}:{round}");
        let report = place.ok(&["-C", &dir, "--json", "sync", "-m", &message]).json();
        requests += report["requests"].as_u64().unwrap();
    }
    requests
}

fn content(place: &Place, dir: &str) -> BTreeMap<String, String> {
    let pairs = place.ok(&["-C", dir, "list", "--values", "--format", "tsv"]).text();
    pairs
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|x| (x.0.into(), x.1.into()))
        .collect()
}

/// Everything, on an empty site.
fn push_at_once(place: &mut Place, site: &Site) {
    site.introduce(place);
    for clone in 0..CLONES {
        place.ok(&["init", &format!("../clone{clone}"), "--remote", &site.url]);
    }
    let place = &*place;
    let requests: u64 = thread::scope(|scope| {
        let rows: Vec<_> =
            (0..CLONES).map(|clone| scope.spawn(move || row(place, clone))).collect();
        rows.into_iter().map(|row| row.join().unwrap()).sum()
    });
    eprintln!("{}: {} syncs, {requests} requests", site.name, CLONES * ROUNDS);

    let versions = site.versions();
    assert_eq!(versions.len() as u64, CLONES * ROUNDS, "one version for each sync");
    let mut messages: Vec<&str> = Vec::new();
    let mut live = 0;
    for version in &versions {
        let commit = &version.commit;
        messages.push(&commit.message);
        let is_first = commit.message.ends_with(":1");
        let counts = if is_first { (2, 0, 0) } else { (1, 1, 0) };
        assert_eq!((commit.added, commit.modified, commit.deleted), counts, "{}", commit.message);
        live += commit.added;
        assert_eq!(version.live, live, "version {}", version.version);
    }
    for clone in 0..CLONES {
        let own: Vec<String> = (1..=ROUNDS).map(|round| format!("{clone}:{round}")).collect();
        let prefix = format!("{clone}:");
        let found: Vec<_> = messages.iter().filter(|text| text.starts_with(&prefix)).collect();
        assert_eq!(found.len(), own.len());
        assert!(found.iter().zip(&own).all(|(found, own)| **found == own), "{found:?}");
    }

    let mut expected = BTreeMap::new();
    for clone in 0..CLONES {
        expected.insert(format!("count/{clone}"), ROUNDS.to_string());
        expected.extend((1..=ROUNDS).map(|round| (format!("own/{clone}/{round}"), "x".into())));
    }
    place.ok(&["clone", &site.url, "../fresh"]);
    place.ok(&["-C", "../clone0", "sync"]);
    for dir in ["../fresh", "../clone0"] {
        assert_eq!(content(place, dir), expected, "{dir}");
        assert_eq!(place.ok(&["-C", dir, "count"]).text(), format!("{live}\n"));
    }
    assert_eq!(site.versions().len(), versions.len(), "a sync with nothing to push made one");
}

#[test]
fn on_a_folder() {
    let mut place = Place::empty();
    let site = Site::folder(&place);
    push_at_once(&mut place, &site);
}

#[test]
fn on_the_in_process_server() {
    let server = S3Server::start();
    push_at_once(&mut Place::empty(), &Site::in_process(&server, "pushers"));
    let is_create = |name: &str| name.contains("/manifests/");
    let seen = server.seen();
    let creates = seen.iter().filter(|seen| seen.method == "PUT" && is_create(&seen.name)).count();
    eprintln!("{creates} creates for {} versions", CLONES * ROUNDS);
}

#[test]
fn on_real_servers() {
    for server in RealServer::all() {
        push_at_once(&mut Place::empty(), &Site::real(&server));
    }
}

/// Between the look of a sync and its push somebody else begins the database: one round more.
#[test]
fn a_sync_that_meets_the_first_version() {
    let folder = tempfile::tempdir().unwrap();
    let remote = || -> Arc<dyn Remote> {
        Arc::new(Folder::new(&Env::real(), folder.path().join("remote"), true))
    };
    let repo = |name: &str, remote: Arc<dyn Remote>| {
        let dir = folder.path().join(name);
        Repo::init(&Env::real(), &dir, std::time::Duration::from_secs(10)).unwrap();
        let repo = Repo::open(&Env::real(), &dir, Config::default()).unwrap().with_origin(remote);
        repo.put(name.as_bytes(), b"1").unwrap();
        repo
    };
    let winner = repo("winner", remote());
    let mut requests = 0;
    let hooked = Hooked::new(remote(), move |_, _| {
        requests += 1;
        // After version 1 and HEAD were looked for.
        if requests == 3 {
            winner.push(&PushOptions::default(), &NoProgress).unwrap();
        }
    });
    let loser = repo("loser", Arc::new(hooked));
    assert_eq!(loser.sync(&SyncOptions::default(), &NoProgress).unwrap().version, 2);
    assert_eq!(loser.count().unwrap(), 2);
}
