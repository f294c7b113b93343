//! `kvs fsck`: reads everything and checks everything.

use super::json::Object;
use super::{Context, Outcome, Run};
use crate::error::{Error, Kind, Result};
use crate::repo::Progress;
use crate::ui::size;

/// Read everything and check everything
///
/// Reads the state, the log, every segment with all its values, and every known version, and holds
/// each against its checks. Changes nothing; puts and gets go on meanwhile.
///
/// Examples:
///   kvs fsck
///   kvs fsck --json
///
/// Exit status: 0 all is sound; 10 damage was found, and is told of.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let progress = context.shown();
        progress.begin("checking", None);
        let checked = repo.check(&|bytes| progress.advance(bytes));
        progress.end();
        drop(progress);
        let checked = checked?;
        for damage in &checked.damage {
            context.ui.say(format_args!("damage: {}", damage.message()));
        }
        if let [first, rest @ ..] = &checked.damage[..] {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" (1 of {} finds)", rest.len() + 1)
            };
            let message = format!("{}{more}", first.message());
            return Err(Error::new(Kind::Damaged, message).hint(
                "Keep a copy of the folder before anything else is tried; a clone of the \
                       remote has what was pushed.",
            ));
        }
        let (segments, versions, bytes) = (checked.segments, checked.versions, checked.bytes);
        if context.ui.is_json() {
            let report = Object::new().number("segments", segments).number("versions", versions);
            context.ui.line(report.number("bytes", bytes).finish())?;
        } else {
            context.ui.say(format_args!(
                "Sound: {segments} segments, {versions} versions, {} read.",
                size(bytes)
            ));
        }
        Ok(Outcome::Done)
    }
}
