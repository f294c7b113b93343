//! Goal: a full disk loses nothing that was acknowledged, and a read-only one can be read.
//!
//! Method: a file system of a few megabytes in memory is mounted, where this test may do so (else
//! it says that it skipped), and filled up or made read-only under the real program.
#![cfg(unix)]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::common::place::Place;
use crate::limits::noise;

/// A small file system in a place's folder `small`; `None` where it may not be mounted.
struct Small(PathBuf);

impl Small {
    fn mount(place: &Place, what_for: &str) -> Option<Self> {
        let path = place.path("small");
        std::fs::create_dir(&path).unwrap();
        let mounted = cfg!(target_os = "linux")
            && run("mount", &[&"-t", &"tmpfs", &"-o", &"size=6m", &"tmpfs", &path]);
        if !mounted {
            eprintln!("SKIPPED: {what_for}: a file system cannot be mounted here");
        }
        mounted.then_some(Self(path))
    }

    fn options(&self, options: &str) {
        assert!(run("mount", &[&"-o", &format!("remount,{options}"), &self.0]));
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        run("umount", &[&self.0]);
    }
}

fn run(program: &str, arguments: &[&dyn AsRef<OsStr>]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments.iter().map(|argument| argument.as_ref().as_bytes()).map(OsStr::from_bytes));
    command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::empty();
    let Some(_small) = Small::mount(&place, "a full disk") else { return };
    let kvs = |arguments: &[&str]| place.run(&[&["-C", "small"], arguments].concat());
    place.ok(&["init", "small"]);
    kvs(&["remote", "add", "origin", "../remote"]).exits(0);
    place.ok(&["-C", "small", "put", "first", "1"]);
    place.write("value", noise(200_000));
    let mut stored = 1;
    let refused = loop {
        let ran = kvs(&["put", &format!("{stored:03}"), "--file", "../value"]);
        if ran.code != 0 {
            break ran;
        }
        stored += 1;
        assert!(stored < 100, "six megabytes hold thirty such values");
    };
    let refused = refused.exits(9).silent();
    assert!(refused.err.contains("hint: Free some space"), "{}", refused.err);
    std::fs::write(place.path("in.tsv"), "k\tv\n".repeat(10)).unwrap();
    // Whatever little room is left.
    let filler = noise(1 << 20);
    let fill = || {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(place.path("small/filler"))
            .unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&filler[..size]).is_ok() {}
        }
    };
    fill();
    let verbs: [&[&str]; 4] = [
        &["put", "more", "--file", "../value"],
        &["import", "--format", "tsv", "../large.tsv"],
        &["compact"],
        &["push"],
    ];
    let mut large = String::new();
    for n in 0..20_000 {
        writeln!(large, "large-{n}\t{}", n * 7_919).unwrap();
    }
    place.write("large.tsv", large);
    let is_whole = || {
        assert_eq!(kvs(&["count"]).exits(0).text(), format!("{stored}\n"));
        assert_eq!(kvs(&["get", "first"]).exits(0).out, b"1");
        assert!(kvs(&["get", "001"]).exits(0).out == noise(200_000));
    };
    for verb in verbs {
        let ran = kvs(verb).exits(9).silent();
        assert!(ran.err.contains("hint:"), "{}", ran.err);
        kvs(&[&["--json"], verb].concat()).failure(9, "disk");
        is_whole();
    }
    std::fs::remove_file(place.path("small/filler")).unwrap();
    // Compacting needs room for what stays.
    for n in 3..stored {
        kvs(&["delete", &format!("{n:03}")]).exits(0);
    }
    std::fs::create_dir(place.path("remote")).unwrap();
    kvs(&["put", "more", "1"]).exits(0);
    let left = kvs(&["count"]).exits(0).text();
    kvs(&["compact"]).exits(0);
    kvs(&["push"]).exits(0);
    place.ok(&["clone", "remote", "clone"]);
    assert_eq!(place.ok(&["-C", "clone", "count"]).text(), left);
}

#[test]
fn a_full_remote_folder_changes_nothing() {
    let place = Place::repo();
    let Some(_small) = Small::mount(&place, "a full remote") else { return };
    place.ok(&["remote", "add", "origin", "small"]);
    place.put(&[("a", "1")]);
    place.ok(&["push"]);
    place.write("value", noise(8 << 20));
    place.ok(&["put", "large", "--file", "value"]);
    let ran = place.run(&["push"]);
    assert!([6, 9].contains(&ran.code), "{ran:?}");
    assert!(ran.err.contains("hint:"), "{}", ran.err);
    place.ok(&["delete", "large"]);
    place.ok(&["put", "b", "2"]);
    place.ok(&["push"]);
    place.ok(&["clone", "small", "clone"]);
    assert_eq!(place.ok(&["-C", "clone", "list"]).text(), "a\nb\n");
}

#[test]
fn a_read_only_folder_can_be_read() {
    let place = Place::empty();
    let Some(small) = Small::mount(&place, "a read-only folder") else { return };
    let kvs = |arguments: &[&str]| place.run(&[&["-C", "small"], arguments].concat());
    place.ok(&["init", "small"]);
    kvs(&["put", "a", "1"]).exits(0);
    let pairs: String = (0..20_000).map(|n| format!("k{n}\t{n}\n")).collect();
    place.feed(pairs, &["-C", "small", "import", "--format", "tsv"]).exits(0);
    kvs(&["put", "b", "2"]).exits(0);
    small.options("ro");
    assert_eq!(kvs(&["get", "a"]).exits(0).out, b"1");
    assert_eq!(kvs(&["count"]).exits(0).text(), "20002\n");
    assert_eq!(kvs(&["list", "--limit", "1"]).exits(0).text(), "a\n");
    kvs(&["status"]).exits(0);
    kvs(&["stat", "a"]).exits(0);
    kvs(&["diff", "a"]).exits(0);
    kvs(&["export", "a"]).exits(0);
    kvs(&["exists", "a"]).exits(0);
    kvs(&["log"]).exits(0);
    kvs(&["config", "list"]).exits(0);
    kvs(&["compact", "--dry-run"]).exits(0);
    let verbs: [&[&str]; 6] = [
        &["put", "c", "1"],
        &["delete", "a"],
        &["compact"],
        &["discard", "--all"],
        &["import", "--format", "tsv", "../in.tsv"],
        &["config", "set", "user.name", "x"],
    ];
    place.write("in.tsv", "x\t1\n");
    for verb in verbs {
        kvs(verb).exits(9).silent().says("hint: Check who owns the folder");
        kvs(&[&["--json"], verb].concat()).failure(9, "disk");
    }
    small.options("rw");
    kvs(&["put", "c", "1"]).exits(0);
    assert_eq!(kvs(&["count"]).exits(0).text(), "20003\n");
}

/// What is left of the disk is too little for a new segment, so the log cannot be sealed. A delete
/// gets through all the same, and so does what gives space back.
#[test]
fn an_almost_full_disk_takes_deletes() {
    let place = Place::empty();
    let Some(small) = Small::mount(&place, "an almost full disk") else { return };
    let kvs = |arguments: &[&str]| place.run(&[&["-C", "small"], arguments].concat());
    place.ok(&["init", "small"]);
    // The log is nearly at its limit when the rest of the disk is taken away.
    for n in 0..14 {
        place.write("value", noise(40_000 + n));
        kvs(&["put", "--file", "../value", &format!("k{n}")]).exits(0);
    }
    let filler = small.0.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
    drop(file);
    let mut file = std::fs::OpenOptions::new().write(true).open(&filler).unwrap();
    let bytes = file.metadata().unwrap().len();
    file.set_len(bytes - 100_000).unwrap();
    file.flush().unwrap();
    kvs(&["put", "tiny", "x"]).exits(0);
    kvs(&["delete", "k0"]).exits(0);
    assert_eq!(kvs(&["get", "tiny"]).exits(0).out, b"x");
    kvs(&["get", "k0"]).exits(1);
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    kvs(&["compact"]).exits(0);
    assert_eq!(kvs(&["count"]).exits(0).text().trim(), "14");
}
