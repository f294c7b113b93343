//! `kvs list`: keys in byte order, with as much about each as asked.

use std::ffi::OsString;

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Result};
use crate::repo::{Entry, Range, State};
use crate::text::{Format, KeyText, PairWriter};
use crate::ui::{Ui, time};

/// List keys in byte order
///
/// One key a line, escaped: \t \n \r \\, and \xNN for other control bytes and what is not UTF-8.
/// With -l the size in bytes, modified time (UTC), version and state stand before it.
///
/// Examples:
///   kvs list users/
///   kvs list --start 2024 --end 2025 --reverse --limit 10
///   kvs list logs/ --values --format tsv
///
/// Exit status: 0 done, also where there is no key.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only keys that begin with this
    prefix: Option<OsString>,

    /// First key (included)
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    start: Option<OsString>,

    /// Last key (excluded)
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    end: Option<OsString>,

    /// Last key first
    #[arg(long)]
    reverse: bool,

    /// At most N keys
    #[arg(long, value_name = "N")]
    limit: Option<u64>,

    /// Add size, modified time, version and state
    #[arg(short = 'l', conflicts_with_all = ["values", "zero"])]
    long: bool,

    /// Whole pairs, in --format
    #[arg(long)]
    values: bool,

    /// How pairs are printed: jsonl, tsv, nul or csv
    #[arg(long, requires = "values")]
    format: Option<Format>,

    /// Keys are printed raw and end with NUL
    #[arg(short = 'z', conflicts_with = "values")]
    zero: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let bound = |bound: &Option<OsString>| {
            bound.as_deref().map(|bound| files::prefix_of(text, bound)).transpose()
        };
        let range = Range {
            prefix: bound(&self.prefix)?.unwrap_or_default(),
            start: bound(&self.start)?,
            end: bound(&self.end)?,
            reverse: self.reverse,
        };
        let snapshot = repo.snapshot()?;
        let limit = usize::try_from(self.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let entries = snapshot.scan(&range)?.take(limit);
        if self.values {
            self.print_pairs(&mut context.ui, entries)?;
        } else {
            for entry in entries {
                self.print_key(&mut context.ui, text, &entry?)?;
            }
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    fn print_pairs(&self, ui: &mut Ui, entries: impl Iterator<Item = Result<Entry>>) -> Result<()> {
        let format = self.format.unwrap_or_default();
        if ui.is_json() && format != Format::Jsonl {
            return Err(
                Error::usage("--json goes with the format jsonl only").hint("Leave out --format.")
            );
        }
        let mut pairs = PairWriter::new(format, ui);
        for entry in entries {
            let entry = entry?;
            pairs.write(entry.key(), &entry.value()?)?;
        }
        pairs.finish().map(drop)
    }

    fn print_key(&self, ui: &mut Ui, text: KeyText, entry: &Entry) -> Result<()> {
        if ui.is_json() {
            let object = Object::new().bytes("key", entry.key());
            let object = if self.long { with_details(object, entry) } else { object };
            return ui.line(object.finish());
        }
        if self.zero {
            ui.data(entry.key())?;
            return ui.data(b"\0");
        }
        if self.long {
            let (bytes, modified) = (entry.bytes(), time(entry.modified_ms()));
            let (version, state) = (version(entry), state(entry));
            let details = format!("{bytes:>10}  {modified}  {version:>5}  {state:<8}  ");
            ui.data(details.as_bytes())?;
        }
        ui.line(text.print(entry.key()).as_bytes())
    }
}

fn with_details(object: Object, entry: &Entry) -> Object {
    object
        .number("size", entry.bytes())
        .text("modified", &time(entry.modified_ms()))
        .number("version", entry.version())
        .text("state", state(entry))
}

fn version(entry: &Entry) -> String {
    match entry.version() {
        0 => "-".to_owned(),
        version => version.to_string(),
    }
}

fn state(entry: &Entry) -> &'static str {
    match entry.state() {
        State::Unpushed => "unpushed",
        State::Pushed => "pushed",
    }
}
