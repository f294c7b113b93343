//! The folder remote: the suite, and what only a folder can do wrong.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use kvs::env::{Entry, Env, Files, Lock, Metadata, ReadFile, RealFiles, WriteFile};
use kvs::error::Kind;
use kvs::remote::{Created, Folder, Remote};

use super::conformance::{self, Memory, Notes};

fn folder(root: &Path) -> Folder {
    Folder::new(&Env::real(), root, false)
}

#[test]
fn conforms() {
    let place = tempfile::tempdir().unwrap();
    let remote = folder(place.path());
    conformance::run(&remote);
    let left: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_str().unwrap().starts_with('_')), "{left:?}");
}

#[test]
fn a_root_that_is_gone_is_never_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("drive/db");
    let remote = folder(&root);
    let unavailable = |outcome: kvs::error::Result<()>| {
        assert_eq!(outcome.unwrap_err().kind(), Kind::Unavailable);
    };
    unavailable(remote.get("a", 9).map(drop));
    unavailable(remote.get_unless("a", "t", 9).map(drop));
    unavailable(remote.get_range("a", 0, 1, &mut |_| Ok(())).map(drop));
    unavailable(remote.put("a", b"x"));
    unavailable(remote.put_file("a", &Memory(vec![1]), &Notes::default(), &|_| {}));
    unavailable(remote.list("", None).map(drop));
    unavailable(remote.delete("a"));
    unavailable(remote.copy("a", "b").map(drop));
    match remote.create("a", b"x") {
        Created::Refused(error) => assert_eq!(error.kind(), Kind::Unavailable),
        other => panic!("{other:?}"),
    }
    assert!(!place.path().join("drive").exists());
}

#[test]
fn the_first_push_makes_the_root() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("new/db");
    let remote = Folder::new(&Env::real(), &root, true);
    assert!(remote.get("HEAD", 9).unwrap().is_none());
    assert!(remote.list("", None).unwrap().is_empty());
    assert!(!root.exists(), "reading makes nothing");
    assert!(matches!(remote.create("manifests/1", b"x"), Created::Done));
    assert_eq!(fs::read(root.join("manifests/1")).unwrap(), b"x");
    fs::remove_dir_all(&root).unwrap();
    remote.put("manifests/2", b"y").unwrap();
    assert_eq!(fs::read(root.join("manifests/2")).unwrap(), b"y");
}

#[test]
fn a_root_that_is_a_file_is_wrong_usage() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("file");
    fs::write(&root, b"").unwrap();
    assert_eq!(folder(&root).list("", None).unwrap_err().kind(), Kind::Usage);
    assert_eq!(folder(&root).put("a", b"").unwrap_err().kind(), Kind::Usage);
}

#[test]
fn what_killed_writers_left_is_hidden_and_swept_when_old() {
    let place = tempfile::tempdir().unwrap();
    let (old, young) = (place.path().join("_tmp-old"), place.path().join("_tmp-young"));
    for path in [&old, &young] {
        fs::write(path, b"half").unwrap();
    }
    let two_days = std::time::Duration::from_hours(48);
    let then = std::time::SystemTime::now() - two_days;
    fs::File::options().write(true).open(&old).unwrap().set_modified(then).unwrap();
    fs::write(place.path().join("other file"), b"not ours").unwrap();
    let remote = folder(place.path());
    assert!(remote.list("", None).unwrap().is_empty());
    remote.put("a", b"x").unwrap();
    assert!(!old.exists() && young.exists());
    assert!(place.path().join("other file").exists());
    assert_eq!(remote.list("", None).unwrap().len(), 1);
}

/// Real files, but for one call that fails.
struct Failing {
    call: &'static str,
    error: io::ErrorKind,
}

impl Failing {
    fn may(&self, call: &str) -> io::Result<()> {
        if self.call == call { Err(self.error.into()) } else { Ok(()) }
    }
}

impl Files for Failing {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.may("open")?;
        RealFiles.open(path)
    }
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.may("create_new")?;
        RealFiles.create_new(path)
    }
    fn open_write(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        RealFiles.open_write(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may("rename")?;
        RealFiles.rename(from, to)
    }
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.may("hard_link")?;
        RealFiles.hard_link(from, to)?;
        self.may("hard_link, and yet")
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove_file(path)
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        RealFiles.create_dir_all(path)
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove_dir(path)
    }
    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove_dir_all(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        // Only once the object is there: before, its folder is made.
        if path.join("object").exists() {
            self.may("sync_dir")?;
        }
        RealFiles.sync_dir(path)
    }
    fn list_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        RealFiles.list_dir(path)
    }
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        RealFiles.metadata(path)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        RealFiles.try_lock(path)
    }
}

#[test]
fn create_says_only_what_is_known() {
    use io::ErrorKind as E;
    for (call, error, refused) in [
        ("hard_link", E::Unsupported, Some(Kind::Capability)),
        ("hard_link", E::CrossesDevices, Some(Kind::Capability)),
        ("hard_link", E::StorageFull, Some(Kind::Unavailable)),
        ("hard_link", E::PermissionDenied, Some(Kind::Auth)),
        ("create_new", E::StorageFull, Some(Kind::Unavailable)),
        ("create_new", E::ReadOnlyFilesystem, Some(Kind::Capability)),
        ("create_new", E::PermissionDenied, Some(Kind::Auth)),
        ("hard_link", E::TimedOut, None),
        ("hard_link, and yet", E::Other, None),
        ("sync_dir", E::Other, None),
    ] {
        let place = tempfile::tempdir().unwrap();
        let env = Env { files: Arc::new(Failing { call, error }), ..Env::real() };
        let created = Folder::new(&env, place.path(), false).create("a/object", b"x");
        match (created, refused) {
            (Created::Refused(error), Some(kind)) => assert_eq!(error.kind(), kind, "{call}"),
            (Created::Unknown(error), None) => assert_eq!(error.kind(), Kind::Unavailable),
            (created, _) => panic!("{call} {error}: {created:?}"),
        }
        let there = place.path().join("a/object").exists();
        assert!(!there || refused.is_none(), "{call} {error}: refused means not there");
        let left = folder(place.path()).list("", None).unwrap();
        assert_eq!(left.len(), usize::from(there), "{call}");
    }
}

#[test]
fn a_write_that_fails_leaves_what_was_there() {
    for call in ["create_new", "rename"] {
        let place = tempfile::tempdir().unwrap();
        folder(place.path()).put("a/object", b"old").unwrap();
        let env = Env {
            files: Arc::new(Failing { call, error: io::ErrorKind::StorageFull }),
            ..Env::real()
        };
        let remote = Folder::new(&env, place.path(), false);
        assert_eq!(remote.put("a/object", b"new").unwrap_err().kind(), Kind::Unavailable);
        assert_eq!(fs::read(place.path().join("a/object")).unwrap(), b"old");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "no unfinished file is left");
    }
}
