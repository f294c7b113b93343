//! What differs from the base: the unpushed records held against it (status, diff, push).
//!
//! The cost follows the changes: few of them are looked up in the base one by one, in key order;
//! many are joined with it.

use crate::error::Result;
use crate::format::entry::SegmentEntry;
use crate::format::record::Kind;
use crate::store::cursor::Direction;
use crate::store::entry::Entry;
use crate::store::finder::Finder;
use crate::store::join::Join;
use crate::store::owned::OwnedRecord;
use crate::store::scan::Range;
use crate::store::snapshot::Snapshot;

/// How a key differs from the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is not in the base.
    Added,
    /// It has another value there.
    Modified,
    /// It is in the base only.
    Deleted,
}

/// A key whose unpushed state differs from the base.
pub struct Change {
    /// How it differs.
    pub kind: ChangeKind,
    /// The key.
    pub key: Vec<u8>,
    /// As it is here; `None`: deleted.
    pub ours: Option<Entry>,
    /// As the base has it; `None`: added.
    pub base: Option<Entry>,
}

/// An unpushed record beside the base's record of the same key, whether they differ or not.
pub struct Pair {
    /// The newest unpushed record; may be a revert.
    pub ours: OwnedRecord,
    /// The newest record in the base; may be a tombstone.
    pub base: Option<OwnedRecord>,
    /// The rank of the source of `ours` in the walk: the log, if it holds any record, is 0.
    pub rank: usize,
}

impl Pair {
    /// How the key differs, if it does.
    #[must_use]
    pub fn kind(&self) -> Option<ChangeKind> {
        let base = self.base.as_ref().filter(|record| record.kind == Kind::Put);
        match (self.ours.kind, base) {
            (Kind::Revert, _) | (Kind::Tombstone, None) => None,
            (Kind::Tombstone, Some(_)) => Some(ChangeKind::Deleted),
            (Kind::Put, None) => Some(ChangeKind::Added),
            (Kind::Put, Some(base)) => {
                (!self.ours.same_state(base)).then_some(ChangeKind::Modified)
            }
        }
    }
}

/// The unpushed keys in order, each beside the base.
pub struct Pairs {
    walk: Walk,
    high: Option<Vec<u8>>,
}

enum Walk {
    /// Few keys: each is looked up.
    Sparse(Join, Finder),
    /// Many keys: everything is joined.
    Dense(Join),
}

/// Looking a key up costs about as much as walking over this many records.
const LOOK_UP_RECORDS: u64 = 100;

impl Pairs {
    /// Walks over the unpushed keys of a range.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn new(snapshot: &Snapshot, range: &Range) -> Result<Self> {
        let base = snapshot.base().map_or(0, |base| {
            base.segments.iter().map(SegmentEntry::records).fold(0, u64::saturating_add)
        });
        let (low, high) = (range.low(), range.high());
        let forward = Direction::Forward;
        let mut cursors = snapshot.local_cursors(low, high.as_deref(), forward)?;
        let locals = cursors.len();
        let look_ups = snapshot.unpushed_records_max().saturating_mul(LOOK_UP_RECORDS);
        let walk = if look_ups < base {
            let join = Join::new(cursors, locals, forward, Some(low))?;
            Walk::Sparse(join, Finder::in_base(snapshot))
        } else {
            cursors.extend(snapshot.base_cursors(low, high.as_deref(), forward)?);
            Walk::Dense(Join::new(cursors, locals, forward, Some(low))?)
        };
        Ok(Self { walk, high })
    }

    /// The next unpushed key.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn next_pair(&mut self) -> Result<Option<Pair>> {
        let join = match &mut self.walk {
            Walk::Sparse(join, _) | Walk::Dense(join) => join,
        };
        let (ours, rank) = loop {
            if !join.next_key()? || self.high.as_deref().is_some_and(|high| join.key() >= high) {
                return Ok(None);
            }
            if let (Some(ours), Some(rank)) = (join.ours(), join.ours_rank()) {
                break (ours.owned()?, rank);
            }
        };
        let base = match &mut self.walk {
            Walk::Sparse(_, finder) => finder.find(&ours.key)?,
            Walk::Dense(join) => Join::owned(join.base())?,
        };
        Ok(Some(Pair { ours, base, rank }))
    }
}

/// What differs from the base, in key order. An error ends it.
pub struct Changes {
    pairs: Pairs,
    ended: bool,
}

impl Snapshot {
    /// What differs from the base, in key order.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn changes(&self) -> Result<Changes> {
        self.changes_in(&Range::default())
    }

    /// The same within a range, always forwards.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn changes_in(&self, range: &Range) -> Result<Changes> {
        Ok(Changes { pairs: Pairs::new(self, range)?, ended: false })
    }

    /// How one key differs from the base, if it does.
    ///
    /// # Errors
    /// Kinds `damaged` and `disk`.
    pub fn change_of(&self, key: &[u8]) -> Result<Option<Change>> {
        let Some(ours) = self.find_unpushed(key)? else { return Ok(None) };
        let pair = Pair { ours, base: self.find_in_base(key)?, rank: 0 };
        Ok(change_of(pair))
    }
}

fn change_of(pair: Pair) -> Option<Change> {
    let kind = pair.kind()?;
    let live = |record: OwnedRecord| (record.kind == Kind::Put).then(|| Entry::new(record));
    let key = pair.ours.key.clone();
    Some(Change { kind, key, ours: live(pair.ours), base: pair.base.and_then(live) })
}

impl Iterator for Changes {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.pairs.next_pair() {
                Ok(Some(pair)) => {
                    if let Some(change) = change_of(pair) {
                        return Some(Ok(change));
                    }
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
