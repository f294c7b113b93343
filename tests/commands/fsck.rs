//! `kvs fsck`.

use std::fs;

use crate::common::place::Place;

#[test]
fn a_sound_repository_is_told_so() {
    let place = Place::repo();
    place.ok(&["put", "a", "1"]);
    place.ok(&["fsck"]).silent().says("Sound");
    let report = place.ok(&["fsck", "--json"]).json();
    assert_eq!(report["segments"], 0);
}

#[test]
fn every_flipped_byte_of_a_segment_is_found() {
    let place = Place::repo();
    let value = "x".repeat(300);
    let lines: String =
        (0..2_000).map(|n| format!("{{\"key\":\"{n:05}\",\"value\":\"{value}{n}\"}}\n")).collect();
    place.feed(lines, &["import"]).exits(0);
    let folder = place.path(".kvs/segments");
    let path = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let good = fs::read(&path).unwrap();
    for at in (8..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        fs::write(&path, bad).unwrap();
        place.run(&["fsck"]).exits(10).silent().says("is damaged");
    }
    fs::write(&path, &good).unwrap();
    place.ok(&["fsck"]);
    fs::remove_file(&path).unwrap();
    let error = place.run(&["fsck", "--json"]).exits(10).json();
    assert_eq!(error["error"]["code"], "damaged");
}

#[test]
fn segments_cut_to_almost_nothing_are_all_found() {
    let place = Place::repo();
    let value = "x".repeat(300);
    for first in ["a", "b"] {
        let line = |n| format!("{{\"key\":\"{first}{n:05}\",\"value\":\"{value}{n}\"}}\n");
        let lines: String = (0..2_000).map(line).collect();
        place.feed(lines, &["import"]).exits(0);
    }
    let segments = || fs::read_dir(place.path(".kvs/segments")).unwrap().map(Result::unwrap);
    let count = segments().count();
    assert!(count > 1);
    for bytes in [5, 0] {
        for segment in segments() {
            fs::write(segment.path(), vec![0; bytes]).unwrap();
        }
        let finds = format!("(1 of {count} finds)");
        place.run(&["fsck"]).exits(10).says("is damaged").says(&finds);
    }
}
