//! A manifest: one version of a database, and the tombstone that takes its place when it is
//! retired (FORMAT 6).
//!
//! Manifests are readable JSON. Fields that a reader does not know are ignored; what it must not
//! ignore comes with a new `format` number, which it refuses. The hash of a manifest is blake3 of
//! its exact bytes, so manifests are kept as they came and never written out again.

use serde::{Deserialize, Serialize};

use super::REMOTE_FORMAT;
use super::codec::{hex, is_hex};
use super::entry::SegmentEntry;
use crate::error::{Error, Kind, Result};

/// The largest manifest that a reader accepts: about 50,000 segments of up to 256 MiB.
pub const BYTES_MAX: u64 = 16 << 20;

/// Who made a version, when and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// 16 random bytes in hex; tells whose commit landed.
    pub id: String,
    /// When it was made, by its maker's clock: milliseconds since 1970.
    pub time_ms: u64,
    /// Who made it.
    pub author: String,
    /// Why.
    #[serde(default)]
    pub message: String,
    /// `push` or `compact`.
    pub kind: String,
    /// Keys that are new against the parent.
    #[serde(default)]
    pub added: u64,
    /// Keys that have another value.
    #[serde(default)]
    pub modified: u64,
    /// Keys that are gone.
    #[serde(default)]
    pub deleted: u64,
    /// Bytes of the segments that it brought.
    #[serde(default)]
    pub bytes: u64,
}

/// One version of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`REMOTE_FORMAT`].
    pub format: u32,
    /// The database's id: 16 random bytes in hex, the same for all its versions.
    pub database: String,
    /// Its number; the first is 1.
    pub version: u64,
    /// Hash of the manifest before; absent for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Who, when, why.
    pub commit: Commit,
    /// Live keys.
    pub live: u64,
    /// Hybrid logical clock: at least the time of every record.
    pub clock: u64,
    /// A commit names only segments of slots above its parent's fence, beside those that the
    /// parent names.
    pub fence: u64,
    /// The segments, newest first.
    pub segments: Vec<SegmentEntry>,
}

/// What is left of a retired version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// [`REMOTE_FORMAT`].
    pub format: u32,
    /// The database's id.
    pub database: String,
    /// Its number.
    pub version: u64,
    /// Hash of the manifest that stood here.
    pub retired: String,
    /// Its commit.
    pub commit: Commit,
}

/// What stands under the name of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// The version itself.
    Live(Manifest),
    /// Its tombstone.
    Retired(Retired),
}

impl Version {
    /// Its number.
    #[must_use]
    pub fn version(&self) -> u64 {
        match self {
            Self::Live(manifest) => manifest.version,
            Self::Retired(retired) => retired.version,
        }
    }

    /// Its commit.
    #[must_use]
    pub fn commit(&self) -> &Commit {
        match self {
            Self::Live(manifest) => &manifest.commit,
            Self::Retired(retired) => &retired.commit,
        }
    }
}

/// The hash of a manifest's exact bytes, in hex.
#[must_use]
pub fn hash_of(bytes: &[u8]) -> String {
    hex(blake3::hash(bytes).as_bytes())
}

impl Manifest {
    /// The bytes to be published.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        bytes.push(b'\n');
        bytes
    }
}

/// Reads what stands under the name of version `version`.
///
/// # Errors
/// Kind `damaged` when it is no manifest of that number or lists what cannot be; kind `usage` when
/// it is of a newer format.
pub fn decode(bytes: &[u8], version: u64, place: &str) -> Result<Version> {
    let broken = |error: serde_json::Error| Error::damaged(place, "not a manifest").because(error);
    let probe: Probe = serde_json::from_slice(bytes).map_err(broken)?;
    if probe.format != REMOTE_FORMAT {
        return Err(newer(place, probe.format));
    }
    if version == u64::MAX {
        return Err(Error::damaged(place, "a version that none can follow"));
    }
    if probe.version != version || !is_hex(&probe.database, 16) {
        return Err(Error::damaged(place, "a manifest of another version or database"));
    }
    if probe.retired.is_some() {
        return serde_json::from_slice(bytes).map(Version::Retired).map_err(broken);
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(broken)?;
    let mut ids = std::collections::HashSet::new();
    for entry in &manifest.segments {
        entry.check(place)?;
        let within = 1..=version;
        let numbers = within.contains(&entry.slot) && within.contains(&entry.version);
        if !numbers || entry.reverts > 0 || !ids.insert(entry.id.as_str()) {
            return Err(Error::damaged(place, "it lists a segment that cannot be"));
        }
    }
    if manifest.fence > version {
        return Err(Error::damaged(place, "a fence above its own number"));
    }
    let puts = manifest.segments.iter().map(|entry| entry.puts).fold(0, u64::saturating_add);
    if manifest.live > puts {
        return Err(Error::damaged(place, "more live keys than its segments can hold"));
    }
    Ok(Version::Live(manifest))
}

#[derive(Deserialize)]
struct Probe {
    format: u32,
    version: u64,
    database: String,
    retired: Option<String>,
}

fn newer(place: &str, format: u32) -> Error {
    Error::new(
        Kind::Usage,
        format!("{place} is of format {format}; this kvs understands format {REMOTE_FORMAT}"),
    )
    .hint("Use a newer kvs.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(version: u64, live: u64, puts: &[u64]) -> Vec<u8> {
        let entry = |(index, puts): (usize, &u64)| SegmentEntry {
            id: format!("{index:064x}"),
            slot: 1,
            version: 1,
            bytes: 1000,
            root: 500,
            puts: *puts,
            tombstones: 0,
            reverts: 0,
            first: b"a".to_vec(),
            last: b"b".to_vec(),
            replaces: Vec::new(),
        };
        Manifest {
            format: REMOTE_FORMAT,
            database: "0".repeat(32),
            version,
            parent: None,
            commit: Commit::default(),
            live,
            clock: 0,
            fence: 0,
            segments: puts.iter().enumerate().map(entry).collect(),
        }
        .encode()
    }

    #[test]
    fn numbers_that_cannot_be_are_refused() {
        let kind = |bytes: &[u8], version| decode(bytes, version, "here").map_err(|it| it.kind());
        for (live, puts) in [(0, &[][..]), (5, &[2, 3]), (u64::MAX, &[u64::MAX, 7])] {
            assert!(kind(&manifest(1, live, puts), 1).is_ok(), "{live} of {puts:?}");
        }
        for (live, puts) in [(1, &[][..]), (6, &[2, 3]), (u64::MAX, &[5])] {
            assert_eq!(kind(&manifest(1, live, puts), 1), Err(Kind::Damaged), "{live} of {puts:?}");
        }
        let highest = u64::MAX;
        assert_eq!(kind(&manifest(highest, 0, &[]), highest), Err(Kind::Damaged));
        assert!(kind(&manifest(highest - 1, 0, &[]), highest - 1).is_ok());
    }
}
