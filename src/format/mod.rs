//! The bytes on disk and at a remote: encoders, decoders, limits.
//!
//! Everything here is pure: bytes in, bytes out. Decoders take hostile input: every length is
//! checked against what is left before it is used, and nothing is allocated by a number that was
//! read. What the bytes mean, who may write them and in which order, is told below.
//!
#![doc = include_str!("FORMAT.md")]

pub mod codec;
pub mod compress;
pub mod entry;
pub mod filter;
pub mod frame;
pub mod manifest;
pub mod record;
pub mod segment;
pub mod state;

/// The version of the local repository's format. A repository of another one is not touched.
pub const REPOSITORY_FORMAT: u32 = 1;

/// The version of the remote's format.
pub const REMOTE_FORMAT: u32 = 1;
