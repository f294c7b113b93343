//! Places that a test can push to: a folder, a prefix of the in-process S3 server, a prefix of a
//! real server. Each is known to the program, by variables and a URL, and to the library.

use std::collections::BTreeMap;
use std::sync::Arc;

use kvs::env::Env;
use kvs::format::manifest::{self, Manifest, Version};
use kvs::remote::{Folder, Remote, RemoteSettings, S3, Variables};
use kvs::store::layout::manifest_name;

use super::place::Place;
use super::s3_server::{ACCESS_KEY, BUCKET, S3Server, SECRET_KEY, variables};

/// A place to push to.
pub(crate) struct Site {
    /// How messages name it.
    pub(crate) name: String,
    /// What `kvs remote add` is given.
    pub(crate) url: String,
    /// The same for the library.
    pub(crate) remote: Arc<dyn Remote>,
    variables: Vec<(&'static str, String)>,
}

/// A server that runs already: `endpoint=... access_key=... secret_key=... region=... bucket=...`.
pub(crate) struct RealServer(BTreeMap<String, String>);

impl RealServer {
    /// Those that `KVS_TEST_S3` names: lines as `tests/servers/*.sh` print them, separated by `;`.
    pub(crate) fn all() -> Vec<Self> {
        let Ok(servers) = std::env::var("KVS_TEST_S3") else { return Vec::new() };
        let lines = servers.split(';').filter(|line| !line.trim().is_empty());
        let fields = |line: &str| {
            let pairs = line.split_whitespace().filter_map(|field| field.split_once('='));
            pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
        };
        lines.map(|line| Self(fields(line))).collect()
    }

    /// A field; empty if it is not there.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What a user sets to get there.
    pub(crate) fn settings(&self) -> RemoteSettings {
        RemoteSettings {
            endpoint: Some(self.field("endpoint").to_owned()),
            region: Some(self.field("region").to_owned()),
            path_style: self.field("path_style").parse().ok(),
            ..RemoteSettings::default()
        }
    }

    /// The environment of a user of it.
    pub(crate) fn variables(&self) -> Variables {
        variables(self.field("access_key"), self.field("secret_key"))
    }
}

impl Site {
    /// A new folder beside where a place's commands run.
    pub(crate) fn folder(place: &Place) -> Self {
        let path = place.path("../site");
        std::fs::create_dir(&path).unwrap();
        Self {
            name: "a folder".to_owned(),
            url: path.to_str().unwrap().to_owned(),
            remote: Arc::new(Folder::new(&Env::real(), &path, true)),
            variables: Vec::new(),
        }
    }

    /// A prefix of the in-process server.
    pub(crate) fn in_process(server: &S3Server, prefix: &str) -> Self {
        let variables = vec![
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_S3", server.endpoint.clone()),
        ];
        Self {
            name: "the in-process server".to_owned(),
            url: format!("s3://{BUCKET}/{prefix}"),
            remote: Arc::new(server.remote(prefix)),
            variables,
        }
    }

    /// A new prefix of a real server.
    pub(crate) fn real(server: &RealServer) -> Self {
        let (env, bucket) = (Env::real(), server.field("bucket"));
        let prefix = format!("test-{}", env.nonce().unwrap());
        let (settings, keys) = (server.settings(), server.variables());
        let names = [
            ("AWS_ACCESS_KEY_ID", "access_key"),
            ("AWS_SECRET_ACCESS_KEY", "secret_key"),
            ("AWS_ENDPOINT_URL_S3", "endpoint"),
            ("AWS_REGION", "region"),
        ];
        Self {
            name: server.field("endpoint").to_owned(),
            url: format!("s3://{bucket}/{prefix}"),
            remote: Arc::new(S3::open(&env, bucket, &prefix, &settings, &keys).unwrap()),
            variables: names.map(|(name, field)| (name, server.field(field).to_owned())).into(),
        }
    }

    /// Lets a place's commands find it.
    pub(crate) fn introduce(&self, place: &mut Place) {
        for (name, text) in &self.variables {
            place.set(name, text);
        }
    }

    /// Every version, the first one first. Fails if the numbers have a gap, or a version does not
    /// name the hash of the one before it.
    pub(crate) fn versions(&self) -> Vec<Manifest> {
        let mut versions: Vec<Manifest> = Vec::new();
        let mut parent = None;
        for number in 1.. {
            let name = manifest_name(number);
            let Some(fetched) = self.remote.get(&name, manifest::BYTES_MAX).unwrap() else { break };
            let decoded = manifest::decode(&fetched.bytes, number, &name).unwrap();
            let Version::Live(version) = decoded else { panic!("{name} is a tombstone") };
            assert_eq!(version.parent, parent, "{name}");
            assert_eq!(version.database, versions.first().unwrap_or(&version).database);
            parent = Some(manifest::hash_of(&fetched.bytes));
            versions.push(version);
        }
        let listed = self.remote.list("manifests/", None).unwrap();
        assert_eq!(listed.len(), versions.len(), "versions behind a gap");
        versions
    }
}
