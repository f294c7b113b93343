//! Sending files: small ones at once, larger ones in parts, several at a time.
//!
//! What an upload in parts needs to go on is kept in the caller's notes after each part. An upload
//! that was cut off stays open at the service; one that can never succeed is aborted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use quick_xml::escape::escape;
use reqwest::Method;
use reqwest::header::ETAG;
use s3::serde_types::{CompleteMultipartUploadData, InitiateMultipartUploadResponse, Part};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::body::{Body, Request};
use super::request::Client;
use super::trouble::{Tried, Trouble};
use crate::env::ReadFile;
use crate::error::{Error, Kind, Result};
use crate::remote::{Moved, UploadNotes};

/// Largest file sent in one request.
const SINGLE_BYTES_MAX: u64 = 16 << 20;
/// Smallest part, but for the last. Services take no less than 5 MiB.
const PART_BYTES_MIN: u64 = 8 << 20;
/// Most parts; services take 10,000.
const PARTS_MAX: u64 = 9_000;
/// Parts on their way at a time.
const PARALLEL: usize = 4;
/// Largest answer to the beginning of an upload.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// What the notes hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Saved {
    /// The object's URL.
    object: String,
    bytes: u64,
    part_bytes: u64,
    upload: String,
    /// The tags of parts that arrived, by number from 1 on.
    parts: BTreeMap<u32, String>,
}

impl Saved {
    /// Where a part begins, and its size.
    fn part(&self, number: u32) -> (u64, u64) {
        let offset = (u64::from(number) - 1) * self.part_bytes;
        (offset, self.part_bytes.min(self.bytes - offset))
    }
}

/// Writes an object from a file.
pub(super) fn put_file(
    client: &Client,
    name: &str,
    file: &dyn ReadFile,
    notes: &dyn UploadNotes,
    moved: Moved<'_>,
) -> Result<()> {
    let bytes = file.bytes().map_err(|error| Error::disk("read what is sent as", name, error))?;
    let fail = |trouble: Trouble| {
        trouble.into_error(&format!("write {name}"), &client.place, &client.identity.source)
    };
    if bytes <= SINGLE_BYTES_MAX {
        let told = AtomicU64::new(0);
        let sent = |at| tell(&told, at, moved);
        let body = Body::Part { file, offset: 0, bytes, sent: &sent };
        let request = Request::new(Method::PUT, Some(name)).body(body);
        return client.tried(|_| client.send(&request)?.done()).map_err(fail);
    }
    let part_bytes = PART_BYTES_MIN.max(bytes.div_ceil(PARTS_MAX));
    let count = bytes.div_ceil(part_bytes);
    let object = client.place.url(Some(name), &[]).to_string();
    let told = (0..count).map(|_| AtomicU64::new(0)).collect();
    let fresh = Saved { object, bytes, part_bytes, ..Saved::default() };
    let upload = Upload { client, name, file, notes, moved, told, saved: Mutex::new(fresh) };
    upload.load();
    let mut outcome = upload.run();
    if outcome.as_ref().is_err_and(|trouble| NOT_KNOWN.iter().any(|code| trouble.is_code(code))) {
        // The service forgot it, or it is not what the notes say.
        upload.forget();
        outcome = upload.run();
    }
    outcome.map_err(|trouble| {
        let error = fail(trouble);
        // Other credentials may be allowed to go on.
        if !matches!(error.kind(), Kind::Unavailable | Kind::Auth) {
            upload.abort();
        }
        error
    })
}

/// Answers after which an upload has to begin again.
const NOT_KNOWN: [&str; 4] = ["NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall"];

/// Tells of bytes beyond those told before: an attempt begins anew, the count does not.
fn tell(told: &AtomicU64, at: u64, moved: Moved<'_>) {
    let before = told.fetch_max(at, Ordering::Relaxed);
    if at > before {
        moved(at - before);
    }
}

/// A file on its way in parts.
struct Upload<'a> {
    client: &'a Client,
    name: &'a str,
    file: &'a dyn ReadFile,
    notes: &'a dyn UploadNotes,
    moved: Moved<'a>,
    /// How much of each part was told of.
    told: Vec<AtomicU64>,
    saved: Mutex<Saved>,
}

impl Upload<'_> {
    fn saved(&self) -> MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up the upload of the notes, if they are of this very object.
    fn load(&self) {
        let Some(notes) = self.notes.load() else { return };
        let Ok(earlier) = serde_json::from_slice::<Saved>(&notes) else { return };
        let mut saved = self.saved();
        let same = (&earlier.object, earlier.bytes, earlier.part_bytes)
            == (&saved.object, saved.bytes, saved.part_bytes);
        if same && !earlier.upload.is_empty() {
            *saved = earlier;
        }
    }

    fn save(&self, saved: &Saved) {
        if let Ok(notes) = serde_json::to_vec(saved) {
            self.notes.save(&notes);
        }
    }

    fn forget(&self) {
        let mut saved = self.saved();
        saved.upload.clear();
        saved.parts.clear();
        self.notes.save(b"");
    }

    /// Begins or goes on, sends what is missing, and ends.
    fn run(&self) -> Tried<()> {
        let begun = !self.saved().upload.is_empty();
        if !begun {
            let id = self.client.tried(|_| self.begin())?;
            let mut saved = self.saved();
            saved.upload = id;
            self.save(&saved);
        }
        self.send_parts()?;
        self.complete()?;
        self.notes.save(b"");
        Ok(())
    }

    fn begin(&self) -> Tried<String> {
        let mut request = Request::new(Method::POST, Some(self.name));
        request.query = vec![("uploads", "")];
        let mut answer = self.client.send(&request)?;
        let nonsense = || Error::damaged("the answer to an upload", "it cannot be read");
        let body = answer.whole(ANSWER_BYTES_MAX)?.ok_or_else(nonsense)?;
        let text = String::from_utf8(body).map_err(|error| nonsense().because(error))?;
        let begun: InitiateMultipartUploadResponse =
            quick_xml::de::from_str(&text).map_err(|error| nonsense().because(error))?;
        Ok(begun.upload_id)
    }

    /// Sends all parts that did not arrive yet, until one fails.
    fn send_parts(&self) -> Tried<()> {
        let saved = self.saved().clone();
        let mut missing = Vec::new();
        for (number, told) in (1..).zip(&self.told) {
            if saved.parts.contains_key(&number) {
                tell(told, saved.part(number).1, self.moved);
            } else {
                missing.push((number, told));
            }
        }
        let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
        let work = || {
            while let Some((number, told)) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                if failed.lock().is_ok_and(|failed| failed.is_some()) {
                    return;
                }
                if let Err(trouble) = self.send_part(&saved, *number, told) {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    failed.get_or_insert(trouble);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..PARALLEL.min(missing.len()) {
                scope.spawn(work);
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn send_part(&self, saved: &Saved, number: u32, told: &AtomicU64) -> Tried<()> {
        let (offset, bytes) = saved.part(number);
        let sent = |at| tell(told, at, self.moved);
        let number_text = number.to_string();
        let mut request = Request::new(Method::PUT, Some(self.name)).body(Body::Part {
            file: self.file,
            offset,
            bytes,
            sent: &sent,
        });
        request.query = vec![("partNumber", &number_text), ("uploadId", &saved.upload)];
        let tag = self.client.tried(|_| {
            let answer = self.client.send(&request)?;
            let tag = answer.header(ETAG.as_str()).map(str::to_owned);
            answer.done()?;
            Ok(tag)
        })?;
        let tag = tag.ok_or_else(|| {
            Error::new(Kind::Capability, "the service gives no tag for a part of an upload")
                .hint("Use another service for this remote.")
        })?;
        let mut saved = self.saved();
        saved.parts.insert(number, tag);
        self.save(&saved);
        Ok(())
    }

    fn complete(&self) -> Tried<()> {
        let saved = self.saved().clone();
        let part = |(number, tag): (&u32, &String)| Part {
            part_number: *number,
            etag: escape(tag.as_str()).into_owned(),
        };
        let parts = saved.parts.iter().map(part).collect();
        let body = CompleteMultipartUploadData { parts }.to_string();
        let mut request =
            Request::new(Method::POST, Some(self.name)).body(Body::Bytes(body.as_bytes()));
        request.query = vec![("uploadId", &saved.upload)];
        let mut had_no_effect = true;
        let outcome = self.client.tried(|_| {
            let sent = self.client.send(&request).and_then(Answer::done);
            had_no_effect &= sent.as_ref().err().is_none_or(Trouble::had_no_effect);
            sent
        });
        match outcome {
            // An attempt whose answer was lost may have ended the upload.
            Err(trouble) if trouble.is_code("NoSuchUpload") && !had_no_effect => {
                let head = Request::new(Method::HEAD, Some(self.name));
                let size = self.client.tried(|_| Ok(self.client.send(&head)?.bytes()));
                if size.is_ok_and(|size| size == Some(saved.bytes)) {
                    return Ok(());
                }
                Err(trouble)
            }
            outcome => outcome,
        }
    }

    /// Gives the parts' space back. The error that led here counts, not this one.
    fn abort(&self) {
        let id = self.saved().upload.clone();
        if !id.is_empty() {
            let mut request = Request::new(Method::DELETE, Some(self.name));
            request.query = vec![("uploadId", &id)];
            self.client.send(&request).and_then(Answer::done).ok();
        }
        self.forget();
    }
}
