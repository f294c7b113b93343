//! What several test modules need.

pub(crate) mod disk;
pub(crate) mod hooked;
pub(crate) mod place;
pub(crate) mod s3_bucket;
pub(crate) mod s3_server;
pub(crate) mod site;
