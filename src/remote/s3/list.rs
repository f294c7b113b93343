//! Listings, a page at a time.
//!
//! Others may keep objects below the same prefix; a name that no object of ours can have is passed
//! over. Keys come URL-encoded where the service can do that, since XML cannot hold every byte.

use reqwest::Method;
use s3::serde_types::ListBucketResult;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::Request;
use super::request::Client;
use super::trouble::Tried;
use crate::error::Error;
use crate::remote::{Listed, name};

/// Largest page in bytes: 1000 keys of 1024 bytes, each byte escaped, and what is said about them.
const PAGE_BYTES_MAX: u64 = 8 << 20;

/// The next names after `after`; none at the end.
pub(super) fn page(client: &Client, prefix: &str, after: Option<&str>) -> Tried<Vec<Listed>> {
    let prefix = client.place.key(prefix);
    let mut after = after.map(|after| client.place.key(after));
    // A page that holds only what is not ours is not the end.
    loop {
        let found = client.tried(|_| request(client, &prefix, after.as_deref()))?;
        let last = found.contents.last().map(|object| decoded(&found, &object.key));
        let listed: Vec<Listed> = found
            .contents
            .iter()
            .filter_map(|object| {
                let key = decoded(&found, &object.key);
                let fits =
                    key.starts_with(&prefix) && after.as_ref().is_none_or(|after| key > *after);
                let name = key.strip_prefix(&client.place.prefix).filter(|_| fits)?;
                name::is_name(name).then(|| Listed {
                    name: name.to_owned(),
                    bytes: object.size,
                    modified_ms: date_ms(&object.last_modified),
                })
            })
            .collect();
        if !listed.is_empty() || !found.is_truncated {
            return Ok(listed);
        }
        if last.is_none() || last <= after {
            let what = "a page leads to no other";
            return Err(Error::damaged(format!("the listing of {prefix}"), what).into());
        }
        after = last;
    }
}

fn request(client: &Client, prefix: &str, after: Option<&str>) -> Tried<ListBucketResult> {
    let mut request = Request::new(Method::GET, None);
    request.query = vec![
        ("list-type", "2"),
        ("max-keys", "1000"),
        ("encoding-type", "url"),
        ("prefix", prefix),
    ];
    if let Some(after) = after {
        request.query.push(("start-after", after));
    }
    let mut answer = client.send(&request)?;
    let nonsense = || Error::damaged(format!("the listing of {prefix}"), "it cannot be read");
    let body = answer.whole(PAGE_BYTES_MAX)?.ok_or_else(nonsense)?;
    let text = String::from_utf8(body).map_err(|error| nonsense().because(error))?;
    let found = quick_xml::de::from_str(&text).map_err(|error| nonsense().because(error))?;
    Ok(found)
}

/// A key as it is. Where a space is written `+`, a plus sign is written `%2B`.
fn decoded(found: &ListBucketResult, key: &str) -> String {
    if found.encoding_type.as_deref() != Some("url") {
        return key.to_owned();
    }
    let spaced = key.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

fn date_ms(text: &str) -> Option<u64> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).ok()
}
