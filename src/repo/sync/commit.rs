//! Sending a commit, and finding out what became of it (FORMAT 8 R1, R3, R4).
//!
//! A commit is the conditional create of one version's name. Invariants: for a pending commit only
//! its exact bytes are sent, only for its number; after anything but a plain success only the
//! object at the name decides, manifest or tombstone; while it is not decided nothing is cleaned
//! up, here or there, and the pending commit stays. A refusal drops it only if no attempt of an
//! earlier run can still be on its way.

use super::newest::{self, Seen};
use crate::error::{Error, Kind, Result};
use crate::format::manifest::{self, Commit, Version, hash_of};
use crate::format::state::Pending;
use crate::remote::{Created, Remote};
use crate::store::layout;

/// What became of a commit.
#[derive(Debug)]
pub enum Outcome {
    /// It is the version of that number.
    Committed {
        /// The remote's tag for it, where it was read back.
        tag: Option<String>,
    },
    /// Another commit is. The pending one can never land: drop it, compute everything again.
    Lost {
        /// The winner.
        theirs: Commit,
        /// The database's id in the winner's manifest; another than ours when two repositories
        /// begin a database in the same place.
        database: String,
    },
    /// Not known: the pending commit stays, and the command ends with this error. Its kind is
    /// `unknown`; `damaged` or `usage` when what stands at the name cannot be read; `moved_on` when
    /// the remote is not the one that the commit was made for.
    Unknown(Error),
    /// It was not and will not be made: nothing took effect. Drop the pending one.
    Refused(Error),
}

/// Sends a commit for the first time. REQUIRES: `pending` is durable.
pub fn send(remote: &dyn Remote, pending: &Pending) -> Outcome {
    match create(remote, pending) {
        Created::Done => Outcome::Committed { tag: None },
        Created::Refused(error) => Outcome::Refused(error),
        Created::Exists => decided(remote, pending, None),
        Created::Unknown(error) => decided(remote, pending, Some(error)),
    }
}

/// Finds out about a commit that an earlier run left pending, and sends it again if it is not
/// there. `pending` is the one from `state.json`, and `remote` the one that it was sent to.
pub fn settle(remote: &dyn Remote, pending: &Pending) -> Outcome {
    match look(remote, pending) {
        Ok(Some(outcome)) => return outcome,
        Ok(None) => {}
        Err(error) => return failed(remote, pending, error),
    }
    if let Err(error) = check_parent(remote, pending) {
        return failed(remote, pending, error);
    }
    match create(remote, pending) {
        Created::Done => Outcome::Committed { tag: None },
        Created::Exists => decided(remote, pending, None),
        // A refusal speaks for this run's attempts only; one of an earlier run may still arrive.
        Created::Refused(error) | Created::Unknown(error) => decided(remote, pending, Some(error)),
    }
}

fn create(remote: &dyn Remote, pending: &Pending) -> Created {
    remote.create(&layout::manifest_name(pending.version), pending.manifest.as_bytes())
}

/// Reads the name back; its content is the only answer.
fn decided(remote: &dyn Remote, pending: &Pending, cause: Option<Error>) -> Outcome {
    match look(remote, pending) {
        Ok(Some(outcome)) => outcome,
        Ok(None) => Outcome::Unknown(unknown(remote, pending, cause)),
        // The first cause says more than that of the read after it.
        Err(error) if is_about_content(&error) => Outcome::Unknown(error),
        Err(error) => Outcome::Unknown(unknown(remote, pending, cause.or(Some(error)))),
    }
}

fn failed(remote: &dyn Remote, pending: &Pending, error: Error) -> Outcome {
    if is_about_content(&error) {
        return Outcome::Unknown(error);
    }
    Outcome::Unknown(unknown(remote, pending, Some(error)))
}

/// Whether the error tells of what stands at the remote, and not of the way there.
fn is_about_content(error: &Error) -> bool {
    matches!(error.kind(), Kind::Damaged | Kind::Usage | Kind::MovedOn)
}

/// What the object at the name says; `None` if there is none.
fn look(remote: &dyn Remote, pending: &Pending) -> Result<Option<Outcome>> {
    let Some(seen) = newest::read(remote, pending.version, None)? else { return Ok(None) };
    let theirs = seen.content.commit();
    if theirs.id != pending.commit {
        let database = seen.database().to_owned();
        return Ok(Some(Outcome::Lost { theirs: theirs.clone(), database }));
    }
    if seen.hash() != hash_of(pending.manifest.as_bytes()) {
        let place = newest::place_of(remote, pending.version);
        return Err(Error::damaged(place, "it carries this commit's id and other content"));
    }
    Ok(Some(Outcome::Committed { tag: live_tag(seen) }))
}

fn live_tag(seen: Seen) -> Option<String> {
    match seen.content {
        Version::Live(_) => seen.tag,
        Version::Retired(_) => None,
    }
}

/// Before a commit is sent again: whether the remote still has the version that it follows. A
/// remote that was replaced since would get a version without a past.
fn check_parent(remote: &dyn Remote, pending: &Pending) -> Result<()> {
    let place = "the pending commit in state.json";
    let content = manifest::decode(pending.manifest.as_bytes(), pending.version, place)?;
    let Version::Live(own) = content else {
        return Err(Error::damaged(place, "it is a tombstone"));
    };
    if own.commit.id != pending.commit || own.parent.is_none() != (own.version == 1) {
        return Err(Error::damaged(place, "its parts do not fit together"));
    }
    let (Some(parent), Some(before)) = (own.parent, own.version.checked_sub(1)) else {
        return Ok(());
    };
    match newest::read(remote, before, Some(&own.database))? {
        None => Err(newest::went_back(remote, before)),
        Some(seen) if seen.hash() != parent => Err(newest::replaced(remote, before)),
        Some(_) => Ok(()),
    }
}

fn unknown(remote: &dyn Remote, pending: &Pending, cause: Option<Error>) -> Error {
    let (version, url) = (pending.version, remote.url());
    let message = format!("version {version} may or may not have been published at {url}");
    let Some(cause) = cause else {
        return Error::new(Kind::Unknown, message).hint(HINT);
    };
    let hint = match cause.hint_text() {
        Some(first) => format!("{first} {HINT}"),
        None => HINT.to_owned(),
    };
    Error::new(Kind::Unknown, format!("{message}: {}", cause.message())).hint(hint).because(cause)
}

const HINT: &str =
    "Run the command again: it finds out and finishes. Nothing was cleaned up, here or there.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::sync::testing::{Fault, Memory, manifest, tombstone};

    /// A commit for version 4, and a remote with versions up to 3.
    fn ready() -> (Memory, Pending) {
        let memory = Memory::with_versions(3);
        let mut own = manifest(4);
        own.commit.id = "aa".repeat(16);
        (memory, pending(&own))
    }

    fn pending(own: &manifest::Manifest) -> Pending {
        Pending {
            version: own.version,
            commit: own.commit.id.clone(),
            manifest: String::from_utf8(own.encode()).unwrap(),
            covers: Vec::new(),
            remote: "memory:".to_owned(),
        }
    }

    fn stands(memory: &Memory, pending: &Pending) -> bool {
        memory.peek(&layout::manifest_name(pending.version)).as_deref()
            == Some(pending.manifest.as_bytes())
    }

    fn is_unknown(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Unknown(error) if error.kind() == Kind::Unknown)
    }

    fn is_damaged(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Unknown(error) if error.kind() == Kind::Damaged)
    }

    #[test]
    fn a_free_name_is_taken_with_one_request() {
        let (memory, pending) = ready();
        assert!(matches!(send(&memory, &pending), Outcome::Committed { .. }));
        assert!(stands(&memory, &pending));
        assert_eq!(memory.asked().len(), 1);
    }

    #[test]
    fn a_taken_name_is_lost_also_to_a_tombstone() {
        let (memory, pending) = ready();
        memory.add_version(4);
        for _ in 0..2 {
            for outcome in [send(&memory, &pending), settle(&memory, &pending)] {
                let Outcome::Lost { theirs, database } = outcome else { panic!("{outcome:?}") };
                assert_eq!(theirs, manifest(4).commit);
                assert_eq!(database, manifest(4).database);
            }
            memory.retire(4);
        }
    }

    #[test]
    fn a_lost_answer_is_read_back() {
        let (memory, pending) = ready();
        memory.script(&[Fault::Lost]);
        assert!(matches!(send(&memory, &pending), Outcome::Committed { tag: Some(_) }));
        // An earlier attempt of the same call landed: the name exists, and it is ours.
        assert!(matches!(send(&memory, &pending), Outcome::Committed { .. }));
    }

    #[test]
    fn our_own_tombstone_is_our_commit() {
        let (memory, pending) = ready();
        let mut own = manifest(4);
        own.commit.id.clone_from(&pending.commit);
        memory.set(&layout::manifest_name(4), &tombstone(&own));
        assert!(matches!(send(&memory, &pending), Outcome::Committed { tag: None }));
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { tag: None }));
    }

    #[test]
    fn with_every_answer_lost_nothing_is_known_until_the_next_run() {
        let (memory, pending) = ready();
        memory.script(&[Fault::Lost, Fault::Fail(Kind::Unavailable)]);
        assert!(is_unknown(&send(&memory, &pending)));
        memory.script(&[Fault::Fail(Kind::Unavailable)]);
        assert!(is_unknown(&settle(&memory, &pending)));
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
    }

    #[test]
    fn a_create_that_lands_after_a_404_was_read_is_ours() {
        let (memory, pending) = ready();
        memory.script(&[Fault::Late]);
        assert!(is_unknown(&send(&memory, &pending)));
        // The next run's own create stays on the wire, too; both carry the same bytes.
        memory.script(&[Fault::None, Fault::None, Fault::Late]);
        assert!(is_unknown(&settle(&memory, &pending)));
        memory.deliver();
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
        assert!(stands(&memory, &pending));
    }

    #[test]
    fn a_create_that_lands_after_anothers_is_lost() {
        let (memory, pending) = ready();
        memory.script(&[Fault::Late]);
        assert!(is_unknown(&send(&memory, &pending)));
        memory.add_version(4);
        memory.deliver();
        assert!(matches!(settle(&memory, &pending), Outcome::Lost { .. }));
    }

    #[test]
    fn settling_sends_the_same_bytes_again() {
        let (memory, pending) = ready();
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
        assert!(stands(&memory, &pending));
        assert_eq!(memory.asked().len(), 3);
    }

    #[test]
    fn a_refusal_counts_only_for_what_this_run_sent() {
        let (memory, pending) = ready();
        memory.script(&[Fault::Fail(Kind::Auth)]);
        let outcome = send(&memory, &pending);
        assert!(matches!(&outcome, Outcome::Refused(error) if error.kind() == Kind::Auth));
        // An earlier run's create is on the wire: a refusal now does not take it back.
        memory.script(&[Fault::Late]);
        assert!(is_unknown(&send(&memory, &pending)));
        memory.script(&[Fault::None, Fault::None, Fault::Fail(Kind::Auth)]);
        assert!(is_unknown(&settle(&memory, &pending)));
        memory.deliver();
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
    }

    #[test]
    fn what_cannot_be_read_decides_nothing() {
        let (memory, pending) = ready();
        let mut other = manifest(4);
        other.commit.id.clone_from(&pending.commit);
        other.clock = 7;
        let large = vec![b' '; usize::try_from(manifest::BYTES_MAX).unwrap() + 1];
        for bytes in [b"garbage".to_vec(), large, other.encode()] {
            memory.set(&layout::manifest_name(4), &bytes);
            assert!(is_damaged(&send(&memory, &pending)));
            assert!(is_damaged(&settle(&memory, &pending)));
        }
    }

    #[test]
    fn nothing_is_sent_again_to_a_remote_that_was_replaced() {
        let (_, pending) = ready();
        let empty = Memory::new();
        let replaced = Memory::with_versions(2);
        let mut third = manifest(3);
        third.clock = 5;
        replaced.set(&layout::manifest_name(3), &third.encode());
        for memory in [empty, replaced] {
            let outcome = settle(&memory, &pending);
            assert!(matches!(outcome, Outcome::Unknown(error) if error.kind() == Kind::MovedOn));
            assert!(memory.asked().iter().all(|request| request.starts_with("get ")));
        }
        // A parent that was retired still is the parent.
        let (memory, pending) = ready();
        memory.retire(3);
        assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
    }

    #[test]
    fn nothing_is_ever_deleted_or_overwritten() {
        let faults = [
            Fault::None,
            Fault::Lost,
            Fault::Late,
            Fault::Missing,
            Fault::Fail(Kind::Unavailable),
            Fault::Fail(Kind::Auth),
        ];
        for script in (0..6_usize.pow(4)).map(|n| [n % 6, n / 6 % 6, n / 36 % 6, n / 216]) {
            let (memory, pending) = ready();
            memory.script(&script.map(|at| faults[at]));
            let mut outcome = send(&memory, &pending);
            if is_unknown(&outcome) {
                outcome = settle(&memory, &pending);
            }
            match &outcome {
                Outcome::Committed { .. } => assert!(stands(&memory, &pending)),
                Outcome::Refused(_) => {
                    memory.deliver();
                    assert!(!stands(&memory, &pending), "{script:?}");
                }
                Outcome::Unknown(_) => {
                    memory.script(&[]);
                    memory.deliver();
                    assert!(matches!(settle(&memory, &pending), Outcome::Committed { .. }));
                }
                Outcome::Lost { .. } => panic!("nobody else pushed: {script:?}"),
            }
            let verbs = memory.asked();
            let verbs = verbs.iter().all(|it| it.starts_with("get ") || it.starts_with("create "));
            assert!(verbs, "{script:?}");
        }
    }
}
