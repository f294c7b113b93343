//! Goal: rules about the text of the project hold without anybody having to look.
//!
//! Method: read every file that the project is made of, line by line, and list all breaches at
//! once. The table of layers is the picture in ARCHITECTURE; a module may name, as `crate::x`, only
//! what its row lists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each layer, lowest first, with the layers it may name.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("text", &["error"]),
    ("env", &["error"]),
    ("ui", &["error", "text"]),
    ("format", &["error", "text"]),
    ("remote", &["env", "error"]),
    ("store", &["error", "text", "env", "format"]),
    ("repo", &["error", "text", "env", "format", "store", "remote"]),
    ("commands", &["error", "text", "env", "ui", "repo"]),
    ("cli", &["error", "text", "env", "ui", "repo", "commands"]),
];

const COLUMNS_MAX: usize = 100;
const LINES_MAX: usize = 600;
const LINES_WITHOUT_REASON_MAX: usize = 400;
const README_LINES_MAX: usize = 120;

/// How the reason for a long file begins, in its module doc.
const REASON: &str = "//! Over 400 lines because ";

/// Marks of unfinished work. They are in two parts so that this file is clean.
const FORBIDDEN: &[(&str, &str)] = &[("TO", "DO"), ("FIX", "ME"), ("XX", "X:")];

#[test]
fn layers_name_only_layers_below() {
    let mut problems = Vec::new();
    for (path, text) in files(&["src"], &["rs"]) {
        let layer = layer_of(&path);
        if layer == "lib" || layer == "main" {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            problems.push(format!("{}: {layer} is no layer", path.display()));
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            // A comment may point anywhere.
            let code = if line.trim_start().starts_with("//") { "" } else { line };
            for named in names_after_crate(code) {
                let known = LAYERS.iter().any(|(name, _)| *name == named);
                if known && named != layer && !allowed.contains(&named) {
                    let at = format!("{}:{}", path.display(), index + 1);
                    problems.push(format!("{at}: {layer} may not name {named}"));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn layers_are_in_order() {
    let mut below = Vec::new();
    for (layer, allowed) in LAYERS {
        for name in *allowed {
            assert!(below.contains(name), "{layer} names {name}, which is not below it");
        }
        below.push(*layer);
    }
}

#[test]
fn a_forbidden_name_would_be_seen() {
    assert_eq!(names_after_crate("use crate::repo::Repo; crate::env"), ["repo", "env"]);
    assert_eq!(layer_of(Path::new("src/store/log.rs")), "store");
    assert_eq!(layer_of(Path::new("src/error.rs")), "error");
}

#[test]
fn every_source_opens_with_a_module_doc() {
    let mut problems = Vec::new();
    for (path, text) in files(&["src", "tests"], &["rs"]) {
        if !text.starts_with("//! ") && !text.starts_with("#![doc") {
            problems.push(format!("{}: no module doc", path.display()));
        }
    }
    report(&problems);
}

#[test]
fn files_and_lines_have_a_bounded_length() {
    let mut problems = Vec::new();
    for (path, text) in files(&["src", "tests", ".ci"], &["rs", "sh", "py", "run"]) {
        let lines = text.lines().count();
        let reason = text.lines().any(|line| line.starts_with(REASON));
        let max = if reason { LINES_MAX } else { LINES_WITHOUT_REASON_MAX };
        if lines > max {
            problems.push(format!("{}: {lines} lines, at most {max}", path.display()));
        }
        for (index, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX && !line.contains("https://") {
                problems.push(format!("{}:{}: too wide", path.display(), index + 1));
            }
        }
    }
    report(&problems);
}

#[test]
fn readme_is_short() {
    let text = fs::read_to_string(root().join("README.md")).expect("a README");
    assert!(text.lines().count() <= README_LINES_MAX, "the README is too long");
}

#[test]
fn texts_are_clean() {
    let mut problems = Vec::new();
    for (path, text) in files(&["."], &["rs", "sh", "py", "md", "toml", "yml", "run", "justfile"]) {
        for (index, line) in text.lines().enumerate() {
            let at = format!("{}:{}", path.display(), index + 1);
            if !line.is_ascii() {
                problems.push(format!("{at}: not ASCII"));
            }
            if line.ends_with([' ', '\t']) {
                problems.push(format!("{at}: blanks at the end"));
            }
            for (one, two) in FORBIDDEN {
                let word = format!("{one}{two}");
                if line.contains(&word) {
                    problems.push(format!("{at}: {word} has no place here"));
                }
            }
        }
        if !text.ends_with('\n') {
            problems.push(format!("{}: no newline at the end", path.display()));
        }
    }
    report(&problems);
}

#[test]
fn lints_are_quieted_with_a_reason() {
    let mut problems = Vec::new();
    for (path, text) in files(&["src", "tests"], &["rs"]) {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let is_table = path.ends_with("tests/main.rs");
            if !is_table && (line.starts_with("#[allow(") || line.starts_with("#![allow(")) {
                let at = format!("{}:{}", path.display(), index + 1);
                problems.push(format!("{at}: use #[expect(lint, reason = ...)]"));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_test_file_is_part_of_a_test() {
    let main = fs::read_to_string(root().join("tests/main.rs")).expect("the table of contents");
    let listed: BTreeSet<&str> = main
        .lines()
        .filter_map(|line| line.trim().strip_prefix("mod "))
        .filter_map(|rest| rest.strip_suffix(';'))
        .collect();
    let mut problems = Vec::new();
    for entry in fs::read_dir(root().join("tests")).expect("a folder of tests") {
        let path = entry.expect("an entry of the folder").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name in ASCII");
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        let is_module = is_source || path.join("mod.rs").exists();
        if is_module && name != "main" && !listed.contains(name) {
            problems.push(format!("tests/main.rs does not list {name}"));
        }
    }
    report(&problems);
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// The modules that a line names as `crate::x`.
fn names_after_crate(line: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.split("crate::")
        .skip(1)
        .filter_map(|rest| rest.split(|c| !is_name(c)).next())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The first part of a path below `src/`.
fn layer_of(path: &Path) -> &str {
    let part = path.iter().nth(1).and_then(|part| part.to_str()).unwrap_or_default();
    part.trim_end_matches(".rs")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below some folders whose names end so, by their path in the project, with their text.
fn files(folders: &[&str], endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != ".git" && name != "target" {
                let entries = fs::read_dir(&path).expect("a folder that can be read");
                pending.extend(entries.map(|entry| entry.expect("an entry").path()));
            }
        } else if endings.contains(&name.rsplit('.').next().unwrap_or_default()) {
            let text = fs::read_to_string(&path).expect("a file of UTF-8 text");
            let path = path.strip_prefix(root()).expect("a path below the project");
            found.push((path.strip_prefix(".").unwrap_or(path).to_owned(), text));
        }
    }
    assert!(!found.is_empty(), "nothing to look at in {folders:?}");
    found.sort();
    found
}
