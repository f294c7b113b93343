//! What every remote must do, as functions over the trait.
//!
//! Each works below names of its own and leaves nothing behind that would disturb another run on
//! the same place: `run` is handed a place that nobody else uses.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use kvs::env::ReadFile;
use kvs::error::Kind;
use kvs::remote::{Conditional, Created, Remote, UploadNotes};

const MAX: u64 = 1 << 20;

/// Bytes that compress badly and differ at each place.
pub fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2) + 1;
    let step = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(step).take(bytes).collect()
}

/// A file that is memory.
pub struct Memory(pub Vec<u8>);

impl ReadFile for Memory {
    fn bytes(&self) -> std::io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let from = self.0.get(offset..offset + buffer.len());
        buffer.copy_from_slice(from.ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Notes that are memory.
#[derive(Default)]
pub struct Notes(pub Mutex<Option<Vec<u8>>>);

impl UploadNotes for Notes {
    fn load(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }

    fn save(&self, notes: &[u8]) {
        *self.0.lock().unwrap() = Some(notes.to_vec());
    }
}

/// The whole suite.
pub fn run(remote: &dyn Remote) {
    missing(remote);
    whole(remote);
    unless(remote);
    ranges(remote);
    creating(remote);
    raced(remote);
    raced_with_large_bodies(remote);
    listing(remote);
    paging(remote);
    deleting(remote);
    copying(remote);
    files(remote);
    bad_names(remote);
    metered(remote);
}

pub fn text(remote: &dyn Remote, name: &str) -> Option<String> {
    remote.get(name, MAX).unwrap().map(|found| String::from_utf8(found.bytes).unwrap())
}

fn missing(remote: &dyn Remote) {
    assert!(remote.get("none/here", MAX).unwrap().is_none());
    assert!(matches!(remote.get_unless("none/here", "tag", MAX).unwrap(), Conditional::Missing));
    assert!(!remote.get_range("none/here", 0, 1, &mut |_| panic!("no bytes")).unwrap());
    assert!(!remote.copy("none/here", "none/there").unwrap());
    remote.delete("none/here").unwrap();
    assert_eq!(remote.list("none/", None).unwrap(), []);
}

fn whole(remote: &dyn Remote) {
    for bytes in [0, 1, 1000, 700_000] {
        let content = noise(bytes, bytes as u64);
        remote.put("whole/object", &content).unwrap();
        let found = remote.get("whole/object", MAX).unwrap().unwrap();
        assert!(found.bytes == content, "{bytes} bytes");
        assert!(found.tag.is_some());
        let (modified, now) = (found.modified_ms.unwrap(), found.now_ms.unwrap());
        // Both are the remote's clock, which may show whole seconds.
        assert!(modified <= now + 1000 && now - modified.min(now) < 600_000, "{modified} {now}");
    }
    let error = remote.get("whole/object", 699_999).unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged, "{error}");
    assert_eq!(remote.get("whole/object", 700_000).unwrap().unwrap().bytes.len(), 700_000);
    remote.put("whole/object", b"").unwrap();
    assert_eq!(remote.get("whole/object", 0).unwrap().unwrap().bytes, b"");
}

fn unless(remote: &dyn Remote) {
    remote.put("unless/object", b"one").unwrap();
    let one = remote.get("unless/object", MAX).unwrap().unwrap().tag.unwrap();
    let before = remote.meter().read();
    assert!(matches!(remote.get_unless("unless/object", &one, MAX).unwrap(), Conditional::Same));
    assert_eq!(remote.meter().read().bytes_received, before.bytes_received);
    remote.put("unless/object", b"two").unwrap();
    match remote.get_unless("unless/object", &one, MAX).unwrap() {
        Conditional::Changed(found) => {
            assert_eq!(found.bytes, b"two");
            assert_ne!(found.tag.unwrap(), one);
        }
        other => panic!("{other:?}"),
    }
}

pub fn range(
    remote: &dyn Remote,
    name: &str,
    offset: u64,
    bytes: u64,
) -> kvs::error::Result<Vec<u8>> {
    let mut got = Vec::new();
    let found = remote.get_range(name, offset, bytes, &mut |piece| {
        got.extend_from_slice(piece);
        Ok(())
    })?;
    assert!(found);
    Ok(got)
}

fn ranges(remote: &dyn Remote) {
    let content = noise(700_000, 7);
    remote.put("ranges/object", &content).unwrap();
    for (offset, bytes) in [(0, 1), (0, 700_000), (5, 0), (699_999, 1), (700_000, 0), (99, 600_000)]
    {
        let got = range(remote, "ranges/object", offset, bytes).unwrap();
        let (offset, bytes) = (offset as usize, bytes as usize);
        assert!(got == content[offset..offset + bytes], "{offset} {bytes}");
    }
    for (offset, bytes) in [(0, 700_001), (699_999, 2), (700_000, 1), (1 << 40, 9)] {
        let error = range(remote, "ranges/object", offset, bytes).unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged, "{offset} {bytes}: {error}");
    }
    remote.put("ranges/empty", b"").unwrap();
    assert_eq!(range(remote, "ranges/empty", 0, 0).unwrap(), b"");
    let stop = kvs::error::Error::new(Kind::Disk, "full");
    let mut stop = Some(stop);
    let stopped = remote.get_range("ranges/object", 0, 700_000, &mut |_| Err(stop.take().unwrap()));
    assert_eq!(stopped.unwrap_err().kind(), Kind::Disk, "an error of the sink comes back as it is");
}

fn creating(remote: &dyn Remote) {
    assert!(matches!(remote.create("creating/object", b"first"), Created::Done));
    assert!(matches!(remote.create("creating/object", b"second"), Created::Exists));
    assert_eq!(text(remote, "creating/object").as_deref(), Some("first"));
    remote.put("creating/object", b"third").unwrap();
    assert!(matches!(remote.create("creating/object", b"fourth"), Created::Exists));
    assert_eq!(text(remote, "creating/object").as_deref(), Some("third"));
    assert!(matches!(remote.create("creating/empty", b""), Created::Done));
    assert!(matches!(remote.create("creating/empty", b""), Created::Exists));
    remote.delete("creating/object").unwrap();
    assert!(matches!(remote.create("creating/object", b"again"), Created::Done));
}

fn race(remote: &dyn Remote, name: &str, contents: &[Vec<u8>]) {
    let barrier = std::sync::Barrier::new(contents.len());
    let race = |content: &[u8]| {
        barrier.wait();
        remote.create(name, content)
    };
    let race = &race;
    let outcomes: Vec<Created> = thread::scope(|scope| {
        let threads: Vec<_> =
            contents.iter().map(|content| scope.spawn(move || race(content))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winners: Vec<usize> = outcomes
        .iter()
        .enumerate()
        .filter_map(|(at, outcome)| matches!(outcome, Created::Done).then_some(at))
        .collect();
    let others = outcomes.iter().filter(|outcome| matches!(outcome, Created::Exists)).count();
    assert_eq!(winners.len(), 1, "{name}: {outcomes:?}");
    assert_eq!(others, contents.len() - 1, "{name}: {outcomes:?}");
    let stored = remote.get(name, 2 * MAX).unwrap().unwrap().bytes;
    assert!(stored == contents[winners[0]], "{name}: the winner's bytes are there");
}

fn raced(remote: &dyn Remote) {
    for round in 0..6 {
        let contents: Vec<_> =
            (0..16).map(|racer| format!("round {round} racer {racer}").into_bytes()).collect();
        race(remote, &format!("raced/{round}"), &contents);
    }
}

fn raced_with_large_bodies(remote: &dyn Remote) {
    let contents: Vec<_> = (0..16).map(|racer| noise(1_000_000, racer)).collect();
    race(remote, "raced/large", &contents);
}

fn names(listed: &[kvs::remote::Listed]) -> Vec<&str> {
    listed.iter().map(|found| found.name.as_str()).collect()
}

fn listing(remote: &dyn Remote) {
    // In byte order `-` and `.` come before `/`, so folders and files are interleaved.
    let all = ["listing-x", "listing.x", "listing/0", "listing/a-b", "listing/a.b", "listing/a/b"];
    let more = ["listing/a/c/d", "listing/a0", "listing/aA", "listing/ab", "listing0"];
    for name in all.iter().chain(&more) {
        remote.put(name, name.as_bytes()).unwrap();
    }
    let list = |prefix, after| remote.list(prefix, after).unwrap();
    let found = list("listing", None);
    let expected: Vec<&str> = all.iter().chain(&more).copied().collect();
    assert_eq!(names(&found), expected);
    assert!(found.iter().all(|found| found.bytes == found.name.len() as u64));
    assert!(found.iter().all(|found| found.modified_ms.is_some()));
    assert_eq!(names(&list("listing/", None)), expected[2..10]);
    assert_eq!(names(&list("listing/a/", None)), ["listing/a/b", "listing/a/c/d"]);
    assert_eq!(names(&list("listing/a", Some("listing/a/b"))), expected[6..10]);
    assert_eq!(names(&list("listing/", Some("listing/a/"))), expected[5..10]);
    assert_eq!(names(&list("listing/", Some("listing/ab"))), [""; 0]);
    assert_eq!(names(&list("listing/zz", None)), [""; 0]);
}

fn paging(remote: &dyn Remote) {
    let made: Vec<String> = (0..1203).map(|n| format!("paging/{:05}", n * 7)).collect();
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(name) = made.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    remote.put(name, b"").unwrap();
                }
            });
        }
    });
    let mut found: Vec<String> = Vec::new();
    loop {
        let page = remote.list("paging/", found.last().map(String::as_str)).unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|found| found.name));
    }
    assert_eq!(found, made);
}

fn deleting(remote: &dyn Remote) {
    remote.put("deleting/object", b"x").unwrap();
    remote.delete("deleting/object").unwrap();
    assert!(remote.get("deleting/object", MAX).unwrap().is_none());
    remote.delete("deleting/object").unwrap();
    assert_eq!(remote.list("deleting/", None).unwrap(), []);
}

fn copying(remote: &dyn Remote) {
    let content = noise(300_000, 3);
    remote.put("copying/from", &content).unwrap();
    remote.put("copying/to/there", b"old").unwrap();
    assert!(remote.copy("copying/from", "copying/to/there").unwrap());
    assert!(remote.get("copying/to/there", MAX).unwrap().unwrap().bytes == content);
    assert!(remote.get("copying/from", MAX).unwrap().unwrap().bytes == content);
}

fn files(remote: &dyn Remote) {
    for bytes in [0, 5, 3_000_000, 20_000_003] {
        let content = noise(bytes, 11);
        let sent = AtomicU64::new(0);
        let file = Memory(content);
        let moved = |bytes| {
            sent.fetch_add(bytes, Ordering::Relaxed);
        };
        remote.put_file("files/object", &file, &Notes::default(), &moved).unwrap();
        assert_eq!(sent.into_inner(), bytes as u64, "moved is told of every byte");
        let got = range(remote, "files/object", 0, bytes as u64).unwrap();
        assert!(got == file.0, "{bytes} bytes");
        assert!(range(remote, "files/object", 0, bytes as u64 + 1).is_err());
    }
    let names = remote.list("files/", None).unwrap();
    assert_eq!(names.len(), 1, "{names:?}");
}

fn bad_names(remote: &dyn Remote) {
    let before = remote.meter().read();
    for name in ["", "/a", "a/", "../a", "a/../../b", "a/./b", "a//b", "a b", "a?b", "a\\b", "a_b"]
    {
        assert!(remote.get(name, MAX).is_err(), "{name}");
        assert!(remote.get_unless(name, "tag", MAX).is_err(), "{name}");
        assert!(remote.get_range(name, 0, 1, &mut |_| Ok(())).is_err(), "{name}");
        assert!(remote.put(name, b"x").is_err(), "{name}");
        let file = Memory(b"x".to_vec());
        assert!(remote.put_file(name, &file, &Notes::default(), &|_| {}).is_err(), "{name}");
        assert!(matches!(remote.create(name, b"x"), Created::Refused(_)), "{name}");
        assert!(remote.delete(name).is_err(), "{name}");
        assert!(remote.copy(name, "bad").is_err(), "{name}");
        assert!(remote.copy("whole/object", name).is_err(), "{name}");
    }
    for prefix in ["/", "../", "a/../b", "a//", "a b"] {
        assert!(remote.list(prefix, None).is_err(), "{prefix}");
    }
    let bytes_sent = remote.meter().read().bytes_sent;
    assert_eq!(bytes_sent, before.bytes_sent, "nothing was written for a bad name");
}

fn metered(remote: &dyn Remote) {
    let counted = |call: &dyn Fn()| {
        let before = remote.meter().read();
        call();
        let after = remote.meter().read();
        (
            after.requests - before.requests,
            after.bytes_sent - before.bytes_sent,
            after.bytes_received - before.bytes_received,
        )
    };
    assert_eq!(counted(&|| remote.put("metered/object", &[7; 500]).unwrap()), (1, 500, 0));
    assert_eq!(counted(&|| drop(remote.get("metered/object", MAX).unwrap())), (1, 0, 500));
    assert_eq!(counted(&|| drop(range(remote, "metered/object", 10, 90).unwrap())), (1, 0, 90));
    assert_eq!(counted(&|| drop(remote.create("metered/new", &[7; 30]))), (1, 30, 0));
    assert_eq!(counted(&|| remote.delete("metered/new").unwrap()), (1, 0, 0));
    let (requests, ..) = counted(&|| drop(remote.list("metered/", None).unwrap()));
    assert_eq!(requests, 1);
}
