//! Goal: a push, pull or clone may end at any moment, by a kill or by a network that goes away, and
//! the next one goes on: it finishes, makes one version, and sends or fetches nothing again that
//! had arrived. While a push is on its way, puts and gets go on, and what is undecided stays.
//!
//! Method: the real program against the in-process server, whose hook kills it, or lets requests
//! and answers vanish, at each request in turn; the server's list of requests tells what was sent
//! again. The database is large enough for an upload in parts beside one in a single request.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kvs::format::codec::hex;

use crate::common::place::{Place, Ran};
use crate::common::s3_server::{Fault, S3Server, Seen};
use crate::common::site::Site;

/// Three parts of an upload.
const LARGE_BYTES: usize = 18 << 20;

/// A repository with a large and a small unpushed segment, copied for each case.
struct Scene {
    place: Place,
    server: S3Server,
}

/// One copy, and the empty prefix that is its origin.
struct Case {
    dir: String,
    site: Site,
}

fn noise(count: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Starts a process where a hook can kill it, and waits: its exit code, `None` if it was killed.
fn end_of(mut command: Command, child: &Mutex<Option<Child>>) -> Option<i32> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    {
        // The hook waits for the lock, so it always finds the process.
        let mut slot = child.lock().unwrap();
        *slot = Some(command.spawn().unwrap());
    }
    loop {
        if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn is_segment(seen: &Seen) -> bool {
    seen.name.contains("/segments/")
}

fn is_create(seen: &Seen) -> bool {
    seen.method == "PUT" && seen.name.contains("/manifests/")
}

/// Uploads of segments, whole or in part, by what they upload.
fn uploads(seen: &[Seen]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for seen in seen.iter().filter(|seen| seen.method == "PUT" && is_segment(seen)) {
        *counts.entry(format!("{}?{}", seen.name, seen.query)).or_default() += 1;
    }
    counts
}

impl Case {
    /// What the names of its objects begin with.
    fn prefix(&self) -> String {
        format!("{}/", self.dir.trim_start_matches("../"))
    }
}

impl Scene {
    /// With a small database, or one that needs an upload in parts.
    fn new(is_large: bool) -> Self {
        let (server, mut place) = (S3Server::start(), Place::repo());
        Site::in_process(&server, "unused").introduce(&mut place);
        if is_large {
            let content = noise(LARGE_BYTES);
            place.feed(&content, &["put", "large"]).exits(0);
            // Sealed, so that it is a segment of its own.
            place.ok(&["compact"]);
        }
        place.put(&[("a", "1"), ("b", "2")]);
        Self { place, server }
    }

    fn case(&self, name: &str) -> Case {
        let dir = format!("../{name}");
        copy(&self.place.path(".kvs"), &self.place.path(&dir).join(".kvs"));
        let site = Site::in_process(&self.server, name);
        self.place.ok(&["-C", &dir, "remote", "add", "origin", &site.url]);
        Case { dir, site }
    }

    fn run(&self, case: &Case, arguments: &[&str]) -> Ran {
        self.place.run(&[&["-C", &case.dir, "--json"], arguments].concat())
    }

    /// Runs, and kills it at request `at`, before or after it takes effect. `false`: it ended
    /// before.
    fn kill_at(&self, case: &Case, arguments: &[&str], at: usize, takes_effect: bool) -> bool {
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let target = Arc::clone(&child);
        let (prefix, count) = (case.prefix(), Mutex::new(0));
        let mut command = self.place.process();
        command.arg("-C").arg(&case.dir).args(arguments);
        self.server.hook(move |_, seen| {
            // What a process that was killed before left on the wire is another's.
            if !seen.name.starts_with(&prefix) {
                return Fault::None;
            }
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count != at + 1 {
                return Fault::None;
            }
            target.lock().unwrap().as_mut().unwrap().kill().unwrap();
            if takes_effect { Fault::LoseAnswer } else { Fault::LoseRequest }
        });
        let code = end_of(command, &child);
        self.server.hook(|_, _| Fault::None);
        code.is_none()
    }

    /// One version, with all its segments, and nothing left to push; a clone has everything.
    fn check_pushed(&self, case: &Case) {
        let versions = case.site.versions();
        assert_eq!(versions.len(), 1);
        let listed = case.site.remote.list("segments/", None).unwrap();
        for entry in &versions[0].segments {
            let found = listed.iter().filter(|found| found.name.contains(&entry.id));
            assert_eq!(found.map(|found| found.bytes).collect::<Vec<_>>(), [entry.bytes]);
        }
        let status = self.run(case, &["status"]).exits(0).json();
        assert_eq!((&status["version"], &status["ahead"]), (&1.into(), &0.into()));
        let fresh = format!("{}-fresh", case.dir);
        self.place.ok(&["clone", &case.site.url, &fresh]);
        for key in ["a", "b", "large"] {
            let (ours, theirs) =
                (self.place.run(&["get", key]), self.place.run(&["-C", &fresh, "get", key]));
            assert!(ours.code == theirs.code && ours.out == theirs.out, "{key}");
        }
        for dir in [&fresh, &case.dir] {
            std::fs::remove_dir_all(self.place.path(dir)).unwrap();
        }
    }
}

/// Kills a push of a fresh copy at each request, until one ends by itself.
fn killed_pushes(scene: &Scene, takes_effect: bool) {
    for at in 0.. {
        let case = scene.case(&format!("kill-{takes_effect}-{at}"));
        let all = || {
            let mut seen = scene.server.seen();
            seen.retain(|seen| seen.name.starts_with(&case.prefix()));
            seen
        };
        if !scene.kill_at(&case, &["push"], at, takes_effect) {
            assert!(at >= 4, "a push takes at least two looks, a segment and a create");
            break;
        }
        let middle = all().len();
        scene.run(&case, &["push"]).exits(0);
        let seen = all();
        let last = &seen[at];
        let again = uploads(&seen[middle..]);
        if is_create(last) {
            assert_eq!(again.len(), 0, "all segments had arrived: {again:?}");
            let creates = seen.iter().filter(|seen| is_create(seen)).count();
            assert_eq!(creates, if takes_effect { 1 } else { 2 });
        } else if last.method == "POST" && last.query != "uploads=" {
            assert!(again.keys().all(|upload| !upload.contains("partNumber")), "{again:?}");
        }
        assert!(uploads(&seen).values().all(|count| *count <= 2), "{seen:?}");
        scene.check_pushed(&case);
    }
}

#[test]
fn a_push_killed_before_a_request_arrives() {
    killed_pushes(&Scene::new(false), false);
    killed_pushes(&Scene::new(true), false);
}

#[test]
fn a_push_killed_after_a_request_took_effect() {
    killed_pushes(&Scene::new(false), true);
    killed_pushes(&Scene::new(true), true);
}

/// From some request on the network is gone; what was answered before is never sent again. Each
/// case has a server of its own, so they can wait at the same time.
#[test]
fn a_push_whose_network_goes_away() {
    let scene = Scene::new(true);
    std::thread::scope(|scope| {
        let down = "unavailable";
        for (from, code, name) in [(1, 6, down), (6, 6, down), (8, 6, down), (10, 5, "unknown")] {
            let scene = &scene;
            scope.spawn(move || {
                let server = S3Server::start();
                let mut case = scene.case(&format!("gone-{from}"));
                case.site = Site::in_process(&server, "p");
                let endpoint = format!("remote.origin.endpoint={}", server.endpoint);
                let url = format!("remote.origin.url={}", case.site.url);
                let push = ["-c", &endpoint, "-c", &url, "push"];
                server.hook(move |at, _| if at < from { Fault::None } else { Fault::LoseRequest });
                scene.run(&case, &push).failure(code, name);
                let done = uploads(&server.seen()[..from]);
                let before = server.seen().len();
                server.hook(|_, _| Fault::None);
                scene.run(&case, &push).exits(0);
                let again = uploads(&server.seen()[before..]);
                assert!(again.keys().all(|upload| !done.contains_key(upload)), "{from}: {again:?}");
                assert_eq!(case.site.versions().len(), 1);
                assert_eq!(server.buckets.uploads_open(), 0);
            });
        }
    });
}

/// Every answer to the create is lost, and so is every look at it.
#[test]
fn a_push_that_does_not_know_finds_out() {
    for takes_effect in [true, false] {
        let scene = Scene::new(false);
        let case = scene.case("lost");
        let sent = std::sync::atomic::AtomicBool::new(false);
        scene.server.hook(move |_, seen| {
            let was_sent = sent.fetch_or(is_create(seen), std::sync::atomic::Ordering::SeqCst);
            match (is_create(seen), was_sent) {
                (true, _) if takes_effect => Fault::LoseAnswer,
                (true, _) | (false, true) => Fault::LoseRequest,
                (false, false) => Fault::None,
            }
        });
        scene.run(&case, &["push"]).failure(5, "unknown");
        scene.server.hook(|_, _| Fault::None);
        assert_eq!(case.site.versions().len(), usize::from(takes_effect));
        // What is covered stays as it is; the rest goes on.
        scene.run(&case, &["discard", "a"]).failure(5, "unknown");
        scene.run(&case, &["discard", "--all"]).failure(5, "unknown");
        scene.run(&case, &["put", "a", "meanwhile"]).exits(0);
        scene.run(&case, &["compact"]).exits(0);
        assert_eq!(scene.place.ok(&["-C", &case.dir, "get", "a"]).out, b"meanwhile");
        let before = scene.server.seen().len();
        let report = scene.run(&case, &["push"]).exits(0).json();
        assert_eq!((&report["version"], &report["modified"]), (&2.into(), &1.into()));
        let seen = scene.server.seen().split_off(before);
        let first: Vec<&Seen> = seen.iter().filter(|seen| seen.name.ends_with("1.json")).collect();
        let creates = first.iter().filter(|seen| seen.method == "PUT").count();
        assert_eq!(creates, usize::from(!takes_effect), "{first:?}");
        let versions = case.site.versions();
        assert_eq!(versions.len(), 2);
        assert_eq!((versions[0].commit.added, versions[1].commit.modified), (2, 1));
        scene.run(&case, &["discard", "--all"]).exits(0);
    }
}

/// A commit that nobody knows about loses its number to another clone.
#[test]
fn a_push_that_does_not_know_and_lost() {
    let scene = Scene::new(false);
    let case = scene.case("loser");
    scene.run(&case, &["push"]).exits(0);
    scene.place.ok(&["clone", &case.site.url, "../winner"]);
    scene.run(&case, &["put", "ours", "1"]).exits(0);
    scene.server.hook(|_, seen| if is_create(seen) { Fault::LoseRequest } else { Fault::None });
    scene.run(&case, &["push"]).failure(5, "unknown");
    scene.server.hook(|_, _| Fault::None);
    scene.place.ok(&["-C", "../winner", "put", "theirs", "1"]);
    scene.place.ok(&["-C", "../winner", "push"]);
    scene.run(&case, &["push"]).failure(4, "moved_on");
    assert_eq!(scene.run(&case, &["sync"]).exits(0).json()["version"], 3);
    scene.place.ok(&["-C", "../winner", "pull"]);
    assert_eq!(scene.place.ok(&["-C", "../winner", "list"]).text(), "a\nb\nours\ntheirs\n");
    let versions = case.site.versions();
    assert!(versions.iter().skip(1).all(|version| version.commit.added == 1));
}

/// While segments and the manifest are sent, others write and read.
#[test]
fn puts_and_gets_go_on_while_a_push_is_under_way() {
    let scene = Scene::new(false);
    let case = scene.case("busy");
    let (at_work, dir) = (scene.place.path(&case.dir), case.dir.clone());
    let program = move |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kvs"));
        command.env_clear().arg("-C").arg(&at_work).args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let large = hex(&noise(400_000));
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let tell = Arc::clone(&told);
    scene.place.write("large", &large);
    let large_file = scene.place.path("large");
    scene.server.hook(move |_, seen| {
        if seen.method == "PUT" && !seen.name.ends_with("/PROBE") {
            let what = if is_create(seen) { "create" } else { "segment" };
            let file = large_file.to_str().unwrap();
            let runs = [
                (program(&["put", "a", what]), (0, String::new())),
                (program(&["get", "a"]), (0, what.to_owned())),
                (program(&["get", "b"]), (0, "2".to_owned())),
                (program(&["put", "--file", file, "large"]), (0, String::new())),
                (program(&["delete", "b", "-q"]), (0, String::new())),
                (program(&["put", "b", "2"]), (0, String::new())),
                (program(&["--lock-timeout", "0", "discard", "a"]), (8, String::new())),
                (program(&["--lock-timeout", "0", "compact"]), (8, String::new())),
            ];
            let wrong = runs.iter().filter(|(ran, expected)| ran != expected);
            tell.lock().unwrap().extend(wrong.map(|wrong| format!("{what}: {wrong:?}")));
            tell.lock().unwrap().push(what.to_owned());
        }
        Fault::None
    });
    scene.run(&case, &["push"]).exits(0);
    scene.server.hook(|_, _| Fault::None);
    assert_eq!(*told.lock().unwrap(), ["segment", "create"]);
    let status = scene.place.ok(&["-C", &dir, "status", "--porcelain"]).text();
    assert_eq!(status, "## version 1 remote 1 ahead 2 behind 0\nM a\nA large\n");
    assert_eq!(scene.run(&case, &["push"]).exits(0).json()["version"], 2);
    scene.place.ok(&["clone", &case.site.url, "../fresh"]);
    assert_eq!(scene.place.ok(&["-C", "../fresh", "get", "a"]).out, b"create");
    assert_eq!(scene.place.ok(&["-C", "../fresh", "get", "large"]).text(), large);
}

/// Five of the segment's bytes in six come, then the process is killed or the network is gone.
#[test]
fn what_was_fetched_is_not_fetched_again() {
    const CUT: usize = 15 << 20;
    const SLACK: usize = 2 << 20;
    let scene = Scene::new(true);
    let case = scene.case("source");
    scene.run(&case, &["push"]).exits(0);
    let is_large = |seen: &Seen| seen.method == "GET" && is_segment(seen);
    for is_killed in [true, false] {
        let target = format!("../target-{is_killed}");
        // Only the large one: the small one comes whole.
        let cut: Arc<Mutex<u32>> = Arc::default();
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let victim = Arc::clone(&child);
        scene.server.hook(move |_, seen| {
            if !is_large(seen) {
                return Fault::None;
            }
            let mut cut = cut.lock().unwrap();
            *cut += 1;
            if *cut <= 2 {
                return Fault::Cut(CUT);
            }
            if let Some(child) = victim.lock().unwrap().as_mut().filter(|_| is_killed) {
                child.kill().unwrap();
            }
            Fault::LoseRequest
        });
        let mut command = scene.place.process();
        command.args(["clone", &case.site.url, &target]);
        let code = end_of(command, &child);
        assert_eq!(code, if is_killed { None } else { Some(6) });
        scene.server.hook(|_, _| Fault::None);
        let report = scene.place.ok(&["--json", "clone", &case.site.url, &target]).json();
        let received = report["bytes_received"].as_u64().unwrap() as usize;
        assert!(received < LARGE_BYTES - CUT + SLACK, "{received} bytes");
        for key in ["large", "a"] {
            let (ours, theirs) =
                (scene.place.ok(&["get", key]), scene.place.ok(&["-C", &target, "get", key]));
            assert!(ours.out == theirs.out);
        }
        scene.place.ok(&["-C", &target, "pull"]).says("Nothing to pull");
    }
}
