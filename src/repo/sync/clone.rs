//! Clone: a new repository from a remote.
//!
//! The repository is made first, with `origin` in its settings, and the rest is a pull; so a clone
//! that was stopped goes on when it is run again. Where there is nothing to clone, what was made is
//! removed. Invariant: a failed call removes only a repository that it made itself, and that nobody
//! has put anything into or is working in.

use std::path::Path;

use super::session::Session;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::repo::config::{Config, ConfigFile};
use crate::repo::{ORIGIN, Progress, PullOptions, Repo, SyncReport};
use crate::store::layout::{DIR_NAME, Layout};

impl Repo {
    /// Makes a repository at `dir` from the database at `url`, which becomes `origin`.
    ///
    /// # Errors
    /// Kind `usage` when there is nothing to clone, or `dir` holds something else; those of the
    /// remote; `disk`, `damaged`, `locked`. What this call made is gone then, or a second run goes
    /// on with it; a repository that was there before stays.
    pub fn clone_from(
        env: &Env,
        config: Config,
        url: &str,
        dir: &Path,
        progress: &dyn Progress,
    ) -> Result<SyncReport> {
        let config = config.with("remote.origin.url", url)?;
        let was_there = env.files.metadata(dir).is_ok();
        if was_there {
            check_free(env, dir, &config, url)?;
        }
        let repo = Repo::open(env, dir, config)?;
        let made = repo.store().create()?;
        let begun = set_origin(env, &repo, url).and_then(|()| Session::open(&repo, progress));
        let result = begun.and_then(|session| {
            let (report, newest) = session.pull(&PullOptions::default())?;
            if newest.is_none() {
                let message = format!("there is no database at {}", session.remote.url());
                return Err(Error::usage(message).hint("Check the URL; the first push makes one."));
            }
            Ok(report)
        });
        result.inspect_err(|error| {
            let goes_on = match error.kind() {
                Kind::Locked => true,
                Kind::Unavailable | Kind::Disk => has_begun(env, dir),
                _ => false,
            };
            if made && !goes_on && retire(&repo).unwrap_or(false) {
                remove(env, dir, was_there);
            }
        })
    }
}

fn set_origin(env: &Env, repo: &Repo, url: &str) -> Result<()> {
    let name: crate::repo::config::Name = format!("remote.{ORIGIN}.url").parse()?;
    ConfigFile::of_repo(repo.dir())
        .edit(env, repo.config().lock_timeout(), |document| document.set(&name, url))
}

/// Whether there are records that no remote has.
fn has_unpushed(repo: &Repo) -> Result<bool> {
    let snapshot = repo.snapshot()?;
    Ok(snapshot.locals() > 0 || !snapshot.log().is_empty())
}

/// Takes the state away, so that nobody begins anything in the repository any more; `false`, and
/// nothing done, where somebody put something into it meanwhile. An error: somebody works in it.
fn retire(repo: &Repo) -> Result<bool> {
    let store = repo.store();
    let _sync = store.sync_lock()?;
    let _writer = store.writer()?;
    let state = store.layout().state();
    if has_unpushed(repo)? {
        return Ok(false);
    }
    let removed = store.env().files.remove_file(&state);
    removed.map(|()| true).map_err(|error| Error::disk("remove", state, error))
}

/// Whether anything was fetched that a second run would use.
fn has_begun(env: &Env, dir: &Path) -> bool {
    let segments = env.files.list_dir(&Layout::new(dir).segments());
    segments.is_ok_and(|segments| !segments.is_empty())
}

fn remove(env: &Env, dir: &Path, was_there: bool) {
    // The error that led here is the one to tell; what stays is an empty repository.
    drop(env.files.remove_dir_all(&dir.join(DIR_NAME)));
    if !was_there {
        drop(env.files.remove_dir(dir));
    }
}

/// A folder that exists must be empty, or hold a clone of the same place that was stopped.
fn check_free(env: &Env, dir: &Path, config: &Config, url: &str) -> Result<()> {
    let entries = env.files.list_dir(dir).map_err(|error| Error::disk("read", dir, error))?;
    if entries.is_empty() {
        return Ok(());
    }
    let shown = dir.display();
    let layout = Layout::new(dir);
    if env.files.metadata(&layout.state()).is_err() {
        return Err(
            Error::usage(format!("{shown} exists and is not empty")).hint("Name another folder.")
        );
    }
    let repo = Repo::open(env, dir, config.clone())?;
    let state = repo.store().state()?;
    let is_new = state.base.is_none() && !has_unpushed(&repo)?;
    let document = crate::repo::config::Document::read(env, ConfigFile::of_repo(dir).path())?;
    let name = format!("remote.{ORIGIN}.url").parse()?;
    if is_new && document.get(&name).as_deref() == Some(url) {
        return Ok(());
    }
    Err(Error::usage(format!("{shown} is a repository already"))
        .hint("Use `kvs pull` there, or name another folder."))
}
