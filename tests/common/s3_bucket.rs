//! The storage behind the in-process S3 server: buckets and open uploads in memory.
//!
//! Everything happens under one mutex, so conditions hold and objects are seen whole. A body is
//! taken in before anything changes, so one that was cut off leaves nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use futures::TryStreamExt;
use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

/// Smallest part of an upload, but for the last.
const PART_BYTES_MIN: usize = 5 << 20;
/// Longest page of a listing.
const PAGE_MAX: i32 = 1000;

#[derive(Clone)]
struct Object {
    content: Bytes,
    tag: String,
    modified: SystemTime,
}

#[derive(Default)]
struct Upload {
    key: String,
    parts: BTreeMap<i32, (String, Bytes)>,
}

#[derive(Default)]
struct State {
    buckets: HashMap<String, BTreeMap<String, Object>>,
    uploads: HashMap<String, Upload>,
    uploads_begun: u64,
}

/// Buckets in memory.
#[derive(Clone, Default)]
pub struct Buckets(Arc<Mutex<State>>);

fn tag_of(content: &[u8]) -> String {
    Md5::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn taken_in(body: Option<StreamingBlob>, told: Option<i64>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let pieces: Vec<Bytes> = body.try_collect().await.map_err(|_| s3_error!(IncompleteBody))?;
    let content = Bytes::from(pieces.concat());
    if told.is_some_and(|told| told != content.len() as i64) {
        return Err(s3_error!(IncompleteBody));
    }
    Ok(content)
}

impl Object {
    fn new(content: Bytes, tag: String) -> Self {
        Self { content, tag, modified: SystemTime::now() }
    }

    fn etag(&self) -> ETag {
        ETag::Strong(self.tag.clone())
    }
}

/// Whether a write may go on.
fn check(there: Option<&Object>, if_none_match: Option<&ETagCondition>) -> S3Result<()> {
    match (there, if_none_match) {
        (Some(_), Some(ETagCondition::Any)) => Err(s3_error!(PreconditionFailed)),
        (_, Some(ETagCondition::ETag(_))) => Err(s3_error!(NotImplemented)),
        _ => Ok(()),
    }
}

impl Buckets {
    pub fn add(&self, bucket: &str) {
        self.0.lock().unwrap().buckets.insert(bucket.to_owned(), BTreeMap::new());
    }

    /// Uploads in parts that were begun and neither ended nor aborted.
    pub fn uploads_open(&self) -> usize {
        self.0.lock().unwrap().uploads.len()
    }

    /// Loses all open uploads, as a service does after some days.
    pub fn forget_uploads(&self) {
        self.0.lock().unwrap().uploads.clear();
    }

    fn within<T>(
        &self,
        bucket: &str,
        act: impl FnOnce(&mut BTreeMap<String, Object>) -> S3Result<T>,
    ) -> S3Result<T> {
        let mut state = self.0.lock().unwrap();
        act(state.buckets.get_mut(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?)
    }

    fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        self.within(bucket, |objects| objects.get(key).cloned().ok_or_else(|| s3_error!(NoSuchKey)))
    }
}

#[async_trait::async_trait]
impl S3 for Buckets {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        let content = taken_in(input.body, input.content_length).await?;
        let object = Object::new(content.clone(), tag_of(&content));
        let e_tag = Some(object.etag());
        self.within(&input.bucket, |objects| {
            check(objects.get(&input.key), input.if_none_match.as_ref())?;
            objects.insert(input.key, object);
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectOutput { e_tag, ..Default::default() }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key)?;
        if let Some(ETagCondition::ETag(tag)) = &input.if_none_match
            && object.etag().weak_cmp(tag)
        {
            return Err(s3_error!(NotModified));
        }
        let held = object.content.len() as u64;
        let (content, content_range) = match input.range {
            None => (object.content.clone(), None),
            Some(range) => {
                let range = range.check(held)?;
                let told = format!("bytes {}-{}/{held}", range.start, range.end - 1);
                (object.content.slice(range.start as usize..range.end as usize), Some(told))
            }
        };
        let content_length = Some(content.len() as i64);
        let body = futures::stream::iter([Ok::<_, std::io::Error>(content)]);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(body)),
            content_length,
            content_range,
            e_tag: Some(object.etag()),
            last_modified: Some(object.modified.into()),
            ..Default::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let object = self.object(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(object.content.len() as i64),
            e_tag: Some(object.etag()),
            last_modified: Some(object.modified.into()),
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.within(&request.input.bucket, |objects| {
            objects.remove(&request.input.key);
            Ok(())
        })?;
        let status = http::StatusCode::NO_CONTENT;
        Ok(S3Response::with_status(DeleteObjectOutput::default(), status))
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = request.input;
        let CopySource::Bucket { bucket, key, .. } = &input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let mut object = self.object(bucket, key)?;
        object.modified = SystemTime::now();
        let result = CopyObjectResult { e_tag: Some(object.etag()), ..Default::default() };
        self.within(&input.bucket, |objects| {
            objects.insert(input.key, object);
            Ok(())
        })?;
        let copy_object_result = Some(result);
        Ok(S3Response::new(CopyObjectOutput { copy_object_result, ..Default::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.start_after.clone().unwrap_or_default();
        let max = input.max_keys.unwrap_or(PAGE_MAX).clamp(0, PAGE_MAX);
        let (contents, more) = self.within(&input.bucket, |objects| {
            let mut found = objects
                .range(prefix.clone()..)
                .take_while(|(key, _)| key.starts_with(&prefix))
                .filter(|(key, _)| **key > after);
            let listed = |(key, object): (&String, &Object)| s3s::dto::Object {
                key: Some(key.clone()),
                size: Some(object.content.len() as i64),
                e_tag: Some(object.etag()),
                last_modified: Some(object.modified.into()),
                ..Default::default()
            };
            let page: Vec<_> = found.by_ref().take(max as usize).map(listed).collect();
            Ok((page, found.next().is_some()))
        })?;
        Ok(S3Response::new(ListObjectsV2Output {
            key_count: Some(contents.len() as i32),
            max_keys: Some(max),
            is_truncated: Some(more),
            next_continuation_token: more.then(|| "unused".to_owned()),
            contents: Some(contents),
            name: Some(input.bucket),
            prefix: input.prefix,
            start_after: input.start_after,
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        self.within(&input.bucket, |_| Ok(()))?;
        let mut state = self.0.lock().unwrap();
        state.uploads_begun += 1;
        let id = format!("upload/{}+&", state.uploads_begun);
        let upload = Upload { key: input.key.clone(), ..Upload::default() };
        state.uploads.insert(id.clone(), upload);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        let content = taken_in(input.body, input.content_length).await?;
        let tag = tag_of(&content);
        let mut state = self.0.lock().unwrap();
        let upload = state.uploads.get_mut(&input.upload_id);
        let upload = upload.filter(|upload| upload.key == input.key);
        let upload = upload.ok_or_else(|| s3_error!(NoSuchUpload))?;
        upload.parts.insert(input.part_number, (tag.clone(), content));
        let e_tag = Some(ETag::Strong(tag));
        Ok(S3Response::new(UploadPartOutput { e_tag, ..Default::default() }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let mut state = self.0.lock().unwrap();
        state.uploads.remove(&request.input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let status = http::StatusCode::NO_CONTENT;
        Ok(S3Response::with_status(AbortMultipartUploadOutput::default(), status))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        let mut state = self.0.lock().unwrap();
        let upload = state.uploads.get(&input.upload_id).ok_or_else(|| s3_error!(NoSuchUpload))?;
        let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let mut content = Vec::new();
        for (at, part) in named.iter().enumerate() {
            let held = part.part_number.and_then(|number| upload.parts.get(&number));
            let (tag, bytes) = held.ok_or_else(|| s3_error!(InvalidPart))?;
            if part.e_tag.as_ref().is_none_or(|named| named.value() != tag) {
                return Err(s3_error!(InvalidPart));
            }
            if at + 1 < named.len() && bytes.len() < PART_BYTES_MIN {
                return Err(s3_error!(EntityTooSmall));
            }
            content.extend_from_slice(bytes);
        }
        let tag = format!("{}-{}", tag_of(&content), named.len());
        let object = Object::new(content.into(), tag);
        let e_tag = Some(object.etag());
        let objects = state.buckets.get_mut(&input.bucket);
        let objects = objects.ok_or_else(|| s3_error!(NoSuchBucket))?;
        check(objects.get(&input.key), input.if_none_match.as_ref())?;
        objects.insert(input.key, object);
        state.uploads.remove(&input.upload_id);
        Ok(S3Response::new(CompleteMultipartUploadOutput { e_tag, ..Default::default() }))
    }
}
