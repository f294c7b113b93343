//! Goal: every command does what the contract of the command line says, as a script sees it:
//! stdout, stderr, exit code, `--json`.
//!
//! Method: the real program in a fresh folder, one module for each command. What does not need the
//! program is tested beside its code.

mod clone;
mod compact;
mod config;
mod count;
mod delete;
mod diff;
mod discard;
mod exists;
mod fsck;
mod get;
mod globals;
mod help;
mod init;
mod list;
mod log;
mod promises;
mod pull;
mod push;
mod put;
mod remote;
mod stat;
mod status;
mod sync;
