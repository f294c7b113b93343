//! `kvs log`: the versions known here.

use super::json::Object;
use super::{Context, Outcome, Run};
use crate::error::Result;
use crate::repo::VersionInfo;
use crate::ui::{Ui, printable, size, time};

/// List versions, newest first
///
/// What is known here, without asking the remote; `kvs fetch` brings news.
///
/// Examples:
///   kvs log -n 5
///
/// Exit status: 0 done, also where there is no version yet.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// At most N versions
    #[arg(short = 'n', long = "limit", value_name = "N")]
    limit: Option<u64>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let limit = usize::try_from(self.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        for version in &context.repo()?.log(limit)? {
            print(&mut context.ui, version)?;
        }
        Ok(Outcome::Done)
    }
}

fn print(ui: &mut Ui, info: &VersionInfo) -> Result<()> {
    let VersionInfo { version, author, message, added, modified, deleted, bytes, .. } = info;
    let time = time(info.time_ms);
    if ui.is_json() {
        let object = Object::new()
            .number("version", *version)
            .text("time", &time)
            .text("author", author)
            .text("message", message)
            .number("added", *added)
            .number("modified", *modified)
            .number("deleted", *deleted)
            .number("bytes", *bytes);
        return ui.line(object.finish());
    }
    let head = ui.paint().yellow(&format!("version {version}"));
    ui.line(format!("{head}  {time}  {}", printable(author)))?;
    for line in message.lines() {
        ui.line(format!("    {}", printable(line)))?;
    }
    let counts = format!("{added} added, {modified} modified, {deleted} deleted");
    ui.line(format!("    {counts} ({})", size(*bytes)))
}
