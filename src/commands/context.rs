//! What every command has at hand: the outside world, the terminal, the way to the repository.
//!
//! Nothing is looked up before a command asks for it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::globals::Globals;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::repo::config::{Config, ConfigFile, Sources, Variables};
use crate::repo::{self, ORIGIN, Repo};
use crate::ui::{self, Ui, printable};

/// What a command works with.
pub struct Context {
    /// Files, clock, randomness.
    pub env: Env,
    /// Stdout, stderr, stdin.
    pub ui: Ui,
    globals: Globals,
    variables: Vec<(OsString, OsString)>,
}

impl Context {
    /// Puts a context together.
    #[must_use]
    pub fn new(env: Env, ui: Ui, globals: Globals, variables: Vec<(OsString, OsString)>) -> Self {
        Self { env, ui, globals, variables }
    }

    /// Opens the repository that the call is about.
    ///
    /// # Errors
    /// Kind usage where there is none, or its settings are wrong.
    pub fn repo(&self) -> Result<Repo> {
        let dir = self.repo_dir()?;
        self.ui.detail(format_args!("the repository is in {}", dir.display()));
        let config = self.config(Some(&dir))?;
        Repo::open(&self.env, &dir, config)
    }

    /// The folder that holds the repository: from `-C` or the current folder upwards, or the one
    /// that `KVS_DIR` names.
    ///
    /// # Errors
    /// Kind usage where there is none.
    pub fn repo_dir(&self) -> Result<PathBuf> {
        let Some(dir) = self.named_dir() else {
            return Repo::discover(&self.env, &current_dir()?);
        };
        let is_dir = |path: &Path| self.env.files.metadata(path).is_ok_and(|found| found.is_dir);
        if is_dir(&dir.join(".kvs")) {
            return Ok(dir);
        }
        let message = format!("KVS_DIR names {}, which holds no .kvs folder", dir.display());
        Err(Error::usage(message).hint("Set it to a folder where `kvs init` was run, or unset it."))
    }

    /// The folder of `KVS_DIR`, where it counts: `-C` wins over it.
    #[must_use]
    pub fn named_dir(&self) -> Option<PathBuf> {
        let named = self.variable("KVS_DIR").filter(|dir| !dir.is_empty());
        named.filter(|_| self.globals.dirs.is_empty()).map(PathBuf::from)
    }

    fn variable(&self, name: &str) -> Option<&OsStr> {
        let found = self.variables.iter().find(|(variable, _)| variable == name);
        found.map(|(_, text)| text.as_os_str())
    }

    /// All settings, those of the repository at `dir` included.
    ///
    /// # Errors
    /// Kind usage for a setting that is unknown or does not fit.
    pub fn config(&self, dir: Option<&Path>) -> Result<Config> {
        self.load(user_config(), dir)
    }

    /// The settings that variables and options make, without any file.
    ///
    /// # Errors
    /// As [`Context::config`].
    pub fn config_of_call(&self) -> Result<Config> {
        self.load(None, None)
    }

    fn load(&self, user: Option<PathBuf>, dir: Option<&Path>) -> Result<Config> {
        let text = |(name, value): &(OsString, OsString)| {
            Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))
        };
        let variables: Variables = self.variables.iter().filter_map(text).collect();
        let overrides = self.globals.overrides();
        let sources = Sources { user, repo: dir, variables, overrides: &overrides };
        Config::load(&self.env, sources)
    }

    /// The folders to go to before anything else: `-C`, in order.
    #[must_use]
    pub fn dirs(&self) -> &[PathBuf] {
        &self.globals.dirs
    }

    /// The settings that `-c` gives in this call.
    #[must_use]
    pub fn overrides(&self) -> &[String] {
        &self.globals.settings
    }

    /// The user's configuration file.
    ///
    /// # Errors
    /// Kind usage where the system knows no home folder.
    pub fn user_config(&self) -> Result<ConfigFile> {
        user_config().map(ConfigFile::of_user).ok_or_else(|| {
            Error::usage("this user has no home folder to keep settings in").hint("Set HOME.")
        })
    }

    /// Shows how work with the remote goes on.
    #[must_use]
    pub fn progress(&self, repo: &Repo) -> Shown {
        if let Some(remote) = repo.config().remote(ORIGIN) {
            self.ui.detail(format_args!("the remote is {}", printable(&remote.url)));
        }
        self.shown()
    }

    /// Shows how work goes on.
    #[must_use]
    pub fn shown(&self) -> Shown {
        Shown(self.ui.progress())
    }
}

fn user_config() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "kvs")?;
    Some(dirs.config_dir().join("config.toml"))
}

/// The folder that the program was started in, or `-C` led to.
pub(super) fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| {
        Error::usage("the current folder cannot be found")
            .hint("It may have been removed; go to another one.")
            .because(error)
    })
}

/// The terminal's progress, as the repository knows it.
pub struct Shown(ui::Progress);

impl repo::Progress for Shown {
    fn begin(&self, what: &str, bytes: Option<u64>) {
        self.0.begin(what, bytes);
    }

    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }

    fn end(&self) {
        self.0.end();
    }
}
