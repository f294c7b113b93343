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
    assert!(report["bytes_after"].as_u64() <= before.as_u64(), "{report}");
    place.ok(&["compact", "--dry-run"]).silent().says("Would compact");
    let report = place.ok(&["compact", "--json"]).json();
    assert_eq!(&report["bytes_before"], before);
    assert!(report["bytes_after"].as_u64() < before.as_u64(), "{report}");
    place.ok(&["compact"]).silent().says("Compacted");
    assert_eq!(place.ok(&["get", "a"]).text(), format!("{value}19"));
}
