//! Reading everything and checking everything: what `kvs fsck` does.
//!
//! Nothing is changed. The sync lock keeps away whatever removes segments; puts and gets go on.

use super::Store;
use crate::error::{Error, Kind, Result};
use crate::format::manifest;
use crate::store::files::read_small;
use crate::store::layout::Layout;
use crate::store::log::LogView;
use crate::store::snapshot::{read_base, read_state};
use crate::store::verify;

/// What a check has read, and what it found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Segments read.
    pub segments: u64,
    /// Versions read.
    pub versions: u64,
    /// Bytes of segments and log.
    pub bytes: u64,
    /// What fails its checks; empty: all is sound.
    pub damage: Vec<Error>,
}

impl Checked {
    /// Keeps damage, gives on any other error.
    fn note<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == Kind::Damaged => {
                self.damage.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Store {
    /// Reads and checks the state, the log, every segment and every known version. `advance` is
    /// told of bytes as they are done.
    ///
    /// # Errors
    /// Kinds `locked`, `disk`, `usage` (newer format). Damage is no error: it is what this finds.
    pub fn check(&self, advance: &dyn Fn(u64)) -> Result<Checked> {
        let (env, layout) = (self.env(), self.layout());
        let _sync = self.sync_lock()?;
        let mut checked = Checked::default();
        self.check_versions(&mut checked)?;
        let Some(state) = checked.note(read_state(env, layout))? else { return Ok(checked) };
        let path = layout.log(&state.log);
        let missing = || Error::damaged(path.display(), "it is missing");
        let log = LogView::read(env, &path, &state.log).and_then(|log| log.ok_or_else(missing));
        let log = log.and_then(|log| log.sorted().map(|_| log.end()));
        checked.bytes += checked.note(log)?.unwrap_or(0);
        let base = checked.note(read_base(env, layout, &state))?.flatten();
        let below = base.iter().flat_map(|base| &base.segments);
        for entry in state.local.iter().chain(below) {
            let path = layout.segment(&entry.id);
            let there = if env.files.metadata(&path).is_ok() {
                verify::verify(env, &path, entry)
            } else {
                Err(Error::damaged(path.display(), "it is missing"))
            };
            checked.note(there)?;
            checked.segments += 1;
            checked.bytes = checked.bytes.saturating_add(entry.bytes);
            advance(entry.bytes);
        }
        Ok(checked)
    }

    fn check_versions(&self, checked: &mut Checked) -> Result<()> {
        let folder = self.layout().manifests();
        let entries = self.env().files.list_dir(&folder);
        for entry in entries.map_err(|error| Error::disk("read", &folder, error))? {
            let version = entry.name.to_str().and_then(Layout::manifest_version);
            let Some(version) = version else { continue };
            let path = self.layout().manifest(version);
            let read = read_small(self.env(), &path, manifest::BYTES_MAX).and_then(|bytes| {
                let place = path.display().to_string();
                manifest::decode(&bytes.unwrap_or_default(), version, &place)
            });
            checked.note(read)?;
            checked.versions += 1;
        }
        Ok(())
    }
}
