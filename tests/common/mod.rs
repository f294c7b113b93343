//! What several test modules need.

pub mod s3_bucket;
pub mod s3_server;
