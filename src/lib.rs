//! A key-value store that works with data the way git works with code.
//!
//! A repository is a folder with a folder `.kvs` in it. A put is durable when it returns. A push
//! publishes what changed as one new version of a remote, an S3 bucket or a folder; a pull lays the
//! remote's versions under what is unpushed; a key changed on both sides is a conflict that the
//! caller decides. Keys have 1 to 65,535 bytes, values up to 1 GiB.
//!
//! It is no server, has no query language, encrypts nothing, and is not made for many versions a
//! second: a push is a version.
//!
//! The program `kvs` is a thin layer over this crate. The crate prints nothing outside of [`ui`],
//! and blocks: there is no runtime but inside the S3 remote.
//!
//! ```
//! use kvs::env::Env;
//! use kvs::repo::{Config, Range, Repo};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let env = Env::real();
//! Repo::init(&env, folder.path(), std::time::Duration::from_secs(10))?;
//! let repo = Repo::open(&env, folder.path(), Config::default())?;
//! repo.put(b"colour", b"blue")?;
//! repo.put(b"greeting", b"hello")?;
//!
//! let entry = repo.get(b"colour")?.expect("it was just put");
//! assert_eq!(entry.value()?, b"blue");
//!
//! // A snapshot is fixed when it is taken.
//! let snapshot = repo.snapshot()?;
//! repo.put(b"later", b"not seen")?;
//! let mut keys = Vec::new();
//! for entry in snapshot.scan(&Range::default())? {
//!     keys.push(entry?.key().to_vec());
//! }
//! assert_eq!(keys, [&b"colour"[..], b"greeting"]);
//! assert_eq!(repo.count()?, 3);
//! # Ok(())
//! # }
//! ```
//!
//! From the bottom up: [`error`] has the one error type; [`text`] escapes keys and reads pairs;
//! [`mod@env`] is the seam to files, clock and randomness; [`ui`] is the terminal; [`mod@format`]
//! has the bytes, and tells of them; [`remote`] is names and bytes elsewhere; [`store`] is what
//! stands below `.kvs`; [`repo`] is the way in for users of the library; [`commands`] and [`cli`]
//! make the program.
//!
#![doc = include_str!("ARCHITECTURE.md")]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests arrange what is found"))]

pub mod cli;
pub mod commands;
pub mod env;
pub mod error;
pub mod format;
pub mod remote;
pub mod repo;
pub mod store;
pub mod text;
pub mod ui;
