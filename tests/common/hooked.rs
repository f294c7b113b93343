//! A remote that tells of each request before it passes it on, so that a test can do something at
//! that very moment.

use std::sync::{Arc, Mutex};

use kvs::env::ReadFile;
use kvs::error::Result;
use kvs::remote::{Conditional, Created, Fetched, Listed, Meter, Moved, Remote, UploadNotes};

type Hook = Box<dyn FnMut(&str, &str) + Send>;

/// Another remote with a hook: it is given the verb and the name.
pub(crate) struct Hooked {
    inner: Arc<dyn Remote>,
    hook: Mutex<Hook>,
}

impl Hooked {
    pub(crate) fn new(
        inner: Arc<dyn Remote>,
        hook: impl FnMut(&str, &str) + Send + 'static,
    ) -> Self {
        Self { inner, hook: Mutex::new(Box::new(hook)) }
    }

    fn tell(&self, verb: &str, name: &str) -> &dyn Remote {
        (self.hook.lock().unwrap())(verb, name);
        &*self.inner
    }
}

impl Remote for Hooked {
    fn url(&self) -> String {
        self.inner.url()
    }

    fn get(&self, name: &str, bytes_max: u64) -> Result<Option<Fetched>> {
        self.tell("get", name).get(name, bytes_max)
    }

    fn get_unless(&self, name: &str, tag: &str, bytes_max: u64) -> Result<Conditional> {
        self.tell("get", name).get_unless(name, tag, bytes_max)
    }

    fn get_range(
        &self,
        name: &str,
        offset: u64,
        bytes: u64,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        self.tell("range", name).get_range(name, offset, bytes, sink)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.tell("put", name).put(name, bytes)
    }

    fn put_file(
        &self,
        name: &str,
        file: &dyn ReadFile,
        notes: &dyn UploadNotes,
        moved: Moved<'_>,
    ) -> Result<()> {
        self.tell("put", name).put_file(name, file, notes, moved)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Created {
        self.tell("create", name).create(name, bytes)
    }

    fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<Listed>> {
        self.tell("list", prefix).list(prefix, after)
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.tell("delete", name).delete(name)
    }

    fn copy(&self, from: &str, to: &str) -> Result<bool> {
        self.tell("copy", from).copy(from, to)
    }

    fn meter(&self) -> &Meter {
        self.inner.meter()
    }
}
