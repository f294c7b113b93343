//! Tests of the known versions: kept whole, listed in order, fetched as a chain.

use super::*;
use crate::error::Kind;
use crate::format::manifest::hash_of;
use crate::repo::sync::testing::{Fault, Memory, manifest as version, tombstone};
use crate::store::layout::manifest_name;

fn place() -> (tempfile::TempDir, Env, Layout) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    (folder, Env::real(), layout)
}

#[test]
fn versions_are_kept_as_they_came() {
    let (_folder, env, layout) = place();
    assert_eq!(list(&env, &layout).unwrap(), Vec::<u64>::new());
    assert!(load(&env, &layout, 1).unwrap().is_none());
    for number in [3, 1, 12] {
        let bytes = version(number).encode();
        save(&env, &layout, number, &bytes).unwrap();
        save(&env, &layout, number, &bytes).unwrap();
        assert_eq!(load(&env, &layout, number).unwrap(), Some(bytes));
    }
    std::fs::write(layout.manifests().join("x.json"), b"no version").unwrap();
    assert_eq!(list(&env, &layout).unwrap(), [1, 3, 12]);
    std::fs::write(layout.manifests().join("ab.tmp"), b"cut off").unwrap();
    sweep(&env, &layout).unwrap();
    assert_eq!(std::fs::read_dir(layout.manifests()).unwrap().count(), 4);
}

#[test]
fn only_a_manifest_of_that_number_is_kept() {
    let (_folder, env, layout) = place();
    for bytes in [b"junk".to_vec(), version(4).encode()] {
        assert_eq!(save(&env, &layout, 3, &bytes).unwrap_err().kind(), Kind::Damaged);
    }
    assert!(load(&env, &layout, 3).unwrap().is_none());
}

#[test]
fn a_tombstone_never_takes_the_place_of_a_manifest() {
    let (_folder, env, layout) = place();
    let (whole, stone) = (version(3).encode(), tombstone(&version(3)));
    save(&env, &layout, 3, &stone).unwrap();
    assert_eq!(load(&env, &layout, 3).unwrap().as_ref(), Some(&stone));
    save(&env, &layout, 3, &whole).unwrap();
    save(&env, &layout, 3, &stone).unwrap();
    assert_eq!(load(&env, &layout, 3).unwrap(), Some(whole));
}

#[test]
fn a_broken_file_is_told_and_can_be_replaced() {
    let (_folder, env, layout) = place();
    let whole = version(3).encode();
    save(&env, &layout, 3, &whole).unwrap();
    std::fs::write(layout.manifest(3), b"{").unwrap();
    assert_eq!(commits(&env, &layout, 9).err().map(|error| error.kind()), Some(Kind::Damaged));
    let large = std::fs::File::create(layout.manifest(3)).unwrap();
    large.set_len(BYTES_MAX + 1).unwrap();
    assert_eq!(load(&env, &layout, 3).unwrap_err().kind(), Kind::Damaged);
    save(&env, &layout, 3, &whole).unwrap();
    assert_eq!(load(&env, &layout, 3).unwrap(), Some(whole));
}

#[test]
fn commits_come_newest_first() {
    let (_folder, env, layout) = place();
    save(&env, &layout, 1, &tombstone(&version(1))).unwrap();
    (2..=4).for_each(|number| save(&env, &layout, number, &version(number).encode()).unwrap());
    let infos = commits(&env, &layout, 9).unwrap();
    let told: Vec<_> = infos.iter().map(|info| (info.version, info.time_ms, info.added)).collect();
    assert_eq!(told, [(4, 1004, 4), (3, 1003, 3), (2, 1002, 2), (1, 1001, 1)]);
    assert_eq!(infos[0].author, "ann");
    assert_eq!(commits(&env, &layout, 2).unwrap().len(), 2);
}

/// Numbers in the order in which they were handed on.
fn between(memory: &Memory, older: u64, newest: u64, count_max: usize) -> Result<Vec<u64>> {
    let hash = if older == 0 { String::new() } else { hash_of(&version(older).encode()) };
    let mut numbers = Vec::new();
    let done =
        fetch_between(memory, (older, &hash), &version(newest), count_max, &mut |it, bytes| {
            let number = numbers.last().map_or(newest, |last| *last) - 1;
            assert_eq!(manifest::decode(bytes, number, "").unwrap(), *it);
            numbers.push(number);
            Ok(())
        })?;
    assert_eq!(done, numbers.len() as u64);
    Ok(numbers)
}

#[test]
fn what_lies_between_is_fetched_newest_first() {
    let memory = Memory::with_versions(20);
    assert_eq!(between(&memory, 10, 20, 99).unwrap(), (11..20).rev().collect::<Vec<_>>());
    assert_eq!(memory.asked().len(), 9);
    assert_eq!(between(&memory, 0, 20, 99).unwrap(), (1..20).rev().collect::<Vec<_>>());
    assert_eq!(between(&memory, 0, 20, 6).unwrap(), (14..20).rev().collect::<Vec<_>>());
    assert_eq!(between(&memory, 19, 20, 6).unwrap(), Vec::<u64>::new());
    assert_eq!(between(&memory, 0, 1, 6).unwrap(), Vec::<u64>::new());
    assert_eq!(between(&memory, 0, 20, 0).unwrap(), Vec::<u64>::new());
}

#[test]
fn tombstones_are_part_of_the_chain() {
    let memory = Memory::with_versions(12);
    (1..=8).for_each(|number| memory.retire(number));
    assert_eq!(between(&memory, 0, 12, 99).unwrap(), (1..12).rev().collect::<Vec<_>>());
    // A live one below a tombstone was never retired oldest first.
    memory.add_version(3);
    assert_eq!(between(&memory, 0, 12, 99).unwrap_err().kind(), Kind::Damaged);
    // The highest tombstone is named by the manifest above it.
    let mut other = version(8);
    other.clock = 1;
    memory.set(&manifest_name(8), &tombstone(&other));
    assert_eq!(between(&memory, 5, 12, 99).unwrap_err().kind(), Kind::Damaged);
}

#[test]
fn retiring_in_the_midst_of_a_round_is_no_damage() {
    // 10 and 11 are read at once, 10 first; then both are retired, then 11 is read.
    let memory = Memory::with_versions(12);
    memory.retire(11);
    let mut asked = 0;
    memory.on_request(move |memory, _, name| {
        asked += usize::from(name.ends_with("00010.json"));
        if asked == 2 {
            (1..=10).for_each(|number| memory.retire(number));
        }
        Fault::None
    });
    assert_eq!(between(&memory, 0, 12, 2).unwrap(), [11, 10]);
    assert_eq!(memory.asked().len(), 3);
}

#[test]
fn a_broken_chain_is_damage() {
    for (at, clock) in [(11, 1), (9, 1), (2, 1)] {
        let memory = Memory::with_versions(12);
        let mut other = version(at);
        other.clock = clock;
        memory.set(&manifest_name(at), &other.encode());
        assert_eq!(between(&memory, 0, 12, 99).unwrap_err().kind(), Kind::Damaged);
    }
    let memory = Memory::with_versions(12);
    memory.unset(&manifest_name(7));
    assert_eq!(between(&memory, 0, 12, 99).unwrap_err().kind(), Kind::Damaged);
    let memory = Memory::with_versions(12);
    memory.script(&[Fault::None, Fault::Fail(Kind::Unavailable)]);
    assert_eq!(between(&memory, 0, 12, 99).unwrap_err().kind(), Kind::Unavailable);
}

#[test]
fn the_lower_end_must_be_the_known_version() {
    let memory = Memory::with_versions(12);
    for older in [5, 11] {
        let wrong = (older, "00");
        let error = fetch_between(&memory, wrong, &version(12), 99, &mut |_, _| Ok(()));
        assert_eq!(error.unwrap_err().kind(), Kind::MovedOn);
        // Not reached: not compared.
        let part = fetch_between(&memory, (5, "00"), &version(12), 3, &mut |_, _| Ok(()));
        assert_eq!(part.unwrap(), 3);
    }
}

#[test]
fn an_error_of_the_receiver_ends_it() {
    let memory = Memory::with_versions(12);
    let mut full = |_: &Version, _: &[u8]| Err(Error::new(Kind::Disk, "full"));
    let error = fetch_between(&memory, (0, ""), &version(12), 99, &mut full).unwrap_err();
    assert_eq!(error.kind(), Kind::Disk);
    assert!(memory.asked().len() <= AT_ONCE);
}
