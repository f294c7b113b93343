//! What push, pull, sync, fetch and clone say about what they did.

use super::json::Object;
use crate::error::{Error, Result};
use crate::repo::SyncReport;
use crate::text::escape;
use crate::ui::{Ui, printable, size};

/// How the line that tells of a finished command begins.
pub(super) struct Wording {
    /// What was done, as in `Pushed`.
    pub done: &'static str,
    /// What there was none of, as in `Nothing to push`.
    pub idle: &'static str,
}

/// Tells in a line what was done, or as JSON.
pub(super) fn tell(ui: &mut Ui, wording: &Wording, report: &SyncReport) -> Result<()> {
    for warning in &report.warnings {
        ui.warn(printable(warning));
    }
    if ui.is_json() {
        return ui.line(object(report).finish());
    }
    for conflict in &report.conflicts {
        let (key, ours, theirs) = (escape(&conflict.key), conflict.ours, conflict.theirs);
        ui.say(format_args!("conflict: {key} (ours: {ours}, theirs: {theirs})"));
    }
    let SyncReport { version, added, modified, deleted, .. } = report;
    let traffic = traffic(report);
    if added + modified + deleted == 0 {
        ui.say(format_args!("{}; version {version} ({traffic}).", wording.idle));
    } else {
        ui.say(format_args!(
            "{} version {version}: {added} added, {modified} modified, {deleted} deleted \
             ({traffic}).",
            wording.done
        ));
    }
    Ok(())
}

/// The report as scripts read it.
pub(super) fn object(report: &SyncReport) -> Object {
    let object = Object::new()
        .number("version", report.version)
        .number("added", report.added)
        .number("modified", report.modified)
        .number("deleted", report.deleted);
    let object = with_traffic(object, report);
    if report.conflicts.is_empty() { object } else { object.conflicts(&report.conflicts) }
}

/// Adds what went over the wire.
pub(super) fn with_traffic(object: Object, report: &SyncReport) -> Object {
    let traffic = report.traffic;
    object
        .number("requests", traffic.requests)
        .number("bytes_sent", traffic.bytes_sent)
        .number("bytes_received", traffic.bytes_received)
}

/// What went over the wire, in words: directions in which nothing went are left out.
pub(super) fn traffic(report: &SyncReport) -> String {
    let traffic = report.traffic;
    let mut text = number(traffic.requests, "request");
    if traffic.bytes_sent > 0 {
        text = format!("{text}, {} sent", size(traffic.bytes_sent));
    }
    if traffic.bytes_received > 0 {
        text = format!("{text}, {} received", size(traffic.bytes_received));
    }
    text
}

/// A number and its noun.
pub(super) fn number(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The remote that the sync commands use is `origin`; its name may be given, another may not.
pub(super) fn check_origin(named: Option<&str>) -> Result<()> {
    match named {
        None | Some("origin") => Ok(()),
        Some(other) => Err(Error::usage(format!("only origin is pushed and pulled, not {other}"))
            .hint("Copy a database to another remote with `kvs remote copy`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_leaves_out_what_did_not_go() {
        let mut report = SyncReport::default();
        assert_eq!(traffic(&report), "0 requests");
        report.traffic.requests = 1;
        report.traffic.bytes_sent = 1234;
        assert_eq!(traffic(&report), "1 request, 1.2 kB sent");
    }
}
