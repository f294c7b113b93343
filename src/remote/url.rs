//! Where a remote is: the one reader of its URL, and the one place that makes a remote of it.
//!
//! `s3://BUCKET/PREFIX`, `file:///PATH`, a plain path; `http(s)://`, `gs://` and `az://` are
//! understood, and refused with a reason by a build that has no backend for them. A URL that
//! carries credentials is refused before it can be stored or printed, and is not repeated in the
//! error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Folder, Remote, S3};
use crate::env::Env;
use crate::error::{Error, Kind, Result};

/// Environment variables, as read by the program and handed down.
pub type Variables = BTreeMap<String, String>;

/// What is set for a remote besides its URL.
#[derive(Clone, Debug, Default)]
pub struct RemoteSettings {
    /// Where the service is, for one that is not Amazon's.
    pub endpoint: Option<String>,
    /// The region to sign for.
    pub region: Option<String>,
    /// Whether the bucket stands in the path and not in the host name.
    pub path_style: Option<bool>,
    /// Whether requests go unsigned.
    pub anonymous: bool,
    /// The profile that credentials come from.
    pub profile: Option<String>,
    /// Whether a folder that is missing is made: only for a repository that never synced.
    pub create_root: bool,
}

/// A remote's URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteUrl {
    /// A bucket, and what every object's name there begins with: no slash at either end.
    S3 {
        /// The bucket.
        bucket: String,
        /// The common beginning; may be empty.
        prefix: String,
    },
    /// A folder.
    Folder(PathBuf),
    /// A place of a kind that this build knows by name only.
    Other {
        /// `http`, `https`, `gs` or `az`.
        scheme: String,
        /// The URL as given, without slashes at its end.
        text: String,
    },
}

/// Longest prefix in bytes.
const PREFIX_BYTES_MAX: usize = 400;

impl RemoteUrl {
    /// Reads a URL or path.
    ///
    /// # Errors
    /// Kind `usage` where it is none, or holds credentials.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::usage("the remote's URL is empty").hint(FORMS));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::usage("the remote's URL holds control characters").hint(FORMS));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(PathBuf::from(text)));
        };
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(Error::usage("the remote's URL holds a user name or password")
                .hint("Leave them out: credentials come from AWS_ACCESS_KEY_ID or a profile."));
        }
        if scheme != "file" && rest.contains(['?', '#']) {
            return Err(Error::usage("the remote's URL holds a query or fragment")
                .hint("Leave out what follows `?` or `#`; options of a remote are settings."));
        }
        match scheme.as_str() {
            "s3" => s3(authority, path),
            "file" => file(authority, path),
            "http" | "https" | "gs" | "az" if !authority.is_empty() => {
                let text = format!("{scheme}://{}", rest.trim_end_matches('/'));
                Ok(Self::Other { scheme, text })
            }
            _ => {
                let shown: String = scheme.chars().take(20).collect();
                Err(Error::usage(format!("no remote can be had from `{shown}://`")).hint(FORMS))
            }
        }
    }

    /// The same with a relative folder put below `base`.
    #[must_use]
    pub fn below(self, base: &Path) -> Self {
        match self {
            Self::Folder(path) => Self::Folder(base.join(path)),
            other => other,
        }
    }

    /// The one way to write it.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::S3 { bucket, prefix } => of_bucket(bucket, prefix),
            Self::Folder(path) => of_folder(path),
            Self::Other { text, .. } => text.clone(),
        }
    }

    /// Its last part: what a clone is called if nobody says otherwise.
    #[must_use]
    pub fn last_part(&self) -> Option<String> {
        match self {
            Self::S3 { bucket, prefix } => {
                let last = prefix.rsplit('/').next().filter(|last| !last.is_empty());
                Some(last.unwrap_or(bucket).to_owned())
            }
            Self::Folder(path) => Some(path.file_name()?.to_str()?.to_owned()),
            Self::Other { text, .. } => {
                text.rsplit('/').next().filter(|last| !last.is_empty()).map(str::to_owned)
            }
        }
    }
}

const FORMS: &str = "Remotes are s3://BUCKET/PREFIX, file:///PATH or a path.";

fn s3(bucket: &str, path: &str) -> Result<RemoteUrl> {
    let alphanumeric = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let good = (3..=255).contains(&bucket.len())
        && bucket.chars().all(inner)
        && alphanumeric(bucket.chars().next())
        && alphanumeric(bucket.chars().last());
    if !good {
        return Err(Error::usage(format!("`{bucket}` is no bucket's name"))
            .hint("A URL for S3 is s3://BUCKET/PREFIX; set the service's address as `endpoint`."));
    }
    let prefix = path.trim_matches('/');
    let segment_ok = |segment: &str| !matches!(segment, "" | "." | "..");
    let fits = prefix.is_empty() || prefix.split('/').all(segment_ok);
    if !fits || prefix.contains('\\') || prefix.len() > PREFIX_BYTES_MAX {
        return Err(Error::usage(format!("`{prefix}` cannot be a prefix"))
            .hint("Use no empty parts, `.`, `..` or backslash, and at most 400 bytes."));
    }
    Ok(RemoteUrl::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

fn file(authority: &str, path: &str) -> Result<RemoteUrl> {
    if !matches!(authority, "" | "localhost") || path.is_empty() {
        return Err(Error::usage(format!("file://{authority}{path} names no absolute path"))
            .hint("Write file:///PATH, or the path alone."));
    }
    let Some(decoded) = decode_percent(path) else {
        return Err(Error::usage(format!("file://{path} has a `%` that is no escape"))
            .hint("Write `%25` for a percent sign, or the path alone."));
    };
    // file:///C:/folder names C:/folder.
    let drive = cfg!(windows) && decoded.as_bytes().get(2) == Some(&b':');
    let path = decoded.strip_prefix('/').filter(|_| drive).unwrap_or(&decoded);
    Ok(RemoteUrl::Folder(PathBuf::from(path)))
}

fn decode_percent(text: &str) -> Option<String> {
    // The crate leaves a `%` that is no escape as it is; here it is a mistake.
    let escape =
        |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(escape) {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.chars().any(char::is_control)).then(|| decoded.into_owned())
}

/// How a folder is written as a remote: its path.
pub(super) fn of_folder(path: &Path) -> String {
    path.display().to_string()
}

/// How a place in a bucket is written.
pub(super) fn of_bucket(bucket: &str, prefix: &str) -> String {
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("s3://{bucket}{slash}{prefix}")
}

/// Makes the remote that a URL names. A folder's path is used as given; nothing is sent yet.
///
/// # Errors
/// Kind `usage` where the URL or a setting makes no sense, `auth` where credentials are missing or
/// a source of them fails, `capability` where this build has no backend for it.
pub fn open(
    env: &Env,
    url: &str,
    settings: &RemoteSettings,
    variables: &Variables,
) -> Result<Arc<dyn Remote>> {
    match RemoteUrl::parse(url)? {
        RemoteUrl::Folder(path) => Ok(Arc::new(Folder::new(env, path, settings.create_root))),
        RemoteUrl::S3 { bucket, prefix } => {
            Ok(Arc::new(S3::open(env, &bucket, &prefix, settings, variables)?))
        }
        RemoteUrl::Other { scheme, .. } => Err(cannot(&scheme)),
    }
}

fn cannot(scheme: &str) -> Error {
    Error::new(Kind::Capability, format!("this build has no backend for {scheme}:// remotes"))
        .hint(FORMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        RemoteUrl::parse(text).unwrap().canonical()
    }

    fn last(text: &str) -> Option<String> {
        RemoteUrl::parse(text).unwrap().last_part()
    }

    #[test]
    fn one_way_to_write_it() {
        assert_eq!(canonical("s3://bucket"), "s3://bucket");
        assert_eq!(canonical("S3://bucket/"), "s3://bucket");
        assert_eq!(canonical("s3://bucket/a/b c/"), "s3://bucket/a/b c");
        assert_eq!(canonical("/srv/db"), "/srv/db");
        assert_eq!(canonical("file:///srv/d%20b"), "/srv/d b");
        assert_eq!(canonical("https://x.example/db/"), "https://x.example/db");
    }

    #[test]
    fn last_parts() {
        assert_eq!(last("s3://bucket").as_deref(), Some("bucket"));
        assert_eq!(last("s3://bucket/a/b/").as_deref(), Some("b"));
        assert_eq!(last("/srv/db/").as_deref(), Some("db"));
        assert_eq!(last("/"), None);
    }

    #[test]
    fn what_is_no_remote() {
        for bad in [
            "",
            "s3://",
            "s3:///x",
            "s3://ab",
            "s3://bucket/../x",
            "s3://bucket/a//b",
            "s3://bucket/x?versionId=1",
            "s3://-bucket",
            "file://host/x",
            "file://",
            "file:///a%zz",
            "ftp://x/y",
            "https://",
            "a\nb",
        ] {
            assert_eq!(RemoteUrl::parse(bad).unwrap_err().kind(), Kind::Usage, "{bad}");
        }
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        for bad in ["s3://AKIA:hunter2@bucket/x", "https://me:hunter2@x.example/db"] {
            let error = RemoteUrl::parse(bad).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            let said = format!("{error} {:?} {error:?}", error.hint_text());
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
