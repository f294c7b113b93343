//! The S3 remote: the suite on the in-process server and on real ones, and every fault that a
//! request can meet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use kvs::env::{Clock, Env};
use kvs::error::{Error, Kind};
use kvs::remote::{Created, Remote, RemoteSettings, S3, Variables, open};

use super::conformance::{self, Memory, Notes, noise, range, text};
use crate::common::s3_server::{ACCESS_KEY, BUCKET, Fault, S3Server, SECRET_KEY, Seen, variables};

#[test]
fn conforms() {
    let server = S3Server::start();
    let remote = server.remote("some where/pre+fix");
    conformance::run(&remote);
    let (told, seen) = (remote.meter().read(), server.seen());
    assert_eq!(told.requests, seen.len() as u64, "the meter counts what the server saw");
    assert_eq!(told.bytes_sent, seen.iter().map(|seen| seen.bytes).sum::<u64>());
    conformance::run(&server.remote(""));
    assert_eq!(server.buckets.uploads_open(), 0);
    let signed_names = server.seen().iter().all(|seen| !seen.name.contains(".."));
    assert!(signed_names);
}

/// Servers started by `tests/servers/*.sh`: each line as they print it, separated by `;`.
#[test]
fn conforms_on_real_servers() {
    let Ok(servers) = std::env::var("KVS_TEST_S3") else { return };
    for server in servers.split(';').filter(|server| !server.trim().is_empty()) {
        let field = |name: &str| {
            let found = server.split_whitespace().find_map(|field| field.strip_prefix(name));
            found.unwrap_or_default().to_owned()
        };
        let settings = RemoteSettings {
            endpoint: Some(field("endpoint=")),
            region: Some(field("region=")),
            path_style: field("path_style=").parse().ok(),
            ..RemoteSettings::default()
        };
        let keys = variables(&field("access_key="), &field("secret_key="));
        let env = Env::real();
        // Characters that one side could encode otherwise than the other.
        let prefix = format!("run {}/\u{e9}+%41&='~(x)", env.nonce().unwrap());
        let remote = S3::open(&env, &field("bucket="), &prefix, &settings, &keys).unwrap();
        eprintln!("conformance on {}", field("endpoint="));
        conformance::run(&remote);
        resumes(&remote);
        let other = S3::open(&env, "kvs-no-such-bucket", "", &settings, &keys).unwrap();
        assert_eq!(kind(other.get("x", 9)), Kind::Usage);
        if field("auth=") == "0" {
            continue;
        }
        for keys in [variables(&field("access_key="), "wrong"), variables("wrong", "wrong")] {
            let other = S3::open(&env, &field("bucket="), "", &settings, &keys).unwrap();
            assert!(every_verb(&other).iter().all(|kind| *kind == Kind::Auth));
        }
    }
}

/// A clock whose sleeps are noted and not slept.
struct Restless(Mutex<Vec<std::time::Duration>>, i64);

impl Clock for Restless {
    fn now_ms(&self) -> u64 {
        Env::real().clock.now_ms().saturating_add_signed(self.1)
    }

    fn sleep(&self, duration: std::time::Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

fn restless(server: &S3Server, skew_ms: i64) -> (S3, Arc<Restless>) {
    let clock = Arc::new(Restless(Mutex::default(), skew_ms));
    let env = Env { clock: clock.clone(), ..Env::real() };
    let keys = variables(ACCESS_KEY, SECRET_KEY);
    (S3::open(&env, BUCKET, "p", &server.settings(), &keys).unwrap(), clock)
}

/// A server, and a remote on it for which waiting takes no time.
fn place() -> (S3Server, S3) {
    let server = S3Server::start();
    let remote = restless(&server, 0).0;
    (server, remote)
}

fn kind<T: std::fmt::Debug>(outcome: kvs::error::Result<T>) -> Kind {
    outcome.unwrap_err().kind()
}

/// Every verb, each as its kind of error.
fn every_verb(remote: &dyn Remote) -> Vec<Kind> {
    let created: kvs::error::Result<()> = match remote.create("x", b"x") {
        Created::Refused(error) => Err(error),
        other => panic!("{other:?}"),
    };
    vec![
        kind(remote.get("x", 9)),
        kind(remote.get_unless("x", "t", 9)),
        kind(remote.get_range("x", 0, 1, &mut |_| Ok(()))),
        kind(remote.get_range("x", 0, 0, &mut |_| Ok(()))),
        kind(remote.put("x", b"x")),
        kind(remote.put_file("x", &Memory(vec![1]), &Notes::default(), &|_| {})),
        kind(remote.put_file("x", &Memory(noise(12 << 20, 1)), &Notes::default(), &|_| {})),
        kind(remote.put_file("x", &Memory(noise(17 << 20, 1)), &Notes::default(), &|_| {})),
        kind(created),
        kind(remote.list("", None)),
        kind(remote.delete("x")),
        kind(remote.copy("x", "y")),
    ]
}

#[test]
fn passing_trouble_is_tried_again() {
    let (server, remote) = place();
    let faults: [fn() -> Fault; 5] = [
        || Fault::LoseRequest,
        || Fault::error(503, "SlowDown"),
        || Fault::error(500, "InternalError"),
        || Fault::error(429, ""),
        || Fault::Answer(502, Vec::new(), "<html>proxy</html>".to_owned()),
    ];
    for fault in faults {
        server.hook(move |at, _| if at % 3 == 2 { Fault::None } else { fault() });
        remote.put("a", b"one").unwrap();
        assert_eq!(text(&remote, "a").as_deref(), Some("one"));
        assert_eq!(range(&remote, "a", 1, 2).unwrap(), b"ne");
        assert!(remote.copy("a", "b").unwrap());
        remote.delete("b").unwrap();
        assert_eq!(remote.list("", None).unwrap().len(), 1);
        assert!(matches!(remote.create("c", b"c"), Created::Done));
        remote.delete("c").unwrap();
    }
}

#[test]
fn trouble_that_stays_is_unavailable_and_bounded() {
    let (server, remote) = place();
    server.hook(|_, _| Fault::error(503, "SlowDown"));
    assert_eq!(kind(remote.get("a", 9)), Kind::Unavailable);
    let before = server.seen().len();
    server.hook(|_, _| Fault::LoseRequest);
    assert_eq!(kind(remote.put("a", b"x")), Kind::Unavailable);
    assert_eq!(server.seen().len() - before, 5);
}

#[test]
fn retry_after_is_waited() {
    let server = S3Server::start();
    let (remote, clock) = restless(&server, 0);
    server.hook(|at, _| match at {
        0 => Fault::Answer(503, vec![("retry-after", "3".to_owned())], String::new()),
        _ => Fault::None,
    });
    assert!(remote.get("a", 9).unwrap().is_none());
    assert_eq!(*clock.0.lock().unwrap(), [std::time::Duration::from_secs(3)]);
}

#[test]
fn create_says_only_what_is_known() {
    let (server, remote) = place();
    // The answer was lost, the object is there: a second attempt finds it.
    server.hook(|at, _| if at == 0 { Fault::LoseAnswer } else { Fault::None });
    assert!(matches!(remote.create("a", b"mine"), Created::Exists));
    assert_eq!(text(&remote, "a").as_deref(), Some("mine"));
    // All answers lost.
    server.hook(|_, _| Fault::LoseAnswer);
    assert!(matches!(remote.create("b", b"mine"), Created::Unknown(_)));
    server.hook(|_, _| Fault::None);
    assert_eq!(text(&remote, "b").as_deref(), Some("mine"));
    // Refused, but only after an attempt that nobody knows about.
    server.hook(|at, _| match at {
        0 => Fault::LoseAnswer,
        _ => Fault::error(403, "AccessDenied"),
    });
    match remote.create("c", b"mine") {
        Created::Unknown(error) => assert_eq!(error.kind(), Kind::Auth),
        other => panic!("{other:?}"),
    }
    for (status, code) in [(500, "InternalError"), (503, "SlowDown"), (409, "OperationAborted")] {
        server.hook(move |_, _| Fault::error(status, code));
        assert!(matches!(remote.create("d", b"mine"), Created::Unknown(_)), "{status}");
    }
    let answer = "<Error><Code>InternalError</Code></Error>";
    server.hook(|_, _| Fault::Answer(200, Vec::new(), answer.to_owned()));
    assert!(matches!(remote.create("d", b"mine"), Created::Unknown(_)));
    for (status, code, kind) in [
        (403, "AccessDenied", Kind::Auth),
        (501, "NotImplemented", Kind::Capability),
        (404, "NoSuchBucket", Kind::Usage),
    ] {
        server.hook(move |_, _| Fault::error(status, code));
        match remote.create("d", b"mine") {
            Created::Refused(error) => assert_eq!(error.kind(), kind),
            other => panic!("{status}: {other:?}"),
        }
    }
    server.hook(|at, _| match at {
        0 => Fault::error(409, "ConditionalRequestConflict"),
        _ => Fault::None,
    });
    assert!(matches!(remote.create("d", b"mine"), Created::Done));
    server.hook(|_, _| Fault::None);
    assert_eq!(text(&remote, "d").as_deref(), Some("mine"));
}

#[test]
fn a_server_that_is_not_there_was_sent_nothing() {
    let (server, remote) = place();
    drop(server);
    assert!(every_verb(&remote).iter().all(|kind| *kind == Kind::Unavailable));
}

#[test]
fn cut_answers_are_read_on() {
    let (server, remote) = place();
    let content = noise(900_000, 5);
    remote.put("a", &content).unwrap();
    server.hook(|at, _| if at < 40 { Fault::Cut(10_000) } else { Fault::None });
    let before = remote.meter().read();
    assert!(range(&remote, "a", 1000, 800_000).unwrap() == content[1000..801_000]);
    let after = remote.meter().read();
    assert!(after.requests - before.requests > 20);
    let received = after.bytes_received - before.bytes_received;
    assert_eq!(received, 800_000, "nothing comes twice");
    server.hook(|at, _| if at < 2 { Fault::Cut(10_000) } else { Fault::None });
    assert!(remote.get("a", 1 << 20).unwrap().unwrap().bytes == content);
    server.hook(|_, _| Fault::Cut(0));
    assert_eq!(kind(range(&remote, "a", 0, 9)), Kind::Unavailable);
}

#[test]
fn services_that_know_no_ranges_serve_them() {
    let (server, remote) = place();
    let whole = || Fault::Answer(200, Vec::new(), "0123456789".to_owned());
    server.hook(move |_, _| whole());
    assert_eq!(range(&remote, "a", 3, 4).unwrap(), b"3456");
    assert_eq!(kind(range(&remote, "a", 3, 8)), Kind::Damaged);
    let other = || vec![("content-range", "bytes 0-3/10".to_owned())];
    server.hook(move |_, _| Fault::Answer(206, other(), "0123".to_owned()));
    assert_eq!(kind(range(&remote, "a", 3, 4)), Kind::Damaged);
}

#[test]
fn wrong_credentials_are_named_and_not_shown() {
    let server = S3Server::start();
    for (access_key, secret_key) in [(ACCESS_KEY, "wrong-s3cret"), ("kvsUnknown", SECRET_KEY)] {
        let keys = variables(access_key, secret_key);
        let remote = S3::open(&Env::real(), BUCKET, "p", &server.settings(), &keys).unwrap();
        assert!(every_verb(&remote).iter().all(|kind| *kind == Kind::Auth));
        let error: Error = remote.put("x", b"x").unwrap_err();
        assert!(error.message().contains("AWS_ACCESS_KEY_ID"), "{error}");
        assert!(!format!("{error:?}").contains(secret_key), "{error:?}");
    }
    let anonymous = RemoteSettings { anonymous: true, ..server.settings() };
    let url = format!("s3://{BUCKET}/p");
    let remote = open(&Env::real(), &url, &anonymous, &Variables::new()).unwrap();
    assert_eq!(kind(remote.get("x", 9)), Kind::Auth);
    assert_eq!(remote.url(), url);
}

#[test]
fn redirects_are_not_followed() {
    let (server, remote) = place();
    let other = S3Server::start();
    for status in [301, 302, 307, 308] {
        let to = format!("{}/{BUCKET}/p/x", other.endpoint);
        server
            .hook(move |_, _| Fault::Answer(status, vec![("location", to.clone())], String::new()));
        assert!(every_verb(&remote).iter().all(|kind| *kind == Kind::Usage));
    }
    assert!(other.seen().is_empty());
    server.hook(|_, _| {
        let region = vec![("x-amz-bucket-region", "eu-north-9".to_owned())];
        Fault::Answer(301, region, String::new())
    });
    let error = remote.put("x", b"x").unwrap_err();
    assert!(error.hint_text().unwrap().contains("eu-north-9"), "{error:?}");
}

#[test]
fn a_missing_bucket_is_wrong_usage() {
    let server = S3Server::start();
    let keys = variables(ACCESS_KEY, SECRET_KEY);
    let remote = S3::open(&Env::real(), "other-bucket", "", &server.settings(), &keys).unwrap();
    assert_eq!(kind(remote.put("x", b"x")), Kind::Usage);
    assert_eq!(kind(remote.get("x", 9)), Kind::Usage);
    assert_eq!(kind(remote.list("", None)), Kind::Usage);
}

#[test]
fn a_wrong_clock_is_corrected_once() {
    let server = S3Server::start();
    let (remote, _) = restless(&server, -3 * 60 * 60 * 1000);
    remote.put("a", b"x").unwrap();
    assert_eq!(server.seen().len(), 2);
    assert_eq!(text(&remote, "a").as_deref(), Some("x"));
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn objects_of_others_are_passed_over() {
    let (server, remote) = place();
    let above = server.remote("");
    let ours = server.remote("p");
    for n in 0..1100 {
        // `_` is in no name of ours, but may be in a prefix.
        server.remote(&format!("p/a_{n:04}")).put("x", b"").unwrap();
        if n == 0 {
            above.put("q", b"").unwrap();
        }
    }
    ours.put("z", b"").unwrap();
    let found = remote.list("", None).unwrap();
    assert_eq!(found.iter().map(|found| &found.name).collect::<Vec<_>>(), ["z"]);
    assert!(remote.list("", Some("z")).unwrap().is_empty());
}

fn is_part(seen: &Seen) -> bool {
    seen.method == "PUT" && seen.query.contains("partNumber")
}

/// An upload that was killed goes on; the crash is a panic in the middle of a part.
fn resumes(remote: &dyn Remote) {
    let bytes = 56 << 20;
    let file = Memory(noise(bytes, 17));
    let notes = Notes::default();
    // Four parts of 8 MiB are on their way at a time: two at least have arrived by then.
    let crash_at = 44 << 20;
    let moved = AtomicU64::new(0);
    let crash = |bytes| {
        let moved = moved.fetch_add(bytes, Ordering::Relaxed);
        assert!(moved < crash_at, "a crash, as asked");
    };
    let put = || remote.put_file("resumed", &file, &notes, &crash);
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(put));
    assert!(crashed.is_err());
    assert!(remote.get("resumed", 9).unwrap().is_none());
    let before = remote.meter().read().bytes_sent;
    remote.put_file("resumed", &file, &notes, &|_| {}).unwrap();
    let again = remote.meter().read().bytes_sent - before;
    assert!(again < bytes as u64 - (15 << 20), "{again} bytes sent again");
    assert!(range(remote, "resumed", 0, bytes as u64).unwrap() == file.0);
}

#[test]
fn an_upload_goes_on_after_a_crash() {
    let (server, remote) = place();
    resumes(&remote);
    assert_eq!(server.buckets.uploads_open(), 0);
}

#[test]
fn an_upload_goes_on_where_it_stopped() {
    let (server, remote) = place();
    let file = Memory(noise((41 << 20) + 3, 19));
    let notes = Notes::default();
    server.hook(|_, seen| {
        if is_part(seen) && !seen.query.contains("partNumber=2&") {
            Fault::error(503, "SlowDown")
        } else {
            Fault::None
        }
    });
    let outcome = remote.put_file("big", &file, &notes, &|_| {});
    assert_eq!(kind(outcome), Kind::Unavailable);
    assert_eq!(server.buckets.uploads_open(), 1);
    server.hook(|_, _| Fault::None);
    let before = server.seen().len();
    let moved = AtomicU64::new(0);
    let tell = |bytes| {
        moved.fetch_add(bytes, Ordering::Relaxed);
    };
    remote.put_file("big", &file, &notes, &tell).unwrap();
    let after = server.seen().split_off(before);
    assert_eq!(after.iter().filter(|seen| is_part(seen)).count(), 5, "{after:?}");
    assert!(!after.iter().any(|seen| seen.query == "uploads="), "{after:?}");
    assert_eq!(moved.into_inner(), (41 << 20) + 3);
    assert!(range(&remote, "big", 0, (41 << 20) + 3).unwrap() == file.0);
    assert_eq!(server.buckets.uploads_open(), 0);
}

#[test]
fn an_upload_that_is_not_known_any_more_begins_again() {
    let (server, remote) = place();
    let file = Memory(noise(24 << 20, 23));
    let notes = Notes::default();
    server.hook(|_, seen| {
        if seen.method == "POST" && seen.query != "uploads=" {
            Fault::LoseRequest
        } else {
            Fault::None
        }
    });
    assert_eq!(kind(remote.put_file("big", &file, &notes, &|_| {})), Kind::Unavailable);
    server.buckets.forget_uploads();
    server.hook(|_, _| Fault::None);
    remote.put_file("big", &file, &notes, &|_| {}).unwrap();
    assert!(range(&remote, "big", 0, 24 << 20).unwrap() == file.0);
    // Notes of another object, and notes that are none.
    for bad in [notes.0.lock().unwrap().clone().unwrap(), b"{".to_vec(), Vec::new()] {
        let notes = Notes(Mutex::new(Some(bad)));
        remote.put_file("other", &file, &notes, &|_| {}).unwrap();
    }
    assert_eq!(server.buckets.uploads_open(), 0);
}

#[test]
fn the_end_of_an_upload_whose_answer_is_lost_is_found() {
    let (server, remote) = place();
    let file = Memory(noise(20 << 20, 29));
    let ends = AtomicU64::new(0);
    server.hook(move |_, seen| {
        let end = seen.method == "POST" && seen.query != "uploads=";
        if end && ends.fetch_add(1, Ordering::Relaxed) == 0 {
            Fault::LoseAnswer
        } else {
            Fault::None
        }
    });
    remote.put_file("big", &file, &Notes::default(), &|_| {}).unwrap();
    assert_eq!(server.seen().iter().filter(|seen| is_part(seen)).count(), 3);
}

#[test]
fn an_upload_that_cannot_succeed_is_aborted() {
    let (server, remote) = place();
    let file = Memory(noise(20 << 20, 31));
    server.hook(
        |_, seen| {
            if is_part(seen) { Fault::error(400, "InvalidArgument") } else { Fault::None }
        },
    );
    let notes = Notes::default();
    assert_eq!(kind(remote.put_file("big", &file, &notes, &|_| {})), Kind::Capability);
    assert_eq!(server.buckets.uploads_open(), 0);
    assert_eq!(notes.0.lock().unwrap().as_deref(), Some(&b""[..]));
}
