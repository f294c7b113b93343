//! `kvs help`, `kvs completions`, `--version`.

use crate::common::place::Place;

#[test]
fn help_is_data() {
    let place = Place::empty();
    let short = place.ok(&["-h"]);
    let long = place.ok(&["--help"]);
    assert_eq!(short.err, "");
    assert!(short.text().contains("Store one pair"));
    assert!(long.text().contains("Examples:"));
    assert_eq!(place.ok(&["help"]).text(), long.text());
    let put = place.ok(&["put", "--help"]).text();
    assert!(put.contains("Exit status:") && put.contains("--if-absent"), "{put}");
    assert_eq!(place.ok(&["help", "put"]).text(), put);
    assert!(place.ok(&["put", "-h"]).text().len() < put.len());
    assert!(place.ok(&["help", "remote", "add"]).text().contains("Name a remote"));
    place.run(&["help", "nonsense"]).exits(2).says("nonsense");
    assert!(place.ok(&["--version"]).text().starts_with("kvs "));
}

#[test]
fn exit_codes_are_one_table() {
    let place = Place::empty();
    let text = place.ok(&["help", "exit-codes"]).text();
    for name in ["moved_on", "unavailable", "interrupted", "capability"] {
        assert!(text.contains(name), "{text}");
    }
    let rows = place.ok(&["--json", "help", "exit-codes"]).objects();
    let found = rows.iter().find(|row| row["exit"] == 8).unwrap();
    assert_eq!(found["code"], "locked");
    assert_eq!(found["retryable"], true);
}

#[test]
fn no_command_is_wrong_usage() {
    let place = Place::empty();
    place.run::<&str>(&[]).exits(2).silent().says("Usage: kvs");
    place.run(&["--json"]).failure(2, "usage");
    place.run(&["remote"]).exits(2).silent().says("Usage: kvs remote");
}

#[test]
fn completions_for_every_shell() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.ok(&["completions", shell]).text().contains("if-absent"), "{shell}");
    }
    place.run(&["completions", "tcsh"]).exits(2).says("bash");
}
