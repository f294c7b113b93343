//! Tests of uploads and downloads: cut off, gone on with, damaged, gone.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;

use super::*;
use crate::repo::sync::testing::{Fault, Memory};

#[derive(Default)]
struct Count {
    begun: AtomicU64,
    total: AtomicU64,
    moved: AtomicU64,
}

impl Progress for Count {
    fn begin(&self, _: &str, bytes: Option<u64>) {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.total.fetch_add(bytes.unwrap(), Ordering::SeqCst);
    }

    fn advance(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::SeqCst);
    }

    fn end(&self) {
        self.begun.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Count {
    /// Bytes announced and moved; every piece of work has ended.
    fn read(&self) -> (u64, u64) {
        assert_eq!(self.begun.load(Ordering::SeqCst), 0);
        (self.total.load(Ordering::SeqCst), self.moved.load(Ordering::SeqCst))
    }
}

struct Place {
    _folder: tempfile::TempDir,
    env: Env,
    layout: Layout,
    memory: Memory,
    progress: Count,
}

/// Bytes of a made-up segment; its id is their hash.
fn content(seed: u8, bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| u8::try_from(at % 251).unwrap() ^ seed).collect()
}

fn entry(content: &[u8]) -> SegmentEntry {
    SegmentEntry {
        id: blake3::hash(content).to_hex().to_string(),
        slot: 3,
        version: 3,
        bytes: content.len() as u64,
        root: 64,
        puts: 1,
        tombstones: 0,
        reverts: 0,
        first: Vec::new(),
        last: Vec::new(),
        replaces: Vec::new(),
    }
}

fn verify(entry: &SegmentEntry, path: &Path) -> Result<()> {
    if blake3::hash(&std::fs::read(path).unwrap()).to_hex().as_str() == entry.id {
        return Ok(());
    }
    Err(Error::damaged(path.display(), "wrong bytes"))
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        std::fs::create_dir_all(layout.segments()).unwrap();
        let (memory, progress) = (Memory::new(), Count::default());
        Self { _folder: folder, env: Env::real(), layout, memory, progress }
    }

    /// Puts contents at the remote and lists them.
    fn publish(&self, contents: &[Vec<u8>]) -> Vec<SegmentEntry> {
        let entries: Vec<SegmentEntry> = contents.iter().map(|bytes| entry(bytes)).collect();
        for (entry, bytes) in entries.iter().zip(contents) {
            self.memory.set(&segment_name(entry.slot, &entry.id), bytes);
        }
        entries
    }

    fn download(&self, entries: &[SegmentEntry]) -> Result<Downloaded> {
        let Self { env, layout, memory, progress, .. } = self;
        download(env, layout, memory, entries, progress, &verify)
    }

    fn upload(&self, entries: &[SegmentEntry], on_done: OnDone<'_>) -> Result<()> {
        let Self { env, layout, memory, progress, .. } = self;
        upload(env, layout, memory, entries, progress, on_done)
    }

    fn here(&self, entry: &SegmentEntry) -> Option<Vec<u8>> {
        std::fs::read(self.layout.segment(&entry.id)).ok()
    }

    fn names(&self) -> Vec<String> {
        let listed = self.env.files.list_dir(&self.layout.segments()).unwrap();
        listed.into_iter().map(|entry| entry.name.into_string().unwrap()).collect()
    }
}

#[test]
fn all_come_and_a_second_call_asks_for_nothing() {
    let place = Place::new();
    let contents: Vec<Vec<u8>> =
        (0..9).map(|seed| content(seed, 1 + usize::from(seed) * 500_000)).collect();
    let entries = place.publish(&contents);
    assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
    for (entry, bytes) in entries.iter().zip(&contents) {
        assert_eq!(place.here(entry).as_ref(), Some(bytes));
    }
    assert_eq!(place.memory.asked().len(), 9);
    let total = entries.iter().map(|entry| entry.bytes).sum();
    assert_eq!(place.progress.read(), (total, total));
    assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
    assert_eq!(place.memory.asked().len(), 9);
    assert_eq!(place.names().len(), 9);
}

#[test]
fn the_largest_begins() {
    let entries: Vec<SegmentEntry> = [5, 9, 1].map(|bytes| entry(&content(0, bytes))).to_vec();
    let sizes: Vec<u64> = largest_first(&entries).iter().map(|entry| entry.bytes).collect();
    assert_eq!(sizes, [9, 5, 1]);
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let place = Place::new();
    let bytes = content(1, 3_000_000);
    let entries = place.publish(std::slice::from_ref(&bytes));
    *place.memory.cut_after.lock().unwrap() = Some(1_234_567);
    assert_eq!(place.download(&entries).unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(place.here(&entries[0]), None);
    assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
    assert_eq!(place.here(&entries[0]), Some(bytes));
    assert!(place.memory.asked()[1].starts_with("range 1234567 "), "{:?}", place.memory.asked());
    // Every byte was announced, and moved, once (the second time only the rest).
    assert_eq!(place.progress.read(), (3_000_000 + 1_765_433, 3_000_000));
}

#[test]
fn a_full_file_is_only_checked() {
    let place = Place::new();
    let bytes = content(1, 5000);
    let entries = place.publish(std::slice::from_ref(&bytes));
    std::fs::write(place.layout.download(&entries[0].id), &bytes).unwrap();
    assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
    assert_eq!(place.memory.asked().len(), 0);
    assert_eq!(place.here(&entries[0]), Some(bytes));
}

#[test]
fn a_beginning_that_is_wrong_is_fetched_once_more() {
    let bytes = content(1, 5000);
    for beginning in [vec![7; 100], vec![7; 5000], vec![7; 5001]] {
        let place = Place::new();
        let entries = place.publish(std::slice::from_ref(&bytes));
        std::fs::write(place.layout.download(&entries[0].id), &beginning).unwrap();
        assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
        assert_eq!(place.here(&entries[0]).as_ref(), Some(&bytes));
        assert!(place.memory.asked().last().unwrap().starts_with("range 0 "));
    }
}

#[test]
fn wrong_bytes_at_the_remote_are_damage() {
    for beginning in [None, Some(vec![7; 100])] {
        let place = Place::new();
        let entries = place.publish(&[content(1, 5000)]);
        let name = segment_name(3, &entries[0].id);
        place.memory.set(&name, &content(2, 5000));
        if let Some(beginning) = &beginning {
            std::fs::write(place.layout.download(&entries[0].id), beginning).unwrap();
        }
        let error = place.download(&entries).unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged);
        assert!(error.message().contains(&name), "{error}");
        assert_eq!(place.memory.asked().len(), 1 + usize::from(beginning.is_some()));
        assert_eq!(place.names(), Vec::<String>::new());
    }
}

#[test]
fn a_short_object_is_damage() {
    let place = Place::new();
    let entries = place.publish(&[content(1, 5000)]);
    place.memory.set(&segment_name(3, &entries[0].id), &content(1, 4999));
    assert_eq!(place.download(&entries).unwrap_err().kind(), Kind::Damaged);
    assert_eq!(place.here(&entries[0]), None);
}

#[test]
fn a_segment_that_is_gone_is_an_answer_of_its_own() {
    let place = Place::new();
    let entries = place.publish(&[content(1, 5000), content(2, 900_000)]);
    place.memory.unset(&segment_name(3, &entries[0].id));
    let answer = place.download(&entries).unwrap();
    assert_eq!(answer, Downloaded::Gone(entries[0].id.clone()));
    assert!(!place.layout.download(&entries[0].id).exists());
}

#[test]
fn an_error_of_the_check_itself_keeps_the_file() {
    let place = Place::new();
    let entries = place.publish(&[content(1, 5000)]);
    let failing = |_: &SegmentEntry, _: &Path| Err(Error::new(Kind::Disk, "cannot read"));
    let Place { env, layout, memory, progress, .. } = &place;
    let error = download(env, layout, memory, &entries, progress, &failing).unwrap_err();
    assert_eq!(error.kind(), Kind::Disk);
    assert_eq!(place.download(&entries).unwrap(), Downloaded::All);
    assert_eq!(place.memory.asked().len(), 1);
}

#[test]
fn uploads_arrive_under_their_names_and_leave_no_notes() {
    let place = Place::new();
    let contents: Vec<Vec<u8>> = (0..6).map(|seed| content(seed, 10_000)).collect();
    let entries: Vec<SegmentEntry> = contents.iter().map(|bytes| entry(bytes)).collect();
    for (entry, bytes) in entries.iter().zip(&contents) {
        std::fs::write(place.layout.segment(&entry.id), bytes).unwrap();
    }
    let done = Mutex::new(Vec::new());
    let on_done = |entry: &SegmentEntry| {
        done.lock().unwrap().push(entry.id.clone());
        Ok(())
    };
    place.upload(&entries, &on_done).unwrap();
    let ids: HashSet<String> = done.into_inner().unwrap().into_iter().collect();
    assert_eq!(ids.len(), 6);
    for (entry, bytes) in entries.iter().zip(&contents) {
        assert_eq!(place.memory.peek(&segment_name(3, &entry.id)).as_ref(), Some(bytes));
    }
    assert_eq!(place.progress.read(), (60_000, 60_000));
    assert!(place.names().iter().all(|name| name.contains(".seg")), "{:?}", place.names());
}

#[test]
fn a_cut_upload_goes_on_with_its_notes() {
    let place = Place::new();
    let bytes = content(1, 10_000);
    let mut entry = entry(&bytes);
    std::fs::write(place.layout.segment(&entry.id), &bytes).unwrap();
    let entries = [entry.clone()];
    place.memory.script(&[Fault::Fail(Kind::Unavailable)]);
    let error = place.upload(&entries, &|_| panic!("it did not arrive")).unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(place.progress.read().1, 5000);
    assert!(place.layout.upload_notes(&entry.id).exists());
    place.upload(&entries, &|_| Ok(())).unwrap();
    assert_eq!(place.progress.read().1, 10_000);
    // Notes for another name, and torn ones, are none.
    let notes = |slot| NotesFile {
        env: &place.env,
        path: place.layout.upload_notes(&entry.id),
        target: format!("memory: {}", segment_name(slot, &entry.id)),
    };
    notes(3).save(b"a longer note");
    notes(3).save(b"note");
    assert_eq!(notes(3).load().as_deref(), Some(b"note".as_slice()));
    assert_eq!(notes(4).load(), None);
    std::fs::write(place.layout.upload_notes(&entry.id), b"torn").unwrap();
    assert_eq!(notes(3).load(), None);
    entry.bytes += 1;
    assert_eq!(place.upload(&[entry], &|_| Ok(())).unwrap_err().kind(), Kind::Damaged);
}

#[test]
fn the_first_error_of_an_upload_is_told() {
    let place = Place::new();
    let contents: Vec<Vec<u8>> = (0..20).map(|seed| content(seed, 100)).collect();
    let entries: Vec<SegmentEntry> = contents.iter().map(|bytes| entry(bytes)).collect();
    for (entry, bytes) in entries.iter().zip(&contents) {
        std::fs::write(place.layout.segment(&entry.id), bytes).unwrap();
    }
    let error = place.upload(&entries, &|_| Err(Error::new(Kind::Disk, "full"))).unwrap_err();
    assert_eq!(error.kind(), Kind::Disk);
    assert!(place.memory.asked().len() <= super::super::parallel::AT_ONCE);
}

#[test]
fn sweeping_leaves_segments_and_what_is_kept() {
    let place = Place::new();
    let (a, b) = ("aa".repeat(32), "bb".repeat(32));
    for name in [format!("{a}.down"), format!("{a}.up"), format!("{b}.down"), format!("{b}.seg")] {
        std::fs::write(place.layout.segments().join(name), b"x").unwrap();
    }
    sweep(&place.env, &place.layout, &|id| id == a).unwrap();
    assert_eq!(place.names(), [format!("{a}.down"), format!("{a}.up"), format!("{b}.seg")]);
}
