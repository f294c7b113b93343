//! The folder remote: the suite, and what only a folder can do wrong.

use std::fs;
use std::path::Path;

use kvs::env::Env;
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
