//! Several pushers on a remote that loses answers, delays creates and retires versions.
//!
//! Method: random programs by number, so that a failure can be run again; pushers are built from
//! `find`, `send` and `settle` alone, and the remote keeps the truth. What a pusher was told is
//! compared with the history then, and once more when all that was on the wire has arrived.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::commit::{Outcome, send, settle};
use super::newest::{Newest, find};
use super::testing::{Fault, Memory, successor, tombstone};
use crate::error::Kind;
use crate::format::manifest::{self, Manifest, Version, hash_of};
use crate::format::state::{Pending, VersionRef};
use crate::store::layout::manifest_name;

const PUSHERS: usize = 4;
const STEPS: usize = 60;
const PROGRAMS: u64 = 200;

/// A small generator; the same numbers for the same seed everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % sides
    }
}

#[derive(Default)]
struct Pusher {
    known: Option<(VersionRef, Manifest)>,
    pending: Option<Pending>,
}

/// What pushers were told, by commit id: the number if it was committed.
type Told = HashMap<String, Option<u64>>;

impl Pusher {
    /// One command: finds out about what is pending, else pushes on top of the newest.
    fn run(&mut self, memory: &Memory, id: u64, told: &mut Told) {
        let outcome = if let Some(pending) = &self.pending {
            settle(memory, pending)
        } else {
            let known = self.known.as_ref().map(|(known, _)| known);
            match find(memory, None, known) {
                Ok(Newest::Newer(found)) => {
                    self.known = Some((found.reference(), found.manifest));
                }
                Ok(_) => {}
                Err(error) => return assert_eq!(error.kind(), Kind::Unavailable, "{error}"),
            }
            let mut own = successor(self.known.as_ref().map(|(_, manifest)| manifest));
            own.commit.id = format!("{id:032x}");
            let pending = Pending {
                version: own.version,
                commit: own.commit.id.clone(),
                manifest: String::from_utf8(own.encode()).unwrap(),
                covers: Vec::new(),
                remote: String::new(),
            };
            send(memory, self.pending.insert(pending))
        };
        self.learn(memory, outcome, told);
    }

    fn learn(&mut self, memory: &Memory, outcome: Outcome, told: &mut Told) {
        let pending = self.pending.take().unwrap();
        match outcome {
            Outcome::Committed { tag } => {
                let bytes = pending.manifest.as_bytes();
                let Ok(Version::Live(own)) = manifest::decode(bytes, pending.version, "") else {
                    panic!("own manifests are sound")
                };
                let version = pending.version;
                let there = memory.peek(&manifest_name(version)).unwrap();
                let there = manifest::decode(&there, version, "").unwrap();
                assert_eq!(there.commit().id, pending.commit, "told too early or wrongly");
                told.insert(pending.commit, Some(version));
                self.known = Some((VersionRef { version, hash: hash_of(bytes), tag }, own));
            }
            Outcome::Lost { .. } | Outcome::Refused(_) => {
                told.insert(pending.commit, None);
            }
            Outcome::Unknown(error) => {
                assert_eq!(error.kind(), Kind::Unknown, "{error}");
                self.pending = Some(pending);
            }
        }
    }
}

/// The true history: commit ids by number. Panics if it is not one chain of dense numbers.
fn history(memory: &Memory) -> HashMap<String, u64> {
    let mut ids = HashMap::new();
    let mut parent: Option<String> = None;
    for version in 1.. {
        let Some(bytes) = memory.peek(&manifest_name(version)) else { break };
        let content = manifest::decode(&bytes, version, "").unwrap();
        let hash = match &content {
            Version::Live(manifest) => {
                assert_eq!(manifest.parent, parent, "version {version} forks");
                hash_of(&bytes)
            }
            Version::Retired(retired) => retired.retired.clone(),
        };
        parent = Some(hash);
        let id = content.commit().id.clone();
        assert!(ids.insert(id, version).is_none(), "version {version} was committed before");
    }
    ids
}

fn check(told: &Told, memory: &Memory) {
    let history = history(memory);
    for (id, version) in told {
        assert_eq!(history.get(id), version.as_ref(), "{id} was told wrongly");
    }
}

/// Retires the oldest live version that is not the newest.
fn retire_oldest(memory: &Memory) {
    for version in 1.. {
        let (Some(bytes), Some(_)) =
            (memory.peek(&manifest_name(version)), memory.peek(&manifest_name(version + 1)))
        else {
            return;
        };
        if let Ok(Version::Live(manifest)) = manifest::decode(&bytes, version, "") {
            return memory.set(&manifest_name(version), &tombstone(&manifest));
        }
    }
}

fn run_program(seed: u64) -> usize {
    let dice = Arc::new(Mutex::new(Dice(seed)));
    let memory = Memory::new();
    let shared = Arc::clone(&dice);
    memory.on_request(move |memory, verb, _| {
        let mut dice = shared.lock().unwrap();
        match dice.roll(8) {
            0 => drop(memory.deliver_one(dice.roll(9))),
            1 if dice.roll(3) == 0 => retire_oldest(memory),
            _ => {}
        }
        match (dice.roll(10), verb) {
            (0, _) => Fault::Fail(Kind::Unavailable),
            (1, _) => Fault::Lost,
            (2 | 3, "create") => Fault::Late,
            (4, "create") => Fault::Missing,
            _ => Fault::None,
        }
    });
    let mut pushers: [Pusher; PUSHERS] = Default::default();
    let mut told = Told::new();
    for step in 0..STEPS {
        let who = dice.lock().unwrap().roll(PUSHERS);
        pushers[who].run(&memory, step as u64 + 1, &mut told);
    }
    memory.deliver();
    memory.script(&[]);
    check(&told, &memory);
    for pusher in &mut pushers {
        if pusher.pending.is_some() {
            pusher.run(&memory, 0, &mut told);
            assert!(pusher.pending.is_none(), "with a good wire everything is decided");
        }
    }
    check(&told, &memory);
    let committed = told.values().filter(|version| version.is_some()).count();
    assert_eq!(committed, history(&memory).len(), "every version has a pusher that knows");
    committed
}

#[test]
fn no_pusher_is_told_wrongly_and_no_number_made_twice() {
    let committed: usize = (1..=PROGRAMS).map(|seed| run_program(seed * 0x9e37_79b9)).sum();
    // The programs do something: on average many commits each.
    assert!(committed > 10 * usize::try_from(PROGRAMS).unwrap(), "{committed}");
}
