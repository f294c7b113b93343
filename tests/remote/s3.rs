//! The S3 remote: the suite on the in-process server and on real ones, credentials, listings.

use std::sync::{Arc, Mutex};

use kvs::env::{Clock, Env};
use kvs::error::{Error, Kind};
use kvs::remote::{Created, Remote, RemoteSettings, S3, Variables, open};

use super::conformance::{self, Memory, Notes, noise, text};
use super::s3_uploads::resumes;
use crate::common::s3_server::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY, variables};
use crate::common::site::RealServer;

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
    for server in RealServer::all() {
        let (settings, keys) = (server.settings(), server.variables());
        let env = Env::real();
        // Characters that one side could encode otherwise than the other.
        let prefix = format!("run {}/\u{e9}+%41&='~(x)", env.nonce().unwrap());
        let remote = S3::open(&env, server.field("bucket"), &prefix, &settings, &keys).unwrap();
        eprintln!("conformance on {}", server.field("endpoint"));
        conformance::run(&remote);
        resumes(&remote);
        let other = S3::open(&env, "kvs-no-such-bucket", "", &settings, &keys).unwrap();
        assert_eq!(kind(other.get("x", 9)), Kind::Usage);
        if server.field("auth") == "0" {
            continue;
        }
        for keys in [variables(server.field("access_key"), "wrong"), variables("wrong", "wrong")] {
            let other = S3::open(&env, server.field("bucket"), "", &settings, &keys).unwrap();
            assert!(every_verb(&other).iter().all(|kind| *kind == Kind::Auth));
        }
    }
}

/// A clock whose sleeps are noted and not slept.
pub(super) struct Restless(pub(super) Mutex<Vec<std::time::Duration>>, i64);

impl Clock for Restless {
    fn now_ms(&self) -> u64 {
        Env::real().clock.now_ms().saturating_add_signed(self.1)
    }

    fn sleep(&self, duration: std::time::Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

pub(super) fn restless(server: &S3Server, skew_ms: i64) -> (S3, Arc<Restless>) {
    let clock = Arc::new(Restless(Mutex::default(), skew_ms));
    let env = Env { clock: clock.clone(), ..Env::real() };
    let keys = variables(ACCESS_KEY, SECRET_KEY);
    (S3::open(&env, BUCKET, "p", &server.settings(), &keys).unwrap(), clock)
}

/// A server, and a remote on it for which waiting takes no time.
pub(super) fn place() -> (S3Server, S3) {
    let server = S3Server::start();
    let remote = restless(&server, 0).0;
    (server, remote)
}

pub(super) fn kind<T: std::fmt::Debug>(outcome: kvs::error::Result<T>) -> Kind {
    outcome.unwrap_err().kind()
}

/// Every verb, each as its kind of error.
pub(super) fn every_verb(remote: &dyn Remote) -> Vec<Kind> {
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
