//! A repository in a folder of its own, for unit tests.

use std::time::Duration;

use crate::env::Env;
use crate::store::Store;
use crate::store::layout::Layout;

/// An empty repository; it goes with the folder.
pub(crate) fn empty_repository() -> (Env, Layout, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let env = Env::real();
    let store = Store::new(&env, folder.path(), Duration::from_secs(10));
    assert!(store.create().unwrap());
    (env, store.layout().clone(), folder)
}
