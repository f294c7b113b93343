//! `kvs pull`: takes the remote's changes under one's own.

use super::report::{Wording, check_origin, tell};
use super::{Context, Outcome, Run};
use crate::error::{Error, Result};
use crate::repo::{Config, PullOptions, Strategy};

/// Take the remote's changes under your own
///
/// Keys changed on one side only are taken without asking. For a key changed on both sides the
/// strategy decides:
///   fail         list the conflicts, change nothing, exit 3 (the default)
///   ours         what is here
///   theirs       what the remote has
///   newest       what was written last, by the store's clock
///   cmd:PROGRAM  the output of a program, run by `sh -c`; KVS_BASE, KVS_OURS and KVS_THEIRS name
///                files with the sides (unset: no such key), KVS_KEY is the key; exit 100 deletes
///
/// --ours and --theirs come before the strategy, for keys that match: `*` any text, `?` any
/// character, `[..]` one of a set. The setting merge."GLOB" names a strategy for keys that match;
/// it comes between the two.
///
/// Examples:
///   kvs pull
///   kvs pull --strategy newest
///   kvs pull --theirs 'config/*' --strategy ours
///
/// Exit status: 0 done, also with nothing at the remote yet; 3 conflicts, nothing changed; 4 the
/// remote was replaced or went back; 6 it cannot be reached; 7 credentials missing or refused.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only `origin`
    remote: Option<String>,

    #[command(flatten)]
    merge: MergeArgs,

    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

// No doc comment: clap would take it for the help text of the command.
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Who decides: fail, ours, theirs, newest or cmd:PROGRAM
    #[arg(long, value_name = "S", value_parser = parse_strategy)]
    strategy: Option<Strategy>,

    /// Keep this side's value of keys that match
    #[arg(long, value_name = "GLOB")]
    ours: Vec<String>,

    /// Take the remote's value of keys that match
    #[arg(long, value_name = "GLOB")]
    theirs: Vec<String>,
}

impl Run for Args {
    fn run(self, context: &mut Context) -> Result<Outcome> {
        check_origin(self.remote.as_deref())?;
        let repo = context.repo()?;
        let options = PullOptions { dry_run: self.dry_run, ..self.merge.options(repo.config())? };
        let progress = context.progress(&repo);
        let report = repo.pull(&options, &progress)?;
        drop(progress);
        let done = if self.dry_run { "Would pull" } else { "Pulled" };
        let idle =
            if report.version == 0 { "Nothing at the remote yet" } else { "Nothing to pull" };
        tell(&mut context.ui, &Wording { done, idle }, &report)?;
        Ok(Outcome::Done)
    }
}

impl MergeArgs {
    /// What the arguments say, and below them the settings.
    pub(super) fn options(self, config: &Config) -> Result<PullOptions> {
        let strategy = match self.strategy {
            Some(strategy) => strategy,
            None => parse_strategy(config.pull_strategy())?,
        };
        // A glob given in this call wins over those of the settings.
        let rules = config.merge_rules().into_iter();
        let rules = rules.map(|(glob, text)| Ok((glob, parse_strategy(&text)?)));
        let rules = rules.collect::<Result<_>>()?;
        Ok(PullOptions { strategy, ours: self.ours, theirs: self.theirs, rules, dry_run: false })
    }
}

fn parse_strategy(text: &str) -> Result<Strategy> {
    match text {
        "fail" => Ok(Strategy::Fail),
        "ours" => Ok(Strategy::Ours),
        "theirs" => Ok(Strategy::Theirs),
        "newest" => Ok(Strategy::Newest),
        _ => match text.strip_prefix("cmd:") {
            Some(program) if !program.trim().is_empty() => {
                Ok(Strategy::Command(program.to_owned()))
            }
            _ => Err(Error::usage(format!("there is no strategy {text:?}"))
                .hint("It is fail, ours, theirs, newest or cmd:PROGRAM.")),
        },
    }
}
