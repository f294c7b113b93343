//! Markers beside segments: this one is at that remote already, under that slot.
//!
//! A push that is stopped between two uploads finds them when it runs again, so nothing is sent
//! twice. A marker is written after its upload is done and is never synced: losing one costs an
//! upload, and one that is cut off is no marker.

use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::format::codec::check_of;
use crate::format::codec::hex;
use crate::store::files::read_small;
use crate::store::layout::Layout;

/// The largest marker that is read.
const BYTES_MAX: u64 = 64 << 10;

/// What a marker says.
#[derive(Serialize, Deserialize)]
struct Marker {
    id: String,
    remote: String,
    database: String,
    slot: u64,
    check: String,
}

impl Marker {
    fn sum(&self) -> String {
        let text = format!("{}\n{}\n{}\n{}", self.id, self.remote, self.database, self.slot);
        hex(&check_of(text.as_bytes()))
    }
}

/// Where uploads go: the remote's URL and the database's id.
#[derive(Clone, Copy)]
pub(super) struct Goal<'a> {
    pub remote: &'a str,
    pub database: &'a str,
}

/// The slot under which a segment is at the remote already.
pub(super) fn slot_of(env: &Env, layout: &Layout, goal: Goal<'_>, id: &str) -> Option<u64> {
    let bytes = read_small(env, &layout.sent_marker(id), BYTES_MAX).ok()??;
    let marker: Marker = serde_json::from_slice(&bytes).ok()?;
    let sound = marker.check == marker.sum() && marker.id == id;
    (sound && marker.remote == goal.remote && marker.database == goal.database)
        .then_some(marker.slot)
}

/// Notes that a segment is at the remote. That it cannot be noted costs an upload, nothing else.
pub(super) fn set(env: &Env, layout: &Layout, goal: Goal<'_>, id: &str, slot: u64) {
    let (remote, database) = (goal.remote.to_owned(), goal.database.to_owned());
    let mut marker = Marker { id: id.to_owned(), remote, database, slot, check: String::new() };
    marker.check = marker.sum();
    let path = layout.sent_marker(id);
    drop(env.files.remove_file(&path));
    if let (Ok(mut file), Ok(bytes)) = (env.files.create_new(&path), serde_json::to_vec(&marker)) {
        drop(file.write_all_at(&bytes, 0));
    }
}
