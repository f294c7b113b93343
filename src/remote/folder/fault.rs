//! What errors of a file system mean for a remote that is a folder.

use std::io;
use std::path::Path;

use crate::error::{Error, Kind};

/// Whether there is nothing of that name. A part of the name can be an object itself.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Errors by which a file system says that it has no hard links. 1 is `EPERM`, which Linux answers
/// for FAT, and `ERROR_INVALID_FUNCTION`; 50 is `ERROR_NOT_SUPPORTED`.
pub(super) fn cannot_link(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::CrossesDevices)
        || error.raw_os_error() == Some(1)
        || (cfg!(windows) && error.raw_os_error() == Some(50))
}

/// Whether a failed link surely made none. Others, over a network, may have.
pub(super) fn had_no_effect(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::NotFound
            | K::PermissionDenied
            | K::StorageFull
            | K::QuotaExceeded
            | K::ReadOnlyFilesystem
            | K::NotADirectory
            | K::TooManyLinks
    )
}

/// A failed call on the remote's files, with the kind that tells what to do.
pub(super) fn failed(doing: &str, path: &Path, source: io::Error) -> Error {
    use io::ErrorKind as K;
    let (kind, hint) = match source.kind() {
        K::PermissionDenied => {
            (Kind::Auth, "Check who owns the folder and whether it may be used.")
        }
        K::ReadOnlyFilesystem => (Kind::Capability, "The remote is read only: use another."),
        K::StorageFull | K::QuotaExceeded => {
            (Kind::Unavailable, "Free some space there and run the command again.")
        }
        _ => (Kind::Unavailable, "Check the drive and run the command again."),
    };
    let message = format!("cannot {doing} {}: {source}", path.display());
    Error::new(kind, message).hint(hint).because(source)
}

/// A read that ended too early found a file cut while it was open.
pub(super) fn read_failed(path: &Path, source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::UnexpectedEof {
        return Error::damaged(path.display(), "it ends early");
    }
    failed("read", path, source)
}

pub(super) fn too_large(path: &Path, bytes: u64, bytes_max: u64) -> Error {
    Error::damaged(path.display(), format!("it has {bytes} bytes, at most {bytes_max} make sense"))
}
