//! `kvs stat`: what is known of a key without reading its value.

use std::ffi::OsString;

use super::json::Object;
use super::{Context, Outcome, Run, files};
use crate::error::{Error, Kind, Result};
use crate::text::keys::shown;
use crate::ui::time;

/// Tell what is known of a key
///
/// Its size and the size it takes on disk, when it was modified (UTC), the version that brought
/// it, the segment it stands in, and whether its value is here or only at the remote.
///
/// Examples:
///   kvs stat greeting
///
/// Exit status: 0 done; 1 there is no such key.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The key
    key: OsString,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        let text = repo.config().key_text();
        let key = files::key_of(text, &self.key)?;
        let Some(entry) = repo.get(&key)? else {
            return Err(Error::new(Kind::No, format!("there is no key {}", shown(&key))));
        };
        let modified = time(entry.modified_ms());
        if context.ui.is_json() {
            let report = Object::new()
                .bytes("key", entry.key())
                .number("size", entry.bytes())
                .number("stored", entry.stored_bytes())
                .text("modified", &modified)
                .number("version", entry.version())
                .text_or_null("segment", entry.segment())
                .flag("local", entry.is_local());
            context.ui.line(report.finish())?;
            return Ok(Outcome::Done);
        }
        let version = match entry.version() {
            0 => "not pushed".to_owned(),
            version => version.to_string(),
        };
        let place = if entry.is_local() { "here" } else { "only at the remote" };
        for (name, text) in [
            ("key", text.print(entry.key()).into_owned()),
            ("size", entry.bytes().to_string()),
            ("stored", entry.stored_bytes().to_string()),
            ("modified", modified),
            ("version", version),
            ("segment", entry.segment().unwrap_or("log").to_owned()),
            ("value", place.to_owned()),
        ] {
            context.ui.line(format!("{:<10}{text}", format!("{name}:")))?;
        }
        Ok(Outcome::Done)
    }
}
