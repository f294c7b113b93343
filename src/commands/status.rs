//! `kvs status`: what differs from the base, and how far it and the remote are apart.

use std::time::Duration;

use super::json::Object;
use super::report::number;
use super::{Context, Outcome, Run};
use crate::error::Result;
use crate::repo::config::duration;
use crate::repo::{ChangeKind, Repo, Snapshot, Status};
use crate::text::KeyText;
use crate::text::json::key_element;
use crate::ui::{Ui, time};

/// What keys may take in memory to save a second walk.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// Show what has not been pushed
///
/// Lists the keys that differ from the base (the remote version last agreed on), and tells how far
/// this repository is ahead (unpushed keys) or behind (versions). Asks the remote only with
/// --fetch.
///
/// With --porcelain the first line is `## version BASE remote KNOWN ahead N behind M`, then a line
/// a key: `A KEY`, `M KEY` or `D KEY`.
///
/// Examples:
///   kvs status
///   kvs status --fetch --exit-code
///   kvs status --max-age 2h || mail -s "sync is late" me
///
/// Exit status: 0 done; 1 there are unpushed keys (--exit-code); 11 the last good sync is older
/// than --max-age, or never was.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Ask the remote for its newest version first
    #[arg(long)]
    fetch: bool,

    /// Exit 1 if there are unpushed keys
    #[arg(long)]
    exit_code: bool,

    /// Exit 11 if the last good sync is older, as in 30m, 2h, 1d
    #[arg(long, value_name = "AGE", value_parser = duration)]
    max_age: Option<Duration>,

    /// Print for scripts
    #[arg(long)]
    porcelain: bool,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        let repo = context.repo()?;
        if self.fetch {
            repo.fetch(&context.progress(&repo))?;
        }
        let (status, changed) = Changed::of(&repo)?;
        let text = repo.config().key_text();
        if context.ui.is_json() {
            print_json(&mut context.ui, &status, &changed)?;
        } else if self.porcelain {
            let Status { version, remote, ahead, behind, .. } = status;
            let first =
                format!("## version {version} remote {remote} ahead {ahead} behind {behind}");
            context.ui.line(first)?;
            print_changes(&mut context.ui, text, &changed, "")?;
        } else {
            print_human(&mut context.ui, text, &repo, &status, &changed)?;
        }
        let now_ms = context.env.clock.now_ms();
        Ok(if self.is_stale(&mut context.ui, &status, now_ms) {
            Outcome::Stale
        } else if self.exit_code && status.ahead > 0 {
            Outcome::No
        } else {
            Outcome::Done
        })
    }
}

impl Args {
    fn is_stale(&self, ui: &mut Ui, status: &Status, now_ms: u64) -> bool {
        let Some(max_age) = self.max_age else { return false };
        let Some(synced_ms) = status.synced_ms else {
            ui.warn("there was no good sync yet");
            return true;
        };
        let is_stale = u128::from(now_ms.saturating_sub(synced_ms)) > max_age.as_millis();
        if is_stale {
            ui.warn(format_args!("the last good sync was at {}", time(synced_ms)));
        }
        is_stale
    }
}

/// The letter that stands for a change.
pub(super) fn letter(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "A",
        ChangeKind::Modified => "M",
        ChangeKind::Deleted => "D",
    }
}

/// A line of a change, in its colour.
pub(super) fn painted(ui: &Ui, kind: ChangeKind, line: &str) -> String {
    match kind {
        ChangeKind::Added => ui.paint().green(line),
        ChangeKind::Modified => ui.paint().yellow(line),
        ChangeKind::Deleted => ui.paint().red(line),
    }
}

/// The unpushed keys of one view. Those that fit are kept from the walk that counts them; the first
/// line needs the counts, and a second walk costs as much as the first.
struct Changed {
    snapshot: Snapshot,
    /// `None`: there were too many.
    kept: Option<Vec<(ChangeKind, Vec<u8>)>>,
}

impl Changed {
    fn of(repo: &Repo) -> Result<(Status, Self)> {
        let snapshot = repo.snapshot()?;
        let (mut kept, mut bytes) = (Some(Vec::new()), 0);
        let status = repo.status_of(&snapshot, &mut |kind, key| {
            bytes += key.len() + size_of::<(ChangeKind, Vec<u8>)>();
            match &mut kept {
                Some(keys) if bytes <= KEPT_BYTES_MAX => keys.push((kind, key)),
                _ => kept = None,
            }
        })?;
        Ok((status, Self { snapshot, kept }))
    }

    fn each(&self, mut visit: impl FnMut(ChangeKind, &[u8]) -> Result<()>) -> Result<()> {
        if let Some(kept) = &self.kept {
            return kept.iter().try_for_each(|(kind, key)| visit(*kind, key));
        }
        for change in self.snapshot.changes()? {
            let change = change?;
            visit(change.kind, &change.key)?;
        }
        Ok(())
    }
}

fn print_changes(ui: &mut Ui, text: KeyText, changed: &Changed, indent: &str) -> Result<()> {
    changed.each(|kind, key| {
        let line = format!("{indent}{} {}", letter(kind), text.print(key));
        // Porcelain stays without colour whatever the terminal is.
        let line = if indent.is_empty() { line } else { painted(ui, kind, &line) };
        ui.line(line)
    })
}

fn print_human(
    ui: &mut Ui,
    text: KeyText,
    repo: &Repo,
    status: &Status,
    changed: &Changed,
) -> Result<()> {
    let Status { version, remote, ahead, behind, added, modified, deleted, .. } = *status;
    match (repo.config().remote("origin"), remote) {
        (None, 0) => ui.line("No remote yet; name one with `kvs remote add origin URL`.")?,
        (_, 0) => ui.line("Never synced with the remote.")?,
        _ => ui.line(format!("At version {version}; the remote's newest known is {remote}."))?,
    }
    if behind > 0 {
        let versions = number(behind, "version");
        ui.line(format!("Behind by {versions}; `kvs pull` takes them in."))?;
    }
    if let Some(synced_ms) = status.synced_ms {
        ui.line(format!("Last good sync: {}.", time(synced_ms)))?;
    }
    if ahead == 0 {
        return ui.line("Nothing to push.");
    }
    let keys = number(ahead, "unpushed key");
    ui.line(format!("{keys}: {added} added, {modified} modified, {deleted} deleted."))?;
    print_changes(ui, text, changed, "  ")
}

/// Written piece by piece: the keys need not fit into memory.
fn print_json(ui: &mut Ui, status: &Status, changed: &Changed) -> Result<()> {
    let object = Object::new()
        .number("version", status.version)
        .number("remote", status.remote)
        .number("ahead", status.ahead)
        .number("behind", status.behind);
    let object = match status.synced_ms {
        Some(ms) => object.text("synced", &time(ms)),
        None => object.raw("synced", "null"),
    };
    ui.data(object.finish().trim_end_matches('}').as_bytes())?;
    for (name, kind) in [
        ("added", ChangeKind::Added),
        ("modified", ChangeKind::Modified),
        ("deleted", ChangeKind::Deleted),
    ] {
        ui.data(format!(",\"{name}\":[").as_bytes())?;
        let mut comma = "";
        changed.each(|found, key| {
            if found == kind {
                ui.data(format!("{comma}{}", key_element(key)).as_bytes())?;
                comma = ",";
            }
            Ok(())
        })?;
        ui.data(b"]")?;
    }
    ui.line("}")
}
