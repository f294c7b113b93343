//! Finding the newest version at a remote, without a listing (FORMAT 8 R9).
//!
//! Numbers are dense and never deleted, a tombstone counts as existing, so a 404 right after a
//! version that exists is an answer. From what is known: +1, +2, +4 and so on, then bisection.
//! With the first step the known version itself is asked for, at the same time: if it is missing
//! or another one, the remote was replaced or went back, and the search ends with `moved_on`.
//!
//! Invariant: a search never ends below what was newest when it began. `HEAD` is a start, never an
//! answer: it counts only if the version that it names exists and is above what is known.

use super::parallel::both;
use crate::error::{Error, Kind, Result};
use crate::format::manifest::{self, BYTES_MAX, Manifest, Version, hash_of};
use crate::format::state::VersionRef;
use crate::remote::{Conditional, Fetched, Remote};
use crate::store::layout;

/// `HEAD` is written with every so many versions.
pub const HEAD_EVERY: u64 = 16;

/// The largest `HEAD` that is read.
const HEAD_BYTES_MAX: u64 = 64;

/// After so many steps that found a version, `HEAD` is asked.
const STEPS_BEFORE_HEAD: u32 = 3;

/// How often the search goes on because the version it ended at was retired meanwhile.
const LOOKS_MAX: u32 = 8;

/// What stands under a version's name, as it was read.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The number.
    pub version: u64,
    /// The manifest or its tombstone.
    pub content: Version,
    /// The exact bytes.
    pub bytes: Vec<u8>,
    /// The remote's tag for these bytes, if it gave one.
    pub tag: Option<String>,
}

impl Seen {
    /// Hash of the manifest, also where only its tombstone is left.
    #[must_use]
    pub fn hash(&self) -> String {
        match &self.content {
            Version::Live(_) => hash_of(&self.bytes),
            Version::Retired(retired) => retired.retired.clone(),
        }
    }

    /// The database's id.
    #[must_use]
    pub fn database(&self) -> &str {
        match &self.content {
            Version::Live(manifest) => &manifest.database,
            Version::Retired(retired) => &retired.database,
        }
    }

    /// The tag, of a manifest. A tombstone's is not kept: the tag of a known version then tells
    /// that it still is live.
    fn live_tag(&self) -> Option<String> {
        match self.content {
            Version::Live(_) => self.tag.clone(),
            Version::Retired(_) => None,
        }
    }
}

/// The newest version, live.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its number.
    pub version: u64,
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest's exact bytes.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub hash: String,
    /// The remote's tag for them, if it gave one.
    pub tag: Option<String>,
}

impl Found {
    /// The version by number, hash and tag, as `state.json` keeps it.
    #[must_use]
    pub fn reference(&self) -> VersionRef {
        VersionRef { version: self.version, hash: self.hash.clone(), tag: self.tag.clone() }
    }
}

/// The answer to [`find`].
#[derive(Clone, Debug)]
pub enum Newest {
    /// There is no database.
    Nothing,
    /// The newest is the one that was known; its body was not needed.
    Same {
        /// The remote's tag for it, perhaps a new one: worth keeping.
        tag: Option<String>,
    },
    /// This one, newer than what was known.
    Newer(Box<Found>),
}

/// Finds the newest version. `database` is the id that every version must carry, `None` if any
/// will do; `known` the newest one seen here so far.
///
/// Nothing new costs two requests at the same time; one new version one more after them.
///
/// # Errors
/// Kind `moved_on` when the remote holds another database, was replaced or went back; `damaged`
/// when versions are missing or cannot be read; otherwise those of the remote.
pub fn find(
    remote: &dyn Remote,
    database: Option<&str>,
    known: Option<&VersionRef>,
) -> Result<Newest> {
    let mut search = Search { remote, database: database.map(str::to_owned) };
    match known {
        Some(known) if known.version > 0 => search.above_known(known),
        _ => search.nothing_known(),
    }
}

/// Reads what stands under the name of a version; `None` if nothing does.
///
/// # Errors
/// Kind `moved_on` if it is of another database; `damaged` if it is no manifest of that number or
/// too large; otherwise those of the remote.
pub fn read(remote: &dyn Remote, version: u64, database: Option<&str>) -> Result<Option<Seen>> {
    match remote.get(&layout::manifest_name(version), BYTES_MAX)? {
        Some(fetched) => seen(remote, version, database, fetched).map(Some),
        None => Ok(None),
    }
}

/// Writes the hint, if it is due with this version. That it fails is no harm, so nothing is said.
pub fn write_head(remote: &dyn Remote, version: u64) {
    if version.is_multiple_of(HEAD_EVERY) {
        drop(remote.put(layout::HEAD, format!("{version}\n").as_bytes()));
    }
}

fn seen(
    remote: &dyn Remote,
    version: u64,
    database: Option<&str>,
    fetched: Fetched,
) -> Result<Seen> {
    let place = place_of(remote, version);
    let content = manifest::decode(&fetched.bytes, version, &place)?;
    let seen = Seen { version, content, bytes: fetched.bytes, tag: fetched.tag };
    if database.is_some_and(|expected| expected != seen.database()) {
        return Err(another_database(remote, seen.database(), database.unwrap_or_default()));
    }
    Ok(seen)
}

/// Reads the hint.
fn read_head(remote: &dyn Remote) -> Result<Option<u64>> {
    let fetched = match remote.get(layout::HEAD, HEAD_BYTES_MAX) {
        Ok(Some(fetched)) => fetched,
        Ok(None) => return Ok(None),
        Err(error) if error.kind() == Kind::Damaged => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = std::str::from_utf8(&fetched.bytes).ok().map(str::trim_ascii_end);
    let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(digits.and_then(|digits| digits.parse().ok()).filter(|version| *version > 0))
}

/// What is known of the known version after it was asked for.
struct Own {
    tag: Option<String>,
    retired: bool,
}

struct Search<'a> {
    remote: &'a dyn Remote,
    /// The id that every version must carry; that of the first one read if any would do.
    database: Option<String>,
}

impl Search<'_> {
    fn above_known(&mut self, known: &VersionRef) -> Result<Newest> {
        let Some(first) = known.version.checked_add(1) else {
            return Err(Error::damaged("state.json", "it names a version that cannot be"));
        };
        let (own, next) = both(|| self.own(known), || self.read(first));
        let (own, mut next) = (own?, next?);
        let mut looks = 0;
        while next.is_none() && own.retired {
            // The newest is never retired: a newer one came between the two answers.
            looks += 1;
            if looks > LOOKS_MAX {
                return Err(self.headless(known.version));
            }
            next = self.read(first)?;
        }
        let Some(next) = next else { return Ok(Newest::Same { tag: own.tag }) };
        if let Version::Live(manifest) = &next.content
            && manifest.parent.as_deref() != Some(known.hash.as_str())
        {
            return Err(replaced(self.remote, known.version));
        }
        self.adopt(&next);
        self.gallop(known.version, next, 1, false)
    }

    /// Asks for the known version itself, without its body if that can be.
    fn own(&self, known: &VersionRef) -> Result<Own> {
        let name = layout::manifest_name(known.version);
        let answer = match &known.tag {
            Some(tag) => self.remote.get_unless(&name, tag, BYTES_MAX)?,
            None => match self.remote.get(&name, BYTES_MAX)? {
                Some(fetched) => Conditional::Changed(fetched),
                None => Conditional::Missing,
            },
        };
        match answer {
            Conditional::Same => Ok(Own { tag: known.tag.clone(), retired: false }),
            Conditional::Missing => Err(went_back(self.remote, known.version)),
            Conditional::Changed(fetched) => {
                let database = self.database.as_deref();
                let seen = seen(self.remote, known.version, database, fetched)?;
                if seen.hash() != known.hash {
                    return Err(replaced(self.remote, known.version));
                }
                let retired = matches!(seen.content, Version::Retired(_));
                Ok(Own { tag: seen.live_tag(), retired })
            }
        }
    }

    fn nothing_known(&mut self) -> Result<Newest> {
        let (first, head) = both(|| self.read(1), || read_head(self.remote));
        let (mut first, mut head) = (first?, head);
        if first.is_none() {
            // A hint without a version 1: the two answers are of different moments, the hint is
            // left from a database that was destroyed, or names were removed by hand. In the last
            // case a new database here would create numbers for a second time.
            let Some(named) = head? else { return Ok(Newest::Nothing) };
            first = self.read(1)?;
            if first.is_none() {
                if self.read(named)?.is_some() {
                    return Err(missing(self.remote, 1));
                }
                return Ok(Newest::Nothing);
            }
            head = Ok(Some(named));
        }
        let Some(mut lowest) = first else { return Ok(Newest::Nothing) };
        self.adopt(&lowest);
        if let Ok(Some(named)) = head
            && named > lowest.version
            && let Some(seen) = self.read(named)?
        {
            lowest = seen;
        }
        let origin = lowest.version;
        self.gallop(origin, lowest, 0, true)
    }

    /// Steps up from `origin` until a version is not there. `lowest` exists, and `steps` steps have
    /// been made to it.
    fn gallop(
        &self,
        mut origin: u64,
        mut lowest: Seen,
        mut steps: u32,
        mut asked_head: bool,
    ) -> Result<Newest> {
        let mut looks = 0;
        loop {
            let highest = loop {
                let step = 1_u64.checked_shl(steps).unwrap_or(u64::MAX);
                let probe = origin.saturating_add(step);
                if probe == lowest.version {
                    break probe;
                }
                let (answer, head) = if asked_head || steps < STEPS_BEFORE_HEAD {
                    (self.read(probe)?, None)
                } else {
                    asked_head = true;
                    let (answer, head) = both(|| self.read(probe), || read_head(self.remote));
                    // A hint that cannot be read is none.
                    (answer?, head.ok().flatten())
                };
                let Some(seen) = answer else { break probe };
                (lowest, steps) = (seen, steps + 1);
                if let Some(named) = head
                    && named > lowest.version
                    && let Some(seen) = self.read(named)?
                {
                    (origin, lowest, steps) = (named, seen, 0);
                }
            };
            lowest = self.bisect(lowest, highest)?;
            match lowest.content {
                Version::Live(manifest) => return Ok(found(manifest, lowest.bytes, lowest.tag)),
                // Retired since the one after it was not there, so there is one now.
                Version::Retired(_) if looks < LOOKS_MAX => looks += 1,
                Version::Retired(_) => return Err(self.headless(lowest.version)),
            }
            (origin, steps) = (lowest.version, 0);
        }
    }

    /// Narrows down: `lowest` exists, `highest` did not.
    fn bisect(&self, mut lowest: Seen, mut highest: u64) -> Result<Seen> {
        while highest - lowest.version > 1 {
            let probe = lowest.version + (highest - lowest.version) / 2;
            match self.read(probe)? {
                Some(seen) => lowest = seen,
                None => highest = probe,
            }
        }
        Ok(lowest)
    }

    fn read(&self, version: u64) -> Result<Option<Seen>> {
        read(self.remote, version, self.database.as_deref())
    }

    fn adopt(&mut self, seen: &Seen) {
        self.database.get_or_insert_with(|| seen.database().to_owned());
    }

    fn headless(&self, version: u64) -> Error {
        Error::damaged(place_of(self.remote, version), "it is retired, and there is no newer one")
    }
}

fn found(manifest: Manifest, bytes: Vec<u8>, tag: Option<String>) -> Newest {
    let (version, hash) = (manifest.version, hash_of(&bytes));
    Newest::Newer(Box::new(Found { version, manifest, bytes, hash, tag }))
}

/// How messages name a version at a remote.
pub(super) fn place_of(remote: &dyn Remote, version: u64) -> String {
    format!("{} at {}", layout::manifest_name(version), remote.url())
}

/// The remote lacks a version that it once had.
pub(super) fn went_back(remote: &dyn Remote, version: u64) -> Error {
    let url = remote.url();
    let message =
        format!("the remote {url} went back or was replaced: it has no version {version} any more");
    Error::new(Kind::MovedOn, message).hint(
        "Nothing was written. Check the URL; restore the remote, or clone it into a new folder.",
    )
}

/// The remote has another history.
pub(super) fn replaced(remote: &dyn Remote, version: u64) -> Error {
    let url = remote.url();
    let message =
        format!("the remote {url} was replaced: its version {version} is not the one known here");
    Error::new(Kind::MovedOn, message)
        .hint("Nothing was written. Check the URL, or clone the remote into a new folder.")
}

fn another_database(remote: &dyn Remote, found: &str, expected: &str) -> Error {
    let url = remote.url();
    let message = format!(
        "the remote {url} holds another database: {found}, this repository is of {expected}"
    );
    Error::new(Kind::MovedOn, message)
        .hint("Nothing was written. Check the URL, or clone the remote into a new folder.")
}

/// A version below an existing one is not there.
pub(super) fn missing(remote: &dyn Remote, version: u64) -> Error {
    Error::damaged(place_of(remote, version), "the version is missing, but there are newer ones")
}

#[cfg(test)]
#[path = "newest_tests.rs"]
mod tests;
