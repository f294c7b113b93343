//! The commands: one file for each, and here the list of them.
//!
//! A command's file holds its arguments, whose doc comment is the help text, and what it does. The
//! global options are accepted before and after every command; [`With`] adds them behind it, and
//! whoever parses puts the two sets together. The arguments of a command are made only once it is
//! named, so that starting costs the same however many commands there are.

#![expect(clippy::doc_markdown, reason = "doc comments of arguments are help for a terminal")]

use std::ffi::OsString;

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand};

use crate::error::Result;

mod apply;
mod clone;
mod compact;
mod completions;
mod config;
mod context;
mod count;
mod delete;
mod diff;
mod discard;
mod exists;
pub mod exits;
mod export;
mod fetch;
mod files;
mod fsck;
mod get;
mod globals;
mod help;
mod import;
mod init;
mod json;
mod list;
mod log;
mod pull;
mod push;
mod put;
mod remote;
mod report;
mod stat;
mod status;
mod sync;
mod tree;

pub use context::Context;
pub use globals::Globals;
pub use json::Object;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done: exit 0.
    Done,
    /// The answer, already given, is no: exit 1.
    No,
    /// The last good sync is too old: exit 11.
    Stale,
}

/// What a command does.
pub trait Run {
    /// Does it.
    ///
    /// # Errors
    /// Whatever stops it; nothing has been said about it yet.
    fn run(self, context: &mut Context) -> Result<Outcome>;

    /// Global options given to a command below this one.
    fn inner_globals(&self) -> Option<&Globals> {
        None
    }
}

/// A key-value store that works with data the way git works with code
///
/// Pairs are kept in a folder, `.kvs`, and are safe once a command returns. `kvs push` publishes
/// them to a remote (an S3 bucket, a folder), `kvs pull` takes in what others published, and `kvs
/// clone` begins from a remote.
#[derive(Debug, Parser)]
#[command(
    name = "kvs",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 100,
    after_help = "`kvs help COMMAND` tells more; `kvs help exit-codes` lists the exit codes.",
    after_long_help = "\
Examples:
  kvs init                          make a repository here
  kvs put greeting hello            store a pair
  kvs get greeting                  print its value
  kvs remote add origin s3://b/p    name a remote
  kvs push                          publish
  kvs clone s3://b/p elsewhere      begin from a remote

`kvs help COMMAND` tells more; `kvs help exit-codes` lists the exit codes."
)]
pub struct Call {
    /// Global options before the command.
    #[command(flatten)]
    pub globals: Globals,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A command's arguments, and global options after the command.
#[derive(Debug)]
pub struct With<A> {
    args: A,
    globals: Globals,
}

impl<A: Args> Args for With<A> {
    fn augment_args(command: clap::Command) -> clap::Command {
        globals::augment_quietly(A::augment_args(command))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        globals::augment_quietly(A::augment_args_for_update(command))
    }
}

impl<A: Args> FromArgMatches for With<A> {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let globals = Globals::from_arg_matches(matches)?;
        Ok(Self { args: A::from_arg_matches(matches)?, globals })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        self.args.update_from_arg_matches(matches)?;
        self.globals.update_from_arg_matches(matches)
    }
}

/// Every command, in the order of the help page.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Make a repository
    Init(With<init::Args>),
    /// Store one pair
    #[command(visible_alias = "set")]
    Put(With<put::Args>),
    /// Print values
    Get(With<get::Args>),
    /// Remove keys
    #[command(visible_aliases = ["rm", "del"])]
    Delete(With<delete::Args>),
    /// Tell by the exit code whether keys are there
    Exists(With<exists::Args>),
    /// List keys in byte order
    #[command(visible_alias = "ls")]
    List(With<list::Args>),
    /// Count keys
    Count(With<count::Args>),
    /// Tell what is known of a key
    Stat(With<stat::Args>),
    /// Store many pairs from a file, stdin or a folder
    Import(With<import::Args>),
    /// Print or write out many pairs
    Export(With<export::Args>),
    /// Change several keys together, or none of them
    Apply(With<apply::Args>),
    /// Show what has not been pushed
    Status(With<status::Args>),
    /// Show unpushed changes with their values
    Diff(With<diff::Args>),
    /// Forget local changes that were not pushed
    Discard(With<discard::Args>),
    /// Reclaim space
    Compact(With<compact::Args>),
    /// Read everything and check everything
    Fsck(With<fsck::Args>),
    /// Make a repository from a remote
    Clone(With<clone::Args>),
    /// Name the places to push to and pull from
    Remote(With<remote::Args>),
    /// Learn the remote's newest version
    Fetch(With<fetch::Args>),
    /// Take the remote's changes under your own
    Pull(With<pull::Args>),
    /// Publish local changes as one new version
    Push(With<push::Args>),
    /// Pull and push until through
    Sync(With<sync::Args>),
    /// List versions, newest first
    Log(With<log::Args>),
    /// Read and change settings
    Config(With<config::Args>),
    /// Print a completion script for a shell
    Completions(With<completions::Args>),
    /// Print help for a command or topic
    Help(With<help::Args>),
}

fn alone<A: Args>(arguments: &[OsString]) -> Option<With<A>> {
    let command = With::<A>::augment_args(clap::Command::new("kvs")).args_override_self(true);
    let matches = command.try_get_matches_from(arguments).ok()?;
    let with = With::from_arg_matches(&matches).ok();
    // The process is short; see the end of `cli::run`.
    std::mem::forget(matches);
    with
}

/// Does the same with whichever command it is.
macro_rules! on_each {
    ($command:expr, $with:ident => $body:expr) => {
        match $command {
            Command::Init($with) => $body,
            Command::Put($with) => $body,
            Command::Get($with) => $body,
            Command::Delete($with) => $body,
            Command::Exists($with) => $body,
            Command::List($with) => $body,
            Command::Count($with) => $body,
            Command::Stat($with) => $body,
            Command::Import($with) => $body,
            Command::Export($with) => $body,
            Command::Apply($with) => $body,
            Command::Status($with) => $body,
            Command::Diff($with) => $body,
            Command::Discard($with) => $body,
            Command::Compact($with) => $body,
            Command::Fsck($with) => $body,
            Command::Clone($with) => $body,
            Command::Remote($with) => $body,
            Command::Fetch($with) => $body,
            Command::Pull($with) => $body,
            Command::Push($with) => $body,
            Command::Sync($with) => $body,
            Command::Log($with) => $body,
            Command::Config($with) => $body,
            Command::Completions($with) => $body,
            Command::Help($with) => $body,
        }
    };
}

impl Command {
    /// Parses a call of one of the commands that scripts run in loops by its own definition alone,
    /// without making those of all the others: half of the parsing. `None` for every other call,
    /// and for one that is wrong or asks for help: the whole parser then has the word.
    #[must_use]
    pub fn parse_alone(arguments: &[OsString]) -> Option<Self> {
        let (_, arguments) = arguments.split_first()?;
        match arguments.first()?.to_str()? {
            "get" => alone(arguments).map(Self::Get),
            "put" | "set" => alone(arguments).map(Self::Put),
            "exists" => alone(arguments).map(Self::Exists),
            "delete" | "rm" | "del" => alone(arguments).map(Self::Delete),
            "count" => alone(arguments).map(Self::Count),
            _ => None,
        }
    }

    /// Does what the command says.
    ///
    /// # Errors
    /// Whatever stops it; nothing has been said about it yet.
    pub fn run(self, context: &mut Context) -> Result<Outcome> {
        on_each!(self, with => with.args.run(context))
    }

    /// Whether it can take long enough for somebody to stop it.
    #[must_use]
    pub fn is_long(&self) -> bool {
        matches!(
            self,
            Self::Import(_)
                | Self::Export(_)
                | Self::Compact(_)
                | Self::Fsck(_)
                | Self::Clone(_)
                | Self::Fetch(_)
                | Self::Pull(_)
                | Self::Push(_)
                | Self::Sync(_)
        )
    }

    /// When it is to be ended, whatever it waits for.
    #[must_use]
    pub fn deadline(&self) -> Option<std::time::Duration> {
        match self {
            Self::Sync(with) => with.args.deadline(),
            _ => None,
        }
    }

    /// The global options behind the command, from the outside in.
    #[must_use]
    pub fn globals(&self) -> Vec<&Globals> {
        on_each!(self, with => {
            let mut all = vec![&with.globals];
            all.extend(with.args.inner_globals());
            all
        })
    }
}

#[cfg(test)]
mod tests;
