//! `kvs compact`.

use crate::common::place::Place;

#[test]
fn gives_space_back_and_keeps_the_data() {
    let place = Place::repo();
    let value: String =
        (0..20_000_u32).map(|i| char::from(b'a' + (i * i / 7 % 26) as u8)).collect();
    for round in 0..20 {
        place.feed(format!("{value}{round}"), &["put", "a"]).exits(0);
    }
    let report = place.ok(&["compact", "--dry-run", "--json"]).json();
    let before = &report["bytes_before"];
    // Of twenty values one stays.
    let (told, all) = (report["bytes_after"].as_u64().unwrap(), before.as_u64().unwrap());
    assert!(told > 0 && told < all / 10, "{report}");
    assert_eq!(place.ok(&["compact", "--dry-run", "--json"]).json(), report);
    place.ok(&["compact", "--dry-run"]).silent().says("Would compact");
    let report = place.ok(&["compact", "--json"]).json();
    assert_eq!(&report["bytes_before"], before);
    assert!(report["bytes_after"].as_u64() < before.as_u64(), "{report}");
    place.ok(&["compact"]).silent().says("Compacted");
    assert_eq!(place.ok(&["get", "a"]).text(), format!("{value}19"));
}

#[test]
fn a_dry_run_of_what_is_compact_gains_nothing() {
    let place = Place::repo();
    let pairs: String = (0..5_000).map(|n| format!("{n:05}\t{n}\n")).collect();
    place.feed(pairs, &["import", "--format", "tsv"]).exits(0);
    place.ok(&["compact"]);
    let report = place.ok(&["compact", "--dry-run", "--json"]).json();
    assert_eq!(report["dry_run"], true);
    let [before, after] =
        ["bytes_before", "bytes_after"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(before, after);
    // Over it, half of the keys anew: about a third of what there is goes.
    let pairs: String = (0..2_500).map(|n| format!("{n:05}\t{n}\n")).collect();
    place.feed(pairs, &["import", "--format", "tsv"]).exits(0);
    let report = place.ok(&["compact", "--dry-run", "--json"]).json();
    let told = report["bytes_after"].as_u64().unwrap();
    let done = place.ok(&["compact", "--json"]).json()["bytes_after"].as_u64().unwrap();
    assert!(told.abs_diff(done) < done / 4, "told {told}, done {done}");
}
