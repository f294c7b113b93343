//! The S3 remote: every fault that a request can meet, and what is made of it.

use kvs::error::Kind;
use kvs::remote::{Created, Remote};

use super::conformance::{noise, range, text};
use super::s3::{every_verb, kind, place, restless};
use crate::common::s3_server::{BUCKET, Fault, S3Server};

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
