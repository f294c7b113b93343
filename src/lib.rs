//! A key-value store that works with data the way git works with code.
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
