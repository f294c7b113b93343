//! `kvs pull`.

use crate::common::place::Place;

/// Both sides changed `both`; there, `theirs` is new and `gone` was deleted; here, `ours` is new.
fn conflict() -> Place {
    let place = Place::with_remote();
    place.put(&[("both", "base"), ("gone", "x")]);
    place.ok(&["push"]);
    place.ok(&["clone", "../remote", "../other"]);
    place.ok(&["-C", "../other", "put", "both", "there"]);
    place.ok(&["-C", "../other", "put", "theirs", "1"]);
    place.ok(&["-C", "../other", "delete", "gone"]);
    place.ok(&["-C", "../other", "push"]);
    place.put(&[("both", "here"), ("ours", "1")]);
    place
}

#[test]
fn takes_what_only_they_changed() {
    let place = Place::with_clone();
    place.put(&[("a", "1"), ("base", "2")]);
    place.ok(&["push"]);
    place.ok(&["-C", "../other", "put", "b", "1"]);
    let ran = place.ok(&["-C", "../other", "pull"]).silent();
    ran.says("Pulled version 2: 1 added, 1 modified, 0 deleted (").says(" received");
    place.ok(&["-C", "../other", "pull", "origin"]).says("Nothing to pull; version 2");
    let text = place.ok(&["-C", "../other", "list", "--values", "--format", "tsv"]).text();
    assert_eq!(text, "a\t1\nb\t1\nbase\t2\n");
    assert_eq!(
        place.ok(&["-C", "../other", "status", "--porcelain"]).text(),
        "## version 2 remote 2 ahead 1 behind 0\nA b\n"
    );
}

#[test]
fn nothing_at_the_remote_yet() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    place.ok(&["pull"]).silent().says("Nothing at the remote yet");
    assert_eq!(place.ok(&["pull", "--json"]).json()["version"], 0);
}

#[test]
fn conflicts_are_listed_and_change_nothing() {
    let place = conflict();
    let ran = place.run(&["pull"]).exits(3).silent();
    ran.says("both").says("--strategy");
    let error = place.run(&["--json", "pull"]).failure(3, "conflict");
    let conflicts = error["conflicts"].as_array().unwrap();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(conflicts[0]["key"], "both");
    assert_eq!(place.keys(), ["both", "gone", "ours"]);
    assert_eq!(place.ok(&["get", "both"]).out, b"here");
    assert_eq!(place.ok(&["status", "--json"]).json()["version"], 1);
}

#[test]
fn strategies_decide() {
    for (arguments, value) in [
        (&["--strategy", "ours"][..], &b"here"[..]),
        (&["--strategy", "theirs"], b"there"),
        (&["--strategy", "newest"], b"here"),
        (&["--ours", "b?t[a-h]"], b"here"),
        (&["--theirs", "b*", "--strategy", "ours"], b"there"),
        (&["-c", "pull.strategy=theirs"], b"there"),
        (&["-c", "merge.\"bo*\"=theirs"], b"there"),
        (&["--ours", "both", "-c", "pull.strategy=theirs"], b"here"),
    ] {
        let place = conflict();
        place.ok(&[&["pull"], arguments].concat());
        assert_eq!(place.ok(&["get", "both"]).out, value, "{arguments:?}");
        assert_eq!(place.keys(), ["both", "ours", "theirs"], "{arguments:?}");
        assert_eq!(place.ok(&["status", "--json"]).json()["version"], 2, "{arguments:?}");
    }
    let place = conflict();
    place.run(&["pull", "--strategy", "mine"]).exits(2).says("cmd:PROGRAM");
    place.run(&["pull", "--theirs", "x*"]).exits(3);
}

#[cfg(unix)]
#[test]
fn a_program_decides() {
    let place = conflict();
    let program = r#"cmd:echo "$KVS_KEY" && cat "$KVS_BASE" "$KVS_OURS" "$KVS_THEIRS""#;
    place.ok(&["pull", "--strategy", program]);
    assert_eq!(place.ok(&["get", "both"]).text(), "both\nbaseherethere");
    let place = conflict();
    place.ok(&["pull", "--strategy", "cmd:exit 100"]);
    place.run(&["exists", "both"]).exits(1);
    let place = conflict();
    let ran = place.run(&["pull", "--strategy", "cmd:exit 1"]);
    assert!(matches!(ran.code, 3 | 13), "{ran:?}");
    assert_eq!(place.ok(&["get", "both"]).out, b"here");
}

#[cfg(unix)]
#[test]
fn settings_name_strategies_for_some_keys() {
    let place = conflict();
    place.ok(&["config", "set", "merge.\"bo*\"", "cmd:cat \"$KVS_OURS\" \"$KVS_THEIRS\""]);
    place.ok(&["config", "set", "merge.\"x*\"", "fail"]);
    place.ok(&["pull"]);
    assert_eq!(place.ok(&["get", "both"]).out, b"herethere");
    let place = conflict();
    let rule = "merge.\"*\"=fail";
    place.run(&["-c", rule, "pull", "--strategy", "theirs"]).exits(3);
    place.ok(&["-c", rule, "pull", "--theirs", "b*"]);
    assert_eq!(place.ok(&["get", "both"]).out, b"there");
    place.run(&["config", "set", "merge.\"*\"", "mine"]).exits(2).says("cmd:PROGRAM");
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = conflict();
    place.ok(&["pull", "--dry-run", "--strategy", "theirs"]).says("Would pull").says("both");
    let report = place.ok(&["pull", "--dry-run", "--strategy", "theirs", "--json"]).json();
    assert_eq!(report["version"], 2);
    // Without a strategy it ends as the pull itself would.
    place.run(&["pull", "--dry-run"]).exits(3).says("both");
    assert_eq!(place.ok(&["get", "both"]).out, b"here");
    assert_eq!(place.keys(), ["both", "gone", "ours"]);
}

#[test]
fn a_repository_that_never_synced_may_look_first() {
    let place = Place::with_clone();
    place.ok(&["init", "../third", "--remote", "../remote"]);
    place.ok(&["-C", "../third", "put", "base", "mine"]);
    place.ok(&["-C", "../third", "fetch"]);
    place.run(&["-C", "../third", "push"]).exits(4);
    for _ in 0..2 {
        place.run(&["-C", "../third", "pull"]).exits(3);
    }
    place.ok(&["-C", "../third", "pull", "--strategy", "ours"]);
    place.ok(&["-C", "../third", "push"]);
    place.ok(&["pull"]);
    assert_eq!(place.ok(&["get", "base"]).out, b"mine");
}

#[test]
fn what_was_seen_elsewhere_does_not_bind_before_the_first_pull() {
    let place = Place::with_clone();
    std::fs::create_dir(place.path("../second")).unwrap();
    place.ok(&["init", "../source", "--remote", "../second"]);
    place.ok(&["-C", "../source", "put", "b", "2"]);
    place.ok(&["-C", "../source", "push"]);
    place.ok(&["init", "../third", "--remote", "../remote"]);
    place.ok(&["-C", "../third", "fetch"]);
    place.ok(&["-C", "../third", "remote", "set-url", "origin", "../second"]);
    place.ok(&["-C", "../third", "pull"]);
    assert_eq!(place.ok(&["-C", "../third", "list"]).text(), "b\n");
    // From then on it does.
    place.ok(&["-C", "../third", "remote", "set-url", "origin", "../remote"]);
    place.run(&["-C", "../third", "pull"]).exits(4);
}

/// A copied repository seals the same segment as the first one, and a swap of its own may be what
/// removes the file that the pull has just found.
#[test]
fn a_segment_that_only_an_old_state_names_is_fetched() {
    let place = Place::with_clone();
    place.put(&[("k", "1")]);
    copy_folder(&place.path(""), &place.path("../copy"));
    place.ok(&["push"]);
    place.run(&["-C", "../copy", "push"]).exits(4);
    place.ok(&["-C", "../copy", "discard", "--all"]);
    place.ok(&["-C", "../copy", "put", "x", "1"]);
    place.ok(&["-C", "../copy", "pull"]);
    assert_eq!(place.ok(&["-C", "../copy", "list"]).text(), "base\nk\nx\n");
    place.ok(&["-C", "../copy", "fsck"]);
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(path, to).unwrap();
        }
    }
}

#[test]
fn a_lost_segment_of_the_newest_version_comes_back() {
    let place = Place::with_clone();
    let folder = place.path(".kvs/segments");
    let path = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(path).unwrap();
    place.run(&["get", "base"]).exits(10);
    place.ok(&["pull"]);
    assert_eq!(place.ok(&["get", "base"]).out, b"1");
    place.ok(&["fsck"]);
}

#[test]
fn a_dry_run_lists_conflicts_in_order() {
    let place = conflict();
    for (dir, value) in [(".", "here"), ("../other", "there")] {
        place.ok(&["-C", dir, "put", "also", value]);
        place.ok(&["-C", dir, "put", "last", value]);
    }
    place.ok(&["-C", "../other", "push"]);
    let dry = ["--json", "pull", "--dry-run", "--ours", "both"];
    let error = place.run(&dry).failure(3, "conflict");
    assert_eq!(error["conflicts"].as_array().unwrap().len(), 2);
    let report = place.ok(&[&dry[..], &["--strategy", "theirs"]].concat()).json();
    let keys: Vec<_> = report["conflicts"].as_array().unwrap().iter().map(|c| &c["key"]).collect();
    assert_eq!(keys, ["also", "both", "last"]);
    let error = place.run(&["--json", "pull", "--ours", "both"]).failure(3, "conflict");
    assert_eq!(error["conflicts"].as_array().unwrap().len(), 2);
}
