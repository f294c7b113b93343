//! A remote in memory whose requests can be made to fail, for the tests of this folder.
//!
//! A hook sees every request before it is served, may change the objects (what others do meanwhile)
//! and says what becomes of the request. Requests are counted and kept in order.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::env::ReadFile;
use crate::error::{Error, Kind, Result};
use crate::format::manifest::{Commit, Manifest, Retired, hash_of};
use crate::remote::{Conditional, Created, Fetched, Listed, Meter, Moved, Remote, UploadNotes};
use crate::store::layout;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is served.
    None,
    /// It fails without effect; a create is refused.
    Fail(Kind),
    /// It is served and the answer is lost.
    Lost,
    /// A create stays on the wire until [`Memory::deliver`]; the sender does not learn.
    Late,
    /// Answered as if there were no such object.
    Missing,
}

type Hook = Box<dyn FnMut(&Memory, &str, &str) -> Fault + Send>;

/// The remote.
pub(super) struct Memory {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    late: Mutex<Vec<(String, Vec<u8>)>>,
    hook: Mutex<Option<Hook>>,
    asked: Mutex<Vec<String>>,
    meter: Meter,
    /// After so many bytes of a range, the connection breaks, once.
    pub(super) cut_after: Mutex<Option<usize>>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            objects: Mutex::default(),
            late: Mutex::default(),
            hook: Mutex::default(),
            asked: Mutex::default(),
            meter: Meter::default(),
            cut_after: Mutex::default(),
        }
    }

    /// A database with versions 1 to `newest`.
    pub(super) fn with_versions(newest: u64) -> Self {
        let memory = Self::new();
        for version in 1..=newest {
            memory.add_version(version);
        }
        memory
    }

    /// Adds version `version` of the chain that [`manifest`] makes.
    pub(super) fn add_version(&self, version: u64) {
        self.set(&layout::manifest_name(version), &manifest(version).encode());
    }

    /// Puts the tombstone of a version in its place.
    pub(super) fn retire(&self, version: u64) {
        self.set(&layout::manifest_name(version), &tombstone(&manifest(version)));
    }

    pub(super) fn set(&self, name: &str, bytes: &[u8]) {
        self.objects.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
    }

    pub(super) fn unset(&self, name: &str) {
        self.objects.lock().unwrap().remove(name);
    }

    pub(super) fn peek(&self, name: &str) -> Option<Vec<u8>> {
        self.objects.lock().unwrap().get(name).cloned()
    }

    /// Sees every later request: the remote, the verb, the name.
    pub(super) fn on_request(&self, hook: impl FnMut(&Self, &str, &str) -> Fault + Send + 'static) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    /// Faults for the requests to come, one each; then none.
    pub(super) fn script(&self, faults: &[Fault]) {
        let mut faults = std::collections::VecDeque::from(faults.to_vec());
        self.on_request(move |_, _, _| faults.pop_front().unwrap_or(Fault::None));
    }

    /// Lets the creates on the wire arrive.
    pub(super) fn deliver(&self) {
        while self.deliver_one(0) {}
    }

    /// Lets one of them arrive; `false` if there is none.
    pub(super) fn deliver_one(&self, which: usize) -> bool {
        let mut late = self.late.lock().unwrap();
        if late.is_empty() {
            return false;
        }
        let at = which % late.len();
        let (name, bytes) = late.swap_remove(at);
        self.objects.lock().unwrap().entry(name).or_insert(bytes);
        true
    }

    /// The requests so far, as `verb name`.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn admit(&self, verb: &str, name: &str) -> Fault {
        self.meter.request();
        self.asked.lock().unwrap().push(format!("{verb} {name}"));
        // Held while the hook runs: of requests sent at once each is seen.
        self.hook.lock().unwrap().as_mut().map_or(Fault::None, |hook| hook(self, verb, name))
    }

    fn read(&self, verb: &str, name: &str) -> Result<Option<Vec<u8>>> {
        match self.admit(verb, name) {
            Fault::None | Fault::Late => Ok(self.peek(name)),
            Fault::Missing => Ok(None),
            Fault::Lost => Err(broken(Kind::Unavailable)),
            Fault::Fail(kind) => Err(broken(kind)),
        }
    }
}

fn broken(kind: Kind) -> Error {
    Error::new(kind, "the wire was cut")
}

impl Remote for Memory {
    fn url(&self) -> String {
        "memory:".to_owned()
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>> {
        let Some(bytes) = self.read("get", name)? else { return Ok(None) };
        if bytes.len() as u64 > bytes_max {
            return Err(Error::damaged(name, "too large"));
        }
        self.meter.received(bytes.len() as u64);
        let tag = Some(hash_of(&bytes));
        Ok(Some(Fetched { bytes, tag, modified_ms: None, now_ms: None }))
    }

    fn get_unless(&self, name: &str, tag: &str, bytes_max: u64) -> Result<Conditional> {
        match self.get(name, bytes_max)? {
            None => Ok(Conditional::Missing),
            Some(found) if found.tag.as_deref() == Some(tag) => Ok(Conditional::Same),
            Some(found) => Ok(Conditional::Changed(found)),
        }
    }

    fn get_range(
        &self,
        name: &str,
        offset: u64,
        bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        let Some(object) = self.read(&format!("range {offset}"), name)? else { return Ok(false) };
        let (from, count) = (usize::try_from(offset).unwrap(), usize::try_from(bytes).unwrap());
        let Some(range) = object.get(from..from + count) else {
            return Err(Error::damaged(name, "cut short"));
        };
        let cut = self.cut_after.lock().unwrap().take();
        for piece in range.get(..cut.unwrap_or(count)).unwrap().chunks(1000) {
            sink(piece)?;
        }
        if cut.is_some() { Err(broken(Kind::Unavailable)) } else { Ok(true) }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        match self.admit("put", name) {
            Fault::Fail(kind) => return Err(broken(kind)),
            Fault::Missing => return Err(broken(Kind::Unavailable)),
            Fault::None | Fault::Lost | Fault::Late => self.set(name, bytes),
        }
        self.meter.sent(bytes.len() as u64);
        Ok(())
    }

    fn put_file(
        &self,
        name: &str,
        file: &dyn ReadFile,
        notes: &dyn UploadNotes,
        moved: Moved<'_>,
    ) -> Result<()> {
        let mut bytes = vec![0; usize::try_from(file.bytes().unwrap()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        let half = bytes.len() / 2;
        if notes.load().is_none() {
            notes.save(b"half");
            moved(half as u64);
        }
        self.put(name, &bytes)?;
        moved((bytes.len() - half) as u64);
        Ok(())
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Created {
        let fault = self.admit("create", name);
        let mut objects = self.objects.lock().unwrap();
        let taken = objects.contains_key(name);
        match fault {
            Fault::Fail(kind) => Created::Refused(broken(kind)),
            Fault::Missing => Created::Unknown(broken(Kind::Unavailable)),
            Fault::Late => {
                self.late.lock().unwrap().push((name.to_owned(), bytes.to_vec()));
                Created::Unknown(broken(Kind::Unavailable))
            }
            Fault::Lost => {
                objects.entry(name.to_owned()).or_insert_with(|| bytes.to_vec());
                Created::Unknown(broken(Kind::Unavailable))
            }
            Fault::None if taken => Created::Exists,
            Fault::None => {
                objects.insert(name.to_owned(), bytes.to_vec());
                Created::Done
            }
        }
    }

    fn list(&self, _prefix: &str, _after: Option<&str>) -> Result<Vec<Listed>> {
        Err(broken(Kind::Capability))
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.admit("delete", name);
        self.unset(name);
        Ok(())
    }

    fn copy(&self, _from: &str, _to: &str) -> Result<bool> {
        Err(broken(Kind::Capability))
    }

    fn meter(&self) -> &Meter {
        &self.meter
    }
}

/// The database that [`manifest`] is of.
pub(super) const DATABASE: &str = "000102030405060708090a0b0c0d0e0f";

/// Version `version` of a chain that is the same in all tests.
pub(super) fn manifest(version: u64) -> Manifest {
    static CHAIN: Mutex<Vec<Manifest>> = Mutex::new(Vec::new());
    let mut chain = CHAIN.lock().unwrap();
    while (chain.len() as u64) < version {
        let next = successor(chain.last());
        chain.push(next);
    }
    chain[usize::try_from(version).unwrap() - 1].clone()
}

/// A manifest that can follow `parent`.
pub(super) fn successor(parent: Option<&Manifest>) -> Manifest {
    let version = parent.map_or(0, |parent| parent.version) + 1;
    let commit = Commit {
        id: format!("{version:032x}"),
        time_ms: 1000 + version,
        author: "ann".to_owned(),
        kind: "push".to_owned(),
        added: version,
        ..Commit::default()
    };
    Manifest {
        format: 1,
        database: DATABASE.to_owned(),
        version,
        parent: parent.map(|parent| hash_of(&parent.encode())),
        commit,
        live: 0,
        clock: 0,
        fence: 0,
        segments: Vec::new(),
    }
}

/// The bytes of a manifest's tombstone.
pub(super) fn tombstone(manifest: &Manifest) -> Vec<u8> {
    let retired = Retired {
        format: manifest.format,
        database: manifest.database.clone(),
        version: manifest.version,
        retired: hash_of(&manifest.encode()),
        commit: manifest.commit.clone(),
    };
    serde_json::to_vec(&retired).unwrap()
}
