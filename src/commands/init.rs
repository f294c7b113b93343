//! `kvs init`: makes a repository.

use std::path::PathBuf;

use super::json::Object;
use super::{Context, Outcome, Run, context, files};
use crate::error::Result;
use crate::repo::Repo;
use crate::repo::config::{ConfigFile, Name};

/// Make a repository
///
/// Makes the folder `.kvs` in DIR, or here. Where there is a repository already, says so and
/// changes nothing.
///
/// Examples:
///   kvs init
///   kvs init notes --remote s3://bucket/notes
///
/// Exit status: 0 there is a repository now.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The folder; it is made if need be
    dir: Option<PathBuf>,

    /// The remote to push to and pull from, as `origin`
    #[arg(long, value_name = "URL")]
    remote: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let here = context::current_dir()?;
        let dir =
            self.dir.or_else(|| context.named_dir()).map_or(here.clone(), |dir| here.join(dir));
        let url = self.remote.as_deref().map(files::lasting_url).transpose()?;
        // Everything that can be wrong is found out before anything is made.
        let config = context.config(None)?;
        if let Some(url) = &url {
            config.clone().with("remote.origin.url", url)?;
        }
        let is_new = Repo::init(&context.env, &dir, config.lock_timeout())?;
        if let (Some(url), true) = (&url, is_new) {
            let name: Name = "remote.origin.url".parse()?;
            let file = ConfigFile::of_repo(&dir);
            file.edit(&context.env, config.lock_timeout(), |document| document.set(&name, url))?;
        }
        let shown = dir.display();
        if context.ui.is_json() {
            let report = Object::new().text("dir", &shown.to_string()).flag("created", is_new);
            context.ui.line(report.finish())?;
        } else if is_new {
            context.ui.say(format_args!("Made a repository in {shown}."));
        } else {
            context.ui.say(format_args!("There is a repository in {shown} already."));
            if url.is_some() {
                context.ui.warn("nothing was changed; name its remote with `kvs remote add`");
            }
        }
        Ok(Outcome::Done)
    }
}
