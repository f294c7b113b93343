//! `kvs clone`: makes a repository from a remote.

use std::path::PathBuf;

use super::report::{object, traffic};
use super::{Context, Outcome, Run, context, files};
use crate::error::Result;
use crate::repo::Repo;
use crate::repo::config::{ConfigFile, Name};
use crate::ui::printable;

/// Make a repository from a remote
///
/// DIR is named after the URL's last part if it is left out. The remote becomes `origin`; what -c
/// says of remote.origin is kept in the new repository. A clone that was stopped goes on when it
/// is run again.
///
/// Examples:
///   kvs clone s3://bucket/notes
///   kvs clone -c remote.origin.endpoint=http://localhost:9000 s3://bucket/notes here
///
/// Exit status: 0 done; 2 nothing there to clone, or DIR is in use; 6 the remote cannot be
/// reached; 7 credentials missing or refused.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where the remote is
    url: String,

    /// The new folder
    dir: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let url = files::lasting_url(&self.url)?;
        let dir = match self.dir {
            Some(dir) => dir,
            None => files::folder_of_url(&self.url)?,
        };
        let shown = dir.display().to_string();
        let dir = context::current_dir()?.join(dir);
        let config = context.config(None)?;
        // A URL that may not be kept is refused before anything is fetched.
        config.clone().with("remote.origin.url", &url)?;
        let progress = context.shown();
        let report = Repo::clone_from(&context.env, config, &url, &dir, &progress)?;
        drop(progress);
        keep_overrides(context, &dir)?;
        for warning in &report.warnings {
            context.ui.warn(printable(warning));
        }
        if context.ui.is_json() {
            context.ui.line(object(&report).finish())?;
        } else {
            let (version, keys, traffic) = (report.version, report.added, traffic(&report));
            context.ui.say(format_args!(
                "Cloned version {version} into {shown}: {keys} keys ({traffic})."
            ));
        }
        Ok(Outcome::Done)
    }
}

/// Keeps what `-c` said of the remote: without it the next pull would not find it.
fn keep_overrides(context: &Context, dir: &std::path::Path) -> Result<()> {
    let mut kept: Vec<(Name, &str)> = Vec::new();
    for setting in context.overrides() {
        if let Some((name, value)) = setting.split_once('=')
            && name.starts_with("remote.origin.")
            && name != "remote.origin.url"
        {
            kept.push((name.parse()?, value));
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    let timeout = context.config_of_call()?.lock_timeout();
    ConfigFile::of_repo(dir).edit(&context.env, timeout, |document| {
        kept.iter().try_for_each(|(name, value)| document.set(name, value))
    })
}
