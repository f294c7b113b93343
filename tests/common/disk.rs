//! A disk in memory that can fail at any call and forget what was not synced.
//!
//! Every file has what a program sees and what would survive a power loss; so has every folder.
//! Between the two stand the changes since the last sync, any subset of which a crash may keep,
//! the last piece of a write torn. A sync that fails leaves its changes seen and never durable, as
//! page caches do. Every call that changes something is recorded by name, with ids as `*`.
//!
//! Over 400 lines because a file system is one thing, and every call of it is a function.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use kvs::env::{Entry, Env, Files, Lock, Metadata, ReadFile, RealClock, RealRandom, WriteFile};

/// Where the repository is on such a disk.
pub(crate) const ROOT: &str = "/r";

/// A small generator (`SplitMix64`), so that a failing seed can be run again.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// Which calls fail, counted from 0 since the rule was made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fail {
    Never,
    Once(u64),
    From(u64),
}

/// What of the changes since the last sync a crash keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    Nothing,
    All,
    Some(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Write(usize, Arc<Vec<u8>>),
    SetBytes(usize),
}

#[derive(Clone, Debug)]
enum NameChange {
    Add(PathBuf, usize),
    Remove(PathBuf),
    /// Within one folder, so it is kept whole or not at all.
    Move(PathBuf, PathBuf, usize),
}

#[derive(Clone, Default)]
struct Inode {
    seen: Arc<Vec<u8>>,
    durable: Arc<Vec<u8>>,
    pending: Vec<Change>,
}

/// All that is on a disk at one moment.
#[derive(Clone, Default)]
pub(crate) struct Image {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    pending: Vec<NameChange>,
    dirs: BTreeSet<PathBuf>,
}

struct Inner {
    image: Image,
    calls: Vec<String>,
    fail: Fail,
    failed: u64,
    counted: u64,
    filming: bool,
    film: Vec<Image>,
    locked: HashSet<PathBuf>,
}

/// The disk; clones are the same one.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::SetBytes(to) => bytes.resize(*to, 0),
        Change::Write(at, new) => {
            if bytes.len() < at + new.len() {
                bytes.resize(at + new.len(), 0);
            }
            bytes[*at..at + new.len()].copy_from_slice(new);
        }
    }
}

fn apply_name(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Add(path, inode) => drop(names.insert(path.clone(), *inode)),
        NameChange::Remove(path) => drop(names.remove(path)),
        NameChange::Move(from, to, inode) => {
            names.remove(from);
            names.insert(to.clone(), *inode);
        }
    }
}

impl Image {
    /// What is there after a power loss.
    pub(crate) fn crashed(&self, kept: Kept) -> Self {
        let mut dice = Dice(if let Kept::Some(seed) = kept { seed } else { 0 });
        let keeps = |dice: &mut Dice| match kept {
            Kept::Nothing => false,
            Kept::All => true,
            Kept::Some(_) => dice.next(2) == 0,
        };
        let mut image = Self { dirs: self.dirs.clone(), ..Self::default() };
        image.names = self.durable.clone();
        for change in &self.pending {
            if keeps(&mut dice) {
                apply_name(&mut image.names, change);
            }
        }
        for inode in &self.inodes {
            let mut bytes = Vec::clone(&inode.durable);
            for change in &inode.pending {
                if !keeps(&mut dice) {
                    continue;
                }
                match (change, kept) {
                    (Change::Write(at, new), Kept::Some(_)) if dice.next(2) == 0 => {
                        let some = dice.next(new.len() as u64 + 1) as usize;
                        let torn = Change::Write(*at, Arc::new(new[..some].to_vec()));
                        apply(&mut bytes, &torn);
                    }
                    _ => apply(&mut bytes, change),
                }
            }
            let bytes = Arc::new(bytes);
            image.inodes.push(Inode {
                seen: Arc::clone(&bytes),
                durable: bytes,
                pending: Vec::new(),
            });
        }
        image.durable = image.names.clone();
        image
    }

    /// The paths of files below a folder.
    pub(crate) fn files(&self, below: &str) -> Vec<PathBuf> {
        self.names.keys().filter(|path| path.starts_with(below)).cloned().collect()
    }

    /// A file's bytes, to be changed.
    pub(crate) fn bytes_mut(&mut self, path: &Path) -> &mut Vec<u8> {
        let inode = self.names[path];
        Arc::make_mut(&mut self.inodes[inode].seen)
    }
}

impl Disk {
    pub(crate) fn new(image: Image) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            image,
            calls: Vec::new(),
            fail: Fail::Never,
            failed: 0,
            counted: 0,
            filming: false,
            film: Vec::new(),
            locked: HashSet::new(),
        })))
    }

    pub(crate) fn env(&self) -> Env {
        let files = Arc::new(self.clone());
        Env { files, clock: Arc::new(RealClock), random: Arc::new(RealRandom) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// The calls since this was last asked.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().calls)
    }

    /// Makes calls fail from now on.
    pub(crate) fn fail(&self, fail: Fail) {
        let mut inner = self.inner();
        (inner.fail, inner.counted, inner.failed) = (fail, 0, 0);
    }

    /// How many calls have failed since the rule was made.
    pub(crate) fn failed(&self) -> u64 {
        self.inner().failed
    }

    /// Keeps an image before each change from now on.
    pub(crate) fn film(&self) {
        self.inner().filming = true;
    }

    /// The images kept since this was last asked.
    pub(crate) fn take_film(&self) -> Vec<Image> {
        std::mem::take(&mut self.inner().film)
    }

    /// The disk as it is.
    pub(crate) fn image(&self) -> Image {
        self.inner().image.clone()
    }

    /// Counts a call; whether it is to fail.
    fn call(&self, what: &str, path: &Path) -> (MutexGuard<'_, Inner>, io::Result<()>) {
        let mut inner = self.inner();
        if inner.filming {
            let image = inner.image.clone();
            inner.film.push(image);
        }
        inner.calls.push(format!("{what} {}", shown(path)));
        let number = inner.counted;
        inner.counted += 1;
        let fails = match inner.fail {
            Fail::Never => false,
            Fail::Once(n) => n == number,
            Fail::From(n) => n <= number,
        };
        inner.failed += u64::from(fails);
        let result = if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) };
        (inner, result)
    }

    fn write(&self, what: &str, path: &Path, inode: usize, change: Change) -> io::Result<()> {
        let (mut inner, result) = self.call(what, path);
        // A full disk takes the first part.
        let change = match (&result, change) {
            (Err(_), Change::Write(at, new)) => {
                Change::Write(at, Arc::new(new[..new.len() / 2].to_vec()))
            }
            (Err(_), Change::SetBytes(_)) => return result,
            (Ok(()), change) => change,
        };
        let node = &mut inner.image.inodes[inode];
        apply(Arc::make_mut(&mut node.seen), &change);
        node.pending.push(change);
        result
    }
}

/// A path below `.kvs`, with every id as `*`.
fn shown(path: &Path) -> String {
    let below = path.strip_prefix(ROOT).unwrap_or(path);
    let below = below.strip_prefix(".kvs").unwrap_or(below);
    let part = |part: &std::ffi::OsStr| {
        let part = part.to_string_lossy().into_owned();
        let (name, rest) = part.split_once('.').unwrap_or((&part, ""));
        let is_id = name.len() >= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (is_id, rest) {
            (false, _) => part.clone(),
            (true, "") => "*".to_owned(),
            (true, rest) => format!("*.{rest}"),
        }
    };
    let parts: Vec<String> = below.iter().map(part).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

struct Handle(Disk, PathBuf, usize);
struct Held(Disk, PathBuf, usize);

impl Held {
    fn seen(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.0.inner().image.inodes[self.2].seen)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.inner().locked.remove(&self.1);
    }
}

impl Lock for Held {
    fn read_note(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::clone(&self.seen()))
    }

    fn write_note(&mut self, note: &[u8]) -> io::Result<()> {
        self.0.write("note", &self.1, self.2, Change::Write(0, Arc::new(note.to_vec())))
    }
}

impl Handle {
    fn seen(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.0.inner().image.inodes[self.2].seen)
    }
}

impl ReadFile for Handle {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.seen().len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let seen = self.seen();
        let at = offset as usize;
        let found = seen.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(found);
        Ok(())
    }
}

impl WriteFile for Handle {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.seen().len() as u64)
    }

    fn write_all_at(&mut self, buffer: &[u8], offset: u64) -> io::Result<()> {
        let change = Change::Write(offset as usize, Arc::new(buffer.to_vec()));
        self.0.write("write", &self.1, self.2, change)
    }

    fn set_bytes(&mut self, bytes: u64) -> io::Result<()> {
        self.0.write("cut", &self.1, self.2, Change::SetBytes(bytes as usize))
    }

    fn sync(&mut self) -> io::Result<()> {
        let (mut inner, result) = self.0.call("sync", &self.1);
        let node = &mut inner.image.inodes[self.2];
        let pending = std::mem::take(&mut node.pending);
        if result.is_ok() {
            // What an earlier sync has failed on is not written again.
            let mut durable = Vec::clone(&node.durable);
            for change in &pending {
                apply(&mut durable, change);
            }
            node.durable = Arc::new(durable);
        }
        result
    }
}

fn found(image: &Image, path: &Path) -> io::Result<usize> {
    image.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl Files for Disk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let inode = found(&self.inner().image, path)?;
        Ok(Box::new(Handle(self.clone(), path.to_owned(), inode)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let (mut inner, result) = self.call("create", path);
        result?;
        let image = &mut inner.image;
        if image.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if !path.parent().is_some_and(|dir| image.dirs.contains(dir)) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inode = image.inodes.len();
        image.inodes.push(Inode::default());
        image.names.insert(path.to_owned(), inode);
        image.pending.push(NameChange::Add(path.to_owned(), inode));
        Ok(Box::new(Handle(self.clone(), path.to_owned(), inode)))
    }

    fn open_write(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let inode = found(&self.inner().image, path)?;
        Ok(Box::new(Handle(self.clone(), path.to_owned(), inode)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (mut inner, result) = self.call("rename", to);
        result?;
        let image = &mut inner.image;
        let inode = found(image, from)?;
        let changes = if from.parent() == to.parent() {
            vec![NameChange::Move(from.to_owned(), to.to_owned(), inode)]
        } else {
            vec![NameChange::Add(to.to_owned(), inode), NameChange::Remove(from.to_owned())]
        };
        for change in &changes {
            apply_name(&mut image.names, change);
        }
        image.pending.extend(changes);
        Ok(())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (mut inner, result) = self.call("link", to);
        result?;
        let inode = found(&inner.image, from)?;
        let change = NameChange::Add(to.to_owned(), inode);
        apply_name(&mut inner.image.names, &change);
        inner.image.pending.push(change);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        found(&self.inner().image, path)?;
        let (mut inner, result) = self.call("remove", path);
        result?;
        let change = NameChange::Remove(path.to_owned());
        apply_name(&mut inner.image.names, &change);
        inner.image.pending.push(change);
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let (mut inner, result) = self.call("folder", path);
        result?;
        inner.image.dirs.extend(path.ancestors().map(Path::to_owned));
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.inner().image.dirs.remove(path);
        Ok(())
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let (mut inner, result) = self.call("clear", path);
        result?;
        let image = &mut inner.image;
        let below = |name: &PathBuf| !name.starts_with(path);
        image.names.retain(|name, _| below(name));
        image.durable.retain(|name, _| below(name));
        image.dirs.retain(below);
        image.pending.retain(|change| match change {
            NameChange::Add(name, _) | NameChange::Remove(name) => below(name),
            NameChange::Move(..) => true,
        });
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let (mut inner, result) = self.call("sync", path);
        result?;
        let image = &mut inner.image;
        for change in std::mem::take(&mut image.pending) {
            let (NameChange::Add(name, _) | NameChange::Remove(name) | NameChange::Move(name, ..)) =
                &change;
            if name.parent() == Some(path) {
                apply_name(&mut image.durable, &change);
            } else {
                image.pending.push(change);
            }
        }
        Ok(())
    }

    fn list_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let inner = self.inner();
        let image = &inner.image;
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let files = image.names.iter().filter(|(file, _)| file.parent() == Some(path));
        let mut entries: Vec<Entry> = files
            .map(|(file, inode)| {
                let bytes = image.inodes[*inode].seen.len() as u64;
                Entry { name: name(file), is_dir: false, bytes }
            })
            .collect();
        let dirs = image.dirs.iter().filter(|dir| dir.parent() == Some(path));
        entries.extend(dirs.map(|dir| Entry { name: name(dir), is_dir: true, bytes: 0 }));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let inner = self.inner();
        if inner.image.dirs.contains(path) {
            return Ok(Metadata { is_dir: true, bytes: 0, modified_ms: None });
        }
        let inode = found(&inner.image, path)?;
        let bytes = inner.image.inodes[inode].seen.len() as u64;
        Ok(Metadata { is_dir: false, bytes, modified_ms: None })
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        let mut inner = self.inner();
        let image = &mut inner.image;
        let inode = match image.names.get(path) {
            Some(inode) => *inode,
            None if !path.parent().is_some_and(|dir| image.dirs.contains(dir)) => {
                return Err(io::ErrorKind::NotFound.into());
            }
            None => {
                let inode = image.inodes.len();
                image.inodes.push(Inode::default());
                image.names.insert(path.to_owned(), inode);
                image.pending.push(NameChange::Add(path.to_owned(), inode));
                inode
            }
        };
        if !inner.locked.insert(path.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(Held(self.clone(), path.to_owned(), inode))))
    }
}
