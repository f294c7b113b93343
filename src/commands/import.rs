//! `kvs import`: many pairs from a stream or a folder, by default all of them or none.
//!
//! Pairs go into a batch as they are read, which needs no lock and spills what is too much for
//! memory; the commit at the end makes them visible together.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::context::Shown;
use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run, files, tree};
use crate::error::{Error, Result};
use crate::repo::{Batch, Progress as _, Repo};
use crate::text::{Format, PairReader};

/// Room for input that was read and not parsed yet.
const INPUT_BYTES: usize = 256 * 1024;

/// Store many pairs from a file, stdin or a folder
///
/// All pairs are stored or, where a line is bad or the command is stopped, none. Of a key that
/// comes twice, the last value counts. Formats: jsonl ({"key":...,"value":...} a line), tsv, nul
/// (key NUL value NUL), csv (with the header key,value).
///
/// Examples:
///   kvs import data.jsonl
///   zcat data.tsv.gz | kvs import --format tsv
///   kvs import --dir config/
///
/// Exit status: 0 stored; 2 a bad line, which is named by its number, or a missing file.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file; `-` for stdin, as without it
    #[arg(conflicts_with = "dir")]
    file: Option<PathBuf>,

    /// How the pairs are written: jsonl, tsv, nul or csv
    #[arg(long, default_value = "jsonl", conflicts_with = "dir")]
    format: Format,

    /// Commit after every N pairs: less to repeat after a bad line
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    commit_every: Option<u64>,

    /// Take each file below D as a pair: its path is the key, its content the value
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let progress = context.shown();
        let mut store = Storing::new(&repo, self.commit_every)?;
        let done = match &self.dir {
            Some(dir) => read_folder(context, dir, &mut store, &progress),
            None => self.read_stream(context, &mut store, &progress),
        };
        let done = done.and_then(|()| store.commit());
        progress.end();
        done.map_err(|error| store.say_what_is_stored(error))?;
        let pairs = store.committed;
        if context.ui.is_json() {
            context.ui.line(Object::new().number("imported", pairs).finish())?;
        } else {
            context.ui.say(format_args!("Imported {}.", number(pairs, "pair")));
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    fn read_stream(
        &self,
        context: &Context,
        store: &mut Storing<'_>,
        progress: &Shown,
    ) -> Result<()> {
        let path = self.file.as_deref().unwrap_or(Path::new("-"));
        let is_stdin = path.as_os_str() == "-";
        let input = files::open(&context.ui, path, "pairs")?;
        let bytes = context.env.files.metadata(path).ok().map(|found| found.bytes);
        // A bar would be drawn over what a person types.
        if !(is_stdin && context.ui.is_typed()) {
            progress.begin("Importing", bytes.filter(|bytes| *bytes > 0 && !is_stdin));
        }
        let input = BufReader::with_capacity(INPUT_BYTES, Counted { input, progress });
        let normalize = store.repo.config().key_text().normalize;
        let mut pairs = PairReader::new(self.format, input, normalize);
        let named = |error: Error| {
            if is_stdin { error } else { error.context(path.display()) }
        };
        while let Some(pair) = pairs.next_pair().map_err(named)? {
            store.put(pair.key, pair.value)?;
        }
        Ok(())
    }
}

fn read_folder(
    context: &Context,
    dir: &Path,
    store: &mut Storing<'_>,
    progress: &Shown,
) -> Result<()> {
    let key_text = store.repo.config().key_text();
    progress.begin("Importing", None);
    tree::walk(dir, |key, path| {
        let key = key_text.read_raw(key).map_err(|error| error.context(path.display()))?;
        let value = files::read_value(&context.ui, path)?;
        progress.advance(value.len() as u64);
        store.put(&key, &value)
    })
}

/// Collects pairs, and commits them.
struct Storing<'a> {
    repo: &'a Repo,
    batch: Option<Batch>,
    commit_every: Option<u64>,
    collected: u64,
    committed: u64,
}

impl<'a> Storing<'a> {
    fn new(repo: &'a Repo, commit_every: Option<u64>) -> Result<Self> {
        let batch = Some(repo.batch()?);
        Ok(Self { repo, batch, commit_every, collected: 0, committed: 0 })
    }

    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let batch = match &mut self.batch {
            Some(batch) => batch,
            none => none.insert(self.repo.batch()?),
        };
        batch.put(key, value)?;
        self.collected += 1;
        if self.commit_every == Some(self.collected) { self.commit() } else { Ok(()) }
    }

    /// Makes what was collected visible. Durable when this returns.
    fn commit(&mut self) -> Result<()> {
        let Some(batch) = self.batch.take().filter(|batch| !batch.is_empty()) else {
            return Ok(());
        };
        self.repo.commit(batch)?;
        self.committed += self.collected;
        self.collected = 0;
        Ok(())
    }

    fn say_what_is_stored(&self, error: Error) -> Error {
        if self.commit_every.is_none() {
            return error;
        }
        let stored = number(self.committed, "pair");
        let hint = error.hint_text().unwrap_or_default();
        let hint = format!("{stored} before that are stored. {hint}").trim_end().to_owned();
        error.hint(hint)
    }
}

/// Input that tells how much of it was read.
struct Counted<'a, R> {
    input: R,
    progress: &'a Shown,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let got = self.input.read(buffer)?;
        self.progress.advance(got as u64);
        Ok(got)
    }
}
