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
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::answer::Answer;
use super::body::{Body, PIECE_BYTES, Request};
use super::place::Place;
use super::sign;
use super::trouble::{Refusal, Tried, Trouble};
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::remote::credentials::Identity;
use crate::remote::retry::{self, Attempts, Verdict};
use crate::remote::{Meter, name};

/// How long to try for a connection.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long the line may be silent.
pub(super) const SILENCE_MAX: Duration = Duration::from_mins(1);
/// Pieces that wait to be sent.
const PIECES_AHEAD: usize = 4;

/// The way to one bucket.
pub(super) struct Client {
    pub(super) env: Env,
    pub(super) place: Place,
    pub(super) identity: Identity,
    pub(super) meter: Meter,
    http: reqwest::Client,
    pub(super) handle: Handle,
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
    pub(super) fn tried<T>(&self, attempt: impl FnMut(&mut Attempts<'_>) -> Tried<T>) -> Tried<T> {
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
    pub(super) fn send(&self, request: &Request<'_>) -> Tried<Answer<'_>> {
        if let Some(name) = request.name {
            name::check(name)?;
        }
        let (built, feed) = self.build(request)?;
        self.meter.request();
        let failed = Cell::new(None);
        let response = self.handle.block_on(async {
            let position = Cell::new(0);
            let feeder = self.feed(&request.body, feed, &position, &failed);
            watched(self.http.execute(built), feeder, &position).await
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
        position: &Cell<u64>,
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
            position.set(at);
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
    position: &Cell<u64>,
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
        if position.get() != seen {
            seen = position.get();
            silence.as_mut().reset(Instant::now() + SILENCE_MAX);
        }
        silence.as_mut().poll(context).map(|()| None)
    })
    .await
}

pub(super) fn silent() -> Trouble {
    Trouble::Cut(anyhow!("nothing came for {} seconds", SILENCE_MAX.as_secs()))
}
