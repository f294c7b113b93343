//! Tests of the search for the newest version: what it finds, what it costs, what it refuses.

use super::*;
use crate::repo::sync::testing::{DATABASE, Fault, Memory, manifest};

fn reference(version: u64) -> VersionRef {
    let hash = hash_of(&manifest(version).encode());
    VersionRef { version, tag: Some(hash.clone()), hash }
}

fn newer(answer: Result<Newest>) -> u64 {
    match answer.unwrap() {
        Newest::Newer(found) => {
            assert_eq!(found.manifest, manifest(found.version));
            assert_eq!(found.hash, hash_of(&found.bytes));
            found.version
        }
        other => panic!("expected a newer version, got {other:?}"),
    }
}

fn known(memory: &Memory, version: u64) -> Result<Newest> {
    find(memory, Some(DATABASE), Some(&reference(version)))
}

#[test]
fn an_empty_place_holds_nothing() {
    let memory = Memory::new();
    assert!(matches!(find(&memory, None, None).unwrap(), Newest::Nothing));
    assert_eq!(memory.asked().len(), 2);
}

#[test]
fn nothing_new_costs_two_requests_at_once() {
    let memory = Memory::with_versions(7);
    let tag = reference(7).tag;
    assert!(matches!(known(&memory, 7).unwrap(), Newest::Same { tag: found } if found == tag));
    assert_eq!(memory.asked().len(), 2);
}

#[test]
fn without_a_tag_the_answer_brings_one() {
    let memory = Memory::with_versions(7);
    let without = VersionRef { tag: None, ..reference(7) };
    let answer = find(&memory, Some(DATABASE), Some(&without)).unwrap();
    assert!(
        matches!(answer, Newest::Same { tag: Some(tag) } if Some(&tag) == reference(7).tag.as_ref())
    );
    assert_eq!(memory.asked().len(), 2);
}

#[test]
fn one_newer_costs_three_requests() {
    let memory = Memory::with_versions(8);
    assert_eq!(newer(known(&memory, 7)), 8);
    assert_eq!(memory.asked().len(), 3);
}

#[test]
fn every_distance_is_found() {
    for newest in 1..=70 {
        let memory = Memory::with_versions(newest);
        for from in [1, 2, 3, 30] {
            if from < newest {
                assert_eq!(newer(known(&memory, from)), newest);
            }
        }
        assert_eq!(newer(find(&memory, None, None)), newest);
        for hint in [1, newest / 2, newest, newest + 5] {
            memory.set("HEAD", format!("{hint}\n").as_bytes());
            assert_eq!(newer(find(&memory, None, None)), newest);
            assert_eq!(
                newer(known(&memory, 1).map(|answer| match answer {
                    Newest::Same { .. } => newest_of(&memory, newest),
                    other => other,
                })),
                newest
            );
        }
    }
}

/// For a database of one version: the search without anything known, in place of `Same`.
fn newest_of(memory: &Memory, newest: u64) -> Newest {
    assert_eq!(newest, 1);
    find(memory, None, None).unwrap()
}

#[test]
fn a_good_hint_makes_a_long_way_short() {
    let memory = Memory::with_versions(1000);
    memory.set("HEAD", b"992\n");
    assert_eq!(newer(find(&memory, None, None)), 1000);
    assert!(memory.asked().len() <= 11, "{:?}", memory.asked());

    let memory = Memory::with_versions(1000);
    memory.set("HEAD", b"1000\n");
    assert_eq!(newer(known(&memory, 2)), 1000);
    assert!(memory.asked().len() <= 8, "{:?}", memory.asked());
}

#[test]
fn an_old_hint_costs_one_request_and_is_not_followed() {
    let count = |hint: Option<&[u8]>| {
        let memory = Memory::with_versions(100);
        if let Some(hint) = hint {
            memory.set("HEAD", hint);
        }
        assert_eq!(newer(known(&memory, 50)), 100);
        memory.asked().len()
    };
    assert_eq!(count(Some(b"49\n")), count(None));
    assert_eq!(count(Some(b"58\n")), count(None));
}

#[test]
fn a_bad_hint_does_no_harm() {
    for hint in ["", "0\n", "-3\n", "18446744073709551615\n", "99999999999999999999\n", "../x"] {
        let memory = Memory::with_versions(20);
        memory.set("HEAD", hint.as_bytes());
        assert_eq!(newer(find(&memory, None, None)), 20, "{hint}");
        assert_eq!(newer(known(&memory, 3)), 20, "{hint}");
    }
    let memory = Memory::with_versions(20);
    memory.set("HEAD", &[b'1'; 1000]);
    assert_eq!(newer(find(&memory, None, None)), 20);
}

#[test]
fn the_hint_is_written_now_and_then() {
    let memory = Memory::new();
    (1..=31).for_each(|version| write_head(&memory, version));
    assert_eq!(memory.peek("HEAD").unwrap(), b"16\n");
    assert_eq!(memory.asked().len(), 1);
}

#[test]
fn a_tombstone_counts_as_existing() {
    let memory = Memory::with_versions(12);
    (1..12).for_each(|version| memory.retire(version));
    assert_eq!(newer(find(&memory, None, None)), 12);
    assert_eq!(newer(known(&memory, 4)), 12);
}

#[test]
fn retired_between_the_answers_means_looking_again() {
    // After the 404 for 6 somebody pushes 6 and 7 and retires up to 6, before 5 is read.
    let memory = Memory::with_versions(7);
    (1..=6).for_each(|version| memory.retire(version));
    let mut asked = false;
    memory.on_request(move |_, _, name| {
        let first = name.ends_with("00006.json") && !std::mem::replace(&mut asked, true);
        if first { Fault::Missing } else { Fault::None }
    });
    assert_eq!(newer(known(&memory, 5)), 7);

    // The same with nothing known: the last one found turns out to be retired.
    let memory = Memory::with_versions(1);
    let mut asked = 0;
    memory.on_request(move |memory, _, name| {
        asked += u64::from(name.ends_with("00002.json"));
        if asked == 0 {
            memory.add_version(2);
            memory.retire(1);
        }
        if asked == 1 { Fault::Missing } else { Fault::None }
    });
    assert_eq!(newer(find(&memory, None, None)), 2);
}

#[test]
fn a_retired_newest_is_damage_in_the_end() {
    let memory = Memory::with_versions(5);
    (1..=5).for_each(|version| memory.retire(version));
    assert_eq!(find(&memory, None, None).unwrap_err().kind(), Kind::Damaged);
    assert_eq!(known(&memory, 5).unwrap_err().kind(), Kind::Damaged);
}

#[test]
fn a_known_version_that_is_gone_or_another_stops_the_search() {
    let memory = Memory::with_versions(4);
    let error = known(&memory, 6).unwrap_err();
    assert_eq!(error.kind(), Kind::MovedOn);
    assert!(error.message().contains("went back"), "{error}");

    let memory = Memory::with_versions(6);
    let mut other = manifest(6);
    other.clock = 99;
    memory.set(&layout::manifest_name(6), &other.encode());
    assert!(known(&memory, 6).unwrap_err().message().contains("was replaced"));
    // Also by the next one's parent.
    assert!(known(&memory, 5).is_ok());
    let stranger = VersionRef { hash: "00".repeat(32), ..reference(4) };
    let error = find(&memory, Some(DATABASE), Some(&stranger)).unwrap_err();
    assert_eq!(error.kind(), Kind::MovedOn);
}

#[test]
fn another_database_is_refused() {
    let memory = Memory::with_versions(3);
    let other = "ff".repeat(16);
    let error = find(&memory, Some(&other), None).unwrap_err();
    assert_eq!(error.kind(), Kind::MovedOn);
    assert!(error.message().contains("another database"), "{error}");
    // Nor may it change on the way up.
    let mut third = manifest(3);
    third.database = other;
    memory.set(&layout::manifest_name(3), &third.encode());
    assert_eq!(find(&memory, None, None).unwrap_err().kind(), Kind::MovedOn);
}

#[test]
fn a_first_version_removed_by_hand_is_no_empty_place() {
    let memory = Memory::with_versions(16);
    memory.set("HEAD", b"16\n");
    memory.unset(&layout::manifest_name(1));
    assert_eq!(find(&memory, None, None).unwrap_err().kind(), Kind::Damaged);
    // A hint alone is what a destroyed database may leave.
    let memory = Memory::new();
    memory.set("HEAD", b"16\n");
    assert!(matches!(find(&memory, None, None).unwrap(), Newest::Nothing));
}

#[test]
fn garbage_and_failures_are_told() {
    let memory = Memory::with_versions(5);
    memory.set(&layout::manifest_name(6), b"{}");
    assert_eq!(known(&memory, 5).unwrap_err().kind(), Kind::Damaged);
    for at in 0..3 {
        let memory = Memory::with_versions(6);
        let mut faults = vec![Fault::None; at];
        faults.push(Fault::Fail(Kind::Unavailable));
        memory.script(&faults);
        assert_eq!(known(&memory, 5).unwrap_err().kind(), Kind::Unavailable);
    }
}
