//! Remotes keep what the trait promises.
//!
//! `conformance` is one suite over `&dyn Remote`; it runs on a folder, on an in-process S3 server
//! that checks signatures, and on every server that `KVS_TEST_S3` names.

mod conformance;
mod folder;
mod s3;
mod s3_faults;
mod s3_uploads;
