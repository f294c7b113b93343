//! `kvs exists`: the exit code is the answer.

use std::ffi::OsString;

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::Result;

/// Tell by the exit code whether keys are there
///
/// Prints nothing, unless --json asks for a report.
///
/// Examples:
///   kvs exists lock || kvs put lock "$$"
///
/// Exit status: 0 all keys are there; 1 one is not.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The keys
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<OsString>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let keys: Result<Vec<_>> = self.keys.iter().map(|key| files::key_of(text, key)).collect();
        let snapshot = repo.snapshot()?;
        let mut missing = Vec::new();
        for key in keys? {
            if snapshot.get(&key)?.is_none() {
                missing.push(key);
                if !context.ui.is_json() {
                    break;
                }
            }
        }
        let all_there = missing.is_empty();
        if context.ui.is_json() {
            let report = Object::new().flag("exists", all_there).keys("missing", missing);
            context.ui.line(report.finish())?;
        }
        Ok(if all_there { Outcome::Done } else { Outcome::No })
    }
}
