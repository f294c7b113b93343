//! `kvs export`: many pairs to stdout or a folder, such that `kvs import` gives them back.
//!
//! A folder is checked against all keys before the first file is written.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run, files, tree};
use crate::error::{Error, Result};
use crate::repo::{Progress as _, Range, Snapshot};
use crate::text::{Format, PairWriter};

/// Print or write out many pairs
///
/// In the order of the keys' bytes. What is exported in a format can be imported in it, and is the
/// same byte for byte. csv cannot hold what is not UTF-8, nul not what holds a NUL; with --dir each
/// key must be a relative path.
///
/// Examples:
///   kvs export > data.jsonl
///   kvs export users/ --format csv
///   kvs export --dir config/
///
/// Exit status: 0 exported; 2 a pair does not fit into the format or the folder.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only keys that begin so
    prefix: Option<OsString>,

    /// How to write the pairs: jsonl, tsv, nul or csv
    #[arg(long, default_value = "jsonl", conflicts_with = "dir")]
    format: Format,

    /// Write each value into a file below D, whose path is the key
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        if context.ui.is_json() && self.format != Format::Jsonl {
            return Err(Error::usage("--json goes with the format jsonl only")
                .hint("Leave out --format, or --json."));
        }
        let repo = context.repo()?;
        let mut range = Range::default();
        if let Some(prefix) = &self.prefix {
            range.prefix = files::prefix_of(repo.config().key_text(), prefix)?;
        }
        let snapshot = repo.snapshot()?;
        match &self.dir {
            Some(dir) => to_folder(context, &snapshot, &range, dir)?,
            None => self.to_stdout(context, &snapshot, &range)?,
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    fn to_stdout(&self, context: &mut Context, snapshot: &Snapshot, range: &Range) -> Result<()> {
        // A bar between lines on one terminal would be in the way of both.
        let progress = (!std::io::stdout().is_terminal()).then(|| context.shown());
        if let Some(progress) = &progress {
            progress.begin("Exporting", None);
        }
        let mut pairs = PairWriter::new(self.format, &mut context.ui);
        for entry in snapshot.scan(range)? {
            let entry = entry?;
            let value = entry.value()?;
            pairs.write(entry.key(), &value)?;
            if let Some(progress) = &progress {
                progress.advance((entry.key().len() + value.len()) as u64);
            }
        }
        pairs.finish()?;
        if let Some(progress) = &progress {
            progress.end();
        }
        Ok(())
    }
}

fn to_folder(context: &mut Context, snapshot: &Snapshot, range: &Range, dir: &Path) -> Result<()> {
    let mut check = tree::Check::new(dir);
    for entry in snapshot.scan(range)? {
        check.add(entry?.key())?;
    }
    let progress = context.shown();
    progress.begin("Exporting", None);
    let mut count = 0;
    for entry in snapshot.scan(range)? {
        let entry = entry?;
        let mut file = tree::create(dir, entry.key())?;
        entry.write_value(&mut file)?;
        progress.advance(entry.bytes());
        count += 1;
    }
    progress.end();
    if context.ui.is_json() {
        return context.ui.line(Object::new().number("exported", count).finish());
    }
    let dir = dir.display();
    context.ui.say(format_args!("Exported {} to {dir}.", number(count, "pair")));
    Ok(())
}
