//! `kvs put`: stores one pair. Without a condition it does nothing but append.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Kind, Result};
use crate::repo::Repo;
use crate::text::{check_value, keys::shown};

/// Store one pair
///
/// The pair is safe on disk once the command returns; `kvs push` publishes it. Without VALUE, or
/// with `-`, the value is what stands on stdin, byte for byte. In scripts write `--` before a key
/// that may begin with a dash.
///
/// Examples:
///   kvs put greeting hello
///   kvs put -- "$key" "$value"
///   tar c src | kvs put backup
///   kvs put --if-value 1 counter 2
///
/// Exit status: 0 stored; 1 the condition does not hold, nothing changed; 2 wrong usage.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The key
    key: OsString,

    /// The value; `-` for stdin, as without it
    #[arg(allow_negative_numbers = true)]
    value: Option<OsString>,

    /// Take the value from a file
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    file: Option<PathBuf>,

    /// Store only if the key is not there
    #[arg(long, conflicts_with = "if_value")]
    if_absent: bool,

    /// Store only if the key has the value OLD (compare and set)
    #[arg(long, value_name = "OLD", allow_hyphen_values = true)]
    if_value: Option<OsString>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let key = files::key_of(repo.config().key_text(), &self.key)?;
        let value = self.read_value(context)?;
        check_value(&key, &value)?;
        if self.if_absent || self.if_value.is_some() {
            self.put_if(&repo, &key, &value)?;
        } else {
            repo.put(&key, &value)?;
        }
        if context.ui.is_json() {
            let report = Object::new().bytes("key", &key).number("size", value.len() as u64);
            context.ui.line(report.finish())?;
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    fn read_value(&self, context: &Context) -> Result<Vec<u8>> {
        match (&self.file, &self.value) {
            (Some(file), _) => files::read_value(&context.ui, file),
            (None, Some(value)) if value != "-" => Ok(files::bytes_of(value)?.to_vec()),
            _ => files::read_value(&context.ui, Path::new("-")),
        }
    }

    fn put_if(&self, repo: &Repo, key: &[u8], value: &[u8]) -> Result<()> {
        let wanted = self.if_value.as_deref().map(files::bytes_of).transpose()?;
        repo.transact(|transaction| {
            let found = transaction.snapshot.get(key)?;
            match (&found, wanted) {
                (Some(_), None) => return Err(refused(key, "is there already")),
                (None, Some(_)) => return Err(refused(key, "is not there")),
                // A value of another length is another value; a large one need not be read.
                (Some(entry), Some(old))
                    if entry.bytes() != old.len() as u64 || entry.value()? != old =>
                {
                    return Err(refused(key, "has another value"));
                }
                (None, None) | (Some(_), Some(_)) => {}
            }
            transaction.batch.put(key, value)
        })
    }
}

fn refused(key: &[u8], what: &str) -> Error {
    Error::new(Kind::No, format!("{} {what}; nothing was stored", shown(key)))
}
