//! A bucket of an S3-compatible service as a remote.
//!
//! rust-s3 signs and knows the XML; the requests are sent by a client of our own (`request`), so
//! that redirects, time-outs, retries and the headers of errors are in our hands. Every verb is
//! attempts at one or more requests (`remote::retry`), by what `trouble` says of a failure.
//!
//! Invariants:
//!
//! * Names are checked before each request, and stand below the prefix.
//! * `create` says `Refused` only if no attempt can have had an effect.
//! * Memory is bounded by limits of this module, whatever the size of an object.

use reqwest::Method;
use reqwest::header::{DATE, ETAG, LAST_MODIFIED};
use s3::signing::uri_encode;

mod answer;
mod body;
mod list;
mod place;
mod request;
mod sign;
mod trouble;
mod upload;

use answer::Answer;
use body::{Body, Request};
use place::Place;
use request::Client;
use trouble::{Tried, Trouble, date_ms};

use super::credentials;
use super::url::{RemoteSettings, Variables, of_bucket};
use super::{Conditional, Created, Fetched, Listed, Meter, Moved, Remote, UploadNotes, name};
use crate::env::{Env, ReadFile};
use crate::error::{Error, Result};

/// A bucket, or the part of it below a prefix. Brings threads of its own; must not be used from
/// within an asynchronous runtime.
pub struct S3 {
    client: Client,
    url: String,
}

impl S3 {
    /// Finds credentials, region and address, and starts the client. Sends nothing.
    ///
    /// # Errors
    /// Kind `auth` where credentials are missing or their source is not usable, `usage` where a
    /// setting makes no sense.
    pub fn open(
        env: &Env,
        bucket: &str,
        prefix: &str,
        settings: &RemoteSettings,
        variables: &Variables,
    ) -> Result<Self> {
        let identity = credentials::find(env, settings, variables)?;
        let place = Place::new(bucket, prefix, settings, variables, identity.region.as_deref())?;
        let client = Client::new(env, place, identity)?;
        Ok(Self { client, url: of_bucket(bucket, prefix) })
    }

    /// Where the credentials come from, in words; never the credentials.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.client.identity.source
    }

    fn error(&self, trouble: Trouble, doing: &str) -> Error {
        trouble.into_error(doing, &self.client.place, &self.client.identity.source)
    }

    /// The outcome of something done to an object that may be missing.
    fn found<T>(&self, outcome: Tried<T>, doing: &str, name: &str) -> Result<Option<T>> {
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(trouble) if trouble.is_missing() => Ok(None),
            Err(trouble) => Err(self.error(trouble, &format!("{doing} {name}"))),
        }
    }

    /// Whether there is an object, of at least `bytes` bytes.
    fn has(&self, name: &str, bytes: u64) -> Result<bool> {
        let outcome = self.client.tried(|_| {
            let answer = self.client.send(&Request::new(Method::HEAD, Some(name)))?;
            Ok(answer.bytes())
        });
        let Some(held) = self.found(outcome, "look for", name)? else { return Ok(false) };
        if held.is_some_and(|held| held < bytes) {
            return Err(short(name));
        }
        Ok(true)
    }
}

impl Remote for S3 {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>> {
        let outcome = self.client.tried(|_| {
            let mut answer = self.client.send(&Request::new(Method::GET, Some(name)))?;
            fetched(&mut answer, name, bytes_max)
        });
        self.found(outcome, "read", name)
    }

    fn get_unless(&self, name: &str, tag: &str, bytes_max: u64) -> Result<Conditional> {
        let outcome = self.client.tried(|_| {
            let mut request = Request::new(Method::GET, Some(name));
            if tag.bytes().all(|byte| byte.is_ascii_graphic()) {
                request = request.header("if-none-match", tag);
            }
            let mut answer = self.client.send(&request)?;
            // A service may know nothing of the condition and send the object.
            if answer.status() == 304 || answer.header(ETAG.as_str()) == Some(tag) {
                return Ok(Conditional::Same);
            }
            fetched(&mut answer, name, bytes_max).map(Conditional::Changed)
        });
        Ok(self.found(outcome, "read", name)?.unwrap_or(Conditional::Missing))
    }

    fn get_range(
        &self,
        name: &str,
        offset: u64,
        bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        let Some(end) = offset.checked_add(bytes) else { return Err(short(name)) };
        if bytes == 0 {
            return self.has(name, offset);
        }
        let mut at = offset;
        let outcome = self.client.tried(|attempts| {
            let range = format!("bytes={at}-{}", end - 1);
            let request = Request::new(Method::GET, Some(name)).header("range", &range);
            let mut answer = self.client.send(&request)?;
            let mut skip = begins_before(&answer, name, at, end)?;
            while at < end {
                let Some(piece) = answer.piece()? else {
                    return Err(Trouble::Cut(anyhow::anyhow!("the answer ended early")));
                };
                let skipped = usize::try_from(skip).unwrap_or(usize::MAX).min(piece.len());
                skip -= skipped as u64;
                let wanted = usize::try_from(end - at).unwrap_or(usize::MAX);
                let (_, piece) = piece.split_at(skipped);
                let (piece, _) = piece.split_at(wanted.min(piece.len()));
                sink(piece)?;
                at += piece.len() as u64;
                if !piece.is_empty() {
                    attempts.progressed();
                }
            }
            Ok(())
        });
        match outcome {
            Err(trouble) if trouble.is_status(416) => Err(short(name)),
            outcome => Ok(self.found(outcome, "read", name)?.is_some()),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let request = Request::new(Method::PUT, Some(name)).body(Body::Bytes(bytes));
        self.client
            .tried(|_| self.client.send(&request)?.done())
            .map_err(|trouble| self.error(trouble, &format!("write {name}")))
    }

    fn put_file(
        &self,
        name: &str,
        file: &dyn ReadFile,
        notes: &dyn UploadNotes,
        moved: Moved<'_>,
    ) -> Result<()> {
        name::check(name)?;
        upload::put_file(&self.client, name, file, notes, moved)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Created {
        let request = Request::new(Method::PUT, Some(name))
            .header("if-none-match", "*")
            .body(Body::Bytes(bytes));
        let mut had_no_effect = true;
        let outcome = self.client.tried(|_| {
            let sent = self.client.send(&request).and_then(Answer::done);
            had_no_effect &= sent.as_ref().err().is_none_or(Trouble::had_no_effect);
            sent
        });
        match outcome {
            Ok(()) => Created::Done,
            Err(trouble) if trouble.is_status(412) => Created::Exists,
            Err(trouble) => {
                let error = self.error(trouble, &format!("create {name}"));
                if had_no_effect { Created::Refused(error) } else { Created::Unknown(error) }
            }
        }
    }

    fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>> {
        name::check_prefix(prefix)?;
        list::page(&self.client, prefix, after)
            .map_err(|trouble| self.error(trouble, &format!("list {prefix}")))
    }

    fn delete(&self, name: &str) -> Result<()> {
        let request = Request::new(Method::DELETE, Some(name));
        let outcome = self.client.tried(|_| self.client.send(&request)?.done());
        self.found(outcome, "remove", name).map(drop)
    }

    fn copy(&self, from: &str, to: &str) -> Result<bool> {
        name::check(from)?;
        let place = &self.client.place;
        let source = uri_encode(&format!("/{}/{}", place.bucket, place.key(from)), false);
        let request = Request::new(Method::PUT, Some(to)).header("x-amz-copy-source", &source);
        let outcome = self.client.tried(|_| self.client.send(&request)?.done());
        Ok(self.found(outcome, "copy", from)?.is_some())
    }

    fn meter(&self) -> &Meter {
        &self.client.meter
    }
}

/// An object's content from the answer that brings it.
fn fetched(answer: &mut Answer<'_>, name: &str, bytes_max: u64) -> Tried<Fetched> {
    let Some(bytes) = answer.whole(bytes_max)? else {
        let what = format!("it has more than the {bytes_max} bytes that make sense");
        return Err(Error::damaged(name, what).into());
    };
    Ok(Fetched {
        bytes,
        tag: answer.header(ETAG.as_str()).map(str::to_owned),
        modified_ms: answer.header(LAST_MODIFIED.as_str()).and_then(date_ms),
        now_ms: answer.header(DATE.as_str()).and_then(date_ms),
    })
}

/// How many bytes of the answer come before `at`. A service that knows no ranges sends all.
fn begins_before(answer: &Answer<'_>, name: &str, at: u64, end: u64) -> Tried<u64> {
    if answer.status() != 206 {
        if answer.bytes().is_some_and(|held| held < end) {
            return Err(short(name).into());
        }
        return Ok(at);
    }
    // Like `bytes 5-9/10`, where the size may be `*`.
    let told = answer.header("content-range").and_then(|told| told.strip_prefix("bytes "));
    let Some((first, rest)) = told.and_then(|told| told.split_once('-')) else { return Ok(0) };
    let held = rest.split_once('/').and_then(|(_, held)| held.parse().ok());
    if held.is_some_and(|held: u64| held < end) {
        return Err(short(name).into());
    }
    if first.trim().parse() != Ok(at) {
        let what = format!("bytes from {at} on were asked for, and others came");
        return Err(Error::damaged(name, what).into());
    }
    Ok(0)
}

fn short(name: &str) -> Error {
    Error::damaged(name, "it is shorter than it must be")
}
