//! `kvs count`: the number of live keys.

use std::ffi::OsString;

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::Result;
use crate::repo::Range;

/// Count keys
///
/// Without a prefix the number is known and costs the same however large it is; with one the keys
/// are gone through.
///
/// Examples:
///   kvs count
///   kvs count users/
///
/// Exit status: 0 done.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only keys that begin with this
    prefix: Option<OsString>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let prefix = match &self.prefix {
            Some(prefix) => files::prefix_of(repo.config().key_text(), prefix)?,
            None => Vec::new(),
        };
        let count = if prefix.is_empty() {
            repo.count()?
        } else {
            let range = Range { prefix, ..Range::default() };
            repo.snapshot()?.scan(&range)?.try_fold(0, |count, entry| entry.map(|_| count + 1))?
        };
        if context.ui.is_json() {
            context.ui.line(Object::new().number("count", count).finish())?;
        } else {
            context.ui.line(count.to_string())?;
        }
        Ok(Outcome::Done)
    }
}
