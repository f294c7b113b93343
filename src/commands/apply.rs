//! `kvs apply`: a transaction.
//!
//! Its steps are read before the lock is taken, so that a slow input keeps nobody waiting. What
//! must hold is checked under the lock, against the state before the transaction; only sizes and
//! hashes of expected values are kept until then.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Kind, Result};
use crate::repo::{Batch, Repo, Snapshot};
use crate::text::keys::shown;
use crate::text::{Normalize, Op, OpReader};

/// Change several keys together, or none of them
///
/// Reads one step a line: {"op":"put","key":...,"value":...}, {"op":"delete","key":...}, and
/// {"op":"verify","key":...,"value":...} or {"op":"verify","key":...,"missing":true}, which must
/// hold before the transaction. Keys and values that are not UTF-8 stand in key_b64 and value_b64.
///
/// Examples:
///   kvs apply steps.jsonl
///   printf '{"op":"delete","key":"a"}' | kvs apply
///
/// Exit status: 0 done; 1 a verify does not hold, nothing changed; 2 a bad line, nothing changed.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The file; `-` for stdin, as without it
    file: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let path = self.file.as_deref().unwrap_or(Path::new("-"));
        let input = files::open(&context.ui, path, "the steps")?;
        let steps = Steps::read(&repo, input, repo.config().key_text().normalize)?;
        let (puts, verified) = (steps.puts, steps.conditions.len() as u64);
        let deletes = repo.transact(|held| steps.run(&held.snapshot, &mut held.batch))?;
        if context.ui.is_json() {
            let report = Object::new().number("put", puts).number("deleted", deletes);
            context.ui.line(report.number("verified", verified).finish())?;
        } else {
            context
                .ui
                .say(format_args!("Applied: {puts} put, {deletes} deleted, {verified} verified."));
        }
        Ok(Outcome::Done)
    }
}

/// A transaction that was read and not run yet.
struct Steps {
    batch: Batch,
    conditions: Vec<Condition>,
    puts: u64,
    /// Keys whose last step is a delete.
    deletes: BTreeSet<Vec<u8>>,
    /// Hashes of keys that are put by some step.
    put_keys: HashSet<u64>,
    hasher: RandomState,
}

/// What must hold before.
struct Condition {
    line: u64,
    key: Vec<u8>,
    /// Size and hash of the value; `None`: there is no such key.
    expected: Option<(u64, blake3::Hash)>,
}

impl Steps {
    fn read(repo: &Repo, input: impl BufRead, normalize: Normalize) -> Result<Self> {
        let mut steps = Self {
            batch: repo.batch()?,
            conditions: Vec::new(),
            puts: 0,
            deletes: BTreeSet::new(),
            put_keys: HashSet::new(),
            hasher: RandomState::new(),
        };
        let mut reader = OpReader::new(input, normalize);
        while let Some(op) = reader.next_op()? {
            steps.add(op, reader.line())?;
        }
        Ok(steps)
    }

    fn add(&mut self, op: Op, line: u64) -> Result<()> {
        match op {
            Op::Put { key, value } => {
                self.batch.put(&key, &value)?;
                self.puts += 1;
                self.deletes.remove(&key);
                self.put_keys.insert(self.hasher.hash_one(&key));
            }
            Op::Delete { key } => {
                self.deletes.insert(key);
            }
            Op::Verify { key, expected } => {
                let expected = expected.map(|value| (value.len() as u64, blake3::hash(&value)));
                self.conditions.push(Condition { line, key, expected });
            }
        }
        Ok(())
    }

    /// Checks the conditions and hands the batch over; gives the number of keys deleted.
    fn run(self, snapshot: &Snapshot, batch: &mut Batch) -> Result<u64> {
        for condition in &self.conditions {
            condition.check(snapshot)?;
        }
        *batch = self.batch;
        let mut count = 0;
        for key in &self.deletes {
            // A key that is not there needs no tombstone, but one that an earlier step put does.
            let is_there = snapshot.get(key)?.is_some();
            if is_there || self.put_keys.contains(&self.hasher.hash_one(key)) {
                batch.delete(key)?;
            }
            count += u64::from(is_there);
        }
        Ok(count)
    }
}

impl Condition {
    fn check(&self, snapshot: &Snapshot) -> Result<()> {
        let what = match (snapshot.get(&self.key)?, &self.expected) {
            (None, None) => return Ok(()),
            (None, Some(_)) => "is not there",
            (Some(_), None) => "is there",
            (Some(entry), Some((bytes, hash))) => {
                if entry.bytes() == *bytes && blake3::hash(&entry.value()?) == *hash {
                    return Ok(());
                }
                "has another value"
            }
        };
        let (line, key) = (self.line, shown(&self.key));
        Err(Error::new(Kind::No, format!("line {line}: {key} {what}; nothing was changed")))
    }
}
