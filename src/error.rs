//! The one error type of the crate, and the one table of exit codes.
//!
//! Kinds are chosen by what the caller does next, not by where the error arose, so every layer can
//! raise one and none has to translate. A kind has a fixed exit code and a fixed name in `--json`;
//! both are frozen: scripts branch on them. What went wrong stands in the message, what to do next
//! in the hint, and the cause below is kept as the source.

use std::fmt;

/// What the caller of a failed operation can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The answer is no: key not found, condition not met.
    No,
    /// Wrong usage, configuration or input; not a repository; version not understood.
    Usage,
    /// Keys changed on both sides and no strategy decides.
    Conflict,
    /// The remote has versions that this repository has not, was replaced or went back.
    MovedOn,
    /// The remote stopped answering after the commit was sent.
    Unknown,
    /// The remote could not be reached, or failed after retries.
    Unavailable,
    /// Credentials missing or refused.
    Auth,
    /// Another writer held the repository past the time-out.
    Locked,
    /// The local disk failed: full, read-only, not permitted, I/O error.
    Disk,
    /// Data fails its checks.
    Damaged,
    /// The last good sync is older than asked.
    Stale,
    /// The remote cannot do what is asked of it.
    Capability,
    /// A program that kvs ran has failed.
    Command,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
}

/// A row of the exit-code table.
#[derive(Clone, Copy, Debug)]
pub struct ExitCode {
    /// The kind that ends with this code.
    pub kind: Kind,
    /// The process's exit status.
    pub code: u8,
    /// The name in `--json`.
    pub name: &'static str,
    /// Whether running the same command again can help without any other step.
    pub retryable: bool,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// What a script does about it.
    pub action: &'static str,
}

const fn row(
    kind: Kind,
    code: u8,
    name: &'static str,
    retryable: bool,
    meaning: &'static str,
    action: &'static str,
) -> ExitCode {
    ExitCode { kind, code, name, retryable, meaning, action }
}

/// Every exit code but 0 (done), in order. Frozen: codes are never changed or used again.
pub const EXIT_CODES: &[ExitCode] = &[
    row(
        Kind::No,
        1,
        "no",
        false,
        "the answer is no: key not found, condition not met, differences found (--exit-code)",
        "branch",
    ),
    row(
        Kind::Usage,
        2,
        "usage",
        false,
        "wrong usage or configuration, not a repository, version not understood, input that \
         cannot be read, nothing there to clone",
        "fix the call",
    ),
    row(
        Kind::Conflict,
        3,
        "conflict",
        false,
        "keys changed on both sides and no strategy decides",
        "choose a strategy, run again",
    ),
    row(
        Kind::MovedOn,
        4,
        "moved_on",
        false,
        "the remote has versions this repository has not; or it was replaced or went back",
        "kvs pull",
    ),
    row(
        Kind::Unknown,
        5,
        "unknown",
        true,
        "the remote stopped answering after the commit was sent: it may or may not have landed; \
         nothing was cleaned up",
        "run again: it finds out and finishes",
    ),
    row(
        Kind::Unavailable,
        6,
        "unavailable",
        true,
        "the remote could not be reached or failed after retries; nothing changed there or here",
        "try later",
    ),
    row(Kind::Auth, 7, "auth", false, "credentials missing or refused", "fix credentials"),
    row(
        Kind::Locked,
        8,
        "locked",
        true,
        "another writer held the repository past the time-out",
        "try again",
    ),
    row(
        Kind::Disk,
        9,
        "disk",
        false,
        "the local disk failed: full, read-only, not permitted, I/O error; what was acknowledged \
         is safe",
        "free space, mend permissions",
    ),
    row(Kind::Damaged, 10, "damaged", false, "data fails its checks", "kvs fsck"),
    row(Kind::Stale, 11, "stale", false, "the last good sync is older than --max-age", "alert"),
    row(
        Kind::Capability,
        12,
        "capability",
        false,
        "the remote cannot do what is asked (no conditional create, read only)",
        "other remote or mode",
    ),
    row(
        Kind::Command,
        13,
        "command",
        false,
        "a program kvs ran (map, --exec, merge) failed",
        "fix the program",
    ),
    row(
        Kind::Interrupted,
        130,
        "interrupted",
        true,
        "stopped by SIGINT; the next run goes on where this one stopped",
        "run again",
    ),
    row(
        Kind::Terminated,
        143,
        "interrupted",
        true,
        "stopped by SIGTERM; the next run goes on where this one stopped",
        "run again",
    ),
];

impl Kind {
    /// The row of [`EXIT_CODES`] that belongs to this kind.
    #[must_use]
    pub fn exit(self) -> &'static ExitCode {
        EXIT_CODES
            .iter()
            .find(|row| row.kind == self)
            .expect("every kind has a row; a test reads them all")
    }
}

/// A key changed on both sides, as `error.conflicts` lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key's bytes.
    pub key: Vec<u8>,
    /// What this side did to it: `put` or `delete`.
    pub ours: &'static str,
    /// What the remote did to it: `put` or `delete`.
    pub theirs: &'static str,
}

/// What went wrong, what to do about it, and why.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    source: Option<anyhow::Error>,
    conflicts: Vec<Conflict>,
}

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Makes an error. The message is a sentence without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message, hint: None, source: None, conflicts: Vec::new() }
    }

    /// Adds what to do next, replacing a hint given before.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds the keys in conflict.
    #[must_use]
    pub fn conflicts_in(mut self, conflicts: Vec<Conflict>) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// Puts `what` and a colon in front of the message.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// What the caller can do.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened, and where.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The keys in conflict, for [`Kind::Conflict`].
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// A failed call on a local file: kind `disk`, the path named.
    pub fn disk(doing: &str, path: impl AsRef<std::path::Path>, source: std::io::Error) -> Self {
        let path = path.as_ref().display();
        let hint = match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "Free some space and run the command again; what was acknowledged is safe."
            }
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "Check who owns the folder and whether it may be written."
            }
            _ => "Check the disk; what was acknowledged is safe.",
        };
        Self::new(Kind::Disk, format!("cannot {doing} {path}")).hint(hint).because(source)
    }

    /// Data that fails its checks: kind `damaged`, with what is wrong and where.
    pub fn damaged(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self::new(Kind::Damaged, format!("{place} is damaged: {what}"))
            .hint("Run `kvs fsck` to see what is affected.")
    }

    /// Wrong usage or input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_sorted() {
        let codes: Vec<u8> = EXIT_CODES.iter().map(|row| row.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn every_kind_finds_its_row() {
        for row in EXIT_CODES {
            assert_eq!(row.kind.exit().code, row.code);
        }
    }
}
