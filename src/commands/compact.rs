//! `kvs compact`: reclaims space of the local store.

use super::json::Object;
use super::{Context, Outcome, Run};
use crate::error::Result;
use crate::ui::size;

/// Reclaim space
///
/// Gives back what was overwritten, deleted or discarded. Safe to stop at any moment; readers are
/// not disturbed.
///
/// Examples:
///   kvs compact
///   kvs compact --dry-run
///
/// Exit status: 0 done.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only tell what would be gained
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let report = context.repo()?.compact(self.dry_run)?;
        let (before, after) = (report.bytes_before, report.bytes_after);
        if context.ui.is_json() {
            let report = Object::new().number("bytes_before", before).number("bytes_after", after);
            context.ui.line(report.flag("dry_run", self.dry_run).finish())?;
        } else {
            let (verb, to) =
                if self.dry_run { ("Would compact", "to about") } else { ("Compacted", "to") };
            context.ui.say(format_args!("{verb} {} {to} {}.", size(before), size(after)));
        }
        Ok(Outcome::Done)
    }
}
