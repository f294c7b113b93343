//! `kvs push`: publishes local changes as one new version.

use super::report::{Wording, check_origin, tell};
use super::{Context, Outcome, Run};
use crate::error::Result;
use crate::repo::PushOptions;

/// Publish local changes as one new version
///
/// All or nothing. An empty place becomes a new database. A push that was stopped goes on when it
/// is run again, and uploads nothing twice.
///
/// Examples:
///   kvs push -m "prices of June"
///
/// Exit status: 0 done, also with nothing to push; 4 the remote has versions that are not here,
/// pull first; 5 it is not known whether the push landed, run again; 6 the remote cannot be
/// reached; 7 credentials missing or refused; 12 the remote cannot be pushed to safely.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only `origin`
    remote: Option<String>,

    /// What the log says about the version
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,

    /// Only tell what would be pushed
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        check_origin(self.remote.as_deref())?;
        let repo = context.repo()?;
        let options = PushOptions { message: self.message, dry_run: self.dry_run };
        let progress = context.progress(&repo);
        let report = repo.push(&options, &progress)?;
        drop(progress);
        let done = if self.dry_run { "Would push" } else { "Pushed" };
        tell(&mut context.ui, &Wording { done, idle: "Nothing to push" }, &report)?;
        Ok(Outcome::Done)
    }
}
