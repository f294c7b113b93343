//! What can go wrong with a request: told apart once, here, by what it means for the next step.
//!
//! Three questions are answered about every failure: may it be tried again, can the request have
//! had an effect, and what does the user do about it. What a service says is not trusted: it is
//! read to a limit, and shown without control characters.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use super::place::Place;
use crate::error::{Error, Kind};
use crate::remote::retry::Verdict;

/// Longest text of a service that is shown.
const SHOWN_CHARS_MAX: usize = 300;

/// Why an attempt failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No connection came about: nothing was sent.
    NotSent(anyhow::Error),
    /// Sent, at least in part, and not answered to the end.
    Cut(anyhow::Error),
    /// Answered with an error.
    Refused(Box<Refusal>),
    /// Failed on this side before it was sent, or the answer to a reading one makes no sense.
    Local(Error),
}

/// What an attempt comes to.
pub(super) type Tried<T> = Result<T, Trouble>;

/// An error that a service answered.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    message: String,
    /// Where the bucket is, if the service says so.
    region: Option<String>,
    retry_after: Option<Duration>,
    /// The service's clock: milliseconds since 1970.
    pub(super) now_ms: Option<u64>,
}

/// The body of an error.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Said {
    code: String,
    message: String,
    region: Option<String>,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() { Self::NotSent(error.into()) } else { Self::Cut(error.into()) }
    }
}

impl Refusal {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let said: Said = std::str::from_utf8(body)
            .ok()
            .and_then(|body| quick_xml::de::from_str(body).ok())
            .unwrap_or_default();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let region = header("x-amz-bucket-region").map(str::to_owned).or(said.region);
        let retry_after = header(RETRY_AFTER.as_str()).and_then(|value| value.parse().ok());
        Self {
            status,
            code: shown(&said.code),
            message: shown(&said.message),
            region: region.map(|region| shown(&region)),
            retry_after: retry_after.map(Duration::from_secs),
            now_ms: header(DATE.as_str()).and_then(date_ms),
        }
    }

    /// What the service said, for a message.
    fn text(&self) -> String {
        let parts = [self.status.to_string(), self.code.clone()];
        let said = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
        let colon = if self.message.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", said.join(" "), self.message.trim_end_matches('.'))
    }

    fn is_auth(&self) -> bool {
        matches!(self.status, 401 | 403)
            || matches!(
                self.code.as_str(),
                "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" | "InvalidAccessKeyId"
            )
    }
}

impl Trouble {
    /// Whether another attempt can help.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::NotSent(_) | Self::Cut(_) => Verdict::Soon,
            Self::Local(_) => Verdict::Final,
            Self::Refused(refusal) => match (refusal.status, refusal.code.as_str()) {
                (429 | 503, _) | (_, "SlowDown") => Verdict::Slowly(refusal.retry_after),
                (200..=299 | 408 | 409 | 500 | 502 | 504, _) | (_, "RequestTimeout") => {
                    refusal.retry_after.map_or(Verdict::Soon, |wait| Verdict::Slowly(Some(wait)))
                }
                _ => Verdict::Final,
            },
        }
    }

    /// Whether the request surely had no effect, and will have none later.
    pub(super) fn had_no_effect(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::Local(_) => true,
            Self::Cut(_) => false,
            Self::Refused(refusal) => {
                matches!(refusal.status, 300..=499 | 501) && !matches!(refusal.status, 408 | 409)
            }
        }
    }

    /// Whether this is an answer of that status.
    pub(super) fn is_status(&self, status: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == status)
    }

    /// Whether this is an answer with that code.
    pub(super) fn is_code(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == code)
    }

    /// Whether the answer says that there is no such object. Some answers have no body.
    pub(super) fn is_missing(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        refusal.status == 404 && matches!(refusal.code.as_str(), "" | "NoSuchKey" | "NotFound")
    }

    /// The failure as the caller of a verb gets it. `doing` is like `read NAME`; `source` says
    /// where the credentials come from.
    pub(super) fn into_error(self, doing: &str, place: &Place, source: &str) -> Error {
        let service = place.service();
        match self {
            Self::Local(error) => error,
            Self::NotSent(error) => {
                let why = cause(&error);
                let hint = if why.contains("certificate") {
                    "Name the file of the authority that signed it in SSL_CERT_FILE."
                } else {
                    "Check the network and the remote's `endpoint`, then run it again."
                };
                let message = format!("cannot {doing}: cannot reach {service}: {why}");
                Error::new(Kind::Unavailable, message).hint(hint).because(error)
            }
            Self::Cut(error) => {
                let message =
                    format!("cannot {doing}: {service} stopped answering: {}", cause(&error));
                Error::new(Kind::Unavailable, message)
                    .hint("Run the command again; it goes on where this one stopped.")
                    .because(error)
            }
            Self::Refused(refusal) => refused(&refusal, doing, place, source),
        }
    }
}

fn refused(refusal: &Refusal, doing: &str, place: &Place, source: &str) -> Error {
    let (service, said) = (place.service(), refusal.text());
    let error = |kind, hint: &str| {
        Error::new(kind, format!("cannot {doing}: {service} answers {said}")).hint(hint)
    };
    let moved = refusal.region.as_ref().filter(|region| **region != place.region);
    match (refusal.status, refusal.code.as_str()) {
        (301 | 307 | 308 | 400, _) if moved.is_some() => {
            let region = moved.map_or("", String::as_str);
            let message =
                format!("bucket `{}` is in region {region}, not {}", place.bucket, place.region);
            Error::usage(message)
                .hint(format!("Set the remote's `region`, or AWS_REGION, to {region}."))
        }
        (_, "NoSuchBucket") => {
            Error::usage(format!("there is no bucket `{}` at {service}", place.bucket))
                .hint("Make the bucket, or check the URL and the remote's `endpoint` and `region`.")
        }
        (507, _) | (_, "QuotaExceeded") => {
            error(Kind::Unavailable, "Free some space there, or ask for more, and run it again.")
        }
        (_, "RequestTimeTooSkewed") => error(Kind::Auth, "Set this machine's clock."),
        _ if refusal.is_auth() => {
            let message =
                format!("cannot {doing}: {service} refuses the credentials from {source}: {said}");
            Error::new(Kind::Auth, message)
                .hint("Check the keys, and what their owner may do with this bucket.")
        }
        (300..=399, _) => error(
            Kind::Usage,
            "Redirects are not followed: set the remote's `endpoint` and `region` to the final \
             place.",
        ),
        (405 | 501, _) => {
            error(Kind::Capability, "The service cannot do this; use another for this remote.")
        }
        (400..=499, _) if !matches!(refusal.status, 404 | 408 | 409 | 429) => error(
            Kind::Capability,
            "The service does not take this request; see `kvs remote check`.",
        ),
        _ => error(Kind::Unavailable, "The service has trouble: try again later."),
    }
}

/// The innermost cause, which says the most.
fn cause(error: &anyhow::Error) -> String {
    shown(&error.root_cause().to_string())
}

/// A text that came from elsewhere, fit to be shown.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect()
}

/// An HTTP date in milliseconds since 1970.
pub(super) fn date_ms(text: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::url::{RemoteSettings, Variables};

    fn refusal(status: u16, code: &str, headers: &[(&'static str, &str)]) -> Trouble {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no\u{1b}[31m.</Message>\
             <Extra/></Error>"
        );
        let headers =
            headers.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
        Trouble::Refused(Box::new(Refusal::new(status, &headers, body.as_bytes())))
    }

    fn error(trouble: Trouble) -> Error {
        let (settings, variables) = (RemoteSettings::default(), Variables::new());
        let place = Place::new("bucket", "", &settings, &variables, None).unwrap();
        trouble.into_error("read x", &place, "profile `work`")
    }

    #[test]
    fn kinds_follow_what_the_user_does() {
        for (status, code, kind) in [
            (403, "AccessDenied", Kind::Auth),
            (401, "", Kind::Auth),
            (400, "ExpiredToken", Kind::Auth),
            (404, "NoSuchBucket", Kind::Usage),
            (302, "", Kind::Usage),
            (501, "NotImplemented", Kind::Capability),
            (400, "InvalidArgument", Kind::Capability),
            (403, "QuotaExceeded", Kind::Unavailable),
            (503, "SlowDown", Kind::Unavailable),
            (409, "ConditionalRequestConflict", Kind::Unavailable),
        ] {
            let error = error(refusal(status, code, &[]));
            assert_eq!(error.kind(), kind, "{status} {code}");
            assert!(!error.message().contains('\u{1b}'));
        }
        let denied = error(refusal(403, "AccessDenied", &[]));
        for part in ["403 AccessDenied: no", "profile `work`", "read x"] {
            assert!(denied.message().contains(part), "{denied}");
        }
    }

    #[test]
    fn a_wrong_region_is_named() {
        let error = error(refusal(301, "PermanentRedirect", &[("x-amz-bucket-region", "eu-x-1")]));
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.hint_text().unwrap().contains("eu-x-1"));
    }

    #[test]
    fn only_sure_refusals_had_no_effect() {
        for (status, sure) in
            [(400, true), (403, true), (404, true), (429, true), (501, true), (301, true)]
                .into_iter()
                .chain([(408, false), (409, false), (500, false), (503, false), (200, false)])
        {
            assert_eq!(refusal(status, "", &[]).had_no_effect(), sure, "{status}");
        }
        assert!(!Trouble::Cut(anyhow::anyhow!("x")).had_no_effect());
        assert!(Trouble::NotSent(anyhow::anyhow!("x")).had_no_effect());
    }

    #[test]
    fn retry_after_is_heard() {
        let wait = Verdict::Slowly(Some(Duration::from_secs(7)));
        assert_eq!(refusal(503, "", &[("retry-after", "7")]).verdict(), wait);
        assert_eq!(refusal(429, "", &[]).verdict(), Verdict::Slowly(None));
        assert_eq!(refusal(500, "", &[]).verdict(), Verdict::Soon);
        assert_eq!(refusal(403, "", &[]).verdict(), Verdict::Final);
    }
}
