//! What the verbs of sync take and give.

use std::time::Duration;

use crate::error::Conflict;
use crate::remote::Traffic;

/// How to push.
#[derive(Clone, Debug, Default)]
pub struct PushOptions {
    /// Why: kept with the version.
    pub message: Option<String>,
    /// Only tell what would be pushed.
    pub dry_run: bool,
}

/// What decides a key that was changed on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Nothing: list the conflicts and change nothing.
    #[default]
    Fail,
    /// What is here.
    Ours,
    /// What is at the remote.
    Theirs,
    /// The record with the later time of the store's clock.
    Newest,
    /// A program, run by `sh -c`.
    Command(String),
}

/// How to pull.
#[derive(Clone, Debug, Default)]
pub struct PullOptions {
    /// What decides conflicts.
    pub strategy: Strategy,
    /// Patterns of keys for which ours counts; they come before `strategy`.
    pub ours: Vec<String>,
    /// Patterns of keys for which theirs counts.
    pub theirs: Vec<String>,
    /// Patterns of keys with a strategy of their own, the first that matches counts; they come
    /// after `ours` and `theirs`, and before `strategy`.
    pub rules: Vec<(String, Strategy)>,
    /// Only tell what would change.
    pub dry_run: bool,
}

/// How to sync.
#[derive(Clone, Debug, Default)]
pub struct SyncOptions {
    /// How to pull.
    pub pull: PullOptions,
    /// Why: kept with the version.
    pub message: Option<String>,
    /// When to give up.
    pub deadline: Option<Duration>,
}

/// What a push, pull, fetch, sync or clone did.
#[derive(Clone, Debug, Default)]
pub struct SyncReport {
    /// The base version afterwards; for a fetch, the newest known one.
    pub version: u64,
    /// Keys that came new (pull) or were published new (push).
    pub added: u64,
    /// Keys whose value changed.
    pub modified: u64,
    /// Keys that went.
    pub deleted: u64,
    /// What went over the wire.
    pub traffic: Traffic,
    /// Conflicts that a strategy decided, or in a dry run would decide.
    pub conflicts: Vec<Conflict>,
    /// What the user should know, a sentence each.
    pub warnings: Vec<String>,
}

/// A version, as `log` tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// Its number.
    pub version: u64,
    /// When it was made, by its maker's clock: milliseconds since 1970.
    pub time_ms: u64,
    /// Who made it.
    pub author: String,
    /// Why.
    pub message: String,
    /// Keys that it added.
    pub added: u64,
    /// Keys that it modified.
    pub modified: u64,
    /// Keys that it deleted.
    pub deleted: u64,
    /// Bytes of the segments that it brought.
    pub bytes: u64,
}

/// Told how long work goes on; may be called from any thread.
pub trait Progress: Sync {
    /// A piece of work begins: what, and how many bytes if known.
    fn begin(&self, what: &str, bytes: Option<u64>);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// The piece of work is done.
    fn end(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _what: &str, _bytes: Option<u64>) {}
    fn advance(&self, _bytes: u64) {}
    fn end(&self) {}
}
