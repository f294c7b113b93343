//! What clap cannot parse: its help pages, and calls that are wrong.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{error_report, is_json};
use crate::error::{Error, Kind};
use crate::ui::{Options, Ui};

/// How to talk about arguments that were not understood as a whole.
pub(super) fn options(arguments: &[OsString], plain: bool) -> Options {
    Options { json: is_json(arguments), plain, ..Options::default() }
}

/// Prints help or what is wrong; gives the exit code.
pub(super) fn conclude(ui: &mut Ui, error: &clap::Error) -> u8 {
    let rendered = error.render();
    let (styled, plain) = (rendered.ansi().to_string(), rendered.to_string());
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let printed = ui.print_help(&styled, &plain, false).and_then(|()| ui.finish());
        return match printed {
            Err(failure) if !ui.is_closed() => {
                ui.fail(&failure);
                failure.kind().exit().code
            }
            _ => 0,
        };
    }
    let ours = explain(error, &plain);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // The help page says more than an error would.
        drop(ui.print_help(&styled, &plain, true));
    } else {
        ui.fail(&ours);
    }
    if ui.is_json() {
        // There is nobody else to tell where stdout is gone.
        drop(ui.line(error_report(&ours)).and_then(|()| ui.finish()));
    }
    Kind::Usage.exit().code
}

/// Says in our own words what clap says on several lines.
fn explain(error: &clap::Error, plain: &str) -> Error {
    if let Some(word) = git_word(error) {
        return Error::usage(format!("kvs has no command {word}"))
            .hint("`kvs put` is durable at once; `kvs push` publishes.");
    }
    let is_bare = ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if [is_bare, ErrorKind::MissingSubcommand].contains(&error.kind()) {
        return Error::usage("a command is missing").hint("`kvs help` lists the commands.");
    }
    let source = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<Error>());
    if let Some(hint) = source.and_then(Error::hint_text) {
        return Error::usage(first_line(plain)).hint(hint);
    }
    let mut message = Vec::new();
    let mut hints = Vec::new();
    for line in plain.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(first) = line.strip_prefix("error: ") {
            message.push(first.to_owned());
        } else if let Some(tip) = line.strip_prefix("tip: ") {
            hints.push(sentence(tip));
        } else if let Some(usage) = line.strip_prefix("Usage: ") {
            hints.push(format!("The call is `{usage}`."));
        } else if !line.starts_with("For more information") {
            message.push(line.to_owned());
        }
    }
    hints.push("`--help` tells more.".to_owned());
    Error::usage(message.join(" ")).hint(hints.join(" "))
}

fn first_line(plain: &str) -> String {
    let line = plain.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A git command that was typed out of habit.
fn git_word(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(word) => {
            let words = ["add", "commit", "restore", "checkout"];
            words.contains(&word.as_str()).then_some(word)
        }
        _ => None,
    }
}
