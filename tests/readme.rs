//! Goal: what the README shows is what happens.
//!
//! Method: each block marked `console` is a session: lines that begin with `$ ` are given to one
//! shell, one after another, in an empty folder with an empty home, and what they print is compared
//! with the lines below. A line `...` stands for any lines. The demonstration that the README's
//! first command runs is run as well, with the program that was just built.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const MARK: &str = "=====next=====";

/// A command, and the lines that it prints.
#[derive(Debug, Default)]
struct Step {
    line: usize,
    command: String,
    expected: Vec<String>,
}

#[test]
fn sessions_print_what_the_readme_shows() {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let steps = steps_of(&readme);
    assert!(steps.len() >= 8, "the README has no session to speak of");
    let mut script = String::new();
    for step in &steps {
        // A failure that is shown is part of the session, so the shell goes on after it.
        writeln!(script, "echo {MARK}\n{}", step.command).expect("writing to a string");
    }
    let output = run_sh(&["-c", &format!("exec 2>&1\n{script}")]);
    let printed = String::from_utf8(output.stdout).expect("text");
    let parts: Vec<&str> = printed.split(&format!("{MARK}\n")).skip(1).collect();
    assert_eq!(parts.len(), steps.len(), "{printed}");
    for (step, part) in steps.iter().zip(parts) {
        let got: Vec<&str> = part.lines().collect();
        let line = step.line;
        assert!(
            is_like(&step.expected, &got),
            "README.md:{line}: $ {}\nshown: {:#?}\nprinted: {got:#?}",
            step.command,
            step.expected
        );
    }
}

#[test]
fn demonstration_runs() {
    let script = root().join("tests/demo.sh");
    let output = run_sh(&[script.to_str().expect("a path in UTF-8")]);
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
    assert!(printed.contains("$ kvs push"), "{printed}");
}

#[test]
fn dots_stand_for_any_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(is_like(&lines("a\n...\nc"), &["a", "b", "b", "c"]));
    assert!(is_like(&lines("a\n..."), &["a"]));
    assert!(!is_like(&lines("a\n...\nc"), &["a", "b"]));
    assert!(!is_like(&lines("a"), &["a", "b"]));
    assert!(!is_like(&lines("a"), &[]));
}

/// Whether the lines are those expected, where `...` stands for any number of them.
fn is_like(expected: &[String], got: &[&str]) -> bool {
    match (expected.split_first(), got.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "..." => {
            is_like(rest, got) || got.split_first().is_some_and(|(_, got)| is_like(expected, got))
        }
        (Some((first, rest)), Some((line, got))) => first == line && is_like(rest, got),
        _ => false,
    }
}

fn steps_of(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (index, line) in readme.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                let command = command.to_owned();
                steps.push(Step { line: index + 1, command, expected: Vec::new() });
            } else if let Some(step) = steps.last_mut() {
                step.expected.push(line.to_owned());
            }
        }
    }
    steps
}

fn run_sh(arguments: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_kvs"));
    let folder = program.parent().expect("the program is in a folder");
    let path = std::env::var("PATH").expect("a PATH");
    let home = tempfile::tempdir().expect("a folder");
    Command::new("sh")
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("HOME", home.path())
        .env("USER", "ann")
        .env("LC_ALL", "C.UTF-8")
        .env("KVS_DEMO_PROGRAM", program)
        .output()
        .expect("a shell")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
