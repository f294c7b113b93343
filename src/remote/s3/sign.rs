//! Signatures: AWS Signature Version 4 as an `authorization` header, made with rust-s3.
//!
//! Headers are signed and not the URL: services exist that check the one and fail on the other,
//! and a signed URL is a secret that proxies write to their logs.

use std::fmt::Write as _;

use hmac::Mac as _;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue};
use s3::Region;
use s3::signing;
use sha2::Digest as _;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::error::{Error, Kind, Result};
use crate::remote::credentials::Credentials;

/// Stands for a payload hash where the body is not hashed.
pub(super) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// What a request's body is signed as.
pub(super) fn payload_hash(body: &[u8]) -> String {
    hex(&sha2::Sha256::digest(body))
}

/// Adds `host`, `x-amz-date`, `x-amz-content-sha256` and the signature over these and all headers
/// already there.
pub(super) fn sign(
    credentials: &Credentials,
    region: &str,
    now_ms: u64,
    method: &str,
    url: &Url,
    headers: &mut HeaderMap,
    payload_hash: &str,
) -> Result<()> {
    let seconds = i64::try_from(now_ms / 1000).unwrap_or(i64::MAX);
    let now =
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| cannot("date", error))?;
    let date = now
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .map_err(|error| cannot("date", error))?;
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
    headers.insert(HOST, value(&host)?);
    headers.insert("x-amz-date", value(&date)?);
    headers.insert("x-amz-content-sha256", value(payload_hash)?);
    if let Some(token) = &credentials.session_token {
        headers.insert("x-amz-security-token", secret(token)?);
    }
    let region = Region::Custom { region: region.to_owned(), endpoint: String::new() };
    let authorization = (|| {
        let request = signing::canonical_request(method, url, headers, payload_hash)?;
        let to_sign = signing::string_to_sign(&now, &region, &request)?;
        let key = signing::signing_key(&now, &credentials.secret_key, &region, "s3")?;
        let mut mac = signing::HmacSha256::new_from_slice(&key)?;
        mac.update(to_sign.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let signed = signing::signed_header_string(headers);
        signing::authorization_header(&credentials.access_key, &now, &region, &signed, &signature)
    })();
    let authorization = authorization.map_err(|error| cannot("request", error))?;
    headers.insert(AUTHORIZATION, secret(&authorization)?);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

/// A header's value.
pub(super) fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error| cannot("header", error))
}

/// The same for one that must not be shown, also not by a debug print.
fn secret(text: &str) -> Result<HeaderValue> {
    let mut value = value(text)?;
    value.set_sensitive(true);
    Ok(value)
}

fn cannot(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Usage, format!("cannot sign a request: its {what} makes no sense"))
        .hint("Check the clock, and the settings of the remote.")
        .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example "GET Object" of Amazon's documentation of header signatures.
    #[test]
    fn signs_like_the_documented_example() {
        let credentials = Credentials {
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let url = Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("range", value("bytes=0-9").unwrap());
        let now_ms = 1_369_353_600_000;
        let hash = payload_hash(b"");
        sign(&credentials, "us-east-1", now_ms, "GET", &url, &mut headers, &hash).unwrap();
        let authorization = headers[AUTHORIZATION].to_str().unwrap();
        let expected = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        assert!(authorization.ends_with(&format!("Signature={expected}")), "{authorization}");
        assert!(!format!("{headers:?}").contains(expected));

        let credentials = Credentials { session_token: Some("t0ken".to_owned()), ..credentials };
        sign(&credentials, "us-east-1", now_ms, "GET", &url, &mut headers, &hash).unwrap();
        let authorization = headers[AUTHORIZATION].to_str().unwrap();
        assert!(authorization.contains("x-amz-security-token,"), "{authorization}");
        assert!(!format!("{headers:?}").contains("t0ken"));
    }
}
