//! Random programs against a map: every read must agree, whatever was sealed, merged or reopened.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::env::Env;
use crate::store::{Range, Store};

/// A small generator (`SplitMix64`), so that a failing seed can be run again.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn key(&mut self) -> Vec<u8> {
        let mut key = format!("{:03}", self.next(300)).into_bytes();
        if self.next(4) == 0 {
            key.push(0xff);
        }
        key
    }

    fn value(&mut self) -> Vec<u8> {
        let sizes = [0, 3, 100, 128, 129, 5_000, 40_000];
        let size = sizes[usize::try_from(self.next(7)).unwrap()];
        let byte = u8::try_from(self.next(256)).unwrap();
        (0..size).map(|n| byte.wrapping_add(u8::try_from(n % 251).unwrap())).collect()
    }
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn check(store: &Store, model: &Model, dice: &mut Dice, seed: u64) {
    let snapshot = store.snapshot().unwrap();
    let all: Model = snapshot
        .scan(&Range::default())
        .unwrap()
        .map(|entry| entry.map(|entry| (entry.key().to_vec(), entry.value().unwrap())).unwrap())
        .collect();
    assert!(all == *model, "seed {seed}: scan");
    assert_eq!(store.count().unwrap(), model.len() as u64, "seed {seed}: count");
    let (start, end) = (dice.key(), dice.key());
    let range = Range { start: Some(start.clone()), end: Some(end.clone()), ..Range::default() };
    let keys = |range: &Range| -> Vec<Vec<u8>> {
        let scan = snapshot.scan(range).unwrap();
        scan.map(|entry| entry.unwrap().key().to_vec()).collect()
    };
    let inside = |key: &&Vec<u8>| **key >= start && **key < end;
    let want: Vec<Vec<u8>> = model.keys().filter(inside).cloned().collect();
    assert_eq!(keys(&range), want, "seed {seed}: range");
    let falling: Vec<Vec<u8>> = want.into_iter().rev().collect();
    assert_eq!(keys(&Range { reverse: true, ..range }), falling, "seed {seed}: reverse");
    for _ in 0..5 {
        let key = dice.key();
        let got = store.get(&key).unwrap().map(|entry| entry.value().unwrap());
        assert_eq!(got.as_ref(), model.get(&key), "seed {seed}: get");
    }
}

#[test]
fn random_programs_agree_with_a_map() {
    for seed in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(&Env::real(), folder.path(), Duration::from_secs(10));
        store.create().unwrap();
        let (mut model, mut dice) = (Model::new(), Dice(seed));
        for _ in 0..400 {
            match dice.next(40) {
                0 => store.writer().unwrap().seal().unwrap(),
                1 => drop(store.compact(false).unwrap()),
                2 => check(&store, &model, &mut dice, seed),
                n => {
                    let mut batch = store.batch();
                    for _ in 0..if n == 3 { 200 } else { dice.next(3) } {
                        let key = dice.key();
                        if dice.next(3) == 0 {
                            batch.delete(&key).unwrap();
                            model.remove(&key);
                        } else {
                            let value = dice.value();
                            batch.put(&key, &value).unwrap();
                            model.insert(key, value);
                        }
                    }
                    store.commit(batch).unwrap();
                }
            }
        }
        check(&store, &model, &mut dice, seed);
    }
}
