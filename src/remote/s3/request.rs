//! One request: made, signed, sent, and its answer taken in. The only way to the service.
//!
//! Calls block; underneath, a small runtime of this value's own drives the connections. Bodies
//! stream in pieces both ways. There is no limit to how long a transfer takes, only to how long
//! the line may be silent. Redirects are not followed: credentials go to the one place named.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::anyhow;
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use reqwest::{Method, Response};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::place::Place;
use super::sign;
use super::trouble::{Refusal, Trouble};
use crate::env::{Env, ReadFile};
use crate::error::{Error, Kind, Result};
use crate::remote::credentials::Identity;
use crate::remote::retry::{self, Attempts, Verdict};
use crate::remote::{Meter, name};

/// How long to try for a connection.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long the line may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Bytes of a body handed over at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait to be sent.
const PIECES_AHEAD: usize = 4;
/// How much of an error's body is read, and of one that should be empty.
const REMARK_BYTES_MAX: u64 = 64 * 1024;

/// A body to be sent.
pub(super) enum Body<'a> {
    /// None.
    Empty,
    /// Bytes in memory; their hash is signed.
    Bytes(&'a [u8]),
    /// A part of a file, read as it is sent, not hashed. `sent` is told how much of it went out so
    /// far; it begins anew with each attempt.
    Part { file: &'a dyn ReadFile, offset: u64, bytes: u64, sent: &'a dyn Fn(u64) },
}

impl Body<'_> {
    fn bytes(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Part { bytes, .. } => *bytes,
        }
    }

    fn tell(&self, at: u64) {
        if let Self::Part { sent, .. } = self {
            sent(at);
        }
    }

    fn piece(&self, at: u64) -> Result<Bytes> {
        let bytes = usize::try_from(self.bytes() - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        match self {
            Self::Empty => Ok(Bytes::new()),
            Self::Bytes(all) => {
                let rest = usize::try_from(at).ok().and_then(|at| all.get(at..));
                let piece = rest.and_then(|rest| rest.get(..bytes)).unwrap_or_default();
                Ok(Bytes::copy_from_slice(piece))
            }
            Self::Part { file, offset, .. } => {
                let mut piece = vec![0; bytes];
                file.read_exact_at(&mut piece, offset + at)
                    .map_err(|error| Error::disk("read", "the file to be sent", error))?;
                Ok(piece.into())
            }
        }
    }
}

/// A request, before it is signed.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// The object, or none for the bucket.
    pub(super) name: Option<&'a str>,
    pub(super) query: Vec<(&'a str, &'a str)>,
    pub(super) headers: Vec<(&'static str, &'a str)>,
    pub(super) body: Body<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn new(method: Method, name: Option<&'a str>) -> Self {
        Self { method, name, query: Vec::new(), headers: Vec::new(), body: Body::Empty }
    }

    pub(super) fn header(mut self, name: &'static str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn body(mut self, body: Body<'a>) -> Self {
        self.body = body;
        self
    }
}

/// The way to one bucket.
pub(super) struct Client {
    pub(super) env: Env,
    pub(super) place: Place,
    pub(super) identity: Identity,
    pub(super) meter: Meter,
    http: reqwest::Client,
    handle: Handle,
    /// Taken only when dropped.
    runtime: Option<Runtime>,
    /// The service's clock minus ours, once it said that ours is wrong.
    skew_ms: AtomicI64,
    skew_known: AtomicBool,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for a name look-up that hangs would help nobody.
            runtime.shutdown_background();
        }
    }
}

impl Client {
    pub(super) fn new(env: &Env, place: Place, identity: Identity) -> Result<Self> {
        let cannot = |error: anyhow::Error| {
            Error::new(Kind::Unavailable, "cannot start the network client").because(error)
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("kvs-network")
            .enable_all()
            .build()
            .map_err(|error| cannot(error.into()))?;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("kvs/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WAIT_MAX)
            .pool_idle_timeout(Duration::from_secs(20))
            .tcp_nodelay(true)
            // Reading the system's certificates takes milliseconds.
            .tls_built_in_root_certs(place.is_encrypted())
            .build()
            .map_err(|error| cannot(error.into()))?;
        Ok(Self {
            env: env.clone(),
            place,
            identity,
            meter: Meter::default(),
            http,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
            skew_ms: AtomicI64::new(0),
            skew_known: AtomicBool::new(false),
        })
    }

    /// Makes attempts by the rules of the retry loop.
    pub(super) fn tried<T>(
        &self,
        attempt: impl FnMut(&mut Attempts<'_>) -> std::result::Result<T, Trouble>,
    ) -> std::result::Result<T, Trouble> {
        retry::run(&self.env, attempt, |trouble| self.judge(trouble))
    }

    fn judge(&self, trouble: &Trouble) -> Verdict {
        let Trouble::Refused(refusal) = trouble else { return trouble.verdict() };
        // Both answer codes mean a signature of another time; one correction must do.
        if refusal.code == "RequestTimeTooSkewed"
            && let Some(theirs) = refusal.now_ms
            && !self.skew_known.swap(true, Ordering::Relaxed)
        {
            let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
            let skew_ms = signed(theirs) - signed(self.env.clock.now_ms());
            self.skew_ms.store(skew_ms, Ordering::Relaxed);
            return Verdict::AtOnce;
        }
        trouble.verdict()
    }

    /// Makes one attempt. An answer that is an error is a failure; the rest of the answer is to be
    /// read by the caller.
    pub(super) fn send(&self, request: &Request<'_>) -> std::result::Result<Answer<'_>, Trouble> {
        if let Some(name) = request.name {
            name::check(name)?;
        }
        let (built, feed) = self.build(request)?;
        self.meter.request();
        let failed = Cell::new(None);
        let response = self.handle.block_on(async {
            let fed = Cell::new(0);
            let feeder = self.feed(&request.body, feed, &fed, &failed);
            watched(self.http.execute(built), feeder, &fed).await
        });
        if let Some(error) = failed.take() {
            return Err(Trouble::Local(error));
        }
        let mut answer = match response {
            None => return Err(silent()),
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(response)) => Answer { client: self, response },
        };
        let status = answer.status();
        if matches!(status, 200..=299 | 304) {
            return Ok(answer);
        }
        let body = answer.remark();
        Err(Trouble::Refused(Box::new(Refusal::new(status, answer.response.headers(), &body))))
    }

    /// The request in the form that is sent, and where the pieces of a long body go in.
    fn build(&self, request: &Request<'_>) -> Result<(reqwest::Request, Option<Feed>)> {
        let url = self.place.url(request.name, &request.query);
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            headers.insert(HeaderName::from_static(name), sign::value(value)?);
        }
        if let Some(credentials) = &self.identity.credentials {
            let hash = match &request.body {
                Body::Empty => sign::payload_hash(b""),
                Body::Bytes(bytes) => sign::payload_hash(bytes),
                Body::Part { .. } => sign::UNSIGNED_PAYLOAD.to_owned(),
            };
            let method = request.method.as_str();
            let now_ms =
                self.env.clock.now_ms().saturating_add_signed(self.skew_ms.load(Ordering::Relaxed));
            let region = &self.place.region;
            sign::sign(credentials, region, now_ms, method, &url, &mut headers, &hash)?;
        }
        let mut built = reqwest::Request::new(request.method.clone(), url);
        let mut feed = None;
        let bytes = request.body.bytes();
        if request.method == Method::PUT || request.method == Method::POST {
            headers.insert(CONTENT_LENGTH, bytes.into());
            if bytes <= PIECE_BYTES as u64 {
                let piece = request.body.piece(0)?;
                self.meter.sent(bytes);
                request.body.tell(bytes);
                *built.body_mut() = Some(piece.into());
            } else {
                let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
                *built.body_mut() = Some(reqwest::Body::wrap_stream(Pieces(receiver)));
                feed = Some(sender);
            }
        }
        *built.headers_mut() = headers;
        Ok((built, feed))
    }

    /// Hands the pieces of a body over as there is room for them.
    async fn feed(
        &self,
        body: &Body<'_>,
        feed: Option<Feed>,
        fed: &Cell<u64>,
        failed: &Cell<Option<Error>>,
    ) {
        let Some(feed) = feed else { return };
        let mut at = 0;
        while at < body.bytes() {
            let piece = match body.piece(at) {
                Ok(piece) => piece,
                Err(error) => {
                    failed.set(Some(error));
                    feed.send(Err(io::ErrorKind::Other.into())).await.ok();
                    return;
                }
            };
            let bytes = piece.len() as u64;
            if feed.send(Ok(piece)).await.is_err() {
                // The connection is gone, or the answer came early: the request knows.
                return;
            }
            at += bytes;
            fed.set(at);
            self.meter.sent(bytes);
            body.tell(at);
        }
    }
}

type Feed = mpsc::Sender<io::Result<Bytes>>;

/// A body whose pieces come through a channel.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl futures_core::Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Drives a request and the feeder of its body until the answer begins; `None` when nothing moved
/// for too long.
async fn watched<T>(
    request: impl Future<Output = T>,
    feeder: impl Future<Output = ()>,
    fed: &Cell<u64>,
) -> Option<T> {
    let (mut request, mut feeder) = (pin!(request), pin!(feeder));
    let mut silence = pin!(tokio::time::sleep(SILENCE_MAX));
    let (mut feeding, mut seen) = (true, 0);
    poll_fn(move |context| {
        if let Poll::Ready(answer) = request.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        if feeding && feeder.as_mut().poll(context).is_ready() {
            feeding = false;
        }
        if fed.get() != seen {
            seen = fed.get();
            silence.as_mut().reset(Instant::now() + SILENCE_MAX);
        }
        silence.as_mut().poll(context).map(|()| None)
    })
    .await
}

fn silent() -> Trouble {
    Trouble::Cut(anyhow!("nothing came for {} seconds", SILENCE_MAX.as_secs()))
}

/// The answer to a request: its head, and its body as it comes.
pub(super) struct Answer<'a> {
    client: &'a Client,
    response: Response,
}

impl Answer<'_> {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The size of the body, if it was told.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.parse().ok()
    }

    /// The next piece of the body.
    pub(super) fn piece(&mut self) -> std::result::Result<Option<Bytes>, Trouble> {
        let piece = self
            .client
            .handle
            .block_on(async { tokio::time::timeout(SILENCE_MAX, self.response.chunk()).await });
        let piece = piece.map_err(|_| silent())?.map_err(|error| cut(error.without_url()))?;
        self.client.meter.received(piece.as_ref().map_or(0, |piece| piece.len() as u64));
        Ok(piece)
    }

    /// The whole body; `None` if it is longer than `bytes_max`, of which no more is read.
    pub(super) fn whole(
        &mut self,
        bytes_max: u64,
    ) -> std::result::Result<Option<Vec<u8>>, Trouble> {
        if self.bytes().is_some_and(|bytes| bytes > bytes_max) {
            return Ok(None);
        }
        let mut whole = Vec::new();
        while let Some(piece) = self.piece()? {
            whole.extend_from_slice(&piece);
            if whole.len() as u64 > bytes_max {
                return Ok(None);
            }
        }
        Ok(Some(whole))
    }

    /// What there is of the body, to a limit; for an error it may be cut.
    fn remark(&mut self) -> Vec<u8> {
        let mut remark = Vec::new();
        while (remark.len() as u64) < REMARK_BYTES_MAX
            && let Ok(Some(piece)) = self.piece()
        {
            remark.extend_from_slice(&piece);
        }
        remark
    }

    /// Ends an exchange that should say nothing but success. Some answers begin with 200 before
    /// the work is done, and end with an error.
    pub(super) fn done(mut self) -> std::result::Result<(), Trouble> {
        let body = self.whole(REMARK_BYTES_MAX)?.unwrap_or_default();
        let is_error = body.windows(7).any(|bytes| bytes == b"<Error>" || bytes == b"<Error ");
        if is_error {
            let refusal = Refusal::new(self.status(), self.response.headers(), &body);
            return Err(Trouble::Refused(Box::new(refusal)));
        }
        Ok(())
    }
}

fn cut(error: reqwest::Error) -> Trouble {
    Trouble::Cut(error.into())
}
