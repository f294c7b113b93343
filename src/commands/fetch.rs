//! `kvs fetch`: learns the remote's newest version.

use super::json::Object;
use super::report::{check_origin, number, traffic, with_traffic};
use super::{Context, Outcome, Run};
use crate::error::Result;

/// Learn the remote's newest version
///
/// Changes no data; `kvs status` tells afterwards how far behind this repository is.
///
/// Examples:
///   kvs fetch && kvs status
///
/// Exit status: 0 done; 6 the remote cannot be reached; 7 credentials missing or refused.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only `origin`
    remote: Option<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        check_origin(self.remote.as_deref())?;
        let repo = context.repo()?;
        let progress = context.progress(&repo);
        let report = repo.fetch(&progress)?;
        drop(progress);
        let status = repo.status()?;
        if context.ui.is_json() {
            let object = Object::new()
                .number("version", status.version)
                .number("remote", status.remote)
                .number("behind", status.behind);
            context.ui.line(with_traffic(object, &report).finish())?;
            return Ok(Outcome::Done);
        }
        let traffic = traffic(&report);
        let text = match (status.remote, status.behind) {
            (0, _) => "Nothing at the remote yet".to_owned(),
            (remote, 0) => format!("Up to date at version {remote}"),
            (remote, behind) => {
                let behind = number(behind, "version");
                format!("The remote is at version {remote}, {behind} ahead of here")
            }
        };
        context.ui.say(format_args!("{text} ({traffic})."));
        Ok(Outcome::Done)
    }
}
