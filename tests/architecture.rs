//! Goal: ARCHITECTURE shows the layers that the code keeps to, and names only what is there.
//!
//! Method: read the page; its table of layers must be that of `tests/tidy.rs`, and every path and
//! command that it, or FORMAT, names in backticks must exist.

use std::collections::BTreeSet;
use std::path::Path;

const ARCHITECTURE: &str = include_str!("../src/ARCHITECTURE.md");
const FORMAT: &str = include_str!("../src/format/FORMAT.md");
const TIDY: &str = include_str!("tidy.rs");

/// A checkout may have changed the ends of lines.
fn without_cr(text: &str) -> String {
    text.replace('\r', "")
}

#[test]
fn the_table_of_layers_is_the_one_that_is_kept() {
    let (page, tidy) = (without_cr(ARCHITECTURE), without_cr(TIDY));
    let (_, table) = page.split_once("| layer | may name |\n|---|---|\n").unwrap();
    let shown: Vec<(&str, Vec<&str>)> = table
        .lines()
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let (layer, named) = line.trim_matches('|').split_once('|').unwrap();
            let named = named.split(',').map(str::trim).filter(|name| !name.is_empty());
            (layer.trim(), named.collect())
        })
        .collect();
    let (_, kept) = tidy.split_once("const LAYERS: &[(&str, &[&str])] = &[\n").unwrap();
    let (kept, _) = kept.split_once("\n];").unwrap();
    let kept: Vec<(&str, Vec<&str>)> = kept
        .lines()
        .map(|line| {
            // Every other piece between quotes is a name.
            let mut names = line.split('"').skip(1).step_by(2);
            (names.next().unwrap(), names.collect())
        })
        .collect();
    assert_eq!(shown, kept);
    assert_eq!(shown.len(), 10);
}

#[test]
fn named_files_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = BTreeSet::new();
    for page in [ARCHITECTURE, FORMAT] {
        let code = page.split('`').skip(1).step_by(2);
        named.extend(code.filter(|text| text.starts_with("src/") || text.starts_with("tests/")));
    }
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|path| !root.join(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn named_commands_are_there() {
    let command = kvs::cli::command();
    for page in [ARCHITECTURE, FORMAT] {
        for text in page.split('`').filter(|text| text.starts_with("kvs ")) {
            let name = text.split(' ').nth(1).unwrap();
            assert!(command.find_subcommand(name).is_some(), "{text}");
        }
    }
}
