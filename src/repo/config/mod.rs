//! Settings: what is in force, and where it came from.
//!
//! The repository's `.kvs/config.toml` goes over the user's file, which goes over the defaults;
//! environment variables go over files, and `-c NAME=VALUE` over everything. Every name and value
//! is checked on the way in, so the accessors cannot fail. Nothing here reads the environment:
//! variables come as a map. Secrets are refused wherever they turn up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::text::{KeyEncoding, KeyText, Normalize};

mod duration;
mod file;
mod name;
#[cfg(test)]
mod tests;

pub use duration::{duration, seconds};
pub use file::{ConfigFile, Document};
pub use name::Name;

use name::Shape;

/// Environment variables by name.
pub type Variables = BTreeMap<String, String>;

/// How long to wait for another writer where nothing is set.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user's file.
    User(PathBuf),
    /// The repository's file.
    Repo(PathBuf),
    /// An environment variable.
    Variable(String),
    /// The command line.
    Argument,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(path) | Self::Repo(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Argument => f.write_str("-c"),
        }
    }
}

/// A setting's value as text, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value; checked.
    pub text: String,
    /// Its source.
    pub origin: Origin,
}

/// Where settings are looked for.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// The user's file, whether it exists or not.
    pub user: Option<PathBuf>,
    /// The folder that holds `.kvs`, if there is one.
    pub repo: Option<&'a Path>,
    /// The environment.
    pub variables: Variables,
    /// `NAME=VALUE` from the command line, the last one counts.
    pub overrides: &'a [String],
}

/// What is set for a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteConfig {
    /// Where it is.
    pub url: String,
    /// Where the service is, for one that is not Amazon's.
    pub endpoint: Option<String>,
    /// The region to sign for.
    pub region: Option<String>,
    /// Whether the bucket stands in the path and not in the host name.
    pub path_style: Option<bool>,
    /// Whether requests go unsigned.
    pub anonymous: bool,
    /// The profile that credentials come from.
    pub profile: Option<String>,
    /// Whether only one writer may push, for a service without conditional create.
    pub single_writer: bool,
}

/// All settings that are in force.
#[derive(Clone, Debug, Default)]
pub struct Config {
    settings: BTreeMap<Name, Setting>,
    variables: Variables,
}

impl Config {
    /// Reads all sources.
    ///
    /// # Errors
    /// Kind usage for an unknown name or a value that does not fit; kind disk for a file that
    /// cannot be read.
    pub fn load(env: &Env, sources: Sources<'_>) -> Result<Self> {
        let mut config = Self { settings: BTreeMap::new(), variables: sources.variables };
        if let Some(path) = sources.user {
            let file = Document::read(env, &path)?;
            config.add_all(file.settings(&path)?, &Origin::User(path));
        }
        if let Some(dir) = sources.repo {
            let path = ConfigFile::of_repo(dir).path().to_owned();
            let file = Document::read(env, &path)?;
            config.add_all(file.settings(&path)?, &Origin::Repo(path));
        }
        config.add_variables()?;
        for argument in sources.overrides {
            let (name, text) = name::split_override(argument)?;
            name.check(&text, &Origin::Argument)?;
            config.settings.insert(name, Setting { text, origin: Origin::Argument });
        }
        Ok(config)
    }

    fn add_all(&mut self, settings: Vec<(Name, String)>, origin: &Origin) {
        for (name, text) in settings {
            self.settings.insert(name, Setting { text, origin: origin.clone() });
        }
    }

    fn add_variables(&mut self) -> Result<()> {
        let mut found = Vec::new();
        for (variable, text) in &self.variables {
            // An empty variable is how scripts unset one for a single call.
            if text.is_empty() || !variable.starts_with("KVS_") {
                continue;
            }
            if let Some(name) = name::of_variable(variable, &self.remotes()) {
                let origin = Origin::Variable(variable.clone());
                name.check(text, &origin)?;
                found.push((name, Setting { text: text.clone(), origin }));
            }
        }
        self.settings.extend(found);
        Ok(())
    }

    /// These settings with one more, as if it came from the repository's file: for a repository
    /// whose file has just been written.
    ///
    /// # Errors
    /// Kind usage for an unknown name or a value that does not fit.
    pub fn with(mut self, name: &str, text: &str) -> Result<Self> {
        let name: Name = name.parse()?;
        let origin = Origin::Repo(PathBuf::from("config.toml"));
        name.check(text, &origin)?;
        self.settings.insert(name, Setting { text: text.to_owned(), origin });
        Ok(self)
    }

    /// A setting by name; `None` where only its default is in force.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<&Setting> {
        self.settings.get(name)
    }

    /// Every setting that was made, by name.
    pub fn list(&self) -> impl Iterator<Item = (&Name, &Setting)> {
        self.settings.iter()
    }

    /// The environment that these settings were read with.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    fn text(&self, parts: &[&str]) -> Option<&str> {
        self.settings.get(&Name::of(parts)).map(|setting| setting.text.as_str())
    }

    /// Who versions are signed with: `user.name`, else `USER@HOST`.
    #[must_use]
    pub fn author(&self) -> String {
        if let Some(name) = self.text(&["user", "name"]) {
            return name.to_owned();
        }
        let user = ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| self.variables.get(*name).filter(|text| !text.is_empty()));
        let user = user.map_or("unknown", String::as_str);
        let host = self.host();
        // A login name is not ours to trust: it ends up on other people's terminals.
        format!("{user}@{host}").chars().filter(|c| !c.is_control()).collect()
    }

    fn host(&self) -> String {
        let named = ["HOSTNAME", "COMPUTERNAME"]
            .iter()
            .find_map(|name| self.variables.get(*name).filter(|text| !text.is_empty()));
        named.cloned().or_else(host_of_system).unwrap_or_else(|| "localhost".to_owned())
    }

    /// How keys are read and printed: `key.encoding` and `key.normalize`.
    #[must_use]
    pub fn key_text(&self) -> KeyText {
        let encoding = self.text(&["key", "encoding"]).and_then(|text| text.parse().ok());
        let normalize = self.text(&["key", "normalize"]).and_then(|text| text.parse().ok());
        let encoding: Option<KeyEncoding> = encoding;
        let normalize: Option<Normalize> = normalize;
        KeyText { encoding: encoding.unwrap_or_default(), normalize: normalize.unwrap_or_default() }
    }

    /// `pull.strategy`, as written; `fail` if it is not set.
    #[must_use]
    pub fn pull_strategy(&self) -> &str {
        self.text(&["pull", "strategy"]).unwrap_or("fail")
    }

    /// `merge."GLOB"`: keys that have a strategy of their own, in the byte order of the globs. The
    /// text is a strategy, as for `pull.strategy`.
    #[must_use]
    pub fn merge_rules(&self) -> Vec<(String, String)> {
        let rules = self.settings.iter().filter_map(|(name, setting)| match name.parts() {
            [group, glob] if group == "merge" => Some((glob.clone(), setting.text.clone())),
            _ => None,
        });
        rules.collect()
    }

    /// How long to wait for another writer: `lock.timeout`.
    #[must_use]
    pub fn lock_timeout(&self) -> Duration {
        let set = self.text(&["lock", "timeout"]).and_then(|text| seconds(text).ok());
        set.unwrap_or(LOCK_TIMEOUT)
    }

    /// How long superseded versions are kept at the remote: `history.keep`.
    #[must_use]
    pub fn history_keep(&self) -> Option<Duration> {
        self.text(&["history", "keep"]).and_then(|text| duration(text).ok())
    }

    /// The names of all remotes that have a URL or another setting.
    #[must_use]
    pub fn remotes(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.settings.keys() {
            if let [group, remote, _] = name.parts()
                && group == "remote"
                && names.last() != Some(remote)
            {
                names.push(remote.clone());
            }
        }
        names
    }

    /// A remote by name; `None` where it has no URL.
    #[must_use]
    pub fn remote(&self, remote: &str) -> Option<RemoteConfig> {
        let url = self.text(&["remote", remote, "url"])?.to_owned();
        Some(RemoteConfig { url, ..self.remote_options(remote) })
    }

    /// What is set for a remote besides its URL, which stays empty.
    #[must_use]
    pub fn remote_options(&self, remote: &str) -> RemoteConfig {
        let text = |field: &str| self.text(&["remote", remote, field]).map(str::to_owned);
        let flag = |field: &str| text(field).map(|text| text == "true");
        RemoteConfig {
            url: String::new(),
            endpoint: text("endpoint"),
            region: text("region"),
            path_style: flag("path_style"),
            anonymous: flag("anonymous").unwrap_or(false),
            profile: text("profile"),
            single_writer: flag("single_writer").unwrap_or(false),
        }
    }
}

/// Checks that a name can be a remote's.
///
/// # Errors
/// Kind usage.
pub fn check_remote_name(remote: &str) -> Result<()> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if remote.starts_with(|c: char| c.is_ascii_alphanumeric())
        && remote.chars().all(is_fine)
        && remote.len() <= 100
    {
        return Ok(());
    }
    let message = format!("{remote:?} cannot be the name of a remote");
    Err(Error::usage(message)
        .hint("Names are letters, digits, `-`, `_` and `.`, and begin with a letter or digit."))
}

#[cfg(unix)]
fn host_of_system() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(not(unix))]
fn host_of_system() -> Option<String> {
    None
}
