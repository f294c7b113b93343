//! Global options, and what holds for every command.

use crate::common::place::Place;

#[test]
fn the_folder_is_found_upwards() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    std::fs::create_dir_all(place.path("x/y")).unwrap();
    assert_eq!(place.ok(&["-C", "x/y", "get", "a"]).out, b"1");
    assert_eq!(place.ok(&["get", "-C", "x", "a", "-C", "y"]).out, b"1");
    place.run(&["-C", "..", "get", "a"]).exits(2).says("kvs init");
    place.run(&["-C", "nowhere", "get", "a"]).exits(2).says("nowhere");
}

#[test]
fn a_variable_names_the_folder_and_c_wins() {
    let mut place = Place::repo();
    place.put(&[("a", "here")]);
    place.ok(&["init", "other"]);
    place.ok(&["-C", "other", "put", "a", "other"]);
    let other = place.path("other").display().to_string();
    place.set("KVS_DIR", &other);
    assert_eq!(place.ok(&["get", "a"]).out, b"other");
    assert_eq!(place.ok(&["-C", ".", "get", "a"]).out, b"here");
    place.set("KVS_DIR", "x/y");
    place.run(&["get", "a"]).exits(2).says("KVS_DIR");
}

#[test]
fn git_words_get_a_hint() {
    let place = Place::repo();
    for word in ["add", "commit", "restore", "checkout"] {
        place.run(&[word, "x"]).exits(2).silent().says("`kvs push` publishes");
    }
    place.run(&["psuh"]).exits(2).says("push");
    place.run(&["--json", "commit", "-m", "x"]).failure(2, "usage");
}

#[test]
fn key_encodings() {
    let mut place = Place::repo();
    place.ok(&["--key-encoding", "hex", "put", "00ff", "1"]);
    assert_eq!(place.ok(&["list"]).text(), "\\x00\\xff\n");
    assert_eq!(place.ok(&["list", "--key-encoding=hex"]).text(), "00ff\n");
    assert_eq!(place.ok(&["-c", "key.encoding=base64", "list"]).text(), "AP8=\n");
    assert_eq!(place.ok(&["--key-encoding", "base64", "get", "AP8="]).out, b"1");
    place.run(&["--key-encoding", "hex", "get", "0"]).exits(2).says("hex");
    place.run(&["--key-encoding", "rot13", "list"]).exits(2).says("rot13");
    place.set("KVS_KEY_ENCODING", "hex");
    assert_eq!(place.ok(&["list"]).text(), "00ff\n");
    assert_eq!(place.ok(&["--key-encoding", "raw", "list"]).text(), "\\x00\\xff\n");
}

#[test]
fn keys_can_be_normalized() {
    let place = Place::repo();
    place.ok(&["config", "set", "key.normalize", "nfc"]);
    place.ok(&["put", "e\u{301}", "1"]);
    assert_eq!(place.keys(), ["\u{e9}"]);
    assert_eq!(place.ok(&["get", "e\u{301}"]).out, b"1");
    assert_eq!(place.ok(&["-c", "key.normalize=none", "count", "e"]).text(), "0\n");
}

#[test]
fn quiet_and_color() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    assert_eq!(place.ok(&["-q", "delete", "a"]).err, "");
    let plain = place.run(&["get", "x"]).exits(1);
    assert!(!plain.err.contains('\u{1b}'));
    let colored = place.run(&["--color", "always", "get", "x"]).exits(1);
    assert!(colored.err.contains('\u{1b}'));
    place.run(&["--color", "perhaps", "get", "x"]).exits(2);
}

#[test]
fn a_held_lock_is_waited_for() {
    let place = Place::repo();
    let env = kvs::env::Env::real();
    let held = env.files.try_lock(&place.path(".kvs/lock")).unwrap();
    assert!(held.is_some());
    let error = place.run(&["--lock-timeout", "0", "put", "a", "1", "--json"]).failure(8, "locked");
    assert!(error["hint"].is_string());
    place.run(&["--lock-timeout", "0.1", "delete", "--all"]).exits(8).silent();
    drop(held);
    place.ok(&["--lock-timeout", "0", "put", "a", "1"]);
    place.run(&["--lock-timeout", "soon", "put", "a", "1"]).exits(2).says("seconds");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_told() {
    let place = Place::repo();
    place.put(&[("a", "1")]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_kvs"))
        .args(["get", "a"])
        .current_dir(place.path(""))
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(9));
    assert!(String::from_utf8(output.stderr).unwrap().contains("stdout"));
}

/// The program that decides a conflict waits, so the pull is under way when it is stopped.
#[cfg(unix)]
#[test]
fn a_signal_during_long_work_is_told() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = Place::with_clone();
        place.put(&[("base", "2")]);
        place.ok(&["push"]);
        place.ok(&["-C", "../other", "put", "base", "3"]);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kvs"));
        command.args(["-C", "../other", "--json", "pull", "--strategy"]);
        command.arg("cmd:echo $$ >&2; kill -STOP $$").current_dir(place.path(""));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let waiting: u32 = line.trim().parse().expect("a process id");
        let kill = |signal: &str, id: u32| {
            let kill = format!("kill -{signal} {id}");
            std::process::Command::new("sh").args(["-c", &kill]).status().unwrap()
        };
        assert!(kill(signal, child.id()).success());
        let output = child.wait_with_output().unwrap();
        assert!(kill("KILL", waiting).success());
        assert_eq!(output.status.code(), Some(code), "{signal}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["error"]["code"], "interrupted");
        assert_eq!(report["error"]["exit"], code);
        assert_eq!(report["error"]["retryable"], true);
        assert_eq!(place.ok(&["-C", "../other", "get", "base"]).out, b"3");
    }
}

#[test]
fn more_is_told_on_demand() {
    let place = Place::with_remote();
    place.put(&[("a", "1")]);
    let ran = place.ok(&["-v", "--progress", "always", "push"]).silent();
    let ran = ran.says("the repository is in ").says("the remote is ");
    assert!(ran.err.lines().any(|line| line.ends_with(", done")), "{}", ran.err);
    place.put(&[("b", "1")]);
    let ran = place.ok(&["push"]).silent();
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}
