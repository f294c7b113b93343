//! Names of objects: checked here before they become a path or part of a request.
//!
//! A name may have come out of a file that a stranger wrote, and both a file system and an HTTP
//! client give `..` a meaning of its own. Nothing outside the alphabet gets further than this.

use crate::error::{Error, Result};

/// Longest name in bytes.
const NAME_BYTES_MAX: usize = 512;
/// Most segments of a name.
pub(super) const SEGMENTS_MAX: usize = 8;

fn is_safe_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/')
}

/// Whether this can stand between two slashes of a name.
pub(super) fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment.bytes().all(|byte| is_safe_byte(byte) && byte != b'/')
}

/// Whether this is the name of an object.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.split('/').count() <= SEGMENTS_MAX
        && name.split('/').all(is_segment)
}

/// Refuses a name that is none.
pub(super) fn check(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::damaged("an object's name", format!("{name:?} is not one")))
}

/// Refuses what cannot be the beginning of a name. The empty prefix is one.
pub(super) fn check_prefix(prefix: &str) -> Result<()> {
    let (folders, rest) = prefix.rsplit_once('/').map_or(("", prefix), |(a, b)| (a, b));
    let fits = (folders.is_empty() && !prefix.starts_with('/') || is_name(folders))
        && rest.len() <= NAME_BYTES_MAX
        && rest.bytes().all(is_safe_byte);
    if fits {
        return Ok(());
    }
    Err(Error::damaged("the beginning of an object's name", format!("{prefix:?} is not one")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_alphabet_and_no_way_up() {
        for good in ["HEAD", "manifests/00000000000000000001.json", "a/b-c.d", "..a", "a..", ".tmp"]
        {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/.", "a_b", "a b", "a%2e"] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_name("a\\b") && !is_name("\u{e9}") && !is_name(&"a".repeat(513)));
    }

    #[test]
    fn prefixes_end_anywhere() {
        for good in ["", "a", "a/", "manifests/000", "a/b."] {
            assert!(check_prefix(good).is_ok(), "{good}");
        }
        for bad in ["/", "/a", "../", "a/../", "a//", "a_"] {
            assert!(check_prefix(bad).is_err(), "{bad}");
        }
    }
}
