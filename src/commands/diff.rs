//! `kvs diff`: unpushed changes with their values, before and after.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::json::Object;
use super::status::{letter, painted};
use super::{Context, Outcome, Run, files};
use crate::error::Result;
use crate::repo::{Change, ChangeKind, Entry};
use crate::text::{KeyText, escape};
use crate::ui::{Ui, size};

/// Longer values are only named with their size, except as JSON.
const SHOWN_BYTES_MAX: u64 = 64 * 1024;

/// Show unpushed changes with their values
///
/// A line `A KEY`, `M KEY` or `D KEY` for each, below it the base's value (`-`) and the one here
/// (`+`), escaped line by line.
///
/// Examples:
///   kvs diff
///   kvs diff --stat
///   kvs diff --exit-code config || echo changed
///
/// Exit status: 0 done; 1 there are differences (--exit-code).
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only these keys
    #[arg(value_name = "KEY")]
    keys: Vec<OsString>,

    /// Sizes instead of values
    #[arg(long)]
    stat: bool,

    /// Exit 1 if there are differences
    #[arg(long)]
    exit_code: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let wanted: Result<BTreeSet<_>> =
            self.keys.iter().map(|key| files::key_of(text, key)).collect();
        let wanted = wanted?;
        let mut counts = [0_u64; 3];
        for change in repo.snapshot()?.changes()? {
            let change = change?;
            if !wanted.is_empty() && !wanted.contains(&change.key) {
                continue;
            }
            let [added, modified, deleted] = &mut counts;
            *match change.kind {
                ChangeKind::Added => added,
                ChangeKind::Modified => modified,
                ChangeKind::Deleted => deleted,
            } += 1;
            if context.ui.is_json() {
                print_json(&mut context.ui, &change, self.stat)?;
            } else if self.stat {
                print_sizes(&mut context.ui, text, &change)?;
            } else {
                print_values(&mut context.ui, text, &change)?;
            }
        }
        let [added, modified, deleted] = counts;
        if self.stat && !context.ui.is_json() {
            let total = format!("{added} added, {modified} modified, {deleted} deleted");
            context.ui.line(total)?;
        }
        let is_different = counts.iter().any(|count| *count > 0);
        Ok(if self.exit_code && is_different { Outcome::No } else { Outcome::Done })
    }
}

fn print_json(ui: &mut Ui, change: &Change, stat: bool) -> Result<()> {
    let kind = match change.kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Deleted => "deleted",
    };
    let mut object = Object::new().text("change", kind).bytes("key", &change.key);
    for (name, size, entry) in
        [("base", "base_size", &change.base), ("value", "size", &change.ours)]
    {
        object = match entry {
            Some(entry) if stat => object.number(size, entry.bytes()),
            Some(entry) => object.bytes(name, &entry.value()?),
            None => object,
        };
    }
    ui.line(object.finish())
}

fn print_sizes(ui: &mut Ui, text: KeyText, change: &Change) -> Result<()> {
    let shown = |entry: &Option<Entry>| match entry {
        Some(entry) => size(entry.bytes()),
        None => "-".to_owned(),
    };
    let (before, after) = (shown(&change.base), shown(&change.ours));
    let head = format!("{} {}", letter(change.kind), text.print(&change.key));
    let head = painted(ui, change.kind, &head);
    ui.line(format!("{head}  {before} -> {after}"))
}

fn print_values(ui: &mut Ui, text: KeyText, change: &Change) -> Result<()> {
    let head = format!("{} {}", letter(change.kind), text.print(&change.key));
    ui.line(head)?;
    let sides = [("-", ChangeKind::Deleted, &change.base), ("+", ChangeKind::Added, &change.ours)];
    for (sign, color, entry) in sides {
        let Some(entry) = entry else { continue };
        for line in value_lines(entry)? {
            let line = painted(ui, color, &format!("{sign} {line}"));
            ui.line(line)?;
        }
    }
    Ok(())
}

fn value_lines(entry: &Entry) -> Result<Vec<String>> {
    if entry.bytes() > SHOWN_BYTES_MAX {
        return Ok(vec![format!("({})", size(entry.bytes()))]);
    }
    let value = entry.value()?;
    let body = value.strip_suffix(b"\n").unwrap_or(&value);
    Ok(body.split(|byte| *byte == b'\n').map(|line| escape(line).into_owned()).collect())
}
