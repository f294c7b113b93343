//! `state.json`: the one mutable pointer of a repository (FORMAT 7.2).
//!
//! `{"check":"<hash>","state":{...}}`: the check is blake3 over the exact bytes of the inner
//! object, so a half-written or flipped file is never taken for a state.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::REPOSITORY_FORMAT;
use super::codec::{hex, is_hex};
use super::entry::SegmentEntry;
use crate::error::{Error, Kind, Result};

/// The largest state that a reader accepts.
pub const BYTES_MAX: u64 = 64 << 20;

/// Everything that is true of a repository at one moment, beside its log's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// [`REPOSITORY_FORMAT`].
    pub format: u32,
    /// One more at each swap.
    pub generation: u64,
    /// The database's id: 16 random bytes in hex.
    pub database: String,
    /// The log: its id in hex.
    pub log: String,
    /// Hybrid logical clock: at least the time of every record in segments and base, but for a base
    /// whose clock was too far ahead to be taken over.
    pub clock: u64,
    /// Sealed, unpushed segments, newest first.
    pub local: Vec<SegmentEntry>,
    /// The version that lies below the unpushed part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<VersionRef>,
    /// The newest version that was seen at the remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<VersionRef>,
    /// A commit that was, or was about to be, sent and is not yet known to be decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// What the local segments do to the number of live keys, where it has been worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<CountNote>,
    /// When the last good push, pull or sync ended: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_ms: Option<u64>,
}

/// A version by number and hash of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRef {
    /// Its number.
    pub version: u64,
    /// Hash of its manifest.
    pub hash: String,
    /// The tag by which the remote named it, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A commit under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The number it is for.
    pub version: u64,
    /// Its commit id.
    pub commit: String,
    /// The exact bytes of its manifest.
    pub manifest: String,
    /// Ids of the local segments that it covers; neither merged nor discarded meanwhile.
    pub covers: Vec<String>,
    /// The remote it was sent to, without secrets.
    pub remote: String,
}

/// A remembered difference to the number of live keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountNote {
    /// Ids of the local segments that it takes into account: the oldest ones.
    pub covers: Vec<String>,
    /// Live keys with these segments over the base, less those of the base.
    pub delta: i64,
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    check: String,
    #[serde(borrow)]
    state: &'a RawValue,
}

impl State {
    /// The bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let inner = serde_json::to_string(self).expect("a state is plain data");
        let check = hex(blake3::hash(inner.as_bytes()).as_bytes());
        format!("{{\"check\":\"{check}\",\"state\":{inner}}}\n").into_bytes()
    }

    /// Reads the file's bytes.
    ///
    /// # Errors
    /// Kind `damaged` when the check or a field is wrong; kind `usage` when the format is newer.
    pub fn decode(bytes: &[u8], place: &str) -> Result<Self> {
        let broken = |error: serde_json::Error| Error::damaged(place, "not a state").because(error);
        let envelope: Envelope<'_> = serde_json::from_slice(bytes).map_err(broken)?;
        let inner = envelope.state.get();
        if hex(blake3::hash(inner.as_bytes()).as_bytes()) != envelope.check {
            return Err(Error::damaged(place, "its check does not match"));
        }
        let probe: Probe = serde_json::from_str(inner).map_err(broken)?;
        if probe.format != REPOSITORY_FORMAT {
            let (found, own) = (probe.format, REPOSITORY_FORMAT);
            let message = format!("{place} is of format {found}; this kvs understands {own}");
            return Err(Error::new(Kind::Usage, message).hint("Use a newer kvs."));
        }
        let state: Self = serde_json::from_str(inner).map_err(broken)?;
        if !is_hex(&state.log, 16) || !is_hex(&state.database, 16) {
            return Err(Error::damaged(place, "an id that is none"));
        }
        let covers = state.pending.iter().flat_map(|pending| &pending.covers);
        let counted = state.count.iter().flat_map(|note| &note.covers);
        if !covers.chain(counted).all(|id| is_hex(id, 32)) {
            return Err(Error::damaged(place, "an id that is none"));
        }
        for entry in &state.local {
            entry.check(place)?;
        }
        Ok(state)
    }

    /// The base's number; 0 before the first sync.
    #[must_use]
    pub fn base_version(&self) -> u64 {
        self.base.as_ref().map_or(0, |base| base.version)
    }
}

#[derive(Deserialize)]
struct Probe {
    format: u32,
}
