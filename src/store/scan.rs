//! Walking over the live keys of a range.

use crate::error::Result;
use crate::store::cursor::Direction;
use crate::store::entry::Entry;
use crate::store::join::Join;
use crate::store::snapshot::Snapshot;

/// Which keys, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// Keys that begin with this.
    pub prefix: Vec<u8>,
    /// First key (included).
    pub start: Option<Vec<u8>>,
    /// Last key (excluded).
    pub end: Option<Vec<u8>>,
    /// Falling instead of rising keys.
    pub reverse: bool,
}

impl Range {
    /// The keys that begin with a prefix.
    #[must_use]
    pub fn with_prefix(prefix: &[u8]) -> Self {
        Self { prefix: prefix.to_vec(), ..Self::default() }
    }

    /// The first key that can be in the range.
    #[must_use]
    pub fn low(&self) -> &[u8] {
        self.prefix.as_slice().max(self.start.as_deref().unwrap_or_default())
    }

    /// The first key behind the range; `None`: it has no end.
    #[must_use]
    pub fn high(&self) -> Option<Vec<u8>> {
        let after_prefix = after_prefix(&self.prefix);
        match (&self.end, after_prefix) {
            (Some(end), Some(after)) => Some(end.min(&after).clone()),
            (end, after) => end.clone().or(after),
        }
    }
}

/// The first key behind all that begin with a prefix; `None` where there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut after = prefix.get(..=kept)?.to_vec();
    if let Some(last) = after.last_mut() {
        *last += 1;
    }
    Some(after)
}

/// The live keys of a range, in order. An error ends it.
pub struct Scan {
    join: Join,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    direction: Direction,
    ended: bool,
}

impl Scan {
    pub(crate) fn new(snapshot: &Snapshot, range: &Range) -> Result<Self> {
        let direction = if range.reverse { Direction::Backward } else { Direction::Forward };
        let (low, high) = (range.low().to_vec(), range.high());
        let mut cursors = snapshot.local_cursors(&low, high.as_deref(), direction)?;
        let locals = cursors.len();
        cursors.extend(snapshot.base_cursors(&low, high.as_deref(), direction)?);
        let from = match direction {
            Direction::Forward => Some(low.as_slice()),
            Direction::Backward => high.as_deref(),
        };
        let join = Join::new(cursors, locals, direction, from)?;
        Ok(Self { join, low, high, direction, ended: false })
    }

    fn next_entry(&mut self) -> Result<Option<Entry>> {
        while self.join.next_key()? {
            let key = self.join.key();
            let past = match self.direction {
                Direction::Forward => self.high.as_deref().is_some_and(|high| key >= high),
                Direction::Backward => key < self.low.as_slice(),
            };
            if past {
                break;
            }
            if let Some(cursor) = self.join.visible()? {
                return Ok(Some(Entry::new(cursor.owned()?)));
            }
        }
        Ok(None)
    }

    /// Counts what is left, without copying anything out.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn count_rest(mut self) -> Result<u64> {
        let mut count = 0;
        while self.join.next_key()? {
            if self.high.as_deref().is_some_and(|high| self.join.key() >= high) {
                break;
            }
            count += u64::from(self.join.visible()?.is_some());
        }
        Ok(count)
    }
}

impl Iterator for Scan {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_entry().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_where_the_next_begins() {
        assert_eq!(after_prefix(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after_prefix(b"a\xff\xff"), Some(b"b".to_vec()));
        assert_eq!(after_prefix(b"\xff"), None);
        assert_eq!(after_prefix(b""), None);
    }
}
