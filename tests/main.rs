//! The integration tests, one binary: what each file proves, and where a new test belongs.
//!
//! Rules about the text of the project: `tidy`; that ARCHITECTURE keeps to them: `architecture`.
//! The README's examples: `readme`. Pages and completions made from the command line's definitions:
//! `generated`. The bytes that FORMAT shows, and newer formats: `golden`. Every command as a script
//! sees it: `commands`; import, export and transactions: `pairs`. The promises of remotes, over
//! every kind: `remote`. Sync: random programs against a model, `model`; what becomes of each key,
//! `strategies`, and with wrong clocks, `clocks`; many at once, `pushers`; cut off anywhere,
//! `interrupted`; what it costs on the wire, `requests`. Power loss and failing calls, in memory:
//! `durability`; the program killed at any moment: `kill`; sizes, bad input, locks: `limits`; full
//! and read-only disks: `full_disk`. What several of them need: `common`.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::format_collect,
    unreachable_pub,
    reason = "tests arrange what the program finds, and fail by panics; also in their helpers"
)]

mod architecture;
mod clocks;
mod commands;
mod common;
mod durability;
mod full_disk;
mod generated;
mod golden;
mod interrupted;
mod kill;
mod limits;
mod model;
mod pairs;
mod pushers;
mod readme;
mod remote;
mod requests;
mod strategies;
mod tidy;
