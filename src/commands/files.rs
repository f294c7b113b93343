//! Bytes from outside the repository: arguments, and files named on the command line.
//!
//! `-` is stdin wherever a file is asked for. This is the one place that opens users' files.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::text::{KeyText, VALUE_BYTES_MAX};
use crate::ui::Ui;

/// The bytes of an argument.
///
/// # Errors
/// Kind usage for what the system cannot give as bytes (not on Unix).
#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere"))]
pub(super) fn bytes_of(argument: &OsStr) -> Result<&[u8]> {
    #[cfg(unix)]
    {
        Ok(std::os::unix::ffi::OsStrExt::as_bytes(argument))
    }
    #[cfg(not(unix))]
    {
        argument.to_str().map(str::as_bytes).ok_or_else(|| {
            Error::usage("an argument is not valid Unicode")
                .hint("Give the key with --key-encoding hex.")
        })
    }
}

/// The key that an argument names.
pub(super) fn key_of(text: KeyText, argument: &OsStr) -> Result<Vec<u8>> {
    text.read_argument(bytes_of(argument)?)
}

/// The prefix or bound that an argument names.
pub(super) fn prefix_of(text: KeyText, argument: &OsStr) -> Result<Vec<u8>> {
    text.read_prefix(bytes_of(argument)?)
}

/// A prefix that must not be empty, since it would name everything.
pub(super) fn strict_prefix_of(text: KeyText, argument: &OsStr) -> Result<Vec<u8>> {
    let prefix = prefix_of(text, argument)?;
    if prefix.is_empty() {
        return Err(Error::usage("the prefix is empty, which would mean every key")
            .hint("Say --all if that is meant."));
    }
    Ok(prefix)
}

/// Opens a file, or stdin for `-`. `what` is said on a terminal that is waited for.
pub(super) fn open(ui: &Ui, path: &Path, what: &str) -> Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(ui.stdin(what)));
    }
    let failed = |error| unreadable(path, error);
    let file = File::open(path).map_err(failed)?;
    // Opening a folder succeeds; reading it tells nothing useful.
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(Error::usage(format!("{} is a folder", path.display()))
            .hint("Name a file, or - for stdin."));
    }
    Ok(Box::new(BufReader::new(file)))
}

/// Reads a value whole. One that is too long is an error, and no more than that is read.
pub(super) fn read_value(ui: &Ui, path: &Path) -> Result<Vec<u8>> {
    let input = open(ui, path, "the value")?;
    let mut value = Vec::new();
    let most = VALUE_BYTES_MAX as u64;
    input.take(most + 1).read_to_end(&mut value).map_err(|error| unreadable(path, error))?;
    if value.len() as u64 > most {
        return Err(Error::usage("the value is longer than 1 GiB")
            .hint("A value has at most 1 GiB; split it over several keys."));
    }
    Ok(value)
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    let name = if path.as_os_str() == "-" { "stdin".into() } else { path.to_string_lossy() };
    Error::usage(format!("cannot read {name}"))
        .hint("Check that the file is there and may be read.")
        .because(error)
}

/// Makes or empties a file for output.
pub(super) fn create(path: &Path) -> Result<File> {
    File::create(path).map_err(|error| write_failed(path, error))
}

/// A failed write to a file that the user named.
pub(super) fn write_failed(path: &Path, error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::new(Kind::Usage, format!("cannot write {}", path.display()))
            .hint("Check that its folder is there.")
            .because(error);
    }
    Error::disk("write", path, error)
}

/// A remote's URL as it can be kept: a relative path is one from the current folder.
pub(super) fn lasting_url(url: &str) -> Result<String> {
    if url.is_empty() || url.contains("://") {
        return Ok(url.to_owned());
    }
    let path = std::path::absolute(url)
        .map_err(|error| Error::usage(format!("cannot tell where {url} is")).because(error))?;
    match path.to_str() {
        Some(text) => Ok(text.trim_end_matches(MAIN_SEPARATOR).to_owned()),
        None => Err(Error::usage(format!("{url} is not valid Unicode as a whole path"))
            .hint("Settings are text; use a path that is.")),
    }
}

/// The folder that a clone of a URL goes to: its last part.
pub(super) fn folder_of_url(url: &str) -> Result<PathBuf> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let last = path.trim_end_matches(['/', MAIN_SEPARATOR]).rsplit(['/', MAIN_SEPARATOR]).next();
    match last {
        None | Some("" | "." | "..") => {
            Err(Error::usage(format!("{url} does not tell what to call the folder"))
                .hint("Name one: kvs clone URL DIR."))
        }
        Some(name) => Ok(PathBuf::from(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_named_after_the_last_part() {
        for (url, name) in [
            ("s3://bucket/a/b/", "b"),
            ("s3://bucket", "bucket"),
            ("file:///srv/data", "data"),
            ("../up/x", "x"),
            ("plain", "plain"),
        ] {
            assert_eq!(folder_of_url(url).unwrap(), PathBuf::from(name), "{url}");
        }
        for url in ["..", "/", "s3://", ""] {
            assert!(folder_of_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn paths_are_kept_whole() {
        assert_eq!(lasting_url("s3://b/p").unwrap(), "s3://b/p");
        assert!(Path::new(&lasting_url("x").unwrap()).is_absolute());
        assert!(!lasting_url("x/").unwrap().ends_with('/'));
    }
}
