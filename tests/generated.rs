//! Goal: the completions and man pages in the project are those of the program.
//!
//! Method: make them from the definitions that the parser uses and compare with the files. With
//! `KVS_REGENERATE=1` the files are written instead; pages of commands that are gone are removed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use kvs::commands::exits::exit_kinds;
use kvs::error::EXIT_CODES;

/// Pages that are written by hand stand beside the others.
const BY_HAND: &[&str] = &["kvs-format.5", "kvs-glossary.7"];

/// The heading of the options that every command takes.
const GLOBAL: &str = "Global options";

/// What every piece of a page begins with; once is enough.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

type Files = BTreeMap<String, Vec<u8>>;

#[test]
fn completions_are_current() {
    let mut files = Files::new();
    for (shell, name) in [
        (Shell::Bash, "kvs.bash"),
        (Shell::Zsh, "_kvs"),
        (Shell::Fish, "kvs.fish"),
        (Shell::PowerShell, "_kvs.ps1"),
        (Shell::Elvish, "kvs.elv"),
    ] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut kvs::cli::command(), "kvs", &mut text);
        files.insert(name.to_owned(), text);
    }
    compare("completions", &files, &[]);
}

#[test]
fn man_pages_are_current() {
    let mut command = kvs::cli::command();
    command.build();
    let mut files = Files::new();
    add_pages(&mut files, &command, "");
    compare("man", &files, BY_HAND);
}

#[test]
fn pages_by_hand_are_there() {
    for name in BY_HAND {
        let text = fs::read_to_string(folder("man").join(name)).expect("a page written by hand");
        assert!(text.starts_with(".TH "), "{name}");
    }
}

/// Adds the page of a command, and those of the commands below it. `path` is its name without
/// `kvs`.
fn add_pages(files: &mut Files, command: &Command, path: &str) {
    let name = if path.is_empty() { "kvs".to_owned() } else { format!("kvs {path}") };
    let title = name.replace(' ', "-");
    files.insert(format!("{title}.1"), page(command, &name, &title, path));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        if below.get_name() != "help" {
            add_pages(files, below, format!("{path} {}", below.get_name()).trim_start());
        }
    }
}

fn page(command: &Command, name: &str, title: &str, path: &str) -> Vec<u8> {
    let below: Vec<String> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help")
        .map(|below| format!("{title}-{}", below.get_name()))
        .collect();
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let (about, status) = long.split_once("Exit status: ").unwrap_or((&long, ""));
    // A command's name must live as long as the program; a page is made once.
    let static_title: &'static str = title.to_owned().leak();
    let command = command.clone().name(static_title).bin_name(name.to_owned());
    let command = command.long_about(about.trim_end().to_owned());
    // The options that every command takes stand on the program's page only.
    let command = command.mut_args(|option| {
        let hidden = !path.is_empty() && option.get_help_heading() == Some(GLOBAL);
        option.hide(hidden)
    });
    // No version and no date: the page changes when the command does.
    let man = Man::new(command).title(title.to_uppercase()).source("kvs").date("");
    let mut out = Vec::new();
    man.render_title(&mut out).expect("writing to memory");
    man.render_name_section(&mut out).expect("writing to memory");
    man.render_synopsis_section(&mut out).expect("writing to memory");
    man.render_description_section(&mut out).expect("writing to memory");
    man.render_options_section(&mut out).expect("writing to memory");
    let mut roff = Roff::new();
    if !path.is_empty() {
        let text = "Options that every command takes, such as -C, --json and -q, are in kvs(1).";
        roff.control("PP", []).text([roman(text)]);
    }
    exit_status(&mut roff, path, status);
    see_also(&mut roff, title, &below);
    roff.to_writer(&mut out).expect("writing to memory");
    let text = String::from_utf8(out).expect("a page of UTF-8");
    format!("{PREAMBLE}{}", text.replace(PREAMBLE, "")).into_bytes()
}

/// What the command's help says of it, and then the rows of the table that concern it.
fn exit_status(roff: &mut Roff, path: &str, said: &str) {
    roff.control("SH", ["EXIT STATUS"]);
    if !said.is_empty() {
        roff.text([roman(said.trim_end())]);
    }
    roff.control("TP", []).text([bold("0")]).text([roman("done")]);
    let kinds = exit_kinds(path);
    for row in EXIT_CODES.iter().filter(|row| kinds.contains(&row.kind)) {
        let meaning = format!("{} ({}): {}", row.meaning, row.name, row.action);
        roff.control("TP", []).text([bold(row.code.to_string())]).text([roman(meaning)]);
    }
}

fn see_also(roff: &mut Roff, title: &str, below: &[String]) {
    let mut pages: Vec<String> = below.iter().map(|page| format!("{page}(1)")).collect();
    if let Some((above, _)) = title.rsplit_once('-') {
        pages.push(format!("{above}(1)"));
    }
    pages.extend(["kvs-format(5)".to_owned(), "kvs-glossary(7)".to_owned()]);
    roff.control("SH", ["SEE ALSO"]).text([roman(pages.join(", "))]);
}

/// Compares files with those in a folder of the project, or writes them.
fn compare(name: &str, files: &Files, others: &[&str]) {
    let folder = folder(name);
    if std::env::var_os("KVS_REGENERATE").is_some() {
        fs::create_dir_all(&folder).expect("a folder that can be made");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a file that can be written");
        }
    }
    let mut problems = Vec::new();
    for (name, text) in files {
        match fs::read(folder.join(name)) {
            // A checkout may have changed the ends of lines.
            Ok(found) if without_cr(&found) == without_cr(text) => {}
            Ok(_) => problems.push(format!("{name} is not current")),
            Err(_) => problems.push(format!("{name} is missing")),
        }
    }
    for entry in fs::read_dir(&folder).expect("a folder that can be read") {
        let found = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        if !files.contains_key(&found) && !others.contains(&found.as_str()) {
            if std::env::var_os("KVS_REGENERATE").is_some() {
                fs::remove_file(folder.join(&found)).expect("a file that can be removed");
            } else {
                problems.push(format!("{found} belongs to no command"));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{name}/: {problems:#?}\nWrite them with: KVS_REGENERATE=1 cargo test generated"
    );
}

fn without_cr(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| *byte != b'\r').collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
