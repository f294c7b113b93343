//! The S3 remote: uploads in parts that are cut off, and go on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kvs::error::Kind;
use kvs::remote::Remote;

use super::conformance::{Memory, Notes, noise, range};
use super::s3::{kind, place};
use crate::common::s3_server::{Fault, Seen};

fn is_part(seen: &Seen) -> bool {
    seen.method == "PUT" && seen.query.contains("partNumber")
}

/// An upload that was killed goes on; the crash is a panic in the middle of a part.
pub(super) fn resumes(remote: &dyn Remote) {
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
