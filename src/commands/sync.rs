//! `kvs sync`: pull and push until through, for cron.

use std::time::Duration;

use super::pull::MergeArgs;
use super::report::{Wording, check_origin, tell};
use super::{Context, Outcome, Run};
use crate::error::Result;
use crate::repo::SyncOptions;
use crate::repo::config::duration;

/// Pull and push until through
///
/// For cron: tries again while others push, with growing pauses, up to --deadline. One sync runs
/// at a time for a repository; a second one waits --lock-timeout, then gives up.
///
/// Examples:
///   kvs sync
///   kvs sync --strategy newest --deadline 5m -m nightly
///
/// Exit status: 0 done; 3 conflicts; 8 another sync is running; 6 the remote cannot be reached;
/// when the deadline is reached, the code of the last obstacle.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only `origin`
    remote: Option<String>,

    #[command(flatten)]
    merge: MergeArgs,

    /// What the log says about the version
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<String>,

    /// Give up after this time, as in 30s, 5m
    #[arg(long, value_name = "D", value_parser = duration)]
    deadline: Option<Duration>,
}

impl Args {
    /// When to give up.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        check_origin(self.remote.as_deref())?;
        let repo = context.repo()?;
        let pull = self.merge.options(repo.config())?;
        let options = SyncOptions { pull, message: self.message, deadline: self.deadline };
        let progress = context.progress(&repo);
        let report = repo.sync(&options, &progress)?;
        drop(progress);
        let wording = Wording { done: "Synced to", idle: "Nothing to sync" };
        tell(&mut context.ui, &wording, &report)?;
        Ok(Outcome::Done)
    }
}
