//! A folder of files as pairs: each file's relative path is a key, its content the value.
//!
//! Invariants:
//!
//! * Nothing outside of the folder is read or written: links to folders are not followed, and keys
//!   that would lead out are refused.
//! * `.kvs` is never read or written, wherever it stands.
//! * Whether all keys can be paths is known before the first file is written.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::files::{bytes_of, write_failed};
use crate::error::{Error, Result};
use crate::text::keys::shown;

const REPOSITORY: &[u8] = b".kvs";
/// The longest name that common file systems hold.
const NAME_BYTES_MAX: usize = 255;
/// The longest path that Linux takes, with room for the folder before it.
const PATH_BYTES_MAX: usize = 4000;

/// Calls `each` with the key and path of every file below a folder, in a fixed order. Folders
/// without files leave no trace; what is neither file nor folder is skipped.
pub(super) fn walk(dir: &Path, mut each: impl FnMut(&[u8], &Path) -> Result<()>) -> Result<()> {
    let mut pending: Vec<(PathBuf, Vec<u8>)> = below(dir, b"")?;
    while let Some((path, key)) = pending.pop() {
        let found = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, error))?;
        if found.is_dir() {
            pending.extend(below(&path, &key)?);
        } else if found.is_file() || (found.is_symlink() && path.is_file()) {
            each(&key, &path)?;
        }
    }
    Ok(())
}

/// What stands in a folder, last name first, each with its key.
fn below(dir: &Path, key: &[u8]) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    #[expect(clippy::disallowed_methods, reason = "the user's files, not the repository's")]
    let entries = fs::read_dir(dir).map_err(|error| unreadable(dir, error))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(dir, error))?;
        let name = entry.file_name();
        let name = bytes_of(&name)?;
        if !is_repository(name) {
            let key = if key.is_empty() { name.to_vec() } else { [key, b"/", name].concat() };
            found.push((entry.path(), key));
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1));
    Ok(found)
}

fn is_repository(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(REPOSITORY)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::usage(format!("cannot read {}", path.display()))
        .hint("Check that it is there and may be read.")
        .because(error)
}

/// Checks that keys, given in byte order, can be files below a folder.
pub(super) struct Check {
    dir: PathBuf,
    /// Keys before that the last one begins with.
    open: Vec<Vec<u8>>,
    /// Where the system takes `A` and `a` for one name: each path in lower case, and as it is.
    folded: Option<HashMap<Vec<u8>, Vec<u8>>>,
    /// The folder that was last found not to lead elsewhere.
    parent: PathBuf,
}

impl Check {
    pub(super) fn new(dir: &Path) -> Self {
        let folds = cfg!(any(windows, target_os = "macos"));
        let folded = folds.then(HashMap::new);
        Self { dir: dir.to_owned(), open: Vec::new(), folded, parent: PathBuf::new() }
    }

    /// Takes the next key. Errors: kind usage, naming the key.
    pub(super) fn add(&mut self, key: &[u8]) -> Result<()> {
        if let Err(what) = is_safe(key, cfg!(windows)) {
            return Err(unfit(key, what));
        }
        while self.open.last().is_some_and(|before| !key.starts_with(before)) {
            self.open.pop();
        }
        if let Some(file) = self.open.iter().find(|file| key.get(file.len()) == Some(&b'/')) {
            return Err(unfit(file, &format!("would be a folder too, for {}", shown(key))));
        }
        self.open.push(key.to_vec());
        self.fold(key)?;
        self.look(key)
    }

    /// Refuses what differs only in case from what came before.
    fn fold(&mut self, key: &[u8]) -> Result<()> {
        let Some(folded) = &mut self.folded else { return Ok(()) };
        let ends = key.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for part in ends.chain([key.len()]).filter_map(|end| key.get(..end)) {
            let lower = String::from_utf8_lossy(part).to_lowercase().into_bytes();
            let before = folded.entry(lower).or_insert_with(|| part.to_vec());
            if before != part {
                let other = shown(before);
                return Err(unfit(key, &format!("differs from {other} only in case")));
            }
        }
        Ok(())
    }

    /// Looks at what is in the folder already.
    fn look(&mut self, key: &[u8]) -> Result<()> {
        let path = path_of(&self.dir, key)?;
        let parent = path.parent().unwrap_or(&self.dir);
        if parent != self.parent {
            let inside =
                |ancestor: &&Path| ancestor.starts_with(&self.dir) && *ancestor != self.dir;
            for ancestor in parent.ancestors().take_while(inside) {
                if fs::symlink_metadata(ancestor).is_ok_and(|found| !found.is_dir()) {
                    let what = format!("{} is there and no folder", ancestor.display());
                    return Err(unfit(key, &what));
                }
            }
            self.parent = parent.to_owned();
        }
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(unfit(key, &format!("{} is there and no file", path.display())));
        }
        Ok(())
    }
}

/// Makes the file of a key that was checked, and the folders above it.
pub(super) fn create(dir: &Path, key: &[u8]) -> Result<File> {
    let path = path_of(dir, key)?;
    if let Some(parent) = path.parent() {
        #[expect(clippy::disallowed_methods, reason = "the user's files, not the repository's")]
        fs::create_dir_all(parent).map_err(|error| write_failed(parent, error))?;
    }
    File::create(&path).map_err(|error| write_failed(&path, error))
}

#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "only Unix takes any bytes"))]
fn path_of(dir: &Path, key: &[u8]) -> Result<PathBuf> {
    #[cfg(unix)]
    {
        let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(key);
        Ok(dir.join(name))
    }
    #[cfg(not(unix))]
    {
        let name = std::str::from_utf8(key).map_err(|_| unfit(key, "is not UTF-8"))?;
        Ok(dir.join(name.replace('/', std::path::MAIN_SEPARATOR_STR)))
    }
}

/// Whether a key is a relative path that stays below where it begins; if not, what is wrong.
fn is_safe(key: &[u8], windows: bool) -> std::result::Result<(), &'static str> {
    if key.len() > PATH_BYTES_MAX {
        return Err("is too long for a path");
    }
    if key.contains(&b'\0') {
        return Err("holds a NUL");
    }
    for name in key.split(|byte| *byte == b'/') {
        match name {
            b"" => return Err("begins or ends with a slash, or has two in a row"),
            b"." | b".." => return Err("has a part . or .."),
            name if is_repository(name) => return Err("leads into a folder .kvs"),
            name if name.len() > NAME_BYTES_MAX => return Err("has a part of over 255 bytes"),
            name if windows && !is_windows_name(name) => return Err("is no path on Windows"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether Windows takes a name for just a name: no drive, stream, device, or lost ending.
fn is_windows_name(name: &[u8]) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let forbidden = |c: char| c.is_control() || "<>:\"\\|?*".contains(c);
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = stem.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(&stem);
    let is_device = DEVICES.contains(&stem.as_str())
        || (numbered.len() < stem.len() && matches!(numbered, "com" | "lpt"));
    !name.contains(forbidden) && !name.ends_with(['.', ' ']) && !is_device
}

fn unfit(key: &[u8], what: &str) -> Error {
    Error::usage(format!("the key {} cannot be a file: {what}", shown(key)))
        .hint("Nothing was written. Export it in a format, or a prefix without it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[&[u8]], folds: bool) -> Result<()> {
        let mut check = Check::new(Path::new("no-such-folder"));
        check.folded = folds.then(HashMap::new);
        keys.iter().try_for_each(|key| check.add(key))
    }

    #[test]
    fn keys_that_lead_out_are_refused() {
        let long = vec![b'x'; NAME_BYTES_MAX + 1];
        for key in [
            &b"/a"[..],
            b"a/",
            b"a//b",
            b".",
            b"..",
            b"a/../../b",
            b"./a",
            b"a\0",
            b".kvs/x",
            b"a/.KVS/x",
            &long,
        ] {
            assert!(is_safe(key, false).is_err(), "{key:?}");
        }
        for key in [&b"a"[..], b"a/b.c", b"...", b".a", b"a\\b", b"con", b"\xff"] {
            assert!(is_safe(key, false).is_ok(), "{key:?}");
        }
        for key in [&b"a\\b"[..], b"c:x", b"con", b"a/NUL.txt", b"com1", b"x.", b"x ", b"\xff"] {
            assert!(is_safe(key, true).is_err(), "{key:?}");
        }
        assert!(is_safe(b"console/comb", true).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        assert!(check(&[b"a", b"a-b", b"a.c", b"b/c", b"b/d"], false).is_ok());
        let error = check(&[b"a", b"a-b", b"a.c", b"a/b"], false).unwrap_err();
        assert_eq!(error.message(), "the key a cannot be a file: would be a folder too, for a/b");
        assert!(check(&[b"a", b"a/b/c"], false).is_err());
        assert!(check(&[b"a/b", b"a/b/c"], false).is_err());
    }

    #[test]
    fn names_that_differ_in_case_are_refused_where_they_are_one() {
        assert!(check(&[b"A", b"a"], false).is_ok());
        assert!(check(&[b"A", b"a"], true).is_err());
        assert!(check(&[b"A/x", b"a/y"], true).is_err());
        assert!(check(&[b"a/x", b"a/y"], true).is_ok());
    }

    #[test]
    fn what_is_written_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let keys: [&[u8]; 3] = [b"a-b", b"a/b", b"a/c/d"];
        for key in keys {
            create(dir, key).unwrap();
        }
        create(dir, b".kvs/log").unwrap();
        let mut found = Vec::new();
        walk(dir, |key, path| {
            assert!(path.is_file());
            found.push(key.to_vec());
            Ok(())
        })
        .unwrap();
        assert_eq!(found.len(), 3);
        assert!(keys.iter().all(|key| found.contains(&key.to_vec())));
        assert!(walk(&dir.join("none"), |_, _| Ok(())).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, outside) = (folder.path().join("in"), folder.path().join("out"));
        create(&outside, b"secret").unwrap();
        create(&dir, b"a").unwrap();
        std::os::unix::fs::symlink(&outside, dir.join("link")).unwrap();
        let mut count = 0;
        walk(&dir, |_, _| {
            count += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(count, 1);
        assert!(Check::new(&dir).add(b"link/x").is_err());
        assert!(Check::new(&dir).add(b"link").is_err());
        assert!(Check::new(&dir).add(b"a/x").is_err());
        assert!(Check::new(&dir).add(b"a").is_ok());
    }
}
