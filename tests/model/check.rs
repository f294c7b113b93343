//! Everything that can be asked of a clone, held against the model.

use std::collections::BTreeMap;

use kvs::repo::{ChangeKind, Range};

use super::{Key, Value, World};

impl World {
    /// Everything that can be asked of a clone.
    pub(super) fn check(&self, at: usize) {
        let clone = &self.clones[at];
        let base = &self.versions[clone.base];
        let mut expected: BTreeMap<&Key, &Value> =
            base.iter().filter_map(|(key, theirs)| Some((key, theirs.value.as_ref()?))).collect();
        for (key, ours) in &clone.ours {
            match &ours.value {
                Some(value) => drop(expected.insert(key, value)),
                None => drop(expected.remove(key)),
            }
        }
        let snapshot = clone.repo.snapshot().unwrap();
        let found: Vec<(Key, Value)> = snapshot
            .scan(&Range::default())
            .unwrap()
            .map(|entry| entry.map(|entry| (entry.key().to_vec(), entry.value().unwrap())).unwrap())
            .collect();
        assert!(
            found.iter().map(|(key, value)| (key, value)).eq(expected.iter().map(|x| (*x.0, *x.1))),
            "content"
        );
        assert_eq!(clone.repo.count().unwrap(), expected.len() as u64, "count");
        for number in 0..8 {
            let key = format!("1/{number:02}").into_bytes();
            let value = clone.repo.get(&key).unwrap().map(|entry| entry.value().unwrap());
            assert_eq!(value.as_ref(), expected.get(&key).copied(), "get");
        }
        let changes: Vec<_> = snapshot
            .changes()
            .unwrap()
            .map(|change| change.map(|change| (change.key, change.kind)).unwrap())
            .collect();
        let model = self.changes(at);
        assert!(
            changes.iter().map(|(key, kind)| (key, *kind)).eq(model.iter().map(|x| (*x.0, *x.1))),
            "changes"
        );
        let status = clone.repo.status().unwrap();
        let of = |kind| model.values().filter(|found| **found == kind).count() as u64;
        let told = [status.added, status.modified, status.deleted, status.ahead];
        let kinds = [ChangeKind::Added, ChangeKind::Modified, ChangeKind::Deleted].map(of);
        assert_eq!(told, [kinds[0], kinds[1], kinds[2], model.len() as u64], "status");
        let places = [clone.base, clone.known, clone.known - clone.base].map(|n| n as u64);
        assert_eq!([status.version, status.remote, status.behind], places, "status");
        for (key, theirs) in base.iter().filter(|(_, theirs)| theirs.value.is_some()) {
            let record = snapshot.find_in_base(key).unwrap().unwrap();
            let told = (record.version, record.time);
            assert_eq!(told, (theirs.version as u64, theirs.time), "{}", key.escape_ascii());
        }
    }
}
