//! `kvs discard`: forgets local changes that were not pushed.

use std::ffi::OsString;

use clap::ArgGroup;

use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run, files};
use crate::error::Result;
use crate::repo::Selection;

/// Forget local changes that were not pushed
///
/// The keys are as the base version has them afterwards. What was discarded is gone.
///
/// Examples:
///   kvs discard greeting
///   kvs discard --prefix tmp/
///   kvs discard --all
///
/// Exit status: 0 done, however many went; 2 nothing named, or an empty prefix; 5 the changes are
/// part of a push of which it is not known whether it landed.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    group = ArgGroup::new("what").required(true).args(["keys", "prefix", "all"])
)]
pub struct Args {
    /// The keys
    #[arg(value_name = "KEY")]
    keys: Vec<OsString>,

    /// Every key that begins with P
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    prefix: Option<OsString>,

    /// Every change
    #[arg(long)]
    all: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let what = if self.all {
            Selection::All
        } else if let Some(prefix) = &self.prefix {
            Selection::Prefix(files::strict_prefix_of(text, prefix)?)
        } else {
            let keys: Result<_> = self.keys.iter().map(|key| files::key_of(text, key)).collect();
            Selection::Keys(keys?)
        };
        let count = repo.discard(&what)?;
        if context.ui.is_json() {
            context.ui.line(Object::new().number("discarded", count).finish())?;
        } else {
            context.ui.say(format_args!("Discarded {}.", number(count, "change")));
        }
        Ok(Outcome::Done)
    }
}
