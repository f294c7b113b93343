//! A key-value store that works with data the way git works with code.
#![forbid(unsafe_code)]

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
