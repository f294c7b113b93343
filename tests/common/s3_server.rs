//! An S3 server in this process, on loopback, that checks signatures.
//!
//! `s3s` does HTTP, signatures and XML; `s3_bucket` is the storage. Every request is noted, and a
//! hook may do to it what networks and services do: lose it, lose its answer, cut the answer, give
//! another one.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use kvs::env::Env;
use kvs::remote::{RemoteSettings, S3, Variables};
use s3s::auth::SimpleAuth;
use s3s::dto::StreamingBlob;
use s3s::service::{S3Service, S3ServiceBuilder};

use super::s3_bucket::Buckets;

pub const BUCKET: &str = "kvs-test";
pub const ACCESS_KEY: &str = "kvsAK01";
pub const SECRET_KEY: &str = "kvsSK0123456789";

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// The path below the bucket, as sent.
    pub name: String,
    /// The query, as sent; empty for none.
    pub query: String,
    /// Size of the body as told.
    pub bytes: u64,
}

/// What is done to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection is cut before the request takes effect.
    LoseRequest,
    /// The request takes effect, and the connection is cut instead of an answer.
    LoseAnswer,
    /// No effect, and this answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The answer's body is cut after so many bytes.
    Cut(usize),
}

impl Fault {
    /// An error as services answer it.
    pub fn error(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>as asked</Message></Error>");
        Self::Answer(status, Vec::new(), body)
    }
}

type Hook = Box<dyn Fn(usize, &Seen) -> Fault + Send>;

struct Shared {
    seen: Mutex<Vec<Seen>>,
    hook: Mutex<Hook>,
}

/// A running server; it stops when dropped.
pub struct S3Server {
    pub endpoint: String,
    pub buckets: Buckets,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

impl S3Server {
    pub fn start() -> Self {
        let buckets = Buckets::default();
        buckets.add(BUCKET);
        let mut builder = S3ServiceBuilder::new(buckets.clone());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let seen = Mutex::default();
        let shared = Arc::new(Shared { seen, hook: Mutex::new(Box::new(|_, _| Fault::None)) });
        let service = Service { inner: builder.build(), shared: shared.clone() };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Small answers would wait for the acknowledgement of the one before.
                stream.set_nodelay(true).ok();
                let service = service.clone();
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    builder.serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        Self { endpoint, buckets, shared, _runtime: runtime }
    }

    /// From now on `hook` decides about each request; it is given the request's place, from 0 on
    /// since this call. A request that was noted before it is spared.
    pub fn hook(&self, hook: impl Fn(usize, &Seen) -> Fault + Send + 'static) {
        let before = self.shared.seen.lock().unwrap().len();
        *self.shared.hook.lock().unwrap() = Box::new(move |at, seen| {
            at.checked_sub(before).map_or(Fault::None, |at| hook(at, seen))
        });
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// What a user sets to get here.
    pub fn settings(&self) -> RemoteSettings {
        RemoteSettings { endpoint: Some(self.endpoint.clone()), ..RemoteSettings::default() }
    }

    /// The remote below a prefix.
    pub fn remote(&self, prefix: &str) -> S3 {
        let variables = variables(ACCESS_KEY, SECRET_KEY);
        S3::open(&Env::real(), BUCKET, prefix, &self.settings(), &variables).unwrap()
    }
}

/// The environment of a user with these keys.
pub fn variables(access_key: &str, secret_key: &str) -> Variables {
    [("AWS_ACCESS_KEY_ID", access_key), ("AWS_SECRET_ACCESS_KEY", secret_key)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

#[derive(Clone)]
struct Service {
    inner: S3Service,
    shared: Arc<Shared>,
}

type Request = http::Request<hyper::body::Incoming>;
type Response = http::Response<s3s::Body>;
type Answer = Pin<Box<dyn Future<Output = Result<Response, std::io::Error>> + Send>>;

impl hyper::service::Service<Request> for Service {
    type Response = Response;
    type Error = std::io::Error;
    type Future = Answer;

    fn call(&self, request: Request) -> Answer {
        let fault = self.note(&request);
        let service = self.inner.clone();
        Box::pin(async move {
            let cut = || std::io::Error::other("cut as asked");
            let serve = async |request: Request| {
                service.call(request.map(s3s::Body::from)).await.map_err(|_| cut())
            };
            match fault {
                Fault::None => serve(request).await,
                Fault::LoseRequest => Err(cut()),
                Fault::LoseAnswer => {
                    serve(request).await?;
                    Err(cut())
                }
                Fault::Answer(status, headers, body) => {
                    let mut response = http::Response::builder().status(status);
                    for (name, value) in headers {
                        response = response.header(name, value);
                    }
                    Ok(response.body(s3s::Body::from(body)).unwrap())
                }
                Fault::Cut(bytes) => {
                    let (head, body) = serve(request).await?.into_parts();
                    let pieces: Vec<Bytes> = body.try_collect().await.map_err(|_| cut())?;
                    let mut content = Bytes::from(pieces.concat());
                    content.truncate(bytes);
                    // The pause lets what goes before the cut be sent.
                    let after = futures::stream::once(async move {
                        tokio::task::yield_now().await;
                        Err(cut())
                    });
                    let pieces = futures::stream::iter([Ok(content)]).chain(after);
                    let body = StreamingBlob::wrap(pieces);
                    Ok(http::Response::from_parts(head, s3s::Body::from(body)))
                }
            }
        })
    }
}

impl Service {
    fn note(&self, request: &Request) -> Fault {
        let path = request.uri().path();
        let below = path.strip_prefix(&format!("/{BUCKET}")).unwrap_or(path);
        let told = request.headers().get("content-length");
        let seen = Seen {
            method: request.method().to_string(),
            name: below.trim_start_matches('/').to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            bytes: told.and_then(|told| told.to_str().ok()?.parse().ok()).unwrap_or(0),
        };
        let at = {
            let mut all = self.shared.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        (self.shared.hook.lock().unwrap())(at, &seen)
    }
}
