//! The swap: the one way in which a repository goes from one state to the next (FORMAT 7.3).
//!
//! Order: new segments and the new log are synced; their folders are synced; the old state is kept
//! as `state.old.json`; the new state is written, synced, renamed; `.kvs` is synced. Only then may
//! the new log acknowledge, and only then go the files that neither state names. A crash at any
//! point leaves the old state or the new one, each with all that it names.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::format::codec::{unhex16, wide};
use crate::format::manifest::{self, Version};
use crate::format::state::{self, State};
use crate::store::files::{read_small, replace, sync_dir};
use crate::store::layout::Layout;
use crate::store::log;
use crate::store::segment_writer::Written;
use crate::store::snapshot::read_base;

/// What a swap brings.
pub struct Change {
    /// The new state; generation and log are filled in.
    pub state: State,
    /// Segments that it names and that are not in their folder yet. Their files are synced.
    pub moves: Vec<Written>,
    /// Whether a new, empty log takes the place of the old one.
    pub new_log: bool,
}

/// Carries out a swap. REQUIRES: the writer lock, and `old` read under it.
///
/// # Errors
/// Kind `disk`. The old state is still there, or the new one is; both are whole.
pub fn swap(env: &Env, layout: &Layout, old: &State, change: Change) -> Result<State> {
    let Change { mut state, moves, new_log } = change;
    check(&state)?;
    if new_log {
        state.log = env.nonce().map_err(|error| Error::disk("name", layout.logs(), error))?;
        let id = unhex16(&state.log).unwrap_or_default();
        log::create(env, &layout.log(&state.log), &layout.logs(), &id)?;
    }
    for written in &moves {
        let to = layout.segment(&written.entry.id);
        let moved = env.files.rename(&written.path, &to);
        moved.map_err(|error| Error::disk("name", &to, error))?;
    }
    if !moves.is_empty() {
        sync_dir(env, &layout.segments())?;
    }
    state.generation = old.generation.saturating_add(1);
    let older = previous(env, layout);
    replace(env, &layout.state_old(), &old.encode())?;
    replace(env, &layout.state(), &state.encode())?;
    sync_dir(env, layout.root())?;
    if let Some(older) = older {
        remove_unnamed(env, layout, &older, &[old, &state]);
    }
    Ok(state)
}

/// Reads a state as everybody will, before anything depends on it: one that nobody can read must
/// never be written.
fn check(state: &State) -> Result<()> {
    let bytes = state.encode();
    if wide(bytes.len()) > state::BYTES_MAX {
        let count = state.local.len();
        let message = format!("there are {count} unpushed segments: too many for state.json");
        return Err(Error::new(Kind::Disk, message).hint("Push, or run `kvs compact`."));
    }
    State::decode(&bytes, "the new state").map(drop)
}

/// Writes the first state of a repository.
///
/// # Errors
/// Kind `disk`.
pub fn create(env: &Env, layout: &Layout, state: &State) -> Result<()> {
    replace(env, &layout.state(), &state.encode())?;
    sync_dir(env, layout.root())
}

fn previous(env: &Env, layout: &Layout) -> Option<State> {
    let bytes = read_small(env, &layout.state_old(), state::BYTES_MAX).ok()??;
    State::decode(&bytes, "state.old.json").ok()
}

/// Removes the files that `older` names and none of `kept` does. What cannot be removed now (it may
/// be open, on Windows) or cannot be told for sure stays until `kvs compact`.
fn remove_unnamed(env: &Env, layout: &Layout, older: &State, kept: &[&State]) {
    let mut names = HashSet::new();
    for state in kept {
        match named(env, layout, state) {
            Ok(found) => names.extend(found),
            Err(_) => return,
        }
    }
    for path in named(env, layout, older).unwrap_or_default() {
        if !names.contains(&path) {
            drop(env.files.remove_file(&path));
        }
    }
}

/// The log and segments that a state names, those of a commit under way included.
///
/// # Errors
/// Kinds `damaged` and `disk`, when the base's manifest cannot be read.
pub fn named(env: &Env, layout: &Layout, state: &State) -> Result<HashSet<PathBuf>> {
    let base = read_base(env, layout, state)?;
    let segments = state.local.iter().chain(base.iter().flat_map(|base| &base.segments));
    let mut names: HashSet<PathBuf> = segments.map(|entry| layout.segment(&entry.id)).collect();
    names.insert(layout.log(&state.log));
    if let Some(pending) = &state.pending {
        let place = "the pending manifest";
        let version = manifest::decode(pending.manifest.as_bytes(), pending.version, place)?;
        if let Version::Live(manifest) = version {
            names.extend(manifest.segments.iter().map(|entry| layout.segment(&entry.id)));
        }
    }
    Ok(names)
}
