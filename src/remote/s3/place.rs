//! Where a bucket is: service address, region, host, and the URL of each object.
//!
//! Invariant: an object's URL is the place's own URL with a checked name below it, so no name can
//! lead out of the prefix.

use reqwest::Url;
use s3::signing::uri_encode;

use crate::error::{Error, Result};
use crate::remote::credentials::variable;
use crate::remote::url::{RemoteSettings, Variables};

/// A bucket at a service, and the prefix below which all objects are.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    /// Empty, or ends with a slash.
    pub(super) prefix: String,
    pub(super) region: String,
    /// The bucket's URL without query; its path ends with a slash.
    base: Url,
}

impl Place {
    /// Settings go before variables; `profile_region` comes last.
    pub(super) fn new(
        bucket: &str,
        prefix: &str,
        settings: &RemoteSettings,
        variables: &Variables,
        profile_region: Option<&str>,
    ) -> Result<Self> {
        let region = settings
            .region
            .as_deref()
            .or_else(|| variable(variables, "AWS_REGION"))
            .or_else(|| variable(variables, "AWS_DEFAULT_REGION"))
            .or(profile_region)
            .unwrap_or("us-east-1");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if region.is_empty() || !region.bytes().all(plain) {
            return Err(Error::usage(format!("{region:?} is no region's name"))
                .hint("Set the remote's `region`, or AWS_REGION, to one like eu-west-1."));
        }
        let endpoint = settings
            .endpoint
            .as_deref()
            .or_else(|| variable(variables, "AWS_ENDPOINT_URL_S3"))
            .or_else(|| variable(variables, "AWS_ENDPOINT_URL"));
        // A certificate for *.s3.amazonaws.com does not cover a bucket with dots.
        let path_style = settings.path_style.unwrap_or(endpoint.is_some() || bucket.contains('.'));
        let mut base = match endpoint {
            Some(endpoint) => service(endpoint)?,
            None => service(&amazon(region))?,
        };
        if path_style {
            let path =
                format!("{}/{}/", base.path().trim_end_matches('/'), uri_encode(bucket, true));
            base.set_path(&path);
        } else {
            let host = format!("{bucket}.{}", base.host_str().unwrap_or_default());
            // An address has no names below it.
            if base.domain().is_none() || base.set_host(Some(&host)).is_err() {
                return Err(Error::usage(format!("{host} is no host's name"))
                    .hint("Set the remote's `path_style` to true."));
            }
            let path = format!("{}/", base.path().trim_end_matches('/'));
            base.set_path(&path);
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix, region: region.to_owned(), base })
    }

    /// The URL of an object, or of the bucket for no name. The name has been checked.
    pub(super) fn url(&self, name: Option<&str>, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Some(name) = name {
            let path = format!("{}{}", url.path(), uri_encode(&self.key(name), false));
            url.set_path(&path);
        }
        if !query.is_empty() {
            let pair = |(key, value): &(&str, &str)| {
                format!("{}={}", uri_encode(key, true), uri_encode(value, true))
            };
            let pairs: Vec<String> = query.iter().map(pair).collect();
            url.set_query(Some(&pairs.join("&")));
        }
        url
    }

    /// The key of an object in the bucket.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether requests go over TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The service, for messages.
    pub(super) fn service(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }
}

fn amazon(region: &str) -> String {
    let top = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://s3.{region}.{top}")
}

fn service(endpoint: &str) -> Result<Url> {
    let wrong = |what: &str| {
        Err(Error::usage(format!("the endpoint {what}"))
            .hint("An endpoint is written like https://s3.example.com or http://127.0.0.1:9000."))
    };
    let Ok(url) = Url::parse(endpoint) else { return wrong("is no URL") };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a user name or password");
    }
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return wrong("is no http or https URL");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("holds a query or fragment");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn url(bucket: &str, settings: &RemoteSettings, variables: &[(&str, &str)]) -> String {
        let variables =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let place = Place::new(bucket, "a b/c+d", settings, &variables, None).unwrap();
        place.url(Some("x/y.z"), &[("uploadId", "a/b+c")]).to_string()
    }

    #[test]
    fn settings_go_before_variables() {
        let none = RemoteSettings::default();
        let with = |endpoint: &str| RemoteSettings {
            endpoint: Some(endpoint.to_owned()),
            ..RemoteSettings::default()
        };
        assert_eq!(
            url("bucket", &none, &[("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "x")]),
            "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c%2Bd/x/y.z?uploadId=a%2Fb%2Bc"
        );
        assert_eq!(
            url("buc.ket", &none, &[("AWS_DEFAULT_REGION", "cn-north-1")]),
            "https://s3.cn-north-1.amazonaws.com.cn/buc.ket/a%20b/c%2Bd/x/y.z?uploadId=a%2Fb%2Bc"
        );
        assert_eq!(
            url(
                "bucket",
                &none,
                &[("AWS_ENDPOINT_URL", "http://b"), ("AWS_ENDPOINT_URL_S3", "http://a:9/p/")]
            ),
            "http://a:9/p/bucket/a%20b/c%2Bd/x/y.z?uploadId=a%2Fb%2Bc"
        );
        assert_eq!(
            url("bucket", &with("https://h"), &[("AWS_ENDPOINT_URL_S3", "http://a:9")]),
            "https://h/bucket/a%20b/c%2Bd/x/y.z?uploadId=a%2Fb%2Bc"
        );
        let host_style = RemoteSettings { path_style: Some(false), ..with("https://h:8") };
        assert_eq!(
            url("bucket", &host_style, &[]),
            "https://bucket.h:8/a%20b/c%2Bd/x/y.z?uploadId=a%2Fb%2Bc"
        );
    }

    #[test]
    fn what_makes_no_sense_is_wrong_usage() {
        let settings = |endpoint: &str, path_style, region: &str| RemoteSettings {
            endpoint: Some(endpoint.to_owned()),
            path_style,
            region: Some(region.to_owned()),
            ..RemoteSettings::default()
        };
        for wrong in [
            settings("localhost:9000", None, "r"),
            settings("127.0.0.1", None, "r"),
            settings("https://me:hunter2@h", None, "r"),
            settings("https://h/?x=1", None, "r"),
            settings("http://127.0.0.1", Some(false), "r"),
            settings("https://h", None, "evil.example/"),
        ] {
            let error = Place::new("bucket", "", &wrong, &Variables::new(), None).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(!error.message().contains("hunter2"));
        }
    }
}
