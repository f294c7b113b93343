//! `kvs delete`: tombstones for the keys that are there.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::ArgGroup;

use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Kind, Result};
use crate::repo::{Range, Repo};
use crate::text::{KeyReader, KeyText, keys::shown};
use crate::ui::{Ui, Voice};

/// Remove keys
///
/// Keys that are not there are skipped. All of it is done at once, or nothing is.
///
/// Examples:
///   kvs delete a b c
///   kvs delete --prefix tmp/
///   kvs list old/ -z | kvs delete --stdin -z
///
/// Exit status: 0 done, however many went; 1 a key is missing (--strict), nothing deleted; 2 wrong
/// usage, such as an empty prefix.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
#[command(
    verbatim_doc_comment,
    group = ArgGroup::new("what").required(true).args(["keys", "stdin", "prefix", "all"])
)]
pub struct Args {
    /// The keys
    #[arg(value_name = "KEY")]
    keys: Vec<OsString>,

    /// Read keys from stdin, one a line, escaped
    #[arg(long)]
    stdin: bool,

    /// Keys on stdin are raw and end with NUL
    #[arg(short = 'z', requires = "stdin", conflicts_with_all = ["keys", "prefix", "all"])]
    zero: bool,

    /// Every key that begins with P
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    prefix: Option<OsString>,

    /// Every key
    #[arg(long)]
    all: bool,

    /// Delete nothing if one of the keys is missing
    #[arg(long, conflicts_with_all = ["prefix", "all"])]
    strict: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let count = if let Some(prefix) = &self.prefix {
            delete_range(&repo, files::strict_prefix_of(text, prefix)?)?
        } else if self.all {
            delete_range(&repo, Vec::new())?
        } else {
            // Read before the lock is taken: whoever writes to stdin may be slow.
            let keys = self.keys(&context.ui, text)?;
            delete_keys(&repo, &keys, self.strict.then(|| context.ui.voice()))?
        };
        if context.ui.is_json() {
            context.ui.line(Object::new().number("deleted", count).finish())?;
        } else {
            context.ui.say(format_args!("Deleted {}.", number(count, "key")));
        }
        Ok(Outcome::Done)
    }
}

impl Args {
    fn keys(&self, ui: &Ui, text: KeyText) -> Result<BTreeSet<Vec<u8>>> {
        if !self.stdin {
            return self.keys.iter().map(|key| files::key_of(text, key)).collect();
        }
        let mut reader = KeyReader::new(ui.stdin("keys"), text, self.zero);
        let mut keys = BTreeSet::new();
        while let Some(key) = reader.next_key()? {
            keys.insert(key);
        }
        Ok(keys)
    }
}

/// Deletes what is there of `keys`. `strict`: nothing, and says what is missing, if one is not.
fn delete_keys(repo: &Repo, keys: &BTreeSet<Vec<u8>>, strict: Option<Voice>) -> Result<u64> {
    repo.transact(|transaction| {
        let mut missing = 0;
        for key in keys {
            if transaction.snapshot.get(key)?.is_some() {
                transaction.batch.delete(key)?;
                continue;
            }
            missing += 1;
            if let Some(voice) = strict {
                voice.warn(format_args!("there is no key {}", shown(key)));
            }
        }
        if missing > 0 && strict.is_some() {
            let of = number(keys.len() as u64, "key");
            let message = format!("{missing} of {of} not there; nothing was deleted");
            return Err(Error::new(Kind::No, message));
        }
        Ok(transaction.batch.len())
    })
}

fn delete_range(repo: &Repo, prefix: Vec<u8>) -> Result<u64> {
    let range = Range { prefix, ..Range::default() };
    repo.transact(|transaction| {
        for entry in transaction.snapshot.scan(&range)? {
            transaction.batch.delete(entry?.key())?;
        }
        Ok(transaction.batch.len())
    })
}
